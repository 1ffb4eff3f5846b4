//! Sharing what was offered, in one reviewed action.
//!
//! Invariant: what goes was named by an approver lead by lead, in the version, with the claims and under the terms that
//! he saw; whatever moved on meanwhile refuses the whole action.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use uuid::Uuid;

use super::offers::news;
use super::officer::Officer;
use super::publish::about;
use super::share::{Attempt, already, current};
use super::{Error, Node, key};
use crate::audit::EntryType;
use crate::domain::access::permit;
use crate::domain::agreement::Agreement;
use crate::domain::claim::Claim;
use crate::domain::digest::Digest;
use crate::domain::lead::status::Step;
use crate::domain::node::NodeId;
use crate::domain::unit::Duty;
use crate::store::db::Tx;
use crate::store::lead as store;

/// A lead that an approver shares as offered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// The internal id.
    pub lead: Uuid,
    /// The version that was offered.
    pub version: u32,
    /// The recipient.
    pub recipient: NodeId,
    /// What the recipient would newly see, as it was offered.
    pub claims: BTreeSet<Claim>,
}

impl Node {
    /// Shares what an approver chose among the offers, all of it or nothing; `digest` names the terms that he saw.
    /// When this returns, the messages are durable, in the log, and on their way. Gives how many there are.
    pub async fn share_offered(
        &self,
        officer: &Officer,
        agreement: Uuid,
        digest: Digest,
        chosen: &[Chosen],
    ) -> Result<usize, Error> {
        officer.require(&[Duty::Approver])?;
        let mut tx = self.db.node.begin().await?;
        let agreement = current(&mut tx, agreement, self.now()).await?.ok_or(Error::NotFound)?;
        if agreement.digest() != digest {
            return Err(Error::Conflict);
        }
        let chosen: BTreeSet<&Chosen> = chosen.iter().collect();
        let mut leads: BTreeMap<(Uuid, u32), Vec<&Chosen>> = BTreeMap::new();
        for one in &chosen {
            leads.entry((one.lead, one.version)).or_default().push(one);
        }
        // All of them before anything that belongs to a peer, as everybody who shares does.
        for (lead, _) in leads.keys() {
            store::lock(&mut tx, *lead).await?;
        }
        for ((lead, version), chosen) in leads {
            self.share_one(&mut tx, officer, &agreement, (lead, version), &chosen).await?;
        }
        self.commit_sequenced(tx).await?;
        Ok(chosen.len())
    }

    async fn share_one(
        &self,
        tx: &mut Tx,
        officer: &Officer,
        agreement: &Agreement,
        (lead, version): (Uuid, u32),
        chosen: &[&Chosen],
    ) -> Result<(), Error> {
        let mut open = self.open_lead(tx, lead).await?;
        if open.version()? != version {
            return Err(Error::Conflict);
        }
        let (old, old_status) = (open.row.ver, open.status);
        open.status = old_status.after(Step::Share { basis_in_force: true })?;
        self.save(tx, &mut open, old, old_status).await?;
        let signed = self.signed_version(tx, &open).await?;
        let shares = store::shares(tx, lead).await?;
        for one in chosen {
            let held = shares.iter().find(|share| share.peer == key(one.recipient));
            let held_claims = already(held)?;
            let permit =
                permit(&self.request(one.recipient, agreement, &signed.facts, held_claims.as_ref()))?;
            let news: BTreeSet<Claim> = news(&permit, held, &signed)?.into_iter().collect();
            if news.is_empty() || news != one.claims {
                return Err(Error::Conflict);
            }
            let attempt = Attempt { held, attempts: 1 };
            self.queue(tx, &open, &signed, agreement, &permit, attempt).await?;
        }
        self.note(tx, EntryType::Share, about(officer, &open)).await
    }
}
