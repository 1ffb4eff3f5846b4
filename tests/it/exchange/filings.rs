//! Filings, their answers and statistics: what an upper node takes, and from whom.

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::domain::agreement::{FilingAnswer, Month, ReturnReason, statistics};
use guitu::domain::digest::Digest;
use guitu::domain::lead::codes::{LeadKind, Purpose};
use guitu::domain::node::NodeId;
use guitu::exchange::forms::{AgreementForm, FilingAnswerForm, FilingForm, StatisticsForm, day as iat};
use guitu::exchange::judge::View;
use guitu::exchange::message::Kind;
use guitu::statement::{canonical, jws};

use super::items::{Case, case, signed};
use super::sender::{Said, day, know, now, terms, view};

fn digest() -> Digest {
    canonical::digest(&terms()).unwrap()
}

fn filing(signer: NodeId, number: u32) -> Said {
    let (agreement, version, digest) = (terms().id, 1, digest());
    let form = FilingForm { iss: signer, iat: iat(now()), agreement, version, digest, number };
    signed(signer, Kind::Filing, jws::typ::FILING, &form)
}

fn answer(signer: NodeId, party: NodeId, number: u32) -> Said {
    let (agreement, version, digest) = (terms().id, 1, digest());
    let (iat, reason) = (iat(now()), Some(ReturnReason::Incomplete));
    let form = FilingAnswerForm { iss: signer, iat, agreement, version, digest, party, number, reason };
    signed(signer, Kind::FilingAnswer, jws::typ::FILING_ANSWER, &form)
}

fn table(signer: NodeId, count: u64, shown: Option<u64>) -> Said {
    let months = [Month::of(day("2026-04-01"))];
    let counts = LeadKind::ALL.iter().map(|kind| ((*kind, months[0]), count)).collect();
    let mut statistics = statistics(&months, &counts);
    if shown.is_some() {
        let first = &mut statistics.kinds[0];
        (first.counts[0], first.total, statistics.total) = (shown, shown, shown);
    }
    let form = StatisticsForm { iss: signer, iat: iat(now()), statistics };
    signed(signer, Kind::Statistics, jws::typ::STATISTICS, &form)
}

/// 重庆 as the upper node of 临沧, with these filings.
fn above(made: &[Option<FilingAnswer>]) -> View {
    let mut view = view();
    view.hierarchy.senders = Some(CHONGQING);
    view.hierarchy.filed.insert((digest(), LINCANG), made.to_vec());
    view
}

/// 重庆 below 临沧, having made these filings.
fn below(made: &[Option<FilingAnswer>]) -> View {
    let mut view = view();
    view.hierarchy.mine = Some(LINCANG);
    view.hierarchy.filed.insert((digest(), CHONGQING), made.to_vec());
    view
}

fn above_but(change: impl FnOnce(&mut View)) -> View {
    let mut view = above(&[]);
    change(&mut view);
    view
}

fn proposal() -> Said {
    let mut said = terms();
    said.id = uuid::Uuid::from_u128(said.id.as_u128() ^ 1);
    said.parties[1].node = SHUOZHOU;
    let form = AgreementForm { iss: LINCANG, iat: iat(now()), terms: said };
    signed(LINCANG, Kind::Agreement, jws::typ::AGREEMENT, &form)
}

/// The cases of this module for the test that reaches every code.
pub(super) fn filing_cases() -> Vec<Case> {
    let returned = || Some(FilingAnswer::Returned(ReturnReason::Incomplete));
    let mut purposed = filing(LINCANG, 1);
    purposed.header.purpose = Some(Purpose::Rescue);
    let half = above_but(|view| know(view, terms(), &[LINCANG]));
    let unknown = above_but(|view| view.dossiers.clear());
    let beside = above_but(|view| {
        let mut other = terms();
        other.parties[0].node = SHUOZHOU;
        other.proposer = SHUOZHOU;
        know(view, other, &[SHUOZHOU, CHONGQING]);
    });
    let told = above_but(|view| view.hierarchy.told.extend([Month::of(day("2026-04-01"))]));
    let other = above_but(|view| view.hierarchy.senders = Some(SHUOZHOU));
    let mut former = below(&[None]);
    former.hierarchy.mine = Some(SHUOZHOU);
    vec![
        ("a filing", filing(LINCANG, 1), above(&[]), "stored"),
        ("a filing after a return", filing(LINCANG, 2), above(&[returned()]), "stored"),
        case("a filing with a node that is not the upper one", filing(LINCANG, 1), "not_the_upper_node"),
        ("a filing with another's upper node", filing(LINCANG, 1), other, "not_the_upper_node"),
        ("another node's filing", filing(SHUOZHOU, 1), above(&[]), "foreign_issuer"),
        ("a filing with a purpose", purposed, above(&[]), "wrong_basis"),
        ("a filing again", filing(LINCANG, 2), above(&[None]), "already_filed"),
        (
            "a filing of what was acknowledged",
            filing(LINCANG, 2),
            above(&[Some(FilingAnswer::Acknowledged)]),
            "already_answered",
        ),
        ("a filing that skips one", filing(LINCANG, 2), above(&[]), "not_filed"),
        ("a filing of what is half-signed", filing(LINCANG, 1), half, "agreement_not_countersigned"),
        ("a filing before its signatures", filing(LINCANG, 1), unknown, "agreement_not_yet_known"),
        ("a filing of others' agreement", filing(LINCANG, 1), beside, "agreement_not_yet_known"),
        ("signatures for the upper node", proposal(), above(&[]), "stored"),
        ("an agreement of others for the upper node", others(), above(&[]), "not_a_party"),
        ("an answer of the upper node", answer(LINCANG, CHONGQING, 1), below(&[None]), "stored"),
        ("an answer to what was not filed", answer(LINCANG, CHONGQING, 1), below(&[]), "not_filed"),
        ("an answer to another's filing", answer(LINCANG, SHUOZHOU, 1), below(&[None]), "not_filed"),
        ("an answer twice", answer(LINCANG, CHONGQING, 1), acknowledged(), "already_answered"),
        ("an answer of who was the upper node", answer(LINCANG, CHONGQING, 1), former, "stored"),
        case("an answer of another node", answer(LINCANG, CHONGQING, 1), "not_the_upper_node"),
        ("statistics", table(LINCANG, 20, None), above(&[]), "stored"),
        ("statistics of small counts", table(LINCANG, 2, None), above(&[]), "stored"),
        ("a small count shown", table(LINCANG, 2, Some(2)), above(&[]), "over_disclosure"),
        ("a sum beside hidden counts", table(LINCANG, 2, Some(12)), above(&[]), "over_disclosure"),
        ("a month told twice", table(LINCANG, 20, None), told, "over_disclosure"),
        case("statistics for a node beside", table(LINCANG, 20, None), "not_the_upper_node"),
    ]
}

fn acknowledged() -> View {
    below(&[Some(FilingAnswer::Acknowledged)])
}

fn others() -> Said {
    let mut said = terms();
    said.id = uuid::Uuid::from_u128(said.id.as_u128() ^ 1);
    said.parties[0].node = SHUOZHOU;
    said.parties[1].node = "220000".parse().unwrap();
    said.proposer = SHUOZHOU;
    let form = AgreementForm { iss: SHUOZHOU, iat: iat(now()), terms: said };
    signed(SHUOZHOU, Kind::Agreement, jws::typ::AGREEMENT, &form)
}

#[test]
fn a_filing_counts_for_the_messages_after_it() {
    let mut view = above(&[]);
    assert_eq!(filing(LINCANG, 1).judged(&mut view), "stored");
    assert_eq!(filing(LINCANG, 2).judged(&mut view), "already_filed");
    assert_eq!(table(LINCANG, 20, None).judged(&mut view), "stored");
    assert_eq!(table(LINCANG, 20, None).judged(&mut view), "over_disclosure");
}
