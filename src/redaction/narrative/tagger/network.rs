//! A two-layer bidirectional gated recurrent network over characters, in whole numbers.
//!
//! Knows how weights and characters become probabilities. States are 16-bit, weights 8-bit held in
//! 16, sums 32-bit: no sum can overflow (256 products of at most 127 and 16,384).
//! Four pieces of about the same length go side by side, so that each weight is read once for four.

use std::array::from_fn;
use std::sync::LazyLock;

use super::TagKind;
use super::eight::{Eight, fixed};
use super::gate::{sigmoid, tanh};
use super::weights::{
    Cell, Entry, FIRST_BOTH, FIRST_EIGHTS, Gates, INPUT_ONE, Input, MARKS, SECOND, SECOND_BOTH,
    SECOND_EIGHTS, STATE_ONE, Weights,
};

/// Pieces that go side by side.
const LANES: usize = 4;
/// What one step in the fixed point of states is worth.
const STATE_STEP: f32 = 1.0 / STATE_ONE;

/// Probabilities of one character: outside, then begin and inside of person, organisation, place.
#[derive(Clone, Copy)]
pub(super) struct Marks([f32; MARKS]);

impl Marks {
    /// That the character is part of such a name.
    pub(super) fn probability(&self, kind: TagKind) -> f32 {
        let (begin, inside) = self.pair(kind);
        begin + inside
    }

    /// Whether a new name of this kind more likely begins here than goes on.
    pub(super) fn begins(&self, kind: TagKind) -> bool {
        let (begin, inside) = self.pair(kind);
        begin > inside
    }

    fn pair(&self, kind: TagKind) -> (f32, f32) {
        let [_, person, in_person, org, in_org, place, in_place] = self.0;
        match kind {
            TagKind::Person => (person, in_person),
            TagKind::Org => (org, in_org),
            TagKind::Place => (place, in_place),
        }
    }
}

/// The network, ready to run.
pub(super) struct Network(Weights<'static>);

impl Network {
    /// The network of this program; read at the first call; some 3 MB of memory after much text.
    #[allow(clippy::expect_used, reason = "the file is part of the program; a test reads it")]
    pub(super) fn embedded() -> &'static Self {
        static NETWORK: LazyLock<Network> = LazyLock::new(|| {
            Network(
                Weights::read(include_bytes!("../data/tagger.bin")).expect("the embedded weights are whole"),
            )
        });
        &NETWORK
    }

    /// The probabilities of each character of each piece, in the order given.
    pub(super) fn marks(&self, pieces: &[&[char]]) -> Vec<Vec<Marks>> {
        let mut order: Vec<usize> = (0..pieces.len()).collect();
        order.sort_by_key(|i| pieces.get(*i).map_or(0, |piece| piece.len()));
        let mut marks = vec![Vec::new(); pieces.len()];
        for chosen in order.chunks(LANES) {
            let lanes = from_fn(|lane| chosen.get(lane).and_then(|i| pieces.get(*i)).copied().unwrap_or(&[]));
            for (i, found) in chosen.iter().zip(self.group(lanes)) {
                if let Some(slot) = marks.get_mut(*i) {
                    *slot = found;
                }
            }
        }
        marks
    }

    fn group(&self, pieces: [&[char]; LANES]) -> [Vec<Marks>; LANES] {
        let Weights { first, between, second, .. } = &self.0;
        let characters =
            pieces.map(|piece| piece.iter().filter_map(|c| self.0.character(*c)).collect::<Vec<_>>());
        let mut low = pieces.map(|piece| vec![[Eight::from([0; 8]); FIRST_BOTH]; piece.len()]);
        for (direction, cell) in first.iter().enumerate() {
            let inputs = from_fn(|lane| characters[lane].iter().map(|both| &both[direction]).collect());
            sweep(cell, &inputs, direction == 1, |lane, at, state| {
                put(&mut low[lane], at, direction * FIRST_EIGHTS, state);
            });
        }
        let mut high = pieces.map(|piece| vec![[Eight::from([0; 8]); SECOND_BOTH]; piece.len()]);
        for (direction, (cell, entry)) in second.iter().zip(between).enumerate() {
            let inner = low.each_ref().map(|states| enter(entry, states));
            let inputs = from_fn(|lane| inner[lane].iter().collect());
            sweep(cell, &inputs, direction == 1, |lane, at, state| {
                put(&mut high[lane], at, direction * SECOND_EIGHTS, state);
            });
        }
        high.map(|states| states.iter().map(|state| self.output(state)).collect())
    }

    fn output(&self, state: &[Eight; SECOND_BOTH]) -> Marks {
        let mut scores = self.0.bias;
        let products = self.0.output.iter().flat_map(|rows| rows.times([state], STATE_STEP)[0]);
        for (score, product) in scores.iter_mut().zip(products) {
            *score += product;
        }
        let top = scores.iter().copied().fold(f32::MIN, f32::max);
        let powers = scores.map(|score| (score - top).exp());
        let sum: f32 = powers.iter().sum();
        Marks(powers.map(|power| power / sum))
    }
}

fn put<const N: usize>(states: &mut [[Eight; N]], at: usize, from: usize, part: &[Eight]) {
    if let Some(target) = states.get_mut(at).and_then(|state| state.get_mut(from..from + part.len())) {
        target.copy_from_slice(part);
    }
}

/// What the second layer takes in, from the states of the first.
fn enter(entry: &Entry<SECOND, FIRST_BOTH>, states: &[[Eight; FIRST_BOTH]]) -> Vec<Input<SECOND>> {
    let (pairs, odd) = states.as_chunks::<2>();
    let mut inputs: Vec<_> = pairs.iter().flat_map(|pair| entry.of(pair.each_ref(), STATE_STEP)).collect();
    inputs.extend(odd.iter().flat_map(|state| entry.of([state], STATE_STEP)));
    inputs
}

/// Runs one direction of a layer over four pieces at once.
fn sweep<const H: usize, const K: usize>(
    cell: &Cell<H, K>,
    inputs: &[Vec<&Input<H>>; LANES],
    reverse: bool,
    mut emit: impl FnMut(usize, usize, &[Eight; K]),
) {
    let mut exact = [[0.0; H]; LANES];
    let mut states = [[Eight::from([0; 8]); K]; LANES];
    let longest = inputs.iter().map(Vec::len).max().unwrap_or(0);
    for step in 0..longest {
        let sums = recur(&cell.recurrent, &states);
        for (lane, line) in inputs.iter().enumerate() {
            let Some(left) = line.len().checked_sub(step + 1) else { continue };
            let at = if reverse { left } else { step };
            let Some(input) = line.get(at) else { continue };
            advance(&cell.bias, input, &sums[lane], &mut exact[lane]);
            states[lane] = rounded(&exact[lane]);
            emit(lane, at, &states[lane]);
        }
    }
}

/// The recurrent products of each lane and gate.
fn recur<const H: usize, const K: usize>(
    gates: &Gates<K>,
    states: &[[Eight; K]; LANES],
) -> [[[f32; H]; 3]; LANES] {
    let mut sums = [[[0.0; H]; 3]; LANES];
    let [a, b, c, d] = states;
    for (gate, blocks) in gates.iter().enumerate() {
        for (block, rows) in blocks.iter().enumerate() {
            // Two and two: more sums than that do not fit into the registers.
            let products = [rows.times([a, b], STATE_STEP), rows.times([c, d], STATE_STEP)];
            for (lane, product) in sums.iter_mut().zip(products.as_flattened()) {
                if let Some(target) = lane[gate].as_chunks_mut::<4>().0.get_mut(block) {
                    *target = *product;
                }
            }
        }
    }
    sums
}

/// One step of one lane.
fn advance<const H: usize>(
    bias: &[f32; H],
    [update, reset, new]: &Input<H>,
    [by_update, by_reset, by_new]: &[[f32; H]; 3],
    state: &mut [f32; H],
) {
    for i in 0..H {
        let keep = sigmoid(entered(update[i]) + by_update[i]);
        let open = sigmoid(entered(reset[i]) + by_reset[i]);
        let fresh = tanh(entered(new[i]) + open * (by_new[i] + bias[i]));
        state[i] = fresh + keep * (state[i] - fresh);
    }
}

fn entered(input: i16) -> f32 {
    f32::from(input) / INPUT_ONE
}

/// A state in fixed point.
fn rounded<const H: usize, const K: usize>(exact: &[f32; H]) -> [Eight; K] {
    let eights = exact.as_chunks::<8>().0;
    from_fn(|i| Eight::from(eights[i].map(|value| fixed(value, STATE_ONE))))
}
