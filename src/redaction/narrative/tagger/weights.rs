//! The weights of the tagger as the program uses them, and the file that carries them.
//!
//! File, little-endian: "guitutag", version, sizes; the alphabet (one u16 code point a row, then
//! pairs of code point and row for variants); the embedding; for each layer and direction the input
//! matrix, the recurrent matrix and four rows of biases; the output matrix and its biases; a sum.
//! A matrix row is its scale (f32) and its weights (i8). Gates come in the order update, reset, new.

use super::eight::{Eight, fixed, float, products};
use super::reader::{BadWeights, Reader};

/// Width of a character's vector and of the first layer, each direction.
pub(super) const FIRST: usize = 128;
/// Width of the second layer, each direction.
pub(super) const SECOND: usize = 64;
/// Outside, and begin and inside of a person, an organisation, a place.
pub(super) const MARKS: usize = 7;
/// The widths of vectors, in eights.
pub(super) const FIRST_EIGHTS: usize = FIRST / 8;
pub(super) const SECOND_EIGHTS: usize = SECOND / 8;
/// Both directions of a layer together.
pub(super) const FIRST_BOTH: usize = 2 * FIRST_EIGHTS;
pub(super) const SECOND_BOTH: usize = 2 * SECOND_EIGHTS;
/// One in the fixed point of states, which lie between -1 and 1.
pub(super) const STATE_ONE: f32 = 16_384.0;
/// One in the fixed point of a layer's inputs, which saturate at 32.
pub(super) const INPUT_ONE: f32 = 1_024.0;

const HEAD: &[u8; 8] = b"guitutag";
const VERSION: u16 = 1;

/// What a layer takes in for one character: update, reset, new.
pub(super) type Input<const H: usize> = [[i16; H]; 3];

/// Four rows of a matrix, `K` eights wide.
pub(super) struct Rows<const K: usize> {
    weights: [[Eight; K]; 4],
    scales: [f32; 4],
}

impl<const K: usize> Rows<K> {
    /// The products of the four rows with each vector, in which one step is worth `unit`.
    pub(super) fn times<const L: usize>(&self, vectors: [&[Eight; K]; L], unit: f32) -> [[f32; 4]; L] {
        let scales = self.scales.map(|scale| scale * unit);
        products(&self.weights, vectors).map(|sums| std::array::from_fn(|i| float(sums[i], scales[i])))
    }
}

/// The matrices of the three gates.
pub(super) type Gates<const K: usize> = [Vec<Rows<K>>; 3];

/// One direction of a recurrent layer, `H` wide, which is `K` eights.
pub(super) struct Cell<const H: usize, const K: usize> {
    pub(super) recurrent: Gates<K>,
    /// Added to the recurrent part of the new state before it is reset.
    pub(super) bias: [f32; H],
}

/// From vectors of `K` eights to what a layer of width `H` takes in.
pub(super) struct Entry<const H: usize, const K: usize> {
    rows: Gates<K>,
    bias: [[f32; H]; 3],
}

impl<const H: usize, const K: usize> Entry<H, K> {
    /// What the layer takes in for each of several vectors, in which one step is worth `unit`.
    pub(super) fn of<const L: usize>(&self, vectors: [&[Eight; K]; L], unit: f32) -> [Input<H>; L] {
        let mut inputs = [[[0; H]; 3]; L];
        for (gate, (rows, bias)) in self.rows.iter().zip(&self.bias).enumerate() {
            for (block, (rows, bias)) in rows.iter().zip(bias.as_chunks::<4>().0).enumerate() {
                for (input, sums) in inputs.iter_mut().zip(rows.times(vectors, unit)) {
                    for (i, (sum, bias)) in sums.iter().zip(bias).enumerate() {
                        input[gate][4 * block + i] = fixed(sum + bias, INPUT_ONE);
                    }
                }
            }
        }
        inputs
    }
}

/// All that the file says.
pub(super) struct Weights {
    alphabet: Vec<u16>,
    characters: Vec<[Input<FIRST>; 2]>,
    pub(super) first: [Cell<FIRST, FIRST_EIGHTS>; 2],
    pub(super) between: [Entry<SECOND, FIRST_BOTH>; 2],
    pub(super) second: [Cell<SECOND, SECOND_EIGHTS>; 2],
    pub(super) output: Vec<Rows<SECOND_BOTH>>,
    pub(super) bias: [f32; MARKS],
}

impl Weights {
    /// Reads a weight file; fails on anything but a whole file of this format.
    pub(super) fn read(file: &[u8]) -> Result<Self, BadWeights> {
        let mut reader = Reader::new(file)?;
        let (alphabet, count) = alphabet(&mut reader)?;
        let embedding = (0..count).map(|_| vector(&mut reader)).collect::<Result<Vec<_>, _>>()?;
        let (forward, first_forward) = layer::<FIRST, FIRST_EIGHTS, _>(&mut reader)?;
        let (backward, first_backward) = layer::<FIRST, FIRST_EIGHTS, _>(&mut reader)?;
        let (between_forward, second_forward) = layer(&mut reader)?;
        let (between_backward, second_backward) = layer(&mut reader)?;
        let output = rows(&mut reader, MARKS)?;
        let bias = reader.floats()?;
        reader.finish()?;
        let enter = |vector, unit| [&forward, &backward].map(|entry| entry.of([vector], unit)[0]);
        Ok(Self {
            alphabet,
            characters: embedding.iter().map(|(vector, unit)| enter(vector, *unit)).collect(),
            first: [first_forward, first_backward],
            between: [between_forward, between_backward],
            second: [second_forward, second_backward],
            output,
            bias,
        })
    }

    /// What the first layer takes in for a character, forwards and backwards.
    pub(super) fn character(&self, c: char) -> Option<&[Input<FIRST>; 2]> {
        let row = self.alphabet.get(c as usize).copied().unwrap_or(0);
        self.characters.get(usize::from(row))
    }
}

/// The row of each code point of the basic plane, and the number of rows; row 0 is for strangers.
fn alphabet(reader: &mut Reader<'_>) -> Result<(Vec<u16>, u16), BadWeights> {
    if reader.bytes::<8>()? != *HEAD || reader.u16()? != VERSION {
        return Err(BadWeights::Shape);
    }
    for size in [FIRST, SECOND, MARKS] {
        if usize::from(reader.u16()?) != size {
            return Err(BadWeights::Shape);
        }
    }
    let (known, variants) = (reader.u16()?, reader.u16()?);
    let count = known.checked_add(1).ok_or(BadWeights::Shape)?;
    let mut table = vec![0; usize::from(u16::MAX) + 1];
    let mut set = |code_point: u16, row| table.get_mut(usize::from(code_point)).map(|entry| *entry = row);
    for row in 1..count {
        set(reader.u16()?, row);
    }
    for _ in 0..variants {
        let (variant, row) = (reader.u16()?, reader.u16()?);
        if row >= count {
            return Err(BadWeights::Shape);
        }
        set(variant, row);
    }
    Ok((table, count))
}

/// A character's vector and what one step in it is worth.
fn vector(reader: &mut Reader<'_>) -> Result<([Eight; FIRST_EIGHTS], f32), BadWeights> {
    let unit = reader.f32()?;
    Ok((eights(reader)?, unit))
}

/// One direction of a layer: its input side and its recurrent side.
fn layer<const H: usize, const IN: usize, const K: usize>(
    reader: &mut Reader<'_>,
) -> Result<(Entry<H, IN>, Cell<H, K>), BadWeights> {
    let rows = gates(reader, H)?;
    let recurrent = gates(reader, H)?;
    let entry = Entry { rows, bias: [reader.floats()?, reader.floats()?, reader.floats()?] };
    Ok((entry, Cell { recurrent, bias: reader.floats()? }))
}

fn gates<const K: usize>(reader: &mut Reader<'_>, height: usize) -> Result<Gates<K>, BadWeights> {
    Ok([rows(reader, height)?, rows(reader, height)?, rows(reader, height)?])
}

/// A matrix in blocks of four rows; the last block is filled up with rows of zeros.
fn rows<const K: usize>(reader: &mut Reader<'_>, height: usize) -> Result<Vec<Rows<K>>, BadWeights> {
    let mut blocks = Vec::new();
    for from in (0..height).step_by(4) {
        let mut block = Rows { weights: [[Eight::from([0; 8]); K]; 4], scales: [0.0; 4] };
        for (weights, scale) in block.weights.iter_mut().zip(&mut block.scales).take(height - from) {
            *scale = reader.f32()?;
            *weights = eights(reader)?;
        }
        blocks.push(block);
    }
    Ok(blocks)
}

fn eights<const K: usize>(reader: &mut Reader<'_>) -> Result<[Eight; K], BadWeights> {
    let mut numbers = [Eight::from([0; 8]); K];
    for eight in &mut numbers {
        *eight = Eight::from(reader.bytes::<8>()?.map(|byte| i16::from(byte.cast_signed())));
    }
    Ok(numbers)
}
