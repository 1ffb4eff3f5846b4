//! The weights of the tagger as the program uses them, and the file that carries them.
//!
//! File, little-endian: "guitutag", version, sizes; the alphabet (one u16 code point a row, then
//! pairs of code point and row for variants); the embedding; for each layer and direction the input
//! matrix, the recurrent matrix and four rows of biases; the output matrix and its biases; a sum.
//! A matrix row is its scale (f32) and its weights (i8). Gates come in the order update, reset, new.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

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

/// The bytes of a character's row.
const ROW: usize = 4 + FIRST;
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

/// What the first layer takes in for a character, forwards and backwards.
pub(super) type Both = [Input<FIRST>; 2];

/// How many characters' inputs are kept once they were needed (1.5 kB each): those of ordinary text. The rest is
/// reckoned again each time.
const KEPT: usize = 1_500;

/// All that the file says.
pub(super) struct Weights<'file> {
    alphabet: Vec<u16>,
    /// A row a character: its scale and its vector, as the file has them.
    embedding: &'file [[u8; ROW]],
    kept: Vec<OnceLock<Box<Both>>>,
    count: AtomicUsize,
    entries: [Entry<FIRST, FIRST_EIGHTS>; 2],
    pub(super) first: [Cell<FIRST, FIRST_EIGHTS>; 2],
    pub(super) between: [Entry<SECOND, FIRST_BOTH>; 2],
    pub(super) second: [Cell<SECOND, SECOND_EIGHTS>; 2],
    pub(super) output: Vec<Rows<SECOND_BOTH>>,
    pub(super) bias: [f32; MARKS],
}

impl<'file> Weights<'file> {
    /// Reads a weight file; fails on anything but a whole file of this format.
    pub(super) fn read(file: &'file [u8]) -> Result<Self, BadWeights> {
        let mut reader = Reader::new(file)?;
        let (alphabet, count) = alphabet(&mut reader)?;
        let embedding = reader.rows::<ROW>(usize::from(count))?;
        let (forward, first_forward) = layer::<FIRST, FIRST_EIGHTS, _>(&mut reader)?;
        let (backward, first_backward) = layer::<FIRST, FIRST_EIGHTS, _>(&mut reader)?;
        let (between_forward, second_forward) = layer(&mut reader)?;
        let (between_backward, second_backward) = layer(&mut reader)?;
        let output = rows(&mut reader, MARKS)?;
        let bias = reader.floats()?;
        reader.finish()?;
        Ok(Self {
            alphabet,
            embedding,
            kept: (0..count).map(|_| OnceLock::new()).collect(),
            count: AtomicUsize::new(0),
            entries: [forward, backward],
            first: [first_forward, first_backward],
            between: [between_forward, between_backward],
            second: [second_forward, second_backward],
            output,
            bias,
        })
    }

    /// What the first layer takes in for a character.
    pub(super) fn character(&self, c: char) -> Option<Cow<'_, Both>> {
        let row = usize::from(self.alphabet.get(c as usize).copied().unwrap_or(0));
        let slot = self.kept.get(row)?;
        if let Some(both) = slot.get() {
            return Some(Cow::Borrowed(both));
        }
        let both = self.entered(self.embedding.get(row)?);
        if self.count.fetch_add(1, Ordering::Relaxed) < KEPT {
            return Some(Cow::Borrowed(slot.get_or_init(|| Box::new(both))));
        }
        self.count.store(KEPT, Ordering::Relaxed);
        Some(Cow::Owned(both))
    }

    fn entered(&self, row: &[u8; ROW]) -> Both {
        let (scale, numbers) = row.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let mut vector = [Eight::from([0; 8]); FIRST_EIGHTS];
        for (eight, bytes) in vector.iter_mut().zip(numbers.as_chunks::<8>().0) {
            *eight = Eight::from(bytes.map(|byte| i16::from(byte.cast_signed())));
        }
        self.entries.each_ref().map(|entry| entry.of([&vector], f32::from_le_bytes(*scale))[0])
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
