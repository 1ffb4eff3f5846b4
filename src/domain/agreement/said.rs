//! What parties say about an agreement: the bodies of the statements that they sign.

use serde::{Deserialize, Serialize};

use super::{Terms, TermsError};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

/// The name of one version: its number, and the digest of its canonical terms (RFC 8785). Versions
/// that cross are ordered by it, the number first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionKey {
    /// The version, from 1.
    pub version: u32,
    /// The digest of its terms.
    pub digest: Digest,
}

codes! {
    /// A party's status statement, the most forbidding first: of two under one number, the first counts.
    pub enum Act {
        Terminate = "terminate" "终止",
        Suspend = "suspend" "中止",
        Acknowledge = "acknowledge" "确认终止",
        Resume = "resume" "恢复",
    }
}

/// What a statement about an agreement says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// A version is proposed; the proposer's signature counts as its countersignature.
    Proposal(Draft),
    /// 会签: the signer agrees to that version.
    Countersignature(VersionKey),
    /// The signer's statement number `number` (1, 2, 3 …) about the agreement as a whole.
    Status {
        /// Its number among the signer's own.
        number: u32,
        /// What it says.
        act: Act,
    },
}

/// A statement whose signature the caller has verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Whose key signed it.
    pub signer: NodeId,
    /// What it says.
    pub said: Said,
}

/// 草案: terms that pass their check, not yet signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    terms: std::sync::Arc<Terms>,
    digest: Digest,
}

impl Draft {
    /// A draft of terms that keep the rules; else everything that breaks them. `digest` is that of
    /// the canonical terms (RFC 8785), which the caller computes.
    pub fn new(terms: Terms, digest: Digest) -> Result<Self, Vec<TermsError>> {
        let errors = terms.check();
        if errors.is_empty() { Ok(Self { terms: terms.into(), digest }) } else { Err(errors) }
    }

    /// The terms.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The name of the version that they are.
    pub fn key(&self) -> VersionKey {
        VersionKey { version: self.terms.version, digest: self.digest }
    }
}
