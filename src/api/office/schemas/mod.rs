//! The schemas of types that lower rooms own. A test compares them with what those types write and read.

mod agreement;
mod filing;
mod lead;
mod losses;
mod masks;
mod offer;
mod party;
mod purge;
mod risk;
#[cfg(test)]
mod tests;
mod view;
