//! What tests share: processes, databases, federations, and waiting without sleeping.
#![allow(dead_code, reason = "each capability uses its own part of the harness")]

pub(crate) mod answers;
pub(crate) mod audits;
pub(crate) mod cases;
pub(crate) mod cluster;
pub(crate) mod database;
pub(crate) mod effort;
pub(crate) mod exports;
pub(crate) mod federation;
pub(crate) mod instances;
pub(crate) mod journal;
pub(crate) mod line;
pub(crate) mod log_backups;
pub(crate) mod logs;
pub(crate) mod nodes;
pub(crate) mod officer;
pub(crate) mod pair;
pub(crate) mod pki;
pub(crate) mod process;
pub(crate) mod restores;
pub(crate) mod rogue;
pub(crate) mod sealed;
pub(crate) mod shifted;
pub(crate) mod two_logs;
pub(crate) mod uppers;
pub(crate) mod wait;
pub(crate) mod wire;
