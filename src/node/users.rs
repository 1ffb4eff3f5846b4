//! The node's users (用户): accounts, passwords, who is logging in, and who is still active.
//!
//! Knows names, password hashes and duties; must not know tokens or HTTP. Invariants: a name reaches no
//! log and no peer, only the keyed pseudonym does; duties that exclude one another never meet in one
//! account (三员分立); an unknown name costs as much time as a wrong password.

use aws_lc_rs::hmac;
use serde::Serialize;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Error, Node, Officer, password};
use crate::audit::words::AlarmKind;
use crate::audit::{EntryType, Incomplete};
use crate::clock::{uuid_v4, uuid_v7};
use crate::domain::digest::Digest;
use crate::domain::unit::{Duty, UnitType};
use crate::store::state;
use crate::store::user::{self, UserRow};

/// Most characters of a log-in name.
const MAX_NAME: usize = 64;

/// A user, as the operator's list shows him.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UserView {
    /// The log-in name.
    pub name: String,
    /// What the user may do.
    pub duties: Vec<Duty>,
    /// The user's unit.
    pub unit: UnitType,
    /// The pseudonym that stands in the log.
    pub pseudonym: String,
    /// Whether the user may log in.
    pub active: bool,
}

impl Node {
    /// Adds an active user. The name has 1 to 64 letters, digits, `.`, `-` or `_`; the password 12 to 128
    /// characters; `duties` at least one, none that excludes another. The log gets a `user_change`.
    pub async fn add_user(
        &self,
        name: &str,
        password: &str,
        duties: &[Duty],
        unit: UnitType,
    ) -> Result<(), Error> {
        check_name(name)?;
        check_duties(duties)?;
        password::check(password)?;
        let now = self.now();
        let id = uuid_v7(now, self.entropy.as_ref());
        let hash = password::hash(Zeroizing::new(password.to_owned()), self.entropy.as_ref()).await?;
        let row = UserRow {
            id,
            name: name.to_owned(),
            duties: duties.iter().map(|duty| duty.code()).collect::<Vec<_>>().join(","),
            unit: unit.code().to_owned(),
            password: hash,
            pseudonym: pseudonym(self.keys().pseudonym_key(), id),
            status: "active".to_owned(),
            changed_at: now.0,
        };
        let mut tx = self.db.node.begin().await?;
        if !user::add(&mut tx, &row).await? {
            return Err(Error::Exists);
        }
        self.note(&mut tx, EntryType::UserChange, self.user_change(&row.pseudonym, "added")).await?;
        self.commit_sequenced(tx).await
    }

    /// Disables a user: his next request is refused, whatever token he holds. The log gets a `user_change`.
    pub async fn disable_user(&self, name: &str) -> Result<(), Error> {
        let mut tx = self.db.node.begin().await?;
        let row = user::by_name(&mut tx, name).await?.ok_or(Error::NotFound)?;
        user::set_status(&mut tx, name, "disabled", self.now().0).await?;
        self.note(&mut tx, EntryType::UserChange, self.user_change(&row.pseudonym, "disabled")).await?;
        self.commit_sequenced(tx).await
    }

    /// Every user, by name.
    pub async fn list_users(&self) -> Result<Vec<UserView>, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let rows = user::all(&mut tx).await?;
        tx.rollback().await?;
        rows.into_iter().map(view).collect()
    }

    /// The officer with this name and password; the log gets a `login`, and one of what was refused. An unknown
    /// name, a wrong password and a disabled account are one answer, and take one time.
    pub async fn log_in(&self, name: &str, password: &str) -> Result<Officer, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let row = user::by_name(&mut tx, name).await?;
        tx.rollback().await?;
        let hash = row.as_ref().map(|row| row.password.clone());
        let right = password::verify(Zeroizing::new(password.to_owned()), hash).await?;
        let who = row.as_ref().map(|row| row.pseudonym.clone());
        let Some(row) = row.filter(|row| right && is_active(row)) else {
            self.note_refused(who.as_deref()).await?;
            return Err(Error::BadCredentials);
        };
        let officer = officer(row)?;
        let mut tx = self.db.node.begin().await?;
        self.tell_refused(&mut tx, &officer.pseudonym).await?;
        let body = Incomplete { actor: Some(officer.pseudonym.clone()), ..Incomplete::default() };
        self.note(&mut tx, EntryType::Login, body).await?;
        tx.commit().await?;
        self.sequence_soon();
        Ok(officer)
    }

    /// A fresh random id, of a session.
    pub fn fresh_id(&self) -> Uuid {
        uuid_v4(self.entropy.as_ref())
    }

    /// The active user with this id; [`Error::BadCredentials`] if there is none any more. Asked on every
    /// request, so that disabling bites at once.
    pub async fn officer(&self, id: Uuid) -> Result<Officer, Error> {
        let mut tx = self.db.node.snapshot().await?;
        let row = user::by_id(&mut tx, id).await?;
        tx.rollback().await?;
        officer(row.filter(is_active).ok_or(Error::BadCredentials)?)
    }

    /// Keeps that an officer sent a genotype: an alarm, and an `alarm` entry with the code `genotype`.
    /// The value is nowhere.
    pub async fn refuse_genotype(&self, officer: &Officer) -> Result<(), Error> {
        let code = AlarmKind::Genotype.code();
        let mut tx = self.db.node.begin().await?;
        state::alarm(&mut tx, self.now().0, code, None, None, None).await?;
        let (actor, code) = (Some(officer.pseudonym.clone()), Some(code.to_owned()));
        self.note(&mut tx, EntryType::Alarm, Incomplete { actor, code, ..Incomplete::default() }).await?;
        self.commit_sequenced(tx).await
    }

    /// Says who works at the node itself, by what the system calls that person: its pseudonym, keyed as those of
    /// officers are, stands in the log for what is done from now on. The first to be named stays.
    pub fn operated_by(&self, name: &str) {
        // Whoever was named first stays.
        let _ = self.operator.set(keyed(self.keys().pseudonym_key(), format!("operator {name}").as_bytes()));
    }

    /// The pseudonym of whoever works at the node itself; that of nobody in particular if nobody was named.
    pub(super) fn operator(&self) -> String {
        self.operator.get_or_init(|| keyed(self.keys().pseudonym_key(), b"operator")).clone()
    }

    /// An entry about a user, by the operator. The user concerned is named by the digest of the pseudonym.
    fn user_change(&self, pseudonym: &str, code: &str) -> Incomplete {
        Incomplete {
            actor: Some(self.operator()),
            code: Some(code.to_owned()),
            digest: Some(Digest::of(pseudonym.as_bytes())),
            ..Incomplete::default()
        }
    }
}

fn check_name(name: &str) -> Result<(), Error> {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let length = name.chars().take(MAX_NAME + 1).count();
    if (1..=MAX_NAME).contains(&length) && name.chars().all(fits) {
        return Ok(());
    }
    Err(Error::Unreadable("a name has 1 to 64 letters, digits, dots, hyphens or underscores"))
}

fn check_duties(duties: &[Duty]) -> Result<(), Error> {
    if duties.is_empty() {
        return Err(Error::Unreadable("a user needs at least one duty"));
    }
    let apart = |(at, one): (usize, &Duty)| {
        duties.iter().skip(at + 1).any(|other| one == other || !one.compatible(*other))
    };
    if duties.iter().enumerate().any(apart) {
        return Err(Error::Unreadable("these duties exclude one another or stand twice"));
    }
    Ok(())
}

/// HMAC-SHA-256 (RFC 2104) of the user's id, the first 16 bytes in hex.
fn pseudonym(key: &[u8; 32], id: Uuid) -> String {
    keyed(key, id.as_bytes())
}

fn keyed(key: &[u8; 32], who: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let tag = hmac::sign(&key, who);
    hex::encode(tag.as_ref().iter().take(16).copied().collect::<Vec<_>>())
}

fn is_active(row: &UserRow) -> bool {
    row.status == "active"
}

fn duties(text: &str) -> Result<Vec<Duty>, Error> {
    text.split(',').map(|code| code.parse().map_err(|_| Error::Corrupt("duties of a user"))).collect()
}

fn unit(text: &str) -> Result<UnitType, Error> {
    text.parse().map_err(|_| Error::Corrupt("unit of a user"))
}

fn officer(row: UserRow) -> Result<Officer, Error> {
    let (duties, unit) = (duties(&row.duties)?, unit(&row.unit)?);
    Ok(Officer { id: row.id, duties, unit, pseudonym: row.pseudonym, purpose: None })
}

fn view(row: UserRow) -> Result<UserView, Error> {
    let active = is_active(&row);
    let (duties, unit) = (duties(&row.duties)?, unit(&row.unit)?);
    Ok(UserView { name: row.name, duties, unit, pseudonym: row.pseudonym, active })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        assert!(check_name("经办一").is_ok() && check_name("li.wei-2_a").is_ok());
        for bad in ["", " ", "a b", "a\nb", "<b>", &"名".repeat(65)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn three_administrators_are_three_accounts() {
        assert!(check_duties(&[Duty::Drafter, Duty::Approver, Duty::Liaison]).is_ok());
        for bad in [
            vec![],
            vec![Duty::Drafter, Duty::Drafter],
            vec![Duty::Drafter, Duty::Auditor],
            vec![Duty::SecurityAdmin, Duty::SystemAdmin],
        ] {
            assert!(check_duties(&bad).is_err());
        }
    }

    #[test]
    fn a_pseudonym_needs_the_key_to_be_guessed() {
        let id = Uuid::from_u128(7);
        assert_eq!(pseudonym(&[1; 32], id), pseudonym(&[1; 32], id));
        assert_ne!(pseudonym(&[1; 32], id), pseudonym(&[2; 32], id));
        assert_ne!(pseudonym(&[1; 32], id), pseudonym(&[1; 32], Uuid::from_u128(8)));
        assert_eq!(pseudonym(&[1; 32], id).len(), 32);
    }
}
