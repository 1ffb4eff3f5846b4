//! What the tests stand on.

pub(crate) mod logs;
pub(crate) mod pki;
