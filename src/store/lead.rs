//! Own leads: the sealed raw record, its signed versions, and whom it was shared with.

use uuid::Uuid;

use super::agreement::Under;
use super::db::{DbError, Tx, Value, uuids_of};

/// An own lead as stored.
pub struct LeadRow {
    /// The internal id; never leaves.
    pub id: Uuid,
    /// The public id.
    pub sub: Uuid,
    /// The version.
    pub ver: i64,
    /// The status, as the domain's JSON.
    pub status: String,
    /// Who drafted this version.
    pub drafter: Uuid,
    /// The data key that seals it.
    pub data_key: Uuid,
    /// The sealed raw record.
    pub raw: Vec<u8>,
}

type Columns = (Uuid, Uuid, i64, String, Uuid, Uuid, Vec<u8>);

impl From<Columns> for LeadRow {
    fn from((id, sub, ver, status, drafter, data_key, raw): Columns) -> Self {
        Self { id, sub, ver, status, drafter, data_key, raw }
    }
}

/// Adds a new lead.
pub async fn add(tx: &mut Tx, row: &LeadRow) -> Result<(), DbError> {
    tx.query(
        "/* lead::add */ INSERT INTO leads (id, sub, ver, status, drafter, data_key, raw) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(row.id)
    .bind(row.sub)
    .bind(row.ver)
    .bind(row.status.as_str())
    .bind(row.drafter)
    .bind(row.data_key)
    .bind(row.raw.as_slice())
    .execute()
    .await
    .map(drop)
}

/// Keeps that somebody wrote at a lead before whoever is its drafter now.
pub async fn wrote(tx: &mut Tx, lead: Uuid, writer: Uuid) -> Result<(), DbError> {
    tx.query(
        "/* lead::wrote */ INSERT INTO lead_writers (lead, writer) VALUES ($1, $2) \
         ON CONFLICT (lead, writer) DO NOTHING",
    )
    .bind(lead)
    .bind(writer)
    .execute()
    .await
    .map(drop)
}

/// Takes out who wrote at a lead before its drafter, since it was last approved.
pub async fn take_writers(tx: &mut Tx, lead: Uuid) -> Result<Vec<Uuid>, DbError> {
    let taken =
        tx.query("/* lead::take_writers */ DELETE FROM lead_writers WHERE lead = $1 RETURNING writer");
    let rows = taken.bind(lead).all::<(Uuid,)>().await?;
    Ok(rows.into_iter().map(|(writer,)| writer).collect())
}

/// Replaces the lead's content and status if it is still at version `old` with status `old_status`;
/// false if it is not.
pub async fn replace(tx: &mut Tx, row: &LeadRow, old: i64, old_status: &str) -> Result<bool, DbError> {
    let changed = tx
        .query(
            "/* lead::replace */ UPDATE leads SET ver = $1, status = $2, drafter = $3, raw = $4 \
             WHERE id = $5 AND ver = $6 AND status = $7",
        )
        .bind(row.ver)
        .bind(row.status.as_str())
        .bind(row.drafter)
        .bind(row.raw.as_slice())
        .bind(row.id)
        .bind(old)
        .bind(old_status)
        .execute()
        .await?;
    Ok(changed == 1)
}

/// The lead with that id.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<LeadRow>, DbError> {
    let row = tx
        .query(
            "/* lead::find */ SELECT id, sub, ver, status, drafter, data_key, raw FROM leads WHERE id = $1",
        )
        .bind(id)
        .optional::<Columns>()
        .await?;
    Ok(row.map(Into::into))
}

/// Keeps the lead to this transaction until its end: whatever else goes on about it, and about whom it is shared
/// with, waits or is done.
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<(), DbError> {
    let lead = tx.query("/* lead::lock */ SELECT ver FROM leads WHERE id = $1").bind(id).for_update();
    lead.optional::<(i64,)>().await.map(drop)
}

/// The leads with these ids, in no order.
pub async fn find_all(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<LeadRow>, DbError> {
    let rows = tx
        .query(
            "/* lead::find_all */ SELECT id, sub, ver, status, drafter, data_key, raw FROM leads \
             WHERE id IN (SELECT unhex(value) FROM json_each($1))",
        )
        .bind(uuids_of(ids))
        .all::<Columns>()
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The public id's lead, the version sent last and the last answer, for these leads shared with `peer`.
pub async fn shared_subs(
    tx: &mut Tx,
    peer: i64,
    subs: &[Uuid],
) -> Result<Vec<(Uuid, Uuid, i64, String)>, DbError> {
    tx.query(
        "/* lead::shared_subs */ SELECT l.sub, l.id, s.ver, s.status FROM leads l JOIN shares s ON s.lead = l.id \
         WHERE s.peer = $1 AND l.sub IN (SELECT unhex(value) FROM json_each($2))",
    )
    .bind(peer)
    .bind(uuids_of(subs))
    .all()
    .await
}

/// The newest state of each own lead, in the order of the log, after index `after`: index and lead.
pub async fn feed(tx: &mut Tx, after: i64, limit: i64) -> Result<Vec<(i64, LeadRow)>, DbError> {
    let rows = tx
        .query(
            "/* lead::feed */ SELECT e.leaf, l.id, l.sub, l.ver, l.status, l.drafter, l.data_key, l.raw \
             FROM edits e JOIN leads l ON l.id = e.lead AND l.ver = e.ver WHERE e.leaf > $1 ORDER BY e.leaf LIMIT $2",
        )
        .bind(after)
        .bind(limit)
        .all::<(i64, Uuid, Uuid, i64, String, Uuid, Uuid, Vec<u8>)>()
        .await?;
    Ok(rows
        .into_iter()
        .map(|(leaf, id, sub, ver, status, drafter, data_key, raw)| {
            (leaf, LeadRow { id, sub, ver, status, drafter, data_key, raw })
        })
        .collect())
}

/// Adds a signed version: its JWS, and its sealed disclosures.
pub async fn add_version(
    tx: &mut Tx,
    lead: Uuid,
    ver: i64,
    jws: &str,
    disclosures: &[u8],
) -> Result<(), DbError> {
    tx.query(
        "/* lead::add_version */ INSERT INTO lead_versions (lead, ver, jws, disclosures) VALUES ($1, $2, $3, $4)",
    )
    .bind(lead)
    .bind(ver)
    .bind(jws)
    .bind(disclosures)
    .execute()
    .await
    .map(drop)
}

/// A signed version with the key that opens it.
pub struct VersionRow {
    /// The lead.
    pub lead: Uuid,
    /// The version.
    pub ver: i64,
    /// The version that the record is at by now.
    pub current: i64,
    /// The data key of the lead.
    pub data_key: Uuid,
    /// The signed statement.
    pub jws: String,
    /// The sealed disclosures.
    pub disclosures: Vec<u8>,
}

/// Which of the leads are erased, or are being erased.
pub async fn purged(tx: &mut Tx, leads: &[Uuid]) -> Result<Vec<Uuid>, DbError> {
    let rows = tx
        .query(
            "/* lead::purged */ SELECT id FROM leads \
             WHERE status = 'purged' AND id IN (SELECT unhex(value) FROM json_each($1))",
        )
        .bind(uuids_of(leads))
        .all::<(Uuid,)>()
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The signed versions of these leads.
pub async fn versions(tx: &mut Tx, leads: &[Uuid]) -> Result<Vec<VersionRow>, DbError> {
    let rows = tx
        .query(
            "/* lead::versions */ SELECT v.lead, v.ver, l.ver, l.data_key, v.jws, v.disclosures \
             FROM lead_versions v JOIN leads l ON l.id = v.lead \
             WHERE v.lead IN (SELECT unhex(value) FROM json_each($1))",
        )
        .bind(uuids_of(leads))
        .all::<(Uuid, i64, i64, Uuid, String, Vec<u8>)>()
        .await?;
    Ok(rows
        .into_iter()
        .map(|(lead, ver, current, data_key, jws, disclosures)| VersionRow {
            lead,
            ver,
            current,
            data_key,
            jws,
            disclosures,
        })
        .collect())
}

/// What a peer was given of a lead, and what it answered.
#[derive(Clone)]
pub struct ShareRow {
    /// The recipient.
    pub peer: i64,
    /// The agreement under which it was shared last.
    pub under: Under,
    /// The roles, as JSON.
    pub roles: String,
    /// The union of the claims given, as JSON.
    pub claims: String,
    /// The version sent last.
    pub ver: i64,
    /// The person's random reference towards this recipient.
    pub person_ref: String,
    /// What the recipient answered last, as a code.
    pub status: String,
    /// The only claims that it still gets, as JSON, once it was narrowed.
    pub kept: Option<String>,
    /// Versions under this number were taken back from it.
    pub gone_below: i64,
    /// When it must have purged what it was given last, milliseconds.
    pub keep_until: Option<i64>,
}

type ShareColumns = (
    Uuid,
    i64,
    Uuid,
    i64,
    Option<Vec<u8>>,
    String,
    String,
    i64,
    String,
    String,
    Option<String>,
    i64,
    Option<i64>,
);

fn share_row(columns: ShareColumns) -> (Uuid, ShareRow) {
    let (
        lead,
        peer,
        agreement,
        version,
        digest,
        roles,
        claims,
        ver,
        person_ref,
        status,
        kept,
        gone_below,
        keep_until,
    ) = columns;
    let share = ShareRow {
        peer,
        under: Under { agreement, version, digest },
        roles,
        claims,
        ver,
        person_ref,
        status,
        kept,
        gone_below,
        keep_until,
    };
    (lead, share)
}

/// Everyone who was given the lead.
pub async fn shares(tx: &mut Tx, lead: Uuid) -> Result<Vec<ShareRow>, DbError> {
    let rows = tx
        .query(
            "/* lead::shares */ SELECT lead, peer, agreement, agreement_version, agreement_digest, roles, claims, ver, \
             person_ref, status, kept, (SELECT coalesce(max(w.below), 0) FROM withdrawals w \
             WHERE w.lead = s.lead AND w.peer = s.peer), keep_until FROM shares s WHERE lead = $1 ORDER BY peer",
        )
        .bind(lead)
        .all::<ShareColumns>()
        .await?;
    Ok(rows.into_iter().map(|row| share_row(row).1).collect())
}

/// Writes what a peer is given from now on.
pub async fn put_share(tx: &mut Tx, lead: Uuid, share: &ShareRow) -> Result<(), DbError> {
    let row = [
        Value::from(lead),
        share.peer.into(),
        share.under.agreement.into(),
        share.under.version.into(),
        share.under.digest.clone().into(),
        share.roles.as_str().into(),
        share.claims.as_str().into(),
        share.ver.into(),
        share.person_ref.as_str().into(),
        share.status.as_str().into(),
        share.kept.clone().into(),
        share.keep_until.into(),
    ];
    tx.insert_rows(
        "/* lead::put_share */ INSERT INTO shares \
         (lead, peer, agreement, agreement_version, agreement_digest, roles, claims, ver, person_ref, status, \
         kept, keep_until) VALUES",
        [row],
        "ON CONFLICT (lead, peer) DO UPDATE SET agreement = excluded.agreement, \
         agreement_version = excluded.agreement_version, agreement_digest = excluded.agreement_digest, roles = excluded.roles, claims = excluded.claims, \
         ver = excluded.ver, status = excluded.status, kept = excluded.kept, \
         keep_until = excluded.keep_until",
    )
    .await
    .map(drop)
}

/// What the peer was given of these leads.
pub async fn shares_of(tx: &mut Tx, peer: i64, leads: &[Uuid]) -> Result<Vec<(Uuid, ShareRow)>, DbError> {
    let rows = tx
        .query(
            "/* lead::shares_of */ SELECT lead, peer, agreement, agreement_version, agreement_digest, roles, claims, ver, \
             person_ref, status, kept, (SELECT coalesce(max(w.below), 0) FROM withdrawals w \
             WHERE w.lead = s.lead AND w.peer = s.peer), keep_until FROM shares s \
             WHERE peer = $1 AND lead IN (SELECT unhex(value) FROM json_each($2))",
        )
        .bind(peer)
        .bind(uuids_of(leads))
        .all::<ShareColumns>()
        .await?;
    Ok(rows.into_iter().map(share_row).collect())
}

/// Records what the peer answered last to the leads with these public ids that it still has.
pub async fn answer_all(tx: &mut Tx, peer: i64, subs: &[Uuid], status: &str) -> Result<(), DbError> {
    tx.query(
        "/* lead::answer_all */ UPDATE shares SET status = $1 \
         WHERE peer = $2 AND status NOT IN ('withdrawn', 'purged') AND lead IN \
         (SELECT id FROM leads WHERE sub IN (SELECT unhex(value) FROM json_each($3)))",
    )
    .bind(status)
    .bind(peer)
    .bind(uuids_of(subs))
    .execute()
    .await
    .map(drop)
}

/// Records what the peer answered.
pub async fn answer(tx: &mut Tx, lead: Uuid, peer: i64, status: &str) -> Result<(), DbError> {
    tx.query("/* lead::answer */ UPDATE shares SET status = $1 WHERE lead = $2 AND peer = $3")
        .bind(status)
        .bind(lead)
        .bind(peer)
        .execute()
        .await
        .map(drop)
}
