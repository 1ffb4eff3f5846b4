//! The one way out: a signed lead and a permit make a presentation, the only type with a wire encoding.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::domain::access::Permit;
use crate::domain::claim::Claim;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::{Classification, LeadKind, Purpose};
use crate::domain::lead::place::Place;
use crate::redaction::{Claims, Judged};
use crate::statement::sd_jwt::{self, Issued};

/// What access asks about a lead; kept beside its disclosures, sealed like them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// What the lead is about.
    pub kind: LeadKind,
    /// The purpose that a recipient may use it for.
    pub purpose: Purpose,
    /// Its secrecy classification.
    pub classification: Classification,
    /// The places of the case.
    pub places: Vec<Place>,
}

/// One signed version of a lead with everything that can be disclosed of it. Sealed at rest.
#[derive(Clone, Serialize, Deserialize)]
pub struct SignedLead {
    /// The signed statement without disclosures; not sealed, it tells nothing.
    #[serde(skip)]
    pub jws: String,
    /// The disclosure of each claim.
    pub disclosures: BTreeMap<Claim, String>,
    /// What access asks about it.
    pub facts: Facts,
    /// What the engine said of its free text, by the digest of the disclosure that carries it.
    #[serde(default)]
    pub judged: BTreeMap<Digest, Judged>,
}

impl SignedLead {
    /// What was issued of these claims; none if a disclosure has no claim's name.
    pub fn new(issued: Issued, claims: &Claims, facts: Facts) -> Option<Self> {
        let named = issued.disclosures.into_iter().map(|(name, text)| Some((name.parse().ok()?, text)));
        let disclosures: BTreeMap<Claim, String> = named.collect::<Option<_>>()?;
        let judged = claims.judged().iter().filter_map(|(claim, judged)| {
            Some((Digest::of(disclosures.get(claim)?.as_bytes()), judged.clone()))
        });
        let judged = judged.collect();
        Some(Self { jws: issued.jws, disclosures, facts, judged })
    }
}

/// What may go to one peer: the statement with exactly the disclosures that a permit opened.
pub struct Presentation {
    text: String,
    digest: Digest,
    disclosed: Vec<Claim>,
}

/// A claim that the permit does not open, or that the statement does not have. The caller is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the claim `{claim}` is not open to this recipient")]
pub struct NotPermitted {
    /// The first such claim.
    pub claim: Claim,
}

/// Presents every claim that the permit opens.
pub fn present(signed: &SignedLead, permit: &Permit) -> Result<Presentation, NotPermitted> {
    let claims: Vec<Claim> = permit.claims().iter().copied().collect();
    present_only(signed, permit, &claims)
}

/// Presents exactly `claims`, each of which the permit must open: what a header already names.
pub fn present_only(
    signed: &SignedLead,
    permit: &Permit,
    claims: &[Claim],
) -> Result<Presentation, NotPermitted> {
    let mut opened = Vec::with_capacity(claims.len());
    for claim in claims {
        match signed.disclosures.get(claim) {
            Some(disclosure) if permit.claims().contains(claim) => opened.push(disclosure.as_str()),
            _ => return Err(NotPermitted { claim: *claim }),
        }
    }
    Ok(Presentation {
        text: sd_jwt::present(&signed.jws, &opened),
        digest: Digest::of(signed.jws.as_bytes()),
        disclosed: claims.to_vec(),
    })
}

impl Presentation {
    /// The wire encoding (RFC 9901).
    pub fn into_text(self) -> String {
        self.text
    }

    /// The digest of the statement's JWS, the same for every recipient.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The claims it discloses, sorted.
    pub fn disclosed(&self) -> &[Claim] {
        &self.disclosed
    }
}
