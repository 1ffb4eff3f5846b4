//! Offers: what an agreement newly allows is listed, and goes only when an approver chose it.

use std::collections::{BTreeMap, BTreeSet};
use std::slice::from_ref;

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::{Clock as _, Timestamp};
use guitu::domain::agreement::Role;
use guitu::domain::claim::Claim;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::node::NodeId;
use guitu::domain::profile::{Cell, Profile, Row};
use guitu::node::agree::Proposal;
use guitu::node::offer::Chosen;
use guitu::node::offers::{OfferReason, OfferView, OffersView};
use uuid::Uuid;

use crate::harness::database::{Engine, on_both_engines};
use crate::harness::nodes::{Nodes, leads_for, proposal};

async fn offers(nodes: &Nodes, agreement: Uuid) -> OffersView {
    let here = nodes.node(LINCANG);
    here.node.offers(&here.approver, agreement, -1).await.unwrap()
}

/// By lead, the claims of the last message that brought it.
async fn held(nodes: &Nodes, at: NodeId) -> BTreeMap<Uuid, Vec<Claim>> {
    let there = nodes.node(at);
    let all = there.node.list_received(&there.drafter, -1, 200).await.unwrap().items;
    all.iter().map(|lead| (lead.sub, lead.claims.iter().map(|claim| claim.claim).collect())).collect()
}

fn chosen(offer: &OfferView) -> Chosen {
    let claims = offer.claims.iter().copied().collect();
    Chosen { lead: offer.lead, version: offer.version, recipient: offer.recipient, claims }
}

/// The demo's first agreement without any cell of means, in force; and 临沧's leads that nobody has yet.
async fn narrow(engine: Engine) -> (Nodes, Uuid, usize) {
    let nodes = Nodes::open(engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
    let here = nodes.node(LINCANG);
    let today = CivilDate::of(nodes.clock.now());
    let leads: Vec<_> = leads_for(LINCANG, SHUOZHOU, today).into_iter().take(4).collect();
    let count = leads.len();
    for lead in leads {
        here.approved(lead).await;
    }
    let profile = Profile::default_matrix().named("narrower", 2);
    let profile = Role::ALL.iter().fold(profile, |it, role| it.with(Row::Means, *role, Cell::Closed));
    let terms = Proposal { profile: Some(profile), ..proposal(&A1, today) };
    let proposed = here.node.propose(None, terms).await.unwrap();
    sign(&nodes, &[CHONGQING, SHUOZHOU], proposed.id, 1, proposed.digest).await;
    (nodes, proposed.id, count)
}

async fn sign(nodes: &Nodes, by: &[NodeId], id: Uuid, version: u32, digest: Digest) {
    nodes.settle().await;
    for node in by {
        let party = nodes.node(*node);
        party.node.countersign(Some(&party.approver), id, version, digest).await.unwrap();
    }
    nodes.settle().await;
}

on_both_engines! {
    async fn what_an_agreement_allows_goes_when_an_approver_chose_it(db) {
        let (nodes, agreement, count) = narrow(db.engine).await;
        let listed = offers(&nodes, agreement).await;
        let to_shuozhou: Vec<_> = listed.items.iter().filter(|it| it.recipient == SHUOZHOU).collect();
        assert_eq!(to_shuozhou.len(), count);
        assert!(listed.items.iter().all(|it| it.reason == OfferReason::NotShared && !it.claims.is_empty()));
        nodes.settle().await;
        for node in [CHONGQING, SHUOZHOU] {
            assert!(held(&nodes, node).await.is_empty(), "a list shares nothing");
        }
        let here = nodes.node(LINCANG);
        let share = async |digest, chosen: &[Chosen]| {
            here.node.share_offered(&here.approver, agreement, digest, chosen).await.map_err(|error| error.code())
        };
        let first = chosen(to_shuozhou[0]);
        let by_drafter = here.node.share_offered(&here.drafter, agreement, listed.digest, from_ref(&first)).await;
        assert_eq!(by_drafter.err().unwrap().code(), "forbidden");
        assert_eq!(share(Digest::of(b"other terms"), from_ref(&first)).await, Err("conflict"));
        let moved_on = Chosen { version: 9, ..chosen(to_shuozhou[1]) };
        assert_eq!(share(listed.digest, &[first.clone(), moved_on]).await, Err("conflict"));
        for claims in [BTreeSet::new(), first.claims.iter().copied().skip(1).collect()] {
            let other = Chosen { claims, ..first.clone() };
            assert_eq!(share(listed.digest, &[other]).await, Err("conflict"), "he saw other claims");
        }
        nodes.settle().await;
        assert!(held(&nodes, SHUOZHOU).await.is_empty(), "all of it or nothing");
        assert_eq!(share(listed.digest, from_ref(&first)).await, Ok(1));
        nodes.settle().await;
        let there = held(&nodes, SHUOZHOU).await;
        assert_eq!(there.keys().copied().collect::<Vec<_>>(), [to_shuozhou[0].sub]);
        let mut promised = to_shuozhou[0].claims.clone();
        let mut got = there[&to_shuozhou[0].sub].clone();
        promised.sort();
        got.sort();
        assert_eq!(got, promised, "what was listed is what went");
        assert_eq!(share(listed.digest, from_ref(&first)).await, Err("conflict"), "there is nothing new in it");
        assert_eq!(offers(&nodes, agreement).await.items.len(), listed.items.len() - 1);
    }

    async fn a_widened_agreement_offers_what_it_adds(db) {
        let (nodes, agreement, _) = narrow(db.engine).await;
        let here = nodes.node(LINCANG);
        let before = offers(&nodes, agreement).await;
        let all: Vec<_> = before.items.iter().map(chosen).collect();
        here.node.share_offered(&here.approver, agreement, before.digest, &all).await.unwrap();
        nodes.settle().await;
        assert!(offers(&nodes, agreement).await.items.is_empty());

        let wider = proposal(&A1, CivilDate::of(nodes.clock.now()));
        let second = here.node.amend(&here.approver, agreement, wider).await.unwrap();
        sign(&nodes, &[CHONGQING, SHUOZHOU], agreement, 2, second.digest).await;
        nodes.clock.set(nodes.clock.now().plus(60 * Timestamp::SECOND));
        nodes.settle().await;
        let means = |claims: &Vec<Claim>| claims.contains(&Claim::Means);
        assert!(!held(&nodes, SHUOZHOU).await.values().any(means), "nothing is disclosed by itself");
        let added = offers(&nodes, agreement).await;
        assert!(!added.items.is_empty());
        for offer in added.items.iter().filter(|it| it.recipient == SHUOZHOU) {
            assert_eq!((offer.reason, offer.claims.as_slice()), (OfferReason::Widened, &[Claim::Means][..]));
        }
        let all: Vec<_> = added.items.iter().map(chosen).collect();
        here.node.share_offered(&here.approver, agreement, added.digest, &all).await.unwrap();
        nodes.settle().await;
        assert!(held(&nodes, SHUOZHOU).await.values().all(means));
        assert!(offers(&nodes, agreement).await.items.is_empty());
        nodes.assert_log_holds(SHUOZHOU).await;
    }
}
