//! What the three nodes can know and say: statements by number, and the dossier of each set of them.

use std::collections::HashMap;

use guitu::clock::Timestamp;
use guitu::domain::agreement::{
    Act, Admission, Agreement, Dossier, Draft, Party, Role, Said, Signed, StepFault, Terms, VersionKey,
};
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::lead::codes::{LeadKind, Purpose};
use guitu::domain::node::NodeId;
use guitu::domain::profile::{Cell, Profile, Row};

use super::oracle;

/// A set of statements: one bit each.
pub(crate) type Set = u128;

/// A day on which every version is between its dates.
const NOW: Timestamp = Timestamp(1_782_000_000_000);

const NODES: [&str; 3] = ["140600", "500000", "530900"];

/// A step that a node may take: what of the budget it uses, what it says, and the number of that once
/// it was said.
struct Step {
    cost: Cost,
    said: Said,
    number: Option<u8>,
}

/// What a step uses up; at most two amendments, one suspension, one termination among all nodes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    Amendment(Rank),
    Suspension,
    Termination,
    Nothing,
}

/// Where the digest of a proposal lies: the first in the middle, a second one below or above it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Rank {
    Low = 0x00,
    Middle = 0x80,
    High = 0xff,
}

/// What a node that knows one set of statements can do.
struct View {
    dossier: Dossier,
    /// For each node, once it was asked.
    steps: [Option<Vec<Step>>; 3],
    /// For each statement the view after it: [`LATER`] if it has to come again; [`UNASKED`] at first.
    after: [u32; 128],
}

const UNASKED: u32 = u32::MAX;
const LATER: u32 = u32::MAX - 1;

/// All statements and views met so far.
pub(crate) struct World {
    first: Terms,
    drafts: Drafts,
    said: Vec<Signed>,
    /// The statements of each node.
    pub(crate) by: [Set; 3],
    pub(crate) proposals: Set,
    pub(crate) suspensions: Set,
    pub(crate) terminations: Set,
    keys: Vec<VersionKey>,
    views: Vec<View>,
    /// What is known in each view.
    pub(crate) sets: Vec<Set>,
    /// The version, as a number, under which each view may send.
    pub(crate) sends: Vec<Option<u8>>,
    of_set: HashMap<Set, u32>,
    kept: HashMap<(u32, u8, Option<u8>), bool>,
}

fn node(index: usize) -> NodeId {
    NODES[index].parse().unwrap()
}

fn first_terms() -> Terms {
    let party = |index: usize, role| Party {
        node: node(index),
        roles: vec![role],
        government: "人民政府".to_owned(),
        office: "办公室".to_owned(),
    };
    Terms {
        id: "0b5c7a1e-7d3f-4c52-9a54-3f1f5f0d6a11".parse().unwrap(),
        version: 1,
        parties: vec![party(0, Role::Origin), party(1, Role::Destination), party(2, Role::Transit)],
        purposes: Purpose::ALL.to_vec(),
        kinds: LeadKind::ALL.to_vec(),
        profile: closed(),
        valid_from: CivilDate::new(2026, 1, 1).unwrap(),
        valid_until: CivilDate::new(2026, 12, 31).unwrap(),
        retention_days: 365,
        text_digest: Digest::of(b"letter"),
        proposer: node(0),
        previous: None,
        answers: None,
    }
}

/// A profile without an open cell: what is disclosed is not the question here.
fn closed() -> Profile {
    let cells = Row::ALL.iter().flat_map(|row| Role::ALL.iter().map(|role| (*row, *role)));
    cells.fold(Profile::default_matrix(), |profile, (row, role)| profile.with(row, role, Cell::Closed))
}

/// The drafts made so far, by what tells them apart.
#[derive(Default)]
struct Drafts(HashMap<(NodeId, Option<Digest>, Option<Digest>, Rank), Draft>);

impl Drafts {
    /// A draft whose digest starts with its rank.
    fn draft(&mut self, terms: &Terms, rank: Rank) -> Draft {
        let key = (terms.proposer, terms.previous, terms.answers, rank);
        let make = || {
            let mut digest = Digest::of(&serde_json::to_vec(terms).unwrap());
            digest.0[0] = rank as u8;
            Draft::new(terms.clone(), digest).unwrap()
        };
        self.0.entry(key).or_insert_with(make).clone()
    }
}

impl World {
    /// The world in which the first version is signed by all, and known to all, and its view.
    pub(crate) fn new() -> (Self, u32) {
        let mut world = Self {
            first: first_terms(),
            drafts: Drafts::default(),
            said: Vec::new(),
            by: [0; 3],
            proposals: 0,
            suspensions: 0,
            terminations: 0,
            keys: Vec::new(),
            views: Vec::new(),
            sets: Vec::new(),
            sends: Vec::new(),
            of_set: HashMap::new(),
            kept: HashMap::new(),
        };
        let first = world.drafts.draft(&world.first, Rank::Middle);
        let key = first.key();
        let mut dossier = Dossier::new(first.terms().id);
        let mut set = 0;
        for index in 0..3 {
            let said = if index == 0 {
                dossier.propose(node(0), first.clone())
            } else {
                dossier.countersign(node(index), key, NOW)
            };
            let number = world.number(index, said.unwrap());
            assert_eq!(dossier.admit(&world.said[usize::from(number)]), Admission::New);
            set |= 1 << number;
        }
        let view = world.view(set, dossier);
        (world, view)
    }

    pub(crate) fn statements(&self) -> usize {
        self.said.len()
    }

    pub(crate) fn views(&self) -> usize {
        self.views.len()
    }

    fn dossier(&self, view: u32) -> &Dossier {
        &self.views[view as usize].dossier
    }

    pub(crate) fn set(&self, view: u32) -> Set {
        self.sets[view as usize]
    }

    /// The number of what a node says.
    fn number(&mut self, index: usize, said: Said) -> u8 {
        let signed = Signed { signer: node(index), said };
        let known = self.said.iter().position(|other| *other == signed);
        let number = known.unwrap_or(self.said.len());
        assert!(number < 128);
        let number = u8::try_from(number).unwrap();
        let bit: Set = 1 << number;
        self.by[index] |= bit;
        match &signed.said {
            Said::Proposal(draft) => {
                self.proposals |= bit;
                if !self.keys.contains(&draft.key()) {
                    self.keys.push(draft.key());
                }
            }
            Said::Status { act: Act::Suspend, .. } => self.suspensions |= bit,
            Said::Status { act: Act::Terminate, .. } => self.terminations |= bit,
            _ => {}
        }
        if known.is_none() {
            self.said.push(signed);
        }
        number
    }

    /// The statements of a set.
    fn said(&self, set: Set) -> impl Iterator<Item = &Signed> {
        bits(set).map(|number| &self.said[usize::from(number)])
    }

    /// The view of a set, whose statements made that dossier in some order. Every other order must
    /// make the same, and none of them may change anything when it comes again.
    fn view(&mut self, set: Set, dossier: Dossier) -> u32 {
        if let Some(view) = self.of_set.get(&set) {
            assert_eq!(*self.dossier(*view), dossier, "the order of arrival shows");
            return *view;
        }
        let mut again = dossier.clone();
        for signed in self.said(set) {
            assert_eq!(again.admit(signed), Admission::Known);
        }
        assert_eq!(again, dossier, "a second arrival shows");
        let open: Vec<_> = dossier.versions().filter(|version| version.may_send(NOW).is_ok()).collect();
        assert!(open.len() < 2);
        let sends = open.first().map(|version| self.key_number(version.key()));
        let known: Vec<_> = self.said(set).collect();
        assert_eq!(open.first().map(Agreement::key), oracle::sendable(&known), "{known:?}");
        let keeps = |version: &Agreement| version.may_receive(None, NOW).is_ok();
        assert!(!dossier.versions().any(|version| keeps(&version)) || !oracle::forbids(&known));
        let view = u32::try_from(self.views.len()).unwrap();
        self.views.push(View { dossier, steps: [None, None, None], after: [UNASKED; 128] });
        self.sets.push(set);
        self.sends.push(sends);
        self.of_set.insert(set, view);
        view
    }

    fn key_number(&self, key: VersionKey) -> u8 {
        u8::try_from(self.keys.iter().position(|other| *other == key).unwrap()).unwrap()
    }

    fn key(&self, number: u8) -> VersionKey {
        self.keys[usize::from(number)]
    }

    /// The view after a statement arrived; `None` if it has to come again later.
    pub(crate) fn arrive(&mut self, view: u32, statement: u8) -> Option<u32> {
        match self.views[view as usize].after[usize::from(statement)] {
            UNASKED => {}
            LATER => return None,
            after => return Some(after),
        }
        let after = self.arrive_first(view, statement);
        self.views[view as usize].after[usize::from(statement)] = after.unwrap_or(LATER);
        after
    }

    fn arrive_first(&mut self, view: u32, statement: u8) -> Option<u32> {
        let mut dossier = self.dossier(view).clone();
        let set = self.set(view) | 1 << statement;
        match dossier.admit(&self.said[usize::from(statement)]) {
            Admission::Refused(fault) => {
                assert!(fault.retryable(), "an honest statement is refused for good: {fault}");
                assert_eq!(dossier, *self.dossier(view));
                None
            }
            Admission::Known => panic!("a new statement is said to be known"),
            Admission::New | Admission::Kept(_) => Some(self.view(set, dossier)),
        }
    }

    /// Whether a node with that view keeps a lead sent under that version, on a chain that carried
    /// another: as the rules say, neither more nor less.
    pub(crate) fn keeps(&mut self, view: u32, version: u8, carried: Option<u8>) -> bool {
        if let Some(kept) = self.kept.get(&(view, version, carried)) {
            return *kept;
        }
        let key = self.key(version);
        let before = carried.map(|number| self.key(number));
        let agreement = self.dossier(view).version(key);
        let kept = agreement.is_some_and(|agreement| agreement.may_receive(before, NOW).is_ok());
        let known: Vec<_> = self.said(self.set(view)).collect();
        assert_eq!(kept, oracle::receivable(&known, key, before), "{known:?}");
        self.kept.insert((view, version, carried), kept);
        kept
    }

    pub(crate) fn is_below(&self, one: u8, other: u8) -> bool {
        self.key(one) < self.key(other)
    }

    /// Whether a termination is known in that view. A node with it keeps nothing ever again (the rules
    /// are compared when the view is made), so copies on their way to it are as good as lost.
    pub(crate) fn is_over(&self, view: u32) -> bool {
        self.set(view) & self.terminations != 0
    }

    /// The statements of the steps that a node may take within the budget, by the real transitions.
    pub(crate) fn steps(&mut self, index: usize, view: u32, within: impl Fn(Cost) -> bool) -> Vec<u8> {
        let at = view as usize;
        let mut steps = match self.views[at].steps[index].take() {
            Some(steps) => steps,
            None => self.steps_of(view, node(index)),
        };
        let mut numbers = Vec::new();
        for step in steps.iter_mut().filter(|step| within(step.cost)) {
            let number = step.number.unwrap_or_else(|| self.number(index, step.said.clone()));
            step.number = Some(number);
            numbers.push(number);
        }
        self.views[at].steps[index] = Some(steps);
        numbers
    }

    fn steps_of(&mut self, view: u32, me: NodeId) -> Vec<Step> {
        let mut found = self.proposals(view, me);
        let dossier = self.dossier(view);
        for version in dossier.versions() {
            found.push((Cost::Nothing, dossier.countersign(me, version.key(), NOW)));
        }
        found.push((Cost::Suspension, dossier.suspend(me, NOW)));
        found.push((Cost::Nothing, dossier.resume(me, NOW)));
        found.push((Cost::Termination, dossier.terminate(me, NOW)));
        found.push((Cost::Nothing, dossier.acknowledge(me)));
        let open = found.into_iter().filter_map(|(cost, said)| Some((cost, said.ok()?)));
        open.map(|(cost, said)| Step { cost, said, number: None }).collect()
    }

    /// Amendments of the newest version, and answers to what others proposed, with each rank of digest.
    fn proposals(&mut self, view: u32, me: NodeId) -> Vec<(Cost, Result<Said, StepFault>)> {
        let dossier = &self.views[view as usize].dossier;
        let mut found = Vec::new();
        for rank in [Rank::Low, Rank::Middle, Rank::High] {
            let cost = Cost::Amendment(rank);
            // Only a proposal for the same step can cross another: one for the next step needs no low rank.
            let next = |version: u32| version > 2 && rank != Rank::High;
            if let Some((version, previous)) = dossier.amendable().filter(|(version, _)| !next(*version)) {
                let terms = Terms { version, previous: Some(previous), proposer: me, ..self.first.clone() };
                found.push((cost, dossier.amend(me, self.drafts.draft(&terms, rank))));
            }
            for open in dossier.versions().filter(|open| open.terms().proposer != me && rank != Rank::Middle)
            {
                let answers = Some(open.digest());
                let terms = Terms { answers, proposer: me, ..open.terms().clone() };
                found.push((cost, dossier.counter(me, self.drafts.draft(&terms, rank))));
            }
        }
        found
    }
}

/// The numbers of the bits of a set.
pub(crate) fn bits(set: Set) -> impl Iterator<Item = u8> {
    let mut rest = set;
    std::iter::from_fn(move || {
        let bit = u8::try_from(rest.trailing_zeros()).ok().filter(|bit| *bit < 128)?;
        rest &= rest - 1;
        Some(bit)
    })
}
