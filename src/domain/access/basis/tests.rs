//! The table of bases, written down a second time.

use super::*;
use crate::domain::agreement::samples::{dossier, draft, proposal, signatures, status, terms};
use crate::domain::agreement::{Act, Role};
use crate::domain::profile::Profile;

const NOON: Timestamp = Timestamp(1_782_000_000_000);

fn agreement(signed: bool, acts: &[Act]) -> Agreement {
    let parties: [(&str, &[Role]); 2] = [("140600", &[Role::Origin]), ("500000", &[Role::Destination])];
    let drafted = draft(terms(&parties, Profile::default_matrix()));
    let mut said = if signed { signatures(&drafted) } else { vec![proposal(&drafted)] };
    said.extend(acts.iter().zip(1..).map(|(act, n)| status("140600".parse().unwrap(), n, *act)));
    dossier(said).version(drafted.key()).unwrap()
}

fn code(agreement: &Agreement, basis: BasisKind, content: Content, open_return: bool) -> &'static str {
    let (sender, recipient) = ("500000".parse().unwrap(), "140600".parse().unwrap());
    let side = Side::Sender;
    let errand = Errand { sender, recipient, basis, agreement, content, open_return, side, now: NOON };
    passes(&errand).map_or_else(Refusal::code, |()| "passes")
}

#[test]
fn what_ends_an_exchange_passes_after_the_ending_and_nothing_else() {
    use {BasisKind as B, Content as C};
    let running = agreement(true, &[]);
    assert_eq!(code(&running, B::Agreement, C::Answer, false), "passes");
    assert_eq!(code(&running, B::Agreement, C::Lead, false), "wrong_basis");
    assert_eq!(code(&running, B::Control, C::Answer, false), "wrong_basis");
    for (act, reason) in [(Act::Suspend, "agreement_suspended"), (Act::Terminate, "agreement_terminated")] {
        let held = agreement(true, &[act]);
        assert_eq!(code(&held, B::Agreement, C::Answer, false), reason);
        assert_eq!(code(&held, B::Agreement, C::Withdrawal, false), reason);
        assert_eq!(code(&held, B::Residual, C::Withdrawal, false), "passes");
        assert_eq!(code(&held, B::Residual, C::PurgeReceipt, false), "passes");
        assert_eq!(code(&held, B::Residual, C::Answer, false), "wrong_basis");
        assert_eq!(code(&held, B::Residual, C::Lead, true), "wrong_basis");
        assert_eq!(code(&held, B::Residual, C::ReturnStep, false), "wrong_basis");
        assert_eq!(code(&held, B::Residual, C::ReturnStep, true), "passes");
    }
    let open = agreement(false, &[]);
    assert_eq!(code(&open, B::Residual, C::Withdrawal, false), "agreement_not_countersigned");
}

/// Wire §2, written down a second time; `^` only between a node and its upper node.
const TABLE: [(BasisKind, &str); 6] = [
    (
        BasisKind::Control,
        "descriptor key_change register agreement_step filing^ roster^ report^ supervision_order^",
    ),
    (BasisKind::Agreement, "lead return_step answer withdrawal purge_receipt disclosure_request"),
    (BasisKind::Grant, "disclosure"),
    (BasisKind::Alert, "purge_receipt alert alert_cancellation"),
    (BasisKind::Residual, "return_step withdrawal purge_receipt"),
    (BasisKind::Order, "report^ return_step^"),
];

#[test]
fn every_basis_carries_what_the_table_says() {
    for (basis, line) in TABLE {
        let carried = Content::ALL.iter().filter(|content| basis.carries(**content, true));
        let written = carried.map(|content| {
            let mark = if basis.carries(*content, false) { "" } else { "^" };
            format!("{content}{mark}")
        });
        assert_eq!(written.collect::<Vec<_>>().join(" "), line, "{basis}");
    }
}

#[test]
fn only_four_bases_open_claims() {
    let closed: Vec<_> = BasisKind::ALL.iter().filter(|basis| basis.claims() == ClaimRule::None).collect();
    assert_eq!(closed, [&BasisKind::Control, &BasisKind::Residual]);
}
