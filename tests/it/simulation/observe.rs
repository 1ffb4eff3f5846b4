//! What the checker looks at, taken from simulated nodes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use guitu::clock::Timestamp;
use guitu::domain::access::permit;
use guitu::domain::lead::status::Status;
use guitu::domain::node::NodeId;
use guitu::exchange::message::Epoch;
use uuid::Uuid;

use super::bugs::Bug;
use super::checker::{Due, Given, Holding, Observed, Stored};
use super::keys::{Keys, trust};
use super::log::export;
use super::site::{OwnLead, Share, Site};
use super::world::World;

impl World {
    /// Runs to the end, and checks everything; what breaks an invariant.
    pub(crate) fn judged(&mut self) -> Vec<String> {
        if !self.run() {
            self.checker.add("what waits never arrives".to_owned());
        }
        self.witness_all();
        let epochs: BTreeMap<NodeId, Epoch> =
            self.sites.iter().map(|(id, site)| (*id, site.state.epoch)).collect();
        let made_at = self.now.plus(60_000);
        let observed: Vec<Observed> =
            self.sites.values().map(|site| site.observed(&epochs, self.clock(site.id()), made_at)).collect();
        self.checker.check(&observed, &trust(epochs.into_iter()));
        std::mem::take(&mut self.checker.found)
    }
}

impl Site {
    fn observed(&self, epochs: &BTreeMap<NodeId, Epoch>, now: Timestamp, made_at: Timestamp) -> Observed {
        let keys: &Keys = &self.keys;
        let state = &self.state;
        let own = (keys, state.epoch);
        let mut log = Cow::Borrowed(&state.log);
        if self.bug == Some(Bug::RewrittenEntry) {
            log.to_mut().rewrite_first();
        }
        let known = |id: &NodeId| (*id, epochs[id]);
        let peers: BTreeMap<NodeId, Epoch> = state.peers.keys().map(known).collect();
        let stored = |row: &super::site::Kept| Stored {
            ver: row.ver,
            x: row.x,
            claims: row.claims.keys().copied().collect(),
        };
        let held = state.held.iter().map(|((owner, sub), held)| Holding {
            owner: *owner,
            sub: *sub,
            status: held.status,
            rows: held.rows.iter().map(stored).collect(),
        });
        let mut given = Vec::new();
        let mut cases = BTreeMap::new();
        for (sub, lead) in &state.leads {
            given.extend(lead.shares.iter().map(|(to, share)| self.given((*sub, lead), *to, share, now)));
            cases.extend(
                lead.versions.iter().map(|(ver, signed)| ((*sub, *ver), signed.facts.places.clone())),
            );
        }
        let sent = state.outward.values().flat_map(|chain| &chain.sent);
        Observed {
            node: self.id(),
            bundle: export(own, &log, &state.evidence, &peers, made_at),
            peers: state.peers.keys().copied().collect(),
            held: held.collect(),
            given,
            cases,
            carried: sent.map(|message| (message.x, (message.lead, message.outcome))).collect(),
            dossiers: state.dossiers.clone(),
            refusals: state.refusals.iter().map(|(_, _, code)| *code).collect(),
            alarms: state.alarms.clone(),
        }
    }

    /// What must be true of a lead at a recipient.
    fn given(&self, (sub, lead): (Uuid, &OwnLead), to: NodeId, share: &Share, now: Timestamp) -> Given {
        let agreement = self.current(share.under.0, now);
        let signed = &lead.versions[&lead.ver];
        let already = share.already();
        let open = agreement
            .as_ref()
            .map(|agreement| permit(&self.request(to, agreement, &signed.facts, Some(&already), now)));
        let due = match open {
            _ if lead.status == Status::Withdrawn => Due::Nothing,
            Some(Ok(_)) => Due::Holds(lead.ver),
            _ => Due::Whatever,
        };
        Given { sub, to, due, status: share.status }
    }
}
