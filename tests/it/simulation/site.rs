//! A simulated node: what is durable of it as plain data, and what a crash takes away.
//!
//! Knows no network and no time. Every decision is one of the product's pure rooms; what stands here is what
//! tables would hold.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use guitu::audit::entry::{EntryType, Incomplete, settled};
use guitu::clock::{SeededEntropy, Timestamp};
use guitu::domain::access::{Already, Request};
use guitu::domain::agreement::{Agreement, Dossier, Role, VersionKey};
use guitu::domain::claim::Claim;
use guitu::domain::digest::Digest;
use guitu::domain::lead::status::{RecipientStatus, Status};
use guitu::domain::node::NodeId;
use guitu::domain::profile::Profile;
use guitu::exchange::agreement::AgreementStatement;
use guitu::exchange::chain::ChainEnd;
use guitu::exchange::message::{Epoch, GENESIS, Header, Lane, Unsequenced, log_origin};
use guitu::exchange::presentation::{Facts, SignedLead};
use guitu::exchange::problem::ItemCode;
use guitu::exchange::receipt::Outcome;
use guitu::statement::keys::SigningKey;
use serde_json::Value;
use uuid::Uuid;

use super::bugs::Bug;
use super::cases::{Case, narrow_profile};
use super::keys::{Keys, Registered};
use super::log::{Evidence, Log};

/// A message as sent.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) header: Header,
    pub(crate) text: Arc<str>,
    pub(crate) x: Digest,
    pub(crate) lead: Option<(Uuid, u32)>,
    pub(crate) attempts: u32,
    /// What its receipt says.
    pub(crate) outcome: Option<Outcome>,
}

/// A chain to a peer.
#[derive(Clone)]
pub(crate) struct Outward {
    pub(crate) end: ChainEnd,
    pub(crate) acked: u64,
    /// Number n stands at n − 1.
    pub(crate) sent: Vec<Message>,
    pub(crate) carried: BTreeMap<Uuid, VersionKey>,
}

/// A chain from a peer.
#[derive(Clone)]
pub(crate) struct Inward {
    pub(crate) end: ChainEnd,
    /// What was settled: digest, and the index in our log once it is there.
    pub(crate) settled: BTreeMap<(Epoch, u64), (Digest, Option<u64>)>,
    pub(crate) carried: BTreeMap<Uuid, VersionKey>,
}

/// What a peer was given of an own lead.
#[derive(Clone)]
pub(crate) struct Share {
    pub(crate) under: (Uuid, VersionKey),
    pub(crate) roles: Vec<Role>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) ver: u32,
    pub(crate) status: RecipientStatus,
    pub(crate) gone_below: u32,
    pub(crate) person_ref: String,
}

impl Share {
    pub(crate) fn already(&self) -> Already {
        Already { roles: self.roles.clone(), claims: self.claims.iter().copied().collect() }
    }
}

/// An own lead.
#[derive(Clone)]
pub(crate) struct OwnLead {
    pub(crate) case: Case,
    pub(crate) status: Status,
    pub(crate) ver: u32,
    pub(crate) versions: BTreeMap<u32, Arc<SignedLead>>,
    pub(crate) shares: BTreeMap<NodeId, Share>,
}

/// A received presentation.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) ver: u32,
    pub(crate) x: Digest,
    pub(crate) roles: Vec<Role>,
    pub(crate) claims: BTreeMap<Claim, Value>,
    pub(crate) under: (Uuid, VersionKey),
    pub(crate) statement: Digest,
}

/// What is held of a peer's lead.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) status: RecipientStatus,
    pub(crate) rows: Vec<Kept>,
}

/// What a use case leaves for the sequencer.
#[derive(Clone)]
pub(crate) enum Draft {
    Send { said: Unsequenced, lead: Option<(Uuid, u32)>, attempts: u32 },
    Settle { header: Header, x: Digest, result: Outcome },
    Note(EntryType, Box<Incomplete>),
}

/// Everything durable.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) epoch: Epoch,
    pub(crate) log: Log,
    pub(crate) evidence: Evidence,
    pub(crate) drafts: VecDeque<Draft>,
    pub(crate) outward: BTreeMap<(NodeId, Lane), Outward>,
    pub(crate) inward: BTreeMap<(NodeId, Lane), Inward>,
    pub(crate) said: BTreeMap<Uuid, Vec<AgreementStatement>>,
    pub(crate) dossiers: BTreeMap<Uuid, Dossier>,
    pub(crate) statements: BTreeMap<Digest, Arc<str>>,
    pub(crate) leads: BTreeMap<Uuid, OwnLead>,
    pub(crate) held: BTreeMap<(NodeId, Uuid), Held>,
    pub(crate) tombs: BTreeMap<(NodeId, Uuid), u32>,
    /// When a message goes again as a new one.
    pub(crate) retries: BTreeMap<(NodeId, Lane, u64), Timestamp>,
    /// When an own lead goes to a peer again, and how often it did in a row.
    pub(crate) renewals: BTreeMap<(NodeId, Uuid), (Timestamp, u32)>,
    pub(crate) peers: BTreeMap<NodeId, Registered>,
    /// How many signing keys the node has had.
    pub(crate) generation: usize,
    pub(crate) refusals: Vec<(NodeId, Digest, ItemCode)>,
    pub(crate) alarms: Vec<String>,
}

/// One node.
pub(crate) struct Site {
    pub(crate) keys: Arc<Keys>,
    pub(crate) state: State,
    pub(crate) entropy: SeededEntropy,
    /// A planted bug, for the tests of the checker.
    pub(crate) bug: Option<Bug>,
    /// What leads are signed for: wide enough for every agreement of the history.
    pub(crate) profile: Profile,
    /// Most items of a batch.
    pub(crate) window: usize,
}

impl Site {
    pub(crate) fn new(keys: Arc<Keys>, epoch: Epoch, entropy: SeededEntropy, window: usize) -> Self {
        let state = State {
            epoch,
            log: Log::new(log_origin(keys.id, epoch)),
            evidence: Evidence::default(),
            drafts: VecDeque::new(),
            outward: BTreeMap::new(),
            inward: BTreeMap::new(),
            said: BTreeMap::new(),
            dossiers: BTreeMap::new(),
            statements: BTreeMap::new(),
            leads: BTreeMap::new(),
            held: BTreeMap::new(),
            tombs: BTreeMap::new(),
            retries: BTreeMap::new(),
            renewals: BTreeMap::new(),
            peers: BTreeMap::new(),
            generation: 1,
            refusals: Vec::new(),
            alarms: Vec::new(),
        };
        Self { keys, state, entropy, bug: None, profile: narrow_profile(), window }
    }

    pub(crate) fn id(&self) -> NodeId {
        self.keys.id
    }

    /// The key that signs now.
    pub(crate) fn signing(&self) -> &SigningKey {
        &self.keys.signing[self.state.generation - 1]
    }

    pub(crate) fn outward(&mut self, to: NodeId, lane: Lane) -> &mut Outward {
        self.state.outward.entry((to, lane)).or_insert_with(|| Outward {
            end: ChainEnd::EMPTY,
            acked: 0,
            sent: Vec::new(),
            carried: BTreeMap::new(),
        })
    }

    pub(crate) fn inward(&mut self, from: NodeId, lane: Lane) -> &mut Inward {
        self.state.inward.entry((from, lane)).or_insert_with(|| Inward {
            end: ChainEnd::EMPTY,
            settled: BTreeMap::new(),
            carried: BTreeMap::new(),
        })
    }

    /// The version of an agreement that speaks for it.
    pub(crate) fn current(&self, agreement: Uuid, now: Timestamp) -> Option<Agreement> {
        self.state.dossiers.get(&agreement)?.current(now)
    }

    /// What access asks, towards one recipient, now.
    pub(crate) fn request<'a>(
        &self,
        peer: NodeId,
        agreement: &'a Agreement,
        facts: &'a Facts,
        already: Option<&'a Already>,
        now: Timestamp,
    ) -> Request<'a> {
        Request {
            owner: self.id(),
            sender: self.id(),
            peer,
            agreement,
            purpose: facts.purpose,
            kind: facts.kind,
            classification: facts.classification,
            places: &facts.places,
            already,
            active_alert: false,
            now,
        }
    }

    /// The sequencer: every draft gets its place in chain and log, and the head moves.
    pub(crate) fn sequence(&mut self, now: Timestamp) {
        if self.state.drafts.is_empty() {
            return;
        }
        while let Some(draft) = self.state.drafts.pop_front() {
            match draft {
                Draft::Send { said, lead, attempts } => self.place(said, lead, attempts, now),
                Draft::Settle { header, x, result } => {
                    let (from, lane, at) = (header.from, header.lane, (header.epoch, header.seq));
                    let body = Incomplete {
                        header: Some(header),
                        x: Some(x),
                        result: Some(result),
                        ..Incomplete::default()
                    };
                    let leaf = self.state.log.append(now, settled(result), body);
                    self.inward(from, lane).settled.insert(at, (x, Some(leaf)));
                }
                Draft::Note(t, body) => drop(self.state.log.append(now, t, *body)),
            }
        }
        self.state.log.close_round();
    }

    fn place(&mut self, said: Unsequenced, lead: Option<(Uuid, u32)>, attempts: u32, now: Timestamp) {
        let (me, epoch, bug) = (self.id(), self.state.epoch, self.bug);
        let chain = self.outward(said.to, said.lane);
        let seq = chain.end.seq + 1;
        let prev = if bug == Some(Bug::WrongPrev) { GENESIS } else { chain.end.x };
        let header = Header::place(said, me, epoch, seq, prev, now);
        let (text, x) = header.seal().unwrap();
        chain.end = ChainEnd { epoch: Some(epoch), seq, x };
        let body = Incomplete { header: Some(header.clone()), x: Some(x), ..Incomplete::default() };
        let text = Arc::from(text);
        chain.sent.push(Message { header, text, x, lead, attempts, outcome: None });
        if bug != Some(Bug::UnloggedMessage) {
            self.state.log.append(now, EntryType::Sent, body);
        }
    }

    pub(crate) fn note(&mut self, t: EntryType, body: Incomplete) {
        self.state.drafts.push_back(Draft::Note(t, Box::new(body)));
    }
}
