//! No personal data in what evidence consists of: neither as written nor as a plain hash, on either engine.

mod probes;

use guitu::cli::demo::agreements::{A1, A2, CHONGQING, LINCANG, SHUOZHOU};
use guitu::cli::demo::leads::{agreement_for, leads};
use guitu::clock::Clock as _;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::node::NodeId;
use guitu::domain::unit::{Duty, UnitType};
use serde_json::Value;

use self::probes::{Probes, Values, spellings};
use crate::harness::database::{Engine, on_both_engines};
use crate::harness::nodes::{Nodes, TestNode};

/// A log-in name that is somebody's name, and a password.
const USER: [&str; 2] = ["田尼块经办", "correct horse battery staple"];
const OWNERS: [NodeId; 3] = [LINCANG, CHONGQING, SHUOZHOU];

/// The three nodes of the demo after all of its leads were approved and sent to whom they may go, and everything that the
/// leads hold.
async fn demo(engine: Engine) -> (Nodes, Values) {
    let nodes = Nodes::open(engine, &OWNERS).await;
    let agreements = [nodes.agree(&A1, LINCANG).await.id, nodes.agree(&A2, LINCANG).await.id];
    let today = CivilDate::of(nodes.clock.now());
    let mut values = Values::default();
    for owner in OWNERS {
        let at = nodes.node(owner);
        for lead in leads(owner, 1, today) {
            values.add_lead(&serde_json::to_value(&lead).unwrap());
            let sharing = agreement_for(owner, &lead).unwrap();
            let agreement = agreements[usize::from(sharing.agreement.name == A2.name)];
            let recipients = sharing.recipients.into_iter().map(|(node, _)| node).collect();
            let id = at.approved(lead).await;
            at.node.share(&at.drafter, id, agreement, Some(recipients)).await.unwrap();
        }
        nodes.settle().await;
    }
    (nodes, values)
}

/// Every string in a value.
fn leaves<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(members) => members.values().for_each(|item| leaves(item, found)),
        _ => {}
    }
}

/// What a node keeps of logs beside the entries, own and others', as bytes.
async fn kept(at: &TestNode) -> Vec<Vec<u8>> {
    let mut tx = at.node.databases().node.snapshot().await.unwrap();
    let mut all = Vec::new();
    for bytes in [
        "/* tiles */ SELECT hashes FROM log_tiles",
        "/* frontier */ SELECT frontier FROM log_head",
        "/* checkpoints */ SELECT root FROM checkpoints",
        "/* roots */ SELECT root FROM peer_heads",
    ] {
        let rows = tx.query(bytes).all::<(Vec<u8>,)>().await.unwrap();
        assert!(!rows.is_empty(), "{bytes}");
        all.extend(rows.into_iter().map(|(bytes,)| bytes));
    }
    for text in [
        "/* notes */ SELECT note FROM peer_heads",
        "/* lines */ SELECT line FROM cosignatures",
        "/* receipts */ SELECT body FROM receipts",
        "/* headers */ SELECT header FROM outbox",
    ] {
        let rows = tx.query(text).all::<(String,)>().await.unwrap();
        all.extend(rows.into_iter().map(|(text,)| text.into_bytes()));
    }
    all
}

on_both_engines! {
    async fn evidence_holds_no_value_of_any_lead_and_no_plain_hash_of_one(db) {
        let (nodes, mut values) = demo(db.engine).await;
        let [name, password] = USER;
        let here = nodes.node(LINCANG);
        here.node.add_user(name, password, &[Duty::Drafter], UnitType::Police).await.unwrap();
        here.node.log_in(name, password).await.unwrap();
        assert!(here.node.log_in(name, "another horse").await.is_err());
        here.node.disable_user(name).await.unwrap();
        for text in USER {
            values.add_text(text);
        }
        assert!(values.raw.len() > 2_000 && values.names.len() > 500, "{} {}", values.raw.len(), values.names.len());
        let probes = Probes::of(&values);
        the_search_finds_what_is_planted(&probes, &values);
        for id in OWNERS {
            let at = nodes.node(id);
            let received = at.node.list_received(&at.drafter, 0, 5).await.unwrap();
            for one in &received.items {
                at.node.read_received(&at.drafter, one.sub).await.unwrap();
            }
            at.node.sequence().await.unwrap();
            let log = at.log().await;
            for entry in &log {
                let mut strings = Vec::new();
                leaves(&entry.entry, &mut strings);
                for text in strings {
                    assert!(!probes.are_in(text.as_bytes()), "entry {} of {id}", entry.leaf);
                    assert!(!values.names.contains(text), "entry {} of {id}", entry.leaf);
                }
            }
            assert!(log.len() > 300, "{}", log.len());
            for bytes in kept(at).await {
                assert!(!probes.are_in(&bytes), "what {id} keeps of logs");
            }
            let (bundle, _) = nodes.exported(id).await;
            assert!(!probes.are_in(&bundle), "the bundle of {id}: {:?}", Probes::named(&values, &bundle));
        }
    }
}

/// Each kind of value and each spelling of a hash, as it would stand in an entry.
fn the_search_finds_what_is_planted(probes: &Probes, values: &Values) {
    let planted = |text: &str| probes.are_in(format!("{{\"ref\":\"{text}\"}}").as_bytes());
    assert!(values.raw.iter().all(|text| planted(text)));
    for digest in values.digests().step_by(97) {
        assert!(spellings(&digest).iter().all(|text| planted(text)));
        assert!(probes.are_in(&[b"tile".as_slice(), digest.bytes()].concat()));
    }
    let named = [USER[0].to_owned(), format!("\"{}\"", USER[0])];
    assert!(
        named.iter().all(|text| planted(&Digest::of(text.as_bytes()).to_string())),
        "as text and as JSON"
    );
    assert!(!planted(&Digest::of(b"something else").to_string()));
}
