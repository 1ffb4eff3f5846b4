//! The preview: what an officer reads before sharing is what each party gets, and every closed claim and every refused
//! party has its reason.
#![cfg(test)]

use std::collections::{BTreeMap, BTreeSet};

use guitu::cli::demo::agreements::{A1, CHONGQING, DemoAgreement, DemoParty, LINCANG, SHUOZHOU};
use guitu::cli::demo::leads::leads;
use guitu::clock::Clock;
use guitu::domain::access::Closed;
use guitu::domain::agreement::Act;
use guitu::domain::claim::Claim;
use guitu::domain::date::CivilDate;
use guitu::domain::lead::Lead;
use guitu::domain::lead::codes::Classification;
use guitu::domain::lead::place::{EventInterval, Place, PlaceRole, Precision};
use guitu::domain::lead::status::WithdrawReason;
use guitu::domain::node::NodeId;
use guitu::domain::region::table;
use guitu::node::views::{LeadView, PreviewView};
use serde_json::Value;
use uuid::Uuid;

use crate::harness::database::{Engine, on_both_engines};
use crate::harness::nodes::{NOON, Nodes, TestNode, leads_for};
use crate::harness::sealed::change_version;

const NODES: &[NodeId] = &[LINCANG, CHONGQING, SHUOZHOU];

const fn party(node: NodeId, roles: &'static [&'static str]) -> DemoParty {
    DemoParty {
        node, roles, government: "市人民政府", office: "反对拐卖人口工作联席会议办公室"
    }
}

/// One party may be in any role.
static ANY_ROLE: DemoAgreement = DemoAgreement {
    name: "any role",
    title: "合作协议",
    parties: &[
        party(LINCANG, &["origin"]),
        party(CHONGQING, &["transit"]),
        party(SHUOZHOU, &["origin", "transit", "destination"]),
    ],
    purposes: A1.purposes,
    kinds: A1.kinds,
    valid_years: 1,
    retention_days: 365,
};

async fn previewed(here: &TestNode, id: Uuid, agreement: Uuid) -> Vec<PreviewView> {
    here.node.preview(&here.drafter, id, agreement).await.unwrap()
}

async fn previewed_for(here: &TestNode, id: Uuid, agreement: Uuid, node: NodeId) -> PreviewView {
    previewed(here, id, agreement).await.into_iter().find(|view| view.node == node).unwrap()
}

fn open(view: &PreviewView) -> BTreeMap<Claim, Value> {
    let open = view.claims.iter().filter(|claim| claim.closed.is_none());
    open.map(|claim| (claim.claim, claim.value.clone().unwrap())).collect()
}

fn closed(view: &PreviewView) -> BTreeMap<Claim, Closed> {
    let closed = view.claims.iter().filter_map(|claim| Some((claim.claim, claim.closed?)));
    let closed: BTreeMap<Claim, Closed> = closed.collect();
    assert!(view.claims.iter().all(|claim| claim.value.is_none() == closed.contains_key(&claim.claim)));
    closed
}

/// What a party holds of a lead.
async fn arrived(nodes: &Nodes, at: NodeId, sub: Uuid) -> Option<BTreeMap<Claim, Value>> {
    let there = nodes.node(at);
    let all = there.node.list_received(&there.drafter, -1, 200).await.unwrap().items;
    let held = all.into_iter().find(|lead| lead.sub == sub)?;
    Some(held.claims.into_iter().map(|claim| (claim.claim, claim.value)).collect())
}

async fn drafted(here: &TestNode, lead: Lead) -> LeadView {
    let made = here.node.create(&here.drafter, lead, None).await.unwrap();
    here.node.submit(&here.drafter, made.id).await.unwrap()
}

/// A lead of 临沧 that 朔州 holds, under an agreement that gives it any role.
async fn shared(engine: Engine, change: impl FnOnce(&mut Lead)) -> (Nodes, Uuid, LeadView) {
    let nodes = Nodes::open(engine, NODES).await;
    let agreement = nodes.agree(&ANY_ROLE, LINCANG).await.id;
    let here = nodes.node(LINCANG);
    let mut lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(0);
    change(&mut lead);
    let id = here.approved(lead).await;
    let view = here.node.share(&here.drafter, id, agreement, Some(vec![SHUOZHOU])).await.unwrap();
    nodes.settle().await;
    (nodes, agreement, view)
}

/// 朔州 is where somebody passed, no more.
fn passed(lead: &mut Lead) {
    let inside = |place: &&mut guitu::domain::lead::place::Place| SHUOZHOU.region().contains(place.code);
    for place in lead.places.iter_mut().filter(inside) {
        place.role = PlaceRole::Transit;
    }
}

on_both_engines! {
    async fn what_the_narrative_tells_of_closed_fields_is_a_warning(db) {
        let nodes = Nodes::open(db.engine, NODES).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let here = nodes.node(LINCANG);
        let mut lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(0);
        let home = Place { role: PlaceRole::Household, code: "530927".parse().unwrap(), list_year: 2023 };
        lead.places.retain(|place| place.role != PlaceRole::Household);
        lead.places.push(home);
        let name = table().find(home.code, home.list_year).unwrap().name;
        let from = CivilDate::of(nodes.clock.now());
        lead.event = Some(EventInterval { from, to: from, precision: Precision::Day, hour: None });
        let day = from.to_string();
        lead.narrative = Some(format!("当事人系{name}人，{day}走失，次日报案。"));
        let made = drafted(here, lead.clone()).await;
        let view = previewed_for(here, made.id, agreement.id, SHUOZHOU).await;
        let (open, closed) = (open(&view), closed(&view));
        assert!(open[&Claim::NarrativeMasked].as_str().unwrap().contains(name), "regions stay");
        let told: Vec<Claim> = view.tells.iter().map(|told| told.claim).collect();
        assert!(told.contains(&Claim::HouseholdCounty) && told.contains(&Claim::LostDay), "{told:?}");
        assert!(told.iter().all(|claim| closed.contains_key(claim)));
        let at = view.tells.iter().find(|told| told.claim == Claim::HouseholdCounty).unwrap().at;
        assert_eq!(at, "当事人系".chars().count());
        // Whoever gets no narrative is told nothing by it.
        for view in previewed(here, made.id, agreement.id).await {
            assert!(view.tells.is_empty() || view.node == SHUOZHOU);
        }
    }

    async fn what_is_shown_before_is_what_arrives(db) {
        let nodes = Nodes::open(db.engine, NODES).await;
        let agreement = nodes.agree(&A1, LINCANG).await.id;
        let (mut reasons, mut refusals, mut went) = (BTreeSet::new(), BTreeSet::new(), 0);
        for owner in NODES {
            let here = nodes.node(*owner);
            for lead in leads(*owner, 1, CivilDate::of(NOON)).into_iter().take(12) {
                let made = drafted(here, lead).await;
                let before = previewed(here, made.id, agreement).await;
                assert_eq!(before.len(), 2, "each other party");
                here.node.approve(&here.approver, made.id).await.unwrap();
                let after = previewed(here, made.id, agreement).await;
                let shared = here.node.share(&here.drafter, made.id, agreement, None).await;
                assert_eq!(shared.is_ok(), before.iter().any(|view| view.refused.is_none()));
                nodes.settle().await;
                for (before, after) in before.iter().zip(&after) {
                    assert_eq!((open(before), closed(before)), (open(after), closed(after)));
                    let got = arrived(&nodes, before.node, made.sub).await;
                    match before.refused {
                        None => assert_eq!(got.unwrap(), open(before)),
                        Some(code) => {
                            assert!(got.is_none() && before.claims.is_empty() && before.roles.is_empty());
                            refusals.insert(code);
                        }
                    }
                    went += usize::from(before.refused.is_none());
                    reasons.extend(closed(before).into_values());
                }
            }
        }
        assert!(went >= 20, "{went}");
        let expected = [Closed::GrantOnly, Closed::OtherPrecision, Closed::AlertOnly, Closed::ClosedForRole];
        assert_eq!(reasons, BTreeSet::from(expected));
        assert_eq!(refusals, BTreeSet::from(["no_role_for_recipient", "purpose_not_covered"]));
    }

    async fn a_narrowed_party_is_shown_what_it_was_left(db) {
        let (nodes, agreement, view) = shared(db.engine, |_| {}).await;
        let (here, keep) = (nodes.node(LINCANG), [Claim::Sex, Claim::CaseAlias]);
        let reason = WithdrawReason::ALL[0];
        here.node.narrow(&here.approver, view.id, SHUOZHOU, &keep, reason).await.unwrap();
        let shown = previewed_for(here, view.id, agreement, SHUOZHOU).await;
        assert_eq!(open(&shown).into_keys().collect::<Vec<_>>(), keep);
        assert_eq!(closed(&shown)[&Claim::BirthYear], Closed::Narrowed);
        assert_eq!(closed(&shown)[&Claim::Names], Closed::GrantOnly);
        nodes.settle().await;
        assert_eq!(arrived(&nodes, SHUOZHOU, view.sub).await.unwrap(), open(&shown));
        let mut lead = here.node.read(&here.drafter, view.id).await.unwrap();
        lead.lead.case_alias = Some("远山-0099".to_owned());
        here.node.correct(&here.drafter, view.id, lead.version, lead.lead).await.unwrap();
        let shown = previewed_for(here, view.id, agreement, SHUOZHOU).await;
        assert_eq!(open(&shown)[&Claim::CaseAlias], "远山-0099");
        here.node.approve(&here.approver, view.id).await.unwrap();
        nodes.settle().await;
        assert_eq!(arrived(&nodes, SHUOZHOU, view.sub).await.unwrap(), open(&shown), "in later versions too");
    }

    async fn an_earlier_role_narrows_what_is_shown(db) {
        let mut places = Vec::new();
        let (nodes, agreement, view) = shared(db.engine, |lead| {
            places.clone_from(&lead.places);
            passed(lead);
        }).await;
        let here = nodes.node(LINCANG);
        let mut lead = here.node.read(&here.drafter, view.id).await.unwrap();
        lead.lead.places = places;
        here.node.correct(&here.drafter, view.id, lead.version, lead.lead).await.unwrap();
        let shown = previewed_for(here, view.id, agreement, SHUOZHOU).await;
        assert_eq!(closed(&shown)[&Claim::NarrativeMasked], Closed::EarlierRole);
        assert_eq!(closed(&shown)[&Claim::BirthYear], Closed::EarlierRole);
        assert!(open(&shown).contains_key(&Claim::BirthAge));
        here.node.approve(&here.approver, view.id).await.unwrap();
        nodes.settle().await;
        assert_eq!(arrived(&nodes, SHUOZHOU, view.sub).await.unwrap(), open(&shown));
    }

    async fn a_refused_party_is_told_with_the_reason(db) {
        let (nodes, agreement, view) = shared(db.engine, |_| {}).await;
        let here = nodes.node(LINCANG);
        let codes = async |id| {
            let views = previewed(here, id, agreement).await;
            assert!(views.iter().all(|view| view.claims.is_empty() && view.roles.is_empty() && !view.alone));
            views.into_iter().map(|view| view.refused).collect::<Vec<_>>()
        };
        let mut secret = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(1);
        secret.classification = Classification::WorkSecret;
        let secret = here.approved(secret).await;
        assert_eq!(codes(secret).await, [Some("classified"); 2]);
        change_version(&here.node, view.id, |signed| drop(signed.disclosures.remove(&Claim::Photo))).await;
        let shown = previewed_for(here, view.id, agreement, SHUOZHOU).await;
        assert_eq!(closed(&shown)[&Claim::Photo], Closed::NotInVersion);
        here.node.act(&here.approver, agreement, Act::Suspend).await.unwrap();
        assert_eq!(codes(view.id).await, [Some("agreement_suspended"); 2]);
        here.node.act(&here.approver, agreement, Act::Resume).await.unwrap();
        here.node.withdraw(&here.approver, view.id, WithdrawReason::ALL[0]).await.unwrap();
        assert_eq!(codes(view.id).await, [Some("not_from_here"); 2]);
    }
}
