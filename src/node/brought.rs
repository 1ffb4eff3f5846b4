//! What the messages of a batch bring together, and what they rest on, each in one question to the database.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use super::Error;
use crate::domain::access::Already;
use crate::domain::agreement::Role;
use crate::domain::claim::Claim;
use crate::exchange::judge::{Record, Verdict};
use crate::store::db::Tx;
use crate::store::{lead, received};

/// What the peer disclosed to us of these leads before, by role.
pub(super) async fn disclosed_to_us(
    tx: &mut Tx,
    peer: i64,
    subs: &[Uuid],
) -> Result<HashMap<Uuid, Already>, Error> {
    let mut known: HashMap<Uuid, Already> = HashMap::new();
    for (sub, roles, claims) in received::disclosed(tx, peer, subs).await? {
        let corrupt = |_| Error::Corrupt("disclosed");
        let already = known.entry(sub).or_default();
        already.roles.extend(serde_json::from_str::<Vec<Role>>(&roles).map_err(corrupt)?);
        already.claims.extend(serde_json::from_str::<Vec<Claim>>(&claims).map_err(corrupt)?);
    }
    Ok(known)
}

/// Records the answers of a batch, before what follows on them: of several to one lead, the last.
pub(super) async fn take_answers(tx: &mut Tx, peer: i64, verdicts: &[Verdict]) -> Result<(), Error> {
    let mut last = BTreeMap::new();
    for record in records(verdicts) {
        if let Record::Answer(form) = record {
            last.insert(form.sub, form.answer.code());
        }
    }
    let mut leads: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
    for (sub, answer) in last {
        leads.entry(answer).or_default().push(sub);
    }
    for (answer, subs) in leads {
        lead::answer_all(tx, peer, &subs, answer).await?;
    }
    Ok(())
}

/// The agreements about which something new was said.
pub(super) fn spoken_of(verdicts: &[Verdict]) -> Vec<Uuid> {
    let agreement = |record: &Record| match record {
        Record::Agreement(statement) => Some(statement.agreement),
        _ => None,
    };
    records(verdicts).filter_map(agreement).collect::<BTreeSet<_>>().into_iter().collect()
}

fn records(verdicts: &[Verdict]) -> impl Iterator<Item = &Record> {
    verdicts.iter().filter_map(|verdict| match verdict {
        Verdict::Stored(record) => Some(record.as_ref()),
        Verdict::Void(_) | Verdict::Refused(_) => None,
    })
}
