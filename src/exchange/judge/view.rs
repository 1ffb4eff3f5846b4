//! What a judgement rests on, and what one message adds for those after it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::domain::access::Already;
use crate::domain::agreement::{Dossier, FilingAnswer, Month, Role, VersionKey};
use crate::domain::claim::Claim;
use crate::domain::digest::Digest;
use crate::domain::lead::status::RecipientStatus;
use crate::domain::node::NodeId;
use crate::exchange::problem::ItemCode;
use crate::statement::keys::KeySet;

/// What the receiver knows that a judgement rests on.
pub struct View {
    /// The receiving node.
    pub me: NodeId,
    /// The sender.
    pub peer: NodeId,
    /// The receiver's own clock.
    pub now: Timestamp,
    /// The keys of every registered node.
    pub keys: HashMap<NodeId, KeySet>,
    /// The agreements that the messages name, as far as they are known.
    pub dossiers: HashMap<Uuid, Dossier>,
    /// The highest version of each that this chain carried before.
    pub carried: BTreeMap<Uuid, VersionKey>,
    /// What the sender disclosed to us of each of its leads that we hold, by role.
    pub already: HashMap<Uuid, Already>,
    /// The highest version held of each lead of the sender that the messages bring.
    pub held: HashMap<Uuid, Held>,
    /// What the sender took back of its leads: versions under that number are refused.
    pub withdrawn: HashMap<Uuid, u32>,
    /// Our leads that were shared with the sender: the version it got, and what it answered last.
    pub shared: HashMap<Uuid, (u32, RecipientStatus)>,
    /// Who is above whom, and what was filed.
    pub hierarchy: Hierarchy,
}

/// What the receiver knows of upper nodes (上级) and of filings (备案).
#[derive(Clone, Default)]
pub struct Hierarchy {
    /// The receiver's own upper node.
    pub mine: Option<NodeId>,
    /// The sender's upper node.
    pub senders: Option<NodeId>,
    /// By terms and party, the filings that the sender made with the receiver and the receiver with the sender, oldest
    /// first, each with its answer.
    pub filed: HashMap<(Digest, NodeId), Vec<Option<FilingAnswer>>>,
    /// The months of which the sender has told.
    pub told: BTreeSet<Month>,
}

/// The highest version that the receiver holds of a lead. Another owner's lead under the same public id is
/// another lead.
#[derive(Clone, Copy)]
pub struct Held {
    /// The version.
    pub ver: u32,
    /// The digest of the statement that holds it; none if it was not kept then.
    pub statement: Option<Digest>,
}

impl Held {
    /// The owner goes on, never back, and says one thing under one version. The same statement with further
    /// disclosures is no other one.
    pub(super) fn check_next(self, next: Self) -> Result<(), ItemCode> {
        if self.ver > next.ver {
            return Err(ItemCode::StaleVersion);
        }
        let other = self.statement.is_some() && self.statement != next.statement;
        if self.ver == next.ver && other { Err(ItemCode::VersionConflict) } else { Ok(()) }
    }
}

impl View {
    /// From now on this chain carried that version.
    pub(super) fn carry(&mut self, agreement: Uuid, key: VersionKey) {
        let carried = self.carried.entry(agreement).or_insert(key);
        *carried = key.max(*carried);
    }

    /// What is held of a lead with these claims more.
    pub(super) fn hold(&mut self, sub: Uuid, roles: &[Role], claims: impl Iterator<Item = Claim>) {
        let already = self.already.entry(sub).or_default();
        already.roles.extend_from_slice(roles);
        already.claims.extend(claims);
    }
}
