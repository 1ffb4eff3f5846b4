//! Fixed-point numbers, and products of a matrix and vectors, eight at a time.
//!
//! Knows the one operation that makes the network fast enough: multiply eight pairs, add neighbours.
//! Every processor of our platforms has it, and no compiler finds it in plain loops.

use wide::{i16x8, i32x4};

/// Eight 16-bit numbers.
pub(super) type Eight = i16x8;

/// Four rows of a matrix times each of several vectors of `8 * K` numbers.
pub(super) fn products<const K: usize, const L: usize>(
    rows: &[[Eight; K]; 4],
    vectors: [&[Eight; K]; L],
) -> [[i32; 4]; L] {
    let mut sums = [[i32x4::default(); 4]; L];
    for i in 0..K {
        for (sums, vector) in sums.iter_mut().zip(vectors) {
            for (sum, row) in sums.iter_mut().zip(rows) {
                *sum += row[i].dot(vector[i]);
            }
        }
    }
    sums.map(|sums| {
        i32x4::transpose(sums).into_iter().fold(i32x4::default(), |total, part| total + part).to_array()
    })
}

/// A value in the fixed point that counts `one` steps to one; saturates.
#[allow(clippy::cast_possible_truncation, reason = "the cast saturates, as squashing functions do")]
pub(super) fn fixed(value: f32, one: f32) -> i16 {
    (value * one) as i16
}

/// What a sum of products stands for.
#[allow(clippy::cast_precision_loss, reason = "what is lost is a thousandth of the rounding of the weights")]
pub(super) fn float(sum: i32, unit: f32) -> f32 {
    sum as f32 * unit
}
