//! The two squashing functions of a gated network, from additions, products and one division.
//!
//! No call into a mathematics library, so that the compiler can work on several values at once.

/// Hyperbolic tangent by a continued fraction; off by less than 0.0001 anywhere.
pub(super) fn tanh(x: f32) -> f32 {
    let x = x.clamp(-4.97, 4.97);
    let s = x * x;
    let above = x * (135_135.0 + s * (17_325.0 + s * (378.0 + s)));
    let below = 135_135.0 + s * (62_370.0 + s * (3_150.0 + s * 28.0));
    above / below
}

/// The logistic function.
pub(super) fn sigmoid(x: f32) -> f32 {
    0.5 + 0.5 * tanh(0.5 * x)
}
