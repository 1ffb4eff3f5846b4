//! Whom an agreement lets be told apart: groups of own leads that look the same to each of its parties.
//!
//! Invariant: leaves the node as counts only.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use uuid::Uuid;

use super::lead_seal::OpenLead;
use super::officer::Officer;
use super::publish::listing;
use super::share::{current, facts};
use super::{Error, Node};
use crate::audit::words::Listed;
use crate::audit::{EntryType, Incomplete};
use crate::domain::access::permit;
use crate::domain::agreement::Agreement;
use crate::domain::lead::status::Status;
use crate::domain::node::NodeId;
use crate::domain::unit::Duty;
use crate::redaction::risk::{Groups, Likeness, Risk};
use crate::redaction::{Texts, claims};
use crate::store::db::Tx;
use crate::store::lead as leads;

/// Leads that are opened at a time.
const PAGE: i64 = 200;

/// So many pages are looked at for another lead like one.
const LOOK: usize = 10;

/// The groups that one party sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RiskView {
    /// The party.
    pub recipient: NodeId,
    /// How small they are.
    #[serde(flatten)]
    pub risk: Risk,
}

impl Node {
    /// For each other party of an agreement, how many of the approved leads that it may see look the same to it.
    /// Takes about as long as reading every lead. One log entry.
    pub async fn risk(&self, officer: &Officer, agreement: Uuid) -> Result<Vec<RiskView>, Error> {
        officer.require(&[Duty::Approver, Duty::Auditor])?;
        let mut tx = self.db.node.snapshot().await?;
        let agreement = current(&mut tx, agreement, self.now()).await?.ok_or(Error::NotFound)?;
        let parties = agreement.terms().parties.iter().map(|party| party.node);
        let mut groups: BTreeMap<NodeId, Groups> =
            parties.filter(|node| *node != self.id).map(|node| (node, Groups::default())).collect();
        let (mut after, mut seen) = (-1, 0);
        while let Some((last, opened)) = self.approved_after(&mut tx, after).await? {
            seen += opened.len();
            for (recipient, groups) in &mut groups {
                let alike = opened.iter().filter_map(|open| self.likeness(open, &agreement, *recipient));
                alike.for_each(|likeness| groups.add(likeness));
            }
            after = last;
        }
        let body = Incomplete { code: Some(Listed::Risk.code().into()), ..listing(officer, seen) };
        self.record(tx, EntryType::List, body).await?;
        let views = groups.into_iter().map(|(recipient, groups)| RiskView { recipient, risk: groups.risk() });
        Ok(views.collect())
    }

    /// To which of the recipients no other of the first 2,000 approved leads looks like this one. Each of those is
    /// opened once, for all of them.
    pub(super) async fn standing_alone(
        &self,
        tx: &mut Tx,
        open: &OpenLead,
        agreement: &Agreement,
        recipients: impl Iterator<Item = NodeId>,
    ) -> Result<BTreeSet<NodeId>, Error> {
        let likeness = |recipient| Some((recipient, self.likeness(open, agreement, recipient)?));
        let mut alone: BTreeMap<NodeId, Likeness> = recipients.filter_map(likeness).collect();
        let mut after = -1;
        for _ in 0..LOOK {
            if alone.is_empty() {
                break;
            }
            let Some((last, others)) = self.approved_after(tx, after).await? else { break };
            for other in others.iter().filter(|other| other.row.id != open.row.id) {
                alone.retain(|recipient, this| {
                    self.likeness(other, agreement, *recipient).as_ref() != Some(&*this)
                });
            }
            after = last;
        }
        Ok(alone.into_keys().collect())
    }

    /// The approved leads of the next page of the feed, and the index after which the one after it begins.
    async fn approved_after(&self, tx: &mut Tx, after: i64) -> Result<Option<(i64, Vec<OpenLead>)>, Error> {
        let rows = leads::feed(tx, after, PAGE).await?;
        let Some(last) = rows.last().map(|(leaf, _)| *leaf) else { return Ok(None) };
        let mut opened = self.open_rows(rows.into_iter().map(|(_, row)| row).collect()).await?;
        opened.retain(|open| matches!(open.status, Status::Approved | Status::Shared));
        Ok(Some((last, opened)))
    }

    /// What a recipient would see of a lead, as far as it tells people apart; none if it may not see it.
    fn likeness(&self, open: &OpenLead, agreement: &Agreement, recipient: NodeId) -> Option<Likeness> {
        let facts = facts(open.lead.value());
        let permit = permit(&self.request(recipient, agreement, &facts, None)).ok()?;
        // Free text tells nobody apart here, so that nothing need be made of it.
        Some(Likeness::of(facts.kind, &claims(&open.lead, &Texts::default()), permit.claims()))
    }
}
