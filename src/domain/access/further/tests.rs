//! Claims beside the profiles.

use super::*;
use crate::domain::agreement::Role;
use crate::domain::agreement::samples::{signed, terms};
use crate::domain::profile::{Profile, grant_only};

const NOON: Timestamp = Timestamp(1_782_000_000_000);

fn agreement() -> Agreement {
    let parties: [(&str, &[Role]); 2] = [("140600", &[Role::Origin]), ("500000", &[Role::Destination])];
    signed(terms(&parties, Profile::default_matrix()))
}

fn further<'a>(opening: Opening<'a>, content: Content, named: &'a BTreeSet<Claim>) -> Further<'a> {
    Further {
        owner: "500000".parse().unwrap(),
        sender: "500000".parse().unwrap(),
        recipient: "140600".parse().unwrap(),
        opening,
        content,
        named,
        from: NOON,
        until: NOON.plus(Timestamp::DAY),
        revoked: false,
        classification: Classification::Internal,
        side: Side::Sender,
        now: NOON,
    }
}

#[test]
fn a_grant_opens_exactly_what_it_names_while_it_lasts() {
    let (agreement, named) = (agreement(), BTreeSet::from([Claim::Names, Claim::BirthDate]));
    let opening = Opening::Grant { id: Uuid::nil(), agreement: &agreement };
    let good = further(opening, Content::Disclosure, &named);
    assert_eq!(*permit_further(&good).unwrap().claims(), named);
    assert_eq!(admissible_further(&good, &BTreeSet::from([Claim::Names])), Ok(()));
    let beyond = BTreeSet::from([Claim::Names, Claim::Phones]);
    let refused = Err(Refusal::OverDisclosure { claim: Claim::Phones });
    assert_eq!(admissible_further(&good, &beyond), refused);
    let code = |further: Further<'_>| permit_further(&further).map_or_else(Refusal::code, |_| "permitted");
    let (owner, end) = ("530000".parse().unwrap(), good.until);
    assert_eq!(code(Further { owner, ..good }), "foreign_issuer");
    assert_eq!(code(Further { owner, sender: owner, ..good }), "not_a_party");
    assert_eq!(code(Further { revoked: true, ..good }), "opening_over");
    assert_eq!(code(Further { now: end, ..good }), "opening_over");
    let side = Side::Receiver { carried: None };
    let last = end.plus(Agreement::RECEIPT_TOLERANCE_MS);
    assert_eq!(code(Further { now: last.plus(-1), side, ..good }), "permitted");
    assert_eq!(code(Further { now: last, side, ..good }), "opening_over");
    assert_eq!(code(Further { now: NOON.plus(-1), ..good }), "opening_over");
    assert_eq!(code(Further { content: Content::Lead, ..good }), "wrong_basis");
    assert_eq!(code(Further { classification: Classification::WorkSecret, ..good }), "classified");
    let over = NOON.plus(365 * Timestamp::DAY);
    assert_eq!(code(Further { now: over, until: over.plus(1), ..good }), "agreement_expired");
}

#[test]
fn an_alert_tells_its_set_and_after_its_end_nothing() {
    let named = Claim::ALL.iter().copied().collect();
    let open = further(Opening::Alert { id: Uuid::nil() }, Content::Alert, &named);
    let told = permit_further(&open).unwrap();
    assert!(told.claims().iter().eq(ALERT_SET.iter().collect::<BTreeSet<_>>()));
    assert!(told.claims().iter().all(|claim| !grant_only(*claim)));
    let over = Further { revoked: true, ..open };
    assert_eq!(permit_further(&over), Err(Refusal::OpeningOver));
    for content in [Content::AlertCancellation, Content::PurgeReceipt] {
        assert!(permit_further(&Further { content, ..over }).unwrap().claims().is_empty());
    }
}

#[test]
fn an_order_holds_between_a_node_and_its_upper_node() {
    let named = BTreeSet::from([Claim::Sex]);
    let order = |upper: &str| Opening::Order { id: Uuid::nil(), upper: upper.parse().unwrap() };
    let permit = |upper, content| permit_further(&further(order(upper), content, &named));
    assert!(permit("500000", Content::ReturnStep).is_ok());
    assert_eq!(permit("530000", Content::ReturnStep), Err(Refusal::WrongBasis));
    assert_eq!(permit("500000", Content::Lead), Err(Refusal::WrongBasis));
}
