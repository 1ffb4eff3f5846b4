//! The rules written down a second time, over plain lists of statements.

use guitu::domain::agreement::{Act, Said, Signed, VersionKey};

/// Whether a termination is known, or a suspension that its signer has not lifted.
pub(crate) fn forbids(known: &[&Signed]) -> bool {
    known.iter().any(|signed| match signed.said {
        Said::Status { act: Act::Terminate, .. } => true,
        Said::Status { number, act: Act::Suspend } => {
            let lifted = Said::Status { number: number + 1, act: Act::Resume };
            !known.iter().any(|other| other.signer == signed.signer && other.said == lifted)
        }
        _ => false,
    })
}

/// Whether three nodes signed that version, and each version before it.
pub(crate) fn is_signed(known: &[&Signed], key: VersionKey) -> bool {
    let proposal = known.iter().find_map(|signed| match &signed.said {
        Said::Proposal(draft) if draft.key() == key => Some(draft),
        _ => None,
    });
    let Some(draft) = proposal else { return false };
    let countersigned = known.iter().filter(|signed| signed.said == Said::Countersignature(key)).count();
    let before = draft.terms().previous.map(|digest| VersionKey { version: key.version - 1, digest });
    countersigned == 2 && before.is_none_or(|before| is_signed(known, before))
}

/// The version under which a node may send.
pub(crate) fn sendable(known: &[&Signed]) -> Option<VersionKey> {
    let proposed = known.iter().filter_map(|signed| match &signed.said {
        Said::Proposal(draft) => Some(draft.key()),
        _ => None,
    });
    proposed.filter(|key| !forbids(known) && is_signed(known, *key)).max()
}

/// Whether a node may keep what came under that version on a chain that carried another before.
pub(crate) fn receivable(known: &[&Signed], key: VersionKey, carried: Option<VersionKey>) -> bool {
    !forbids(known) && is_signed(known, key) && carried.is_none_or(|carried| carried <= key)
}
