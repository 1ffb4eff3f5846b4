//! Every question finds exactly the entries that have what it asks for, whatever the pages, and at a bounded cost.

use std::collections::BTreeSet;

use guitu::audit::terms::{Term, terms};
use guitu::audit::{EntryType, Incomplete};
use guitu::cli::demo::agreements::{LINCANG, SHUOZHOU};
use guitu::clock::Timestamp;
use guitu::domain::claim::Claim;
use guitu::domain::lead::codes::Purpose;
use guitu::domain::lead::status::RecipientStatus;
use guitu::node::Node;
use guitu::node::draft::{Draft, leave};
use guitu::node::journal::EntryFilter;
use guitu::node::views::EntryView;
use guitu::store::log_index::{self, Reach};
use uuid::Uuid;

use super::{Exchanged, types};
use crate::harness::database::on_both_engines;
use crate::harness::nodes::{NOON, Nodes, TestNode};

/// The terms of an entry, read again from its own bytes, and the agreements of the messages that it names.
fn terms_of(at: &TestNode, log: &[EntryView], entry: &EntryView) -> Vec<Term> {
    let mut terms = terms(&serde_json::to_vec(&entry.entry).unwrap(), at.node.id()).unwrap().terms;
    let said = &entry.entry;
    if said["header"].is_null() {
        let names = |message: &&EntryView| {
            let header = &message.entry["header"];
            let same = |of: &str, to: &str| said[of] == header[to];
            let (first, last, seq) = (said["first"].as_u64(), said["last"].as_u64(), header["seq"].as_u64());
            let receipted =
                said["t"] == "receipt" && message.entry["t"] == "sent" && first <= seq && seq <= last;
            let receipted = receipted && same("peer", "to") && same("lane", "lane") && same("epoch", "epoch");
            header.is_object() && (receipted || said["x"] == message.entry["x"])
        };
        let cited = log.iter().filter(names).map(|message| &message.entry["header"]["basis"]);
        let cited: BTreeSet<Uuid> = cited.filter_map(|basis| basis["id"].as_str()?.parse().ok()).collect();
        terms.extend(cited.into_iter().map(Term::Agreement));
    }
    terms
}

/// The indexes of the entries with all of `wanted`, the slow way.
fn scanned(at: &TestNode, log: &[EntryView], wanted: &[Term]) -> Vec<i64> {
    let has_all = |entry: &&EntryView| {
        let terms = terms_of(at, log, entry);
        wanted.iter().all(|term| terms.contains(term))
    };
    log.iter().filter(has_all).map(|entry| entry.leaf).collect()
}

/// Has the sequencer write these entries at that time.
async fn append(
    nodes: &Nodes,
    node: &Node,
    at: Timestamp,
    bodies: impl Iterator<Item = (EntryType, Incomplete)>,
) {
    nodes.clock.set(at);
    let notes: Vec<Draft> = bodies.map(|(t, body)| Draft::note(t, body)).collect();
    let mut tx = node.databases().node.begin().await.unwrap();
    for some in notes.chunks(1_000) {
        leave(&mut tx, some).await.unwrap();
    }
    tx.commit().await.unwrap();
    node.sequence().await.unwrap();
}

on_both_engines! {
    async fn every_property_finds_exactly_its_entries(db) {
        let fixture = Exchanged::new(db.engine).await;
        for at in [fixture.here(), fixture.there()] {
            let log = at.log().await;
            let mut asked = BTreeSet::new();
            for entry in &log {
                let terms = terms_of(at, &log, entry);
                for (number, one) in terms.iter().enumerate() {
                    let other = &terms[(number + 1) % terms.len()];
                    if asked.insert((one.to_string(), other.to_string())) {
                        let wanted = [one.clone(), other.clone()];
                        assert_eq!(at.found(&wanted, 3).await, scanned(at, &log, &wanted), "{wanted:?}");
                        assert_eq!(at.found(&wanted[..1], 200).await, scanned(at, &log, &wanted[..1]));
                    }
                }
            }
            assert!(asked.len() > 20);
        }
    }

    async fn an_auditor_asks_by_peer_agreement_purpose_claim_and_officer(db) {
        let fixture = Exchanged::new(db.engine).await;
        let (here, there) = (fixture.here(), fixture.there());
        let purpose = here.node.read(&here.drafter, fixture.lead).await.unwrap().lead.purpose;
        let carried = [
            Term::Peer(SHUOZHOU),
            Term::Agreement(fixture.agreement),
            Term::Purpose(purpose),
            Term::Claim(Claim::Sex),
        ];
        let leaves = here.found(&carried, 50).await;
        assert_eq!(types(here, &leaves).await, ["sent"]);
        let carried = [&[Term::Peer(LINCANG)], &carried[1..]].concat();
        let leaves = there.found(&carried, 50).await;
        assert_eq!(types(there, &leaves).await, ["received"]);
        let wanted = [Term::Type(EntryType::Approve), Term::Actor(here.approver.pseudonym.clone())];
        assert_eq!(here.found(&wanted, 50).await.len(), 1);
        let none = [Term::Claim(Claim::IdNumber), Term::Actor(here.drafter.pseudonym.clone())];
        assert!(here.found(&none, 50).await.is_empty());
    }

    async fn an_agreement_finds_what_names_its_messages_too(db) {
        let fixture = Exchanged::new(db.engine).await;
        let (here, there) = (fixture.here(), fixture.there());
        there.node.answer(&there.drafter, fixture.sub, RecipientStatus::Acknowledged, None).await.unwrap();
        fixture.nodes.settle().await;
        let wanted = [Term::Agreement(fixture.agreement)];
        for (at, expected) in [
            (here, vec!["sent", "receipt", "received"]),
            (there, vec!["received", "read", "answer", "sent", "receipt"]),
        ] {
            let leaves = at.found(&wanted, 50).await;
            let found: BTreeSet<String> = types(at, &leaves).await.into_iter().collect();
            assert_eq!(found, expected.into_iter().map(str::to_owned).collect(), "{}", at.node.id());
            let other = [Term::Agreement(Uuid::from_u128(1))];
            assert!(at.found(&other, 50).await.is_empty());
        }
    }

    async fn an_interval_is_of_the_logs_own_time(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, SHUOZHOU]).await;
        let here = nodes.node(LINCANG);
        here.node.sequence().await.unwrap();
        // The question is an entry too.
        let first = i64::try_from(here.log().await.len()).unwrap() + 1;
        // Noon, a minute later, the clock is put back, then on.
        for ms in [0, 60_000, 30_000, 120_000] {
            append(&nodes, &here.node, NOON.plus(ms), std::iter::once((EntryType::Login, Incomplete::default()))).await;
        }
        let by = async |from: i64, until: i64| {
            let (from, until) = (Some(NOON.plus(from)), Some(NOON.plus(until)));
            let leaves = here.found_by(&EntryFilter { terms: Vec::new(), from, until }, 2).await;
            let with = EntryFilter { terms: vec![Term::Type(EntryType::Login)], from, until };
            let logins = here.found_by(&with, 2).await;
            let ours = leaves.iter().filter(|leaf| (first..first + 4).contains(*leaf));
            assert!(ours.eq(&logins), "{leaves:?} {logins:?}");
            logins.into_iter().map(|leaf| leaf - first).collect::<Vec<_>>()
        };
        assert_eq!(by(0, 60_000).await, [0]);
        assert_eq!(by(60_000, 120_000).await, [1, 2], "what came after counts as of then");
        assert_eq!(by(1, 1_000_000).await, [1, 2, 3]);
        assert!(by(-1_000, 0).await.is_empty() && by(120_001, 200_000).await.is_empty());
    }

    async fn the_work_of_a_page_does_not_grow_with_the_log(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, SHUOZHOU]).await;
        let here = nodes.node(LINCANG);
        let by = |actor: &str| Incomplete { actor: Some(actor.into()), ..Incomplete::default() };
        let common = (0..24_000).map(|number| {
            if number % 2 == 0 { (EntryType::Login, by("a")) } else { (EntryType::Read, by("b")) }
        });
        append(&nodes, &here.node, NOON, common.chain(std::iter::once((EntryType::Read, by("a"))))).await;
        let filter = EntryFilter {
            terms: vec![Term::Type(EntryType::Read), Term::Actor("a".into())],
            ..EntryFilter::default()
        };
        let (mut pages, mut after, mut found) = (0, Some(0), Vec::new());
        while let Some(from) = after {
            let page = here.node.entries(&here.auditor, &filter, from, 50).await.unwrap();
            assert!(page.next.is_none_or(|next| next > from && next - from <= 12_000), "a page looks at so much");
            (pages, after) = (pages + 1, page.next);
            found.extend(page.items.into_iter().map(|item| item.entry["t"].clone()));
        }
        assert_eq!((found, pages > 2), (vec!["read".into()], true), "{pages} pages");
    }

    async fn an_index_of_another_log_is_made_anew(db) {
        let fixture = Exchanged::new(db.engine).await;
        let here = fixture.here();
        let wanted = [Term::Type(EntryType::Sent)];
        let right = here.found(&wanted, 50).await;
        let mut tx = here.node.databases().projections.begin().await.unwrap();
        let known = log_index::reach(&mut tx).await.unwrap().unwrap();
        let other = Reach { last: vec![0; 32], ..known.clone() };
        assert!(log_index::advance(&mut tx, Some(&known), &other).await.unwrap());
        log_index::put(&mut tx, vec![(wanted[0].key(), 0)], Vec::new()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(here.found(&wanted, 50).await, right);
        let mut tx = here.node.databases().projections.begin().await.unwrap();
        let anew = log_index::reach(&mut tx).await.unwrap().unwrap();
        assert!(anew.size >= known.size && anew.last != other.last, "{anew:?}");
        assert!(!log_index::advance(&mut tx, None, &other).await.unwrap(), "of two that index, one goes on");
        log_index::put(&mut tx, vec![(Term::Purpose(Purpose::Rescue).key(), 0)], Vec::new()).await.unwrap();
        tx.commit().await.unwrap();
        let shared = here.found(&[Term::Purpose(Purpose::Rescue), Term::Type(EntryType::Login)], 50).await;
        assert!(!shared.contains(&0), "what shares a key is told apart by the entry");
    }
}
