//! The life of an agreement between whole nodes on both engines: what suspension, amendment and ending do to leads
//! on their way, and which steps are refused.

use std::collections::BTreeSet;

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::{Clock as _, Timestamp};
use guitu::domain::agreement::{Act, Role, Said};
use guitu::domain::claim::Claim;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::node::NodeId;
use guitu::domain::profile::{Cell, Profile, Row};
use guitu::exchange::agreement::AgreementStatement;
use guitu::node::agree::Proposal;
use guitu::node::dossiers;
use guitu::node::views::AgreementView;
use uuid::Uuid;

use crate::harness::database::{Engine, on_both_engines};
use crate::harness::nodes::{NOON, Nodes, Weather, leads_for, proposal};

async fn three(engine: Engine) -> (Nodes, AgreementView) {
    let nodes = Nodes::open(engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
    let agreement = nodes.agree(&A1, LINCANG).await;
    assert_eq!(agreement.state, "in_force");
    (nodes, agreement)
}

fn today(nodes: &Nodes) -> CivilDate {
    CivilDate::of(nodes.clock.now())
}

/// The terms of the demo's first agreement, changed.
fn changed(nodes: &Nodes, change: impl FnOnce(&mut Proposal)) -> Proposal {
    let mut proposal = proposal(&A1, today(nodes));
    change(&mut proposal);
    proposal
}

/// The default matrix without any cell of that row.
fn without(row: Row) -> Profile {
    let narrower = Profile::default_matrix().named("narrower", 2);
    Role::ALL.iter().fold(narrower, |profile, role| profile.with(row, *role, Cell::Closed))
}

/// Shares a lead of 临沧 with 朔州; its id and public id.
async fn share(nodes: &Nodes, agreement: Uuid, which: usize) -> (Uuid, Uuid) {
    let here = nodes.node(LINCANG);
    let id = here.approved(leads_for(LINCANG, SHUOZHOU, today(nodes)).remove(which)).await;
    let view = here.node.share(&here.drafter, id, agreement, Some(vec![SHUOZHOU])).await.unwrap();
    (id, view.sub)
}

/// The claims that 朔州 holds of a lead, each presentation of it once; none if it holds nothing.
async fn held(nodes: &Nodes, sub: Uuid) -> Vec<Claim> {
    let there = nodes.node(SHUOZHOU);
    let all = there.node.list_received(&there.drafter, -1, 200).await.unwrap().items;
    let mine: Vec<_> = all.iter().filter(|lead| lead.sub == sub).collect();
    assert!(mine.len() <= 1, "a lead is listed once");
    mine.first().map_or_else(Vec::new, |lead| lead.claims.iter().map(|claim| claim.claim).collect())
}

async fn act(nodes: &Nodes, node: NodeId, agreement: Uuid, act: Act) -> &'static str {
    let here = nodes.node(node);
    match here.node.act(&here.approver, agreement, act).await {
        Ok(view) => view.state,
        Err(error) => error.code(),
    }
}

async fn state(nodes: &Nodes, node: NodeId, version: u32) -> &'static str {
    let known = nodes.node(node).node.agreements().await.unwrap();
    known.iter().find(|known| known.version == version).map_or("unknown", |known| known.state)
}

/// 临沧 amends it, and whoever is due and can signs.
async fn amend_by_all(nodes: &Nodes, agreement: Uuid, proposal: Proposal) {
    let here = nodes.node(LINCANG);
    let next = here.node.amend(&here.approver, agreement, proposal).await.unwrap();
    nodes.settle().await;
    for node in [CHONGQING, SHUOZHOU] {
        let party = nodes.node(node);
        let _ = party.node.countersign(Some(&party.approver), agreement, next.version, next.digest).await;
    }
    nodes.settle().await;
}

async fn later(nodes: &Nodes, ms: i64) {
    nodes.clock.set(nodes.clock.now().plus(ms));
    nodes.settle().await;
}

on_both_engines! {
    async fn a_suspension_holds_what_waits_and_a_resumption_lets_it_go(db) {
        let (nodes, agreement) = three(db.engine).await;
        let before = share(&nodes, agreement.id, 0).await.1;
        // The other side holds the exchange; we learn of it before the lead goes.
        assert_eq!(act(&nodes, SHUOZHOU, agreement.id, Act::Suspend).await, "suspended");
        nodes.node(SHUOZHOU).push(LINCANG).await;
        nodes.settle().await;
        assert!(held(&nodes, before).await.is_empty(), "nothing passes a suspension");
        let here = nodes.node(LINCANG);
        let refused = here.approved(leads_for(LINCANG, SHUOZHOU, today(&nodes)).remove(1)).await;
        let error = here.node.share(&here.drafter, refused, agreement.id, None).await.err().unwrap();
        assert_eq!(error.code(), "agreement_suspended");
        later(&nodes, 10 * 60 * Timestamp::SECOND).await;
        assert!(held(&nodes, before).await.is_empty(), "it is tried again and still may not go");

        assert_eq!(act(&nodes, LINCANG, agreement.id, Act::Resume).await, "resume_without_suspension");
        assert_eq!(act(&nodes, SHUOZHOU, agreement.id, Act::Resume).await, "in_force");
        nodes.settle().await;
        later(&nodes, 10 * 60 * Timestamp::SECOND).await;
        assert!(!held(&nodes, before).await.is_empty(), "it went by itself");
        let receipts = here.node.receipts(&here.drafter, share_of(&nodes, before).await).await.unwrap();
        let stored = receipts.iter().filter(|receipt| receipt.state == "stored").count();
        assert_eq!(stored, 1, "and once: {:?}", receipts.iter().map(|it| &it.state).collect::<Vec<_>>());
        for node in [LINCANG, SHUOZHOU] {
            assert!(nodes.audited(node).await.holds(), "the log of {node}");
        }
    }

    async fn a_suspension_that_crosses_a_lead_is_settled_without_storing_it(db) {
        let (nodes, agreement) = three(db.engine).await;
        let (id, sub) = share(&nodes, agreement.id, 0).await;
        assert_eq!(act(&nodes, SHUOZHOU, agreement.id, Act::Suspend).await, "suspended");
        // We do not know of it yet and send.
        nodes.node(LINCANG).push(SHUOZHOU).await;
        assert!(held(&nodes, sub).await.is_empty());
        let here = nodes.node(LINCANG);
        let receipts = here.node.receipts(&here.drafter, id).await.unwrap();
        assert_eq!(receipts[0].state, "refused:agreement_suspended");
        nodes.settle().await;
        assert_eq!(act(&nodes, SHUOZHOU, agreement.id, Act::Resume).await, "in_force");
        nodes.settle().await;
        later(&nodes, 10 * 60 * Timestamp::SECOND).await;
        assert!(!held(&nodes, sub).await.is_empty());
    }

    async fn an_amendment_narrows_what_was_on_its_way(db) {
        let (nodes, agreement) = three(db.engine).await;
        let wide = share(&nodes, agreement.id, 0).await.1;
        nodes.settle().await;
        let was = held(&nodes, wide).await;
        assert!(was.contains(&Claim::EthnicityHan) || was.contains(&Claim::Ethnicity), "{was:?}");

        let (_, waiting) = share(&nodes, agreement.id, 1).await;
        *nodes.node(LINCANG).transport.weather.lock().unwrap() = Weather::Down;
        let (origin, here) = (nodes.node(CHONGQING), nodes.node(LINCANG));
        let narrower = changed(&nodes, |it| it.profile = Some(without(Row::Ethnicity)));
        let second = origin.node.amend(&origin.approver, agreement.id, narrower).await.unwrap();
        assert_eq!((second.version, second.state), (2, "proposed"));
        nodes.settle().await;
        for node in [LINCANG, SHUOZHOU] {
            let party = nodes.node(node);
            party.node.countersign(Some(&party.approver), second.id, 2, second.digest).await.unwrap();
        }
        nodes.settle().await;
        *here.transport.weather.lock().unwrap() = Weather::Fair;
        nodes.settle().await;
        later(&nodes, 60 * Timestamp::SECOND).await;
        let is = held(&nodes, waiting).await;
        assert!(!is.is_empty() && !is.contains(&Claim::EthnicityHan) && !is.contains(&Claim::Ethnicity), "{is:?}");
        for node in [LINCANG, CHONGQING, SHUOZHOU] {
            assert_eq!((state(&nodes, node, 1).await, state(&nodes, node, 2).await), ("superseded", "in_force"));
        }
    }

    async fn amendments_that_cross_end_in_one_view(db) {
        let (nodes, agreement) = three(db.engine).await;
        for (node, days) in [(CHONGQING, 100), (SHUOZHOU, 200)] {
            let party = nodes.node(node);
            let shorter = changed(&nodes, |it| it.retention_days = days);
            party.node.amend(&party.approver, agreement.id, shorter).await.unwrap();
        }
        nodes.settle().await;
        let known = nodes.node(LINCANG).node.agreements().await.unwrap();
        let second: Vec<Digest> = known.iter().filter(|it| it.version == 2).map(|it| it.digest).collect();
        assert_eq!(second.len(), 2, "both are known");
        // Whoever may still sign, signs both.
        for node in [LINCANG, CHONGQING, SHUOZHOU] {
            let party = nodes.node(node);
            for digest in &second {
                let _ = party.node.countersign(Some(&party.approver), agreement.id, 2, *digest).await;
            }
        }
        nodes.settle().await;
        let mut views = BTreeSet::new();
        for node in [LINCANG, CHONGQING, SHUOZHOU] {
            let known = nodes.node(node).node.agreements().await.unwrap();
            let line = |it: &AgreementView| format!("{} {} {}", it.version, it.digest, it.state);
            views.insert(known.iter().map(line).collect::<Vec<_>>());
        }
        assert_eq!(views.len(), 1, "{views:?}");
        let one = views.first().unwrap();
        assert_eq!(one.iter().filter(|line| line.ends_with("in_force")).count(), 1, "{one:?}");
    }

    async fn a_termination_by_one_party_ends_it_for_all(db) {
        let (nodes, agreement) = three(db.engine).await;
        let (_, waiting) = share(&nodes, agreement.id, 0).await;
        assert_eq!(act(&nodes, CHONGQING, agreement.id, Act::Acknowledge).await, "acknowledge_without_notice");
        assert_eq!(act(&nodes, CHONGQING, agreement.id, Act::Terminate).await, "terminated");
        nodes.node(CHONGQING).push(LINCANG).await;
        nodes.settle().await;
        assert!(held(&nodes, waiting).await.is_empty(), "no case data after a notice");
        for node in [LINCANG, SHUOZHOU] {
            assert_eq!(act(&nodes, node, agreement.id, Act::Acknowledge).await, "terminated");
            assert_eq!(act(&nodes, node, agreement.id, Act::Acknowledge).await, "already_acknowledged");
            assert_eq!(act(&nodes, node, agreement.id, Act::Resume).await, "agreement_terminated");
        }
        nodes.settle().await;
        let party = nodes.node(LINCANG);
        let again = changed(&nodes, |it| it.retention_days = 1);
        let error = party.node.amend(&party.approver, agreement.id, again).await.err().unwrap();
        assert_eq!(error.code(), "agreement_terminated");
        for node in [LINCANG, CHONGQING, SHUOZHOU] {
            assert_eq!(state(&nodes, node, 1).await, "terminated");
            assert!(nodes.audited(node).await.holds(), "the log of {node}");
        }
    }

    async fn whoever_left_is_told_no_more_and_ends_nothing(db) {
        let (nodes, agreement) = three(db.engine).await;
        let without = |it: &mut Proposal| it.parties.retain(|party| party.node != CHONGQING);
        amend_by_all(&nodes, agreement.id, changed(&nodes, without)).await;
        amend_by_all(&nodes, agreement.id, changed(&nodes, |it| { without(it); it.retention_days = 100; })).await;
        assert_eq!((state(&nodes, LINCANG, 3).await, state(&nodes, CHONGQING, 3).await), ("in_force", "unknown"));
        assert_eq!(act(&nodes, CHONGQING, agreement.id, Act::Terminate).await, "not_a_party");
        // It says so all the same, by hand.
        let left = nodes.node(CHONGQING);
        let said = Said::Status { number: 1, act: Act::Terminate };
        let said = AgreementStatement::sign(left.node.keys().signing(), CHONGQING, NOON, agreement.id, said).unwrap();
        let mut tx = nodes.node(LINCANG).node.databases().node.begin().await.unwrap();
        assert!(dossiers::keep(&mut tx, &said).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(state(&nodes, LINCANG, 3).await, "in_force");
        assert_eq!(act(&nodes, LINCANG, agreement.id, Act::Suspend).await, "suspended");
        nodes.settle().await;
        assert_eq!((state(&nodes, SHUOZHOU, 3).await, state(&nodes, CHONGQING, 2).await), ("suspended", "in_force"));
    }

    async fn what_a_party_says_twice_is_kept_once(db) {
        let (nodes, agreement) = three(db.engine).await;
        let here = nodes.node(LINCANG);
        let mut tx = here.node.databases().node.begin().await.unwrap();
        for (day, new) in [(0, true), (0, false), (-1, false)] {
            let (at, said) = (NOON.plus(day * Timestamp::DAY), Said::Status { number: 1, act: Act::Suspend });
            let said = AgreementStatement::sign(here.node.keys().signing(), LINCANG, at, agreement.id, said).unwrap();
            assert_eq!(dossiers::keep(&mut tx, &said).await.unwrap(), new);
        }
        tx.rollback().await.unwrap();
    }

    async fn a_proposal_is_answered_by_another(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let first = here.node.propose(Some(&here.approver), changed(&nodes, |_| ())).await.unwrap();
        nodes.settle().await;
        let other = changed(&nodes, |it| it.retention_days = 30);
        let answer = there.node.counter(&there.approver, first.id, first.digest, other).await.unwrap();
        assert_eq!(answer.terms.answers, Some(first.digest));
        nodes.settle().await;
        for node in [LINCANG, CHONGQING] {
            let party = nodes.node(node);
            party.node.countersign(Some(&party.approver), first.id, 1, answer.digest).await.unwrap();
        }
        nodes.settle().await;
        for node in [LINCANG, CHONGQING, SHUOZHOU] {
            let known = nodes.node(node).node.agreements().await.unwrap();
            let in_force: Vec<Digest> =
                known.iter().filter(|it| it.state == "in_force").map(|it| it.digest).collect();
            assert_eq!(in_force, [answer.digest]);
        }
    }

    async fn steps_that_are_not_allowed_are_refused_by_code_and_change_nothing(db) {
        let (nodes, agreement) = three(db.engine).await;
        let here = nodes.node(LINCANG);
        let before = here.node.agreements().await.unwrap().len();
        let code = async |proposal| match here.node.amend(&here.approver, agreement.id, proposal).await {
            Ok(view) => panic!("{} was proposed", view.version),
            Err(error) => error.code(),
        };
        let backwards = changed(&nodes, |it| it.valid_until = it.valid_from.plus_days(-1));
        assert_eq!(code(backwards).await, "terms_invalid");
        assert_eq!(code(changed(&nodes, |it| it.purposes.clear())).await, "terms_invalid");
        let drafter = here.node.amend(&here.drafter, agreement.id, changed(&nodes, |_| ())).await;
        assert_eq!(drafter.err().unwrap().code(), "forbidden");
        let unknown = here.node.act(&here.approver, Uuid::from_u128(1), Act::Suspend).await;
        assert_eq!(unknown.err().unwrap().code(), "not_found");
        let other = Digest::of(b"other terms");
        let signed = here.node.countersign(Some(&here.approver), agreement.id, 1, other).await;
        assert_eq!(signed.err().unwrap().code(), "version_unknown");
        let countered = here.node.counter(&here.approver, agreement.id, other, changed(&nodes, |_| ())).await;
        assert_eq!(countered.err().unwrap().code(), "not_found");
        let twice = here.node.countersign(Some(&here.approver), agreement.id, 1, agreement.digest).await;
        assert_eq!(twice.err().unwrap().code(), "already_countersigned");
        assert_eq!(here.node.agreements().await.unwrap().len(), before);
        let page = here.node.agreement_page(agreement.id, agreement.digest).await.unwrap();
        assert!(page.contains("反对拐卖人口合作协议") && page.contains("生效"));
    }
}

/// Our id of the lead with that public id.
async fn share_of(nodes: &Nodes, sub: Uuid) -> Uuid {
    let here = nodes.node(LINCANG);
    let all = here.node.list(&here.drafter, guitu::node::search::Filter::default(), -1, 200).await.unwrap();
    all.items.iter().find(|lead| lead.sub == sub).unwrap().id
}
