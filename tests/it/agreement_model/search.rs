//! Every reachable state, each once; a state is packed into 128 bits without loss.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use super::nodes::{Cost, Rank, Set, World, bits};

/// Most messages under way at once.
const UNDER_WAY: u32 = 4;
const AMENDMENTS: u32 = 2;
/// The nodes between which the lead goes.
const SENDER: usize = 0;
const RECEIVER: usize = 1;

/// What the nodes know, and where the copies of the lead are.
#[derive(Clone, Copy)]
struct State {
    /// The view of each node, 24 bits each.
    views: [u32; 3],
    /// Copies of the lead under way: one bit for each version that they cite.
    copies: u64,
}

impl State {
    fn pack(self) -> u128 {
        let views = self.views.iter().fold(0, |packed, view| {
            assert!(*view < 1 << 24);
            packed << 24 | u128::from(*view)
        });
        assert!(self.copies < 1 << 48);
        views << 48 | u128::from(self.copies)
    }

    fn unpack(packed: u128) -> Self {
        let view = |at: u32| u32::try_from(packed >> (48 + 24 * at) & 0xff_ffff).unwrap();
        Self { views: [view(2), view(1), view(0)], copies: u64::try_from(packed & 0xffff_ffff_ffff).unwrap() }
    }

    fn with_view(mut self, node: usize, view: u32) -> Self {
        self.views[node] = view;
        self
    }

    fn without_copy(self, version: u8) -> Self {
        Self { copies: self.copies & !(1 << version), ..self }
    }
}

/// Packed states are dense: one multiplication spreads them.
#[derive(Default)]
pub(crate) struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u128(u128::from(*byte));
        }
    }

    fn write_u128(&mut self, packed: u128) {
        let folded = u64::try_from((packed ^ packed >> 64) & u128::from(u64::MAX)).unwrap();
        self.0 = (self.0 ^ folded).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 ^= self.0 >> 29;
    }
}

/// The search and what it has met.
pub(crate) struct Search {
    world: World,
    seen: HashSet<u128, BuildHasherDefault<Spread>>,
    todo: Vec<u128>,
    transitions: u64,
    quiescent: u64,
    kept: u64,
    refused: u64,
}

impl Search {
    pub(crate) fn new() -> Self {
        let (world, view) = World::new();
        let mut search = Self {
            world,
            seen: HashSet::default(),
            todo: Vec::new(),
            transitions: 0,
            quiescent: 0,
            kept: 0,
            refused: 0,
        };
        search.meet(State { views: [view; 3], copies: 0 });
        search
    }

    pub(crate) fn run(&mut self) {
        while let Some(packed) = self.todo.pop() {
            self.expand(State::unpack(packed));
        }
    }

    pub(crate) fn states(&self) -> usize {
        self.seen.len()
    }

    pub(crate) fn figures(&self) -> String {
        format!(
            "{} states, {} transitions, {} views of {} statements; {} quiescent, lead kept {} times, refused {}",
            self.states(),
            self.transitions,
            self.world.views(),
            self.world.statements(),
            self.quiescent,
            self.kept,
            self.refused,
        )
    }

    fn meet(&mut self, mut state: State) {
        self.transitions += 1;
        if self.world.is_over(state.views[RECEIVER]) {
            state.copies = 0;
        }
        let packed = state.pack();
        if self.seen.insert(packed) {
            self.todo.push(packed);
        }
    }

    fn expand(&mut self, state: State) {
        let statements = self.deliver(state);
        let under_way = statements + state.copies.count_ones();
        if under_way == 0 {
            self.check_quiescent(state);
        }
        self.move_copies(state);
        if under_way < UNDER_WAY {
            self.dispatch(state);
        }
        if under_way + 2 <= UNDER_WAY {
            self.act(state);
        }
    }

    /// Lets each statement under way arrive; how many there are.
    fn deliver(&mut self, state: State) -> u32 {
        let (mut count, mut moved) = (0, false);
        for (from, to) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
            let known = self.world.set(state.views[to]);
            let missing = self.world.set(state.views[from]) & self.world.by[from] & !known;
            count += missing.count_ones();
            for statement in bits(missing) {
                if let Some(view) = self.world.arrive(state.views[to], statement) {
                    moved = true;
                    self.meet(state.with_view(to, view));
                }
            }
        }
        assert!(moved || count == 0, "everything under way waits for something else");
        count
    }

    /// Nothing is under way: everybody knows the same, and it makes the same view.
    fn check_quiescent(&mut self, state: State) {
        self.quiescent += 1;
        assert!(state.views.iter().all(|view| *view == state.views[0]), "views differ at rest");
    }

    /// Each copy of the lead is lost, or arrives and is gone, or arrives and comes again later. The
    /// world compares what is kept with the rules. Once the chain carried a version, copies under lower
    /// ones are seen to be refused, and dropped: no later one can be lower, for what a sender may cite
    /// only rises. So the state need not say what was carried.
    fn move_copies(&mut self, state: State) {
        let view = state.views[RECEIVER];
        for version in bits(Set::from(state.copies)) {
            self.meet(state.without_copy(version));
            if !self.world.keeps(view, version, None) {
                self.refused += 1;
                continue;
            }
            self.kept += 1;
            let mut stored = state;
            for other in bits(Set::from(state.copies)).filter(|other| *other != version) {
                if !self.world.keeps(view, other, Some(version)) && self.world.is_below(other, version) {
                    stored = stored.without_copy(other);
                }
            }
            self.meet(stored);
            self.meet(stored.without_copy(version));
        }
    }

    /// The sender dispatches the lead under the version in force in its view, if there is one; the world
    /// compares it with the rules.
    fn dispatch(&mut self, state: State) {
        let [sender, receiver] = [state.views[SENDER], state.views[RECEIVER]];
        if let Some(version) = self.world.sends[sender as usize].filter(|_| !self.world.is_over(receiver)) {
            self.meet(State { copies: state.copies | 1 << version, ..state });
        }
    }

    /// Each node takes each step that is open to it.
    fn act(&mut self, state: State) {
        let all = state.views.iter().fold(0, |all, view| all | self.world.set(*view));
        let amended = (all & self.world.proposals).count_ones() - 1;
        let (suspended, terminated) = (all & self.world.suspensions, all & self.world.terminations);
        let within = |cost| match cost {
            Cost::Nothing => true,
            Cost::Amendment(rank) => amended < AMENDMENTS && (amended == 0) == (rank == Rank::Middle),
            Cost::Suspension => suspended == 0,
            Cost::Termination => terminated == 0,
        };
        for node in 0..3 {
            for statement in self.world.steps(node, state.views[node], within) {
                if let Some(view) = self.world.arrive(state.views[node], statement) {
                    self.meet(state.with_view(node, view));
                }
            }
        }
    }
}
