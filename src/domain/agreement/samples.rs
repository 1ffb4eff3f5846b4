//! Agreements for the tests of the domain.

pub(crate) use super::terms::tests::terms;
use super::*;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;

/// A draft of those terms, named by what they say.
pub(in crate::domain) fn draft(terms: Terms) -> Draft {
    let digest = Digest::of(&serde_json::to_vec(&terms).unwrap());
    Draft::new(terms, digest).unwrap()
}

/// The proposal of a draft, signed by its proposer.
pub(in crate::domain) fn proposal(draft: &Draft) -> Signed {
    Signed { signer: draft.terms().proposer, said: Said::Proposal(draft.clone()) }
}

/// The proposal of a draft and the countersignatures of all its parties.
pub(in crate::domain) fn signatures(draft: &Draft) -> Vec<Signed> {
    let others =
        draft.terms().parties.iter().map(|party| party.node).filter(|n| *n != draft.terms().proposer);
    let countersigned = others.map(|signer| Signed { signer, said: Said::Countersignature(draft.key()) });
    std::iter::once(proposal(draft)).chain(countersigned).collect()
}

/// The statement of a party under that number.
pub(in crate::domain) fn status(signer: NodeId, number: u32, act: Act) -> Signed {
    Signed { signer, said: Said::Status { number, act } }
}

/// The dossier that these statements make; all are admitted.
pub(in crate::domain) fn dossier(statements: Vec<Signed>) -> Dossier {
    let id = uuid::Builder::from_random_bytes([7; 16]).into_uuid();
    let (dossier, refused) = Dossier::replay(id, statements);
    assert_eq!(refused, []);
    dossier
}

/// Those terms, countersigned by all.
pub(in crate::domain) fn signed(terms: Terms) -> Agreement {
    let draft = draft(terms);
    dossier(signatures(&draft)).version(draft.key()).unwrap()
}
