//! The descriptors in a bundle, beside those that the trust file was made from.
//!
//! Invariant: a descriptor in a bundle brings no key into an audit; it can only fit what is trusted, or not.

use super::report::{Fault, Findings};
use crate::audit::bundle::Part;
use crate::audit::bundle::records::About;
use crate::audit::trust::{Trust, TrustedNode};
use crate::exchange::descriptor::Descriptor;
use crate::statement::keys::KeyRecord;

/// A descriptor in a bundle, which was valid on the day that it was signed.
pub(super) struct Said {
    text: String,
    pub(super) descriptor: Descriptor,
}

impl Said {
    /// Reads one; none if it did not hold on its own day.
    pub(super) fn open(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?.to_owned();
        let descriptor = Descriptor::open_as_issued(&text).ok()?;
        Some(Self { text, descriptor })
    }
}

/// Compares the descriptors in the bundle of `about` with the trust file.
pub(super) fn compare(
    descriptors: &[Option<Said>],
    about: &About,
    trust: &Trust,
    findings: &mut Findings,
    notices: &mut Findings,
) {
    let first_is_own = matches!(descriptors.first(), Some(Some(first)) if first.descriptor.iss == about.node);
    if !first_is_own {
        findings.add(Fault::DescriptorInvalid, format_args!("{} 0", Part::Keys));
    }
    for (index, said) in descriptors.iter().enumerate() {
        let place = format!("{} {index}", Part::Keys);
        match said.as_ref().map(|said| (said, trust.node(said.descriptor.iss))) {
            None => findings.add(Fault::DescriptorInvalid, place),
            Some((_, None)) => notices.add(Fault::PeerUnknown, place),
            Some((said, Some(known))) if !Descriptor::signed_within(&said.text, &known.signing_keys) => {
                findings.add(Fault::DescriptorInvalid, place);
            }
            Some((said, Some(known))) if !same_keys(&said.descriptor, known) => {
                findings.add(Fault::KeysDiffer, place);
            }
            Some((said, Some(known))) if !known.is_described_by(&said.descriptor.fingerprint()) => {
                notices.add(Fault::DescriptorDiffers, place);
            }
            Some(_) => {}
        }
    }
}

/// Whether a descriptor is of the node that the trust file means. Signing keys come and go: one that both know ties
/// the two together.
fn same_keys(said: &Descriptor, known: &TrustedNode) -> bool {
    let kept = |key: &KeyRecord| known.signing_keys.keys().iter().any(|other| other.kid() == key.kid());
    said.log_key == known.log_key.to_string()
        && said.cosigner_key == known.cosigner_key.to_string()
        && said.signing_keys.iter().any(kept)
}
