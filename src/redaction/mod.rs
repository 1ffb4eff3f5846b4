//! The only way from Raw to Claims: every field of a lead at every precision, once per version.
//!
//! Knows what each claim may say at most, not who may see it (`domain::access`) nor how it is signed
//! (`statement`). Text as typed, the reporter and the DNA reference never come out of here.

pub mod claims;
mod ladders;
pub mod narrative;
pub mod risk;
pub mod telling;
pub mod texts;

pub use claims::{Again, Claims, Judged, claims};
pub use texts::Texts;
