//! The weights of the tagger as the program uses them, and the file that carries them.
//!
//! File, little-endian: "guitutag", version, sizes; the alphabet (one u16 code point a row, then
//! pairs of code point and row for variants); the embedding; for each layer and direction the input
//! matrix, the recurrent matrix and two rows of biases; the output matrix and its biases; a sum.
//! A matrix row is its scale (f32) and its weights (i8). Gates come in the order update, reset, new.

use super::reader::{BadWeights, Reader};

/// Width of a character's vector and of the first layer, each direction.
pub(super) const FIRST: usize = 128;
/// Both directions of the first layer.
pub(super) const JOINED: usize = 2 * FIRST;
/// Width of the second layer, each direction.
pub(super) const SECOND: usize = 64;
/// Outside, and begin and inside of a person, an organisation, a place.
pub(super) const MARKS: usize = 7;
/// One in the fixed point of states, which lie between -1 and 1.
pub(super) const STATE_ONE: f32 = 16_384.0;
/// One in the fixed point of a layer's inputs, which saturate at 32.
pub(super) const INPUT_ONE: f32 = 1_024.0;

const HEAD: &[u8; 8] = b"guitutag";
const VERSION: u16 = 1;

/// What a layer takes in for one character: update, reset, new.
pub(super) type Input<const H: usize> = [[i16; H]; 3];

/// A row of a matrix.
pub(super) struct Row<const N: usize> {
    pub(super) weights: [i16; N],
    /// What one unit of the integer product is worth.
    pub(super) scale: f32,
}

/// One direction of a recurrent layer.
pub(super) struct Cell<const H: usize> {
    pub(super) recurrent: [Vec<Row<H>>; 3],
    /// Added to the recurrent part of the new state before it is reset.
    pub(super) bias: [f32; H],
}

/// From the first layer's states to what one direction of the second takes in.
pub(super) struct Projection {
    pub(super) rows: [Vec<Row<JOINED>>; 3],
    pub(super) bias: [[f32; SECOND]; 3],
}

/// All that the file says.
pub(super) struct Weights {
    alphabet: Vec<u16>,
    pub(super) characters: Vec<[Input<FIRST>; 2]>,
    pub(super) first: [Cell<FIRST>; 2],
    pub(super) between: [Projection; 2],
    pub(super) second: [Cell<SECOND>; 2],
    pub(super) output: Vec<Row<{ 2 * SECOND }>>,
    pub(super) bias: [f32; MARKS],
}

impl Weights {
    /// Reads a weight file; fails on anything but a whole file of this format.
    pub(super) fn read(file: &[u8]) -> Result<Self, BadWeights> {
        let mut reader = Reader::new(file)?;
        let (alphabet, count) = alphabet(&mut reader)?;
        let embedding = (0..count).map(|_| row::<FIRST>(&mut reader, 1.0)).collect::<Result<Vec<_>, _>>()?;
        let (forward, first_forward) = first(&mut reader)?;
        let (backward, first_backward) = first(&mut reader)?;
        let (between_forward, second_forward) = second(&mut reader)?;
        let (between_backward, second_backward) = second(&mut reader)?;
        let output = rows(&mut reader, MARKS, 1.0 / STATE_ONE)?;
        let bias = reader.floats()?;
        reader.finish()?;
        Ok(Self {
            alphabet,
            characters: embedding.iter().map(|vector| [forward.of(vector), backward.of(vector)]).collect(),
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
    let sizes = [FIRST, SECOND, MARKS].map(|size| u16::try_from(size).unwrap_or(u16::MAX));
    if reader.bytes::<8>()? != *HEAD || reader.u16()? != VERSION {
        return Err(BadWeights::Shape);
    }
    for size in sizes {
        if reader.u16()? != size {
            return Err(BadWeights::Shape);
        }
    }
    let (known, variants) = (reader.u16()?, reader.u16()?);
    let count = known.checked_add(1).ok_or(BadWeights::Shape)?;
    let mut table = vec![0; usize::from(u16::MAX) + 1];
    for row in 1..count {
        enter(&mut table, reader.u16()?, row);
    }
    for _ in 0..variants {
        let (variant, row) = (reader.u16()?, reader.u16()?);
        if row >= count {
            return Err(BadWeights::Shape);
        }
        enter(&mut table, variant, row);
    }
    Ok((table, count))
}

fn enter(table: &mut [u16], code_point: u16, row: u16) {
    if let Some(entry) = table.get_mut(usize::from(code_point)) {
        *entry = row;
    }
}

/// The input side of the first layer, folded into a table of characters and then dropped.
struct Entry {
    rows: [Vec<Row<FIRST>>; 3],
    bias: [[f32; FIRST]; 3],
}

impl Entry {
    fn of(&self, vector: &Row<FIRST>) -> Input<FIRST> {
        std::array::from_fn(|gate| {
            let mut values = [0; FIRST];
            for ((value, row), bias) in values.iter_mut().zip(&self.rows[gate]).zip(&self.bias[gate]) {
                let product: i32 =
                    row.weights.iter().zip(&vector.weights).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
                *value = fixed(product as f32 * row.scale * vector.scale + bias);
            }
            values
        })
    }
}

fn first(reader: &mut Reader<'_>) -> Result<(Entry, Cell<FIRST>), BadWeights> {
    let rows = gates(reader, FIRST, 1.0)?;
    let (cell, bias) = cell(reader)?;
    Ok((Entry { rows, bias }, cell))
}

fn second(reader: &mut Reader<'_>) -> Result<(Projection, Cell<SECOND>), BadWeights> {
    let rows = gates(reader, SECOND, 1.0 / STATE_ONE)?;
    let (cell, bias) = cell(reader)?;
    Ok((Projection { rows, bias }, cell))
}

/// The recurrent side of a layer, and the biases that belong to its inputs.
fn cell<const H: usize>(reader: &mut Reader<'_>) -> Result<(Cell<H>, [[f32; H]; 3]), BadWeights> {
    let recurrent = gates(reader, H, 1.0 / STATE_ONE)?;
    let inputs = [reader.floats()?, reader.floats()?, reader.floats()?];
    Ok((Cell { recurrent, bias: reader.floats()? }, inputs))
}

fn gates<const N: usize>(
    reader: &mut Reader<'_>,
    height: usize,
    unit: f32,
) -> Result<[Vec<Row<N>>; 3], BadWeights> {
    Ok([rows(reader, height, unit)?, rows(reader, height, unit)?, rows(reader, height, unit)?])
}

fn rows<const N: usize>(reader: &mut Reader<'_>, height: usize, unit: f32) -> Result<Vec<Row<N>>, BadWeights> {
    (0..height).map(|_| row(reader, unit)).collect()
}

/// One row; `unit` is what one in the other factor's fixed point is worth.
fn row<const N: usize>(reader: &mut Reader<'_>, unit: f32) -> Result<Row<N>, BadWeights> {
    let scale = reader.f32()? * unit;
    let weights = reader.bytes::<N>()?.map(|byte| i16::from(byte.cast_signed()));
    Ok(Row { weights, scale })
}

/// A layer's input in fixed point, saturated.
pub(super) fn fixed(value: f32) -> i16 {
    (value * INPUT_ONE) as i16
}
