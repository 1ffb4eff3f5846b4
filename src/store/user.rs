//! The node's users.

use uuid::Uuid;

use super::db::{DbError, Tx};

/// A user of the node.
pub struct UserRow {
    /// The internal id.
    pub id: Uuid,
    /// The log-in name.
    pub name: String,
    /// The duties, as codes with commas.
    pub duties: String,
    /// The unit's type.
    pub unit: String,
    /// The password's Argon2 hash (PHC string).
    pub password: String,
    /// The pseudonym that stands in the log.
    pub pseudonym: String,
    /// `active` or `disabled`.
    pub status: String,
    /// When the row was changed last.
    pub changed_at: i64,
}

type Columns = (Uuid, String, String, String, String, String, String, i64);

impl From<Columns> for UserRow {
    fn from((id, name, duties, unit, password, pseudonym, status, changed_at): Columns) -> Self {
        Self { id, name, duties, unit, password, pseudonym, status, changed_at }
    }
}

/// Adds a user; false if the name is taken.
pub async fn add(tx: &mut Tx, row: &UserRow) -> Result<bool, DbError> {
    let added = tx
        .query(
            "/* user::add */ INSERT INTO users (id, name, duties, unit, password, pseudonym, status, changed_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        )
        .bind(row.id)
        .bind(row.name.as_str())
        .bind(row.duties.as_str())
        .bind(row.unit.as_str())
        .bind(row.password.as_str())
        .bind(row.pseudonym.as_str())
        .bind(row.status.as_str())
        .bind(row.changed_at)
        .execute()
        .await?;
    Ok(added == 1)
}

/// The user with that log-in name.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<UserRow>, DbError> {
    let row = tx
        .query(
            "/* user::by_name */ SELECT id, name, duties, unit, password, pseudonym, status, changed_at \
             FROM users WHERE name = $1",
        )
        .bind(name)
        .optional::<Columns>()
        .await?;
    Ok(row.map(Into::into))
}

/// The user with that id.
pub async fn by_id(tx: &mut Tx, id: Uuid) -> Result<Option<UserRow>, DbError> {
    let row = tx
        .query(
            "/* user::by_id */ SELECT id, name, duties, unit, password, pseudonym, status, changed_at \
             FROM users WHERE id = $1",
        )
        .bind(id)
        .optional::<Columns>()
        .await?;
    Ok(row.map(Into::into))
}

/// Every user, by name.
pub async fn all(tx: &mut Tx) -> Result<Vec<UserRow>, DbError> {
    let rows = tx
        .query(
            "/* user::all */ SELECT id, name, duties, unit, password, pseudonym, status, changed_at \
             FROM users ORDER BY name LIMIT 10000",
        )
        .all::<Columns>()
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Gives a user a status; false if there is no such user.
pub async fn set_status(tx: &mut Tx, name: &str, status: &str, at: i64) -> Result<bool, DbError> {
    let changed = tx
        .query("/* user::set_status */ UPDATE users SET status = $1, changed_at = $2 WHERE name = $3")
        .bind(status)
        .bind(at)
        .bind(name)
        .execute()
        .await?;
    Ok(changed == 1)
}
