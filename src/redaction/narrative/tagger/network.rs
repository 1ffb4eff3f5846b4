//! A two-layer bidirectional gated recurrent network over characters, in whole numbers.
//!
//! Knows how weights and characters become probabilities. States are 16-bit, weights 8-bit held in
//! 16, sums 32-bit: no sum can overflow (256 products of at most 127 and 16,384), and compilers turn
//! the inner loop into multiply-add instructions that every processor of the platform has.
//! Four pieces of about the same length go side by side, so that each weight is read once for four.

use std::array::from_fn;
use std::sync::LazyLock;

use super::TagKind;
use super::gate::{sigmoid, tanh};
use super::weights::{Cell, FIRST, INPUT_ONE, Input, JOINED, MARKS, Projection, Row, SECOND, STATE_ONE, Weights, fixed};

const LANES: usize = 4;
const OUT: usize = 2 * SECOND;

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
pub(super) struct Network(Weights);

impl Network {
    /// The network of this program; read at the first call (some 10 MB of memory).
    #[allow(clippy::expect_used, reason = "the file is part of the program; a test reads it")]
    pub(super) fn embedded() -> &'static Self {
        static NETWORK: LazyLock<Network> = LazyLock::new(|| {
            Network(Weights::read(include_bytes!("../data/tagger.bin")).expect("the embedded weights are whole"))
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
        let entered = pieces.map(|piece| piece.iter().filter_map(|c| self.0.character(*c)).collect::<Vec<_>>());
        let mut low = pieces.map(|piece| vec![[0_i16; JOINED]; piece.len()]);
        for (direction, cell) in first.iter().enumerate() {
            let inputs = from_fn(|lane| entered[lane].iter().map(|both| &both[direction]).collect());
            sweep(cell, inputs, direction == 1, |lane, at, state| {
                put(&mut low[lane], at, direction * FIRST, state);
            });
        }
        let mut high = pieces.map(|piece| vec![[0_i16; OUT]; piece.len()]);
        for (direction, (cell, projection)) in second.iter().zip(between).enumerate() {
            let projected = low.each_ref().map(|states| project(projection, states));
            let inputs = from_fn(|lane| projected[lane].iter().collect());
            sweep(cell, inputs, direction == 1, |lane, at, state| {
                put(&mut high[lane], at, direction * SECOND, state);
            });
        }
        high.map(|states| states.iter().map(|state| self.output(state)).collect())
    }

    fn output(&self, state: &[i16; OUT]) -> Marks {
        let mut scores = self.0.bias;
        for (score, row) in scores.iter_mut().zip(&self.0.output) {
            *score += dots(&row.weights, [state])[0] as f32 * row.scale;
        }
        let top = scores.iter().copied().fold(f32::MIN, f32::max);
        let powers = scores.map(|score| (score - top).exp());
        let sum: f32 = powers.iter().sum();
        Marks(powers.map(|power| power / sum))
    }
}

fn put<const N: usize>(states: &mut [[i16; N]], at: usize, from: usize, part: &[i16]) {
    if let Some(target) = states.get_mut(at).and_then(|state| state.get_mut(from..from + part.len())) {
        target.copy_from_slice(part);
    }
}

/// Runs one direction of a layer over four pieces at once.
fn sweep<const H: usize>(
    cell: &Cell<H>,
    inputs: [Vec<&Input<H>>; LANES],
    reverse: bool,
    mut emit: impl FnMut(usize, usize, &[i16; H]),
) {
    let mut exact = [[0_f32; H]; LANES];
    let mut states = [[0_i16; H]; LANES];
    let longest = inputs.iter().map(Vec::len).max().unwrap_or(0);
    for step in 0..longest {
        let sums = recur(&cell.recurrent, &states);
        for (lane, line) in inputs.iter().enumerate() {
            let Some(left) = line.len().checked_sub(step + 1) else { continue };
            let at = if reverse { left } else { step };
            let Some(input) = line.get(at) else { continue };
            advance(cell, input, &sums[lane], &mut exact[lane], &mut states[lane]);
            emit(lane, at, &states[lane]);
        }
    }
}

/// The recurrent products of each lane and gate.
fn recur<const H: usize>(gates: &[Vec<Row<H>>; 3], states: &[[i16; H]; LANES]) -> [[[f32; H]; 3]; LANES] {
    let mut sums = [[[0.0; H]; 3]; LANES];
    for (gate, rows) in gates.iter().enumerate() {
        for (i, row) in rows.iter().enumerate().take(H) {
            let products = dots(&row.weights, states.each_ref());
            for (sum, product) in sums.iter_mut().zip(products) {
                sum[gate][i] = product as f32 * row.scale;
            }
        }
    }
    sums
}

/// One step of one lane.
fn advance<const H: usize>(
    cell: &Cell<H>,
    [update, reset, new]: &Input<H>,
    [by_update, by_reset, by_new]: &[[f32; H]; 3],
    exact: &mut [f32; H],
    state: &mut [i16; H],
) {
    for i in 0..H {
        let keep = sigmoid(float(update[i]) + by_update[i]);
        let open = sigmoid(float(reset[i]) + by_reset[i]);
        let fresh = tanh(float(new[i]) + open * (by_new[i] + cell.bias[i]));
        let value = fresh + keep * (exact[i] - fresh);
        exact[i] = value;
        state[i] = (value * STATE_ONE) as i16;
    }
}

fn float(input: i16) -> f32 {
    f32::from(input) / INPUT_ONE
}

/// What the second layer takes in, from the states of the first.
fn project(projection: &Projection, states: &[[i16; JOINED]]) -> Vec<Input<SECOND>> {
    let mut inputs = vec![[[0; SECOND]; 3]; states.len()];
    for (group, targets) in states.chunks(LANES).zip(inputs.chunks_mut(LANES)) {
        let lanes: [&[i16; JOINED]; LANES] = from_fn(|lane| group.get(lane).unwrap_or(&group[0]));
        for (gate, (rows, bias)) in projection.rows.iter().zip(&projection.bias).enumerate() {
            for (i, (row, bias)) in rows.iter().zip(bias).enumerate() {
                for (target, product) in targets.iter_mut().zip(dots(&row.weights, lanes)) {
                    target[gate][i] = fixed(product as f32 * row.scale + bias);
                }
            }
        }
    }
    inputs
}

/// The products of one row of weights with several states.
fn dots<const N: usize, const L: usize>(row: &[i16; N], states: [&[i16; N]; L]) -> [i32; L] {
    let mut sums = [0; L];
    for i in 0..N {
        for (sum, state) in sums.iter_mut().zip(states) {
            *sum += i32::from(row[i]) * i32::from(state[i]);
        }
    }
    sums
}
