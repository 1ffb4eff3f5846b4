//! x

#[cfg(test)]
mod matrix;
