//! The basis `residual`: what may still travel between two parties after an agreement ended.

use super::Refusal;
use crate::domain::agreement::{Agreement, NotInForce};
use crate::domain::node::NodeId;

/// Whether withdrawals and purge receipts may travel between two nodes under an agreement: both are its
/// parties, and every party once signed it. Its dates and its end do not matter, nor which of the bases
/// `agreement` and `residual` the message names: what may travel after the end may travel before it.
pub fn recallable(agreement: &Agreement, sender: NodeId, recipient: NodeId) -> Result<(), Refusal> {
    let party = |node| agreement.roles_given(node).is_some();
    if !party(sender) || !party(recipient) || sender == recipient {
        return Err(Refusal::NotAParty);
    }
    if agreement.countersigned().len() < agreement.terms().parties.len() {
        return Err(NotInForce::NotCountersigned.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::agreement::Role;
    use crate::domain::agreement::samples::{signed, terms};
    use crate::domain::digest::Digest;
    use crate::domain::profile::Profile;

    #[test]
    fn only_parties_of_a_complete_agreement_recall_whenever_they_do() {
        let [a, b, other]: [NodeId; 3] = ["140600", "500000", "330000"].map(|code| code.parse().unwrap());
        let terms = terms(
            &[("140600", &[Role::Origin]), ("500000", &[Role::Destination])],
            Profile::default_matrix(),
        );
        let half = Agreement::proposed(terms.clone(), Digest::of(b"terms")).unwrap().countersign(a).unwrap();
        let whole = signed(terms);
        assert_eq!(recallable(&whole, a, b), Ok(()));
        assert_eq!(recallable(&whole, b, a), Ok(()));
        for (from, to) in [(a, other), (other, a), (a, a)] {
            assert_eq!(recallable(&whole, from, to), Err(Refusal::NotAParty));
        }
        assert_eq!(recallable(&half, a, b), Err(NotInForce::NotCountersigned.into()));
    }
}
