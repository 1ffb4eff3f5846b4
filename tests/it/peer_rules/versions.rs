//! One version of a record says one thing: a second statement under it is refused, and alarms both sides.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::{OsEntropy, uuid_v4};
use guitu::domain::digest::Digest;
use guitu::exchange::message::Unsequenced;
use guitu::exchange::problem::ItemCode;
use guitu::node::draft::Draft;
use guitu::statement::{canonical, jws};
use guitu::store::draft;
use serde_json::{Value, json};
use uuid::Uuid;

use super::queues::{rows, shared, states};
use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, TestNode};

/// Sends the lead once more, as `said`.
async fn again(nodes: &Nodes, lead: Uuid, said: Unsequenced) {
    let said = Unsequenced { id: uuid_v4(&OsEntropy), ..said };
    let draft = serde_json::to_string(&Draft::send(said, Some((lead, 1)))).unwrap();
    let mut tx = nodes.node(LINCANG).node.databases().node.begin().await.unwrap();
    draft::add(&mut tx, vec![draft]).await.unwrap();
    tx.commit().await.unwrap();
    nodes.settle().await;
}

/// The owner signs the same version again, with the same claims and one more that stays closed; the statement's digest.
async fn sign_again(here: &TestNode, lead: Uuid) -> Digest {
    let mut tx = here.node.databases().node.begin().await.unwrap();
    let read = tx.query("/* first */ SELECT jws FROM lead_versions WHERE lead = $1").bind(lead);
    let (first,) = read.one::<(String,)>().await.unwrap();
    let mut payload = jws::claimed_payload(&first).unwrap();
    let digests = payload["_sd"].as_array_mut().unwrap();
    digests.push(json!(Digest::of(b"one claim more")));
    digests.sort_by_key(|digest| digest.as_str().unwrap().to_owned());
    let (header, _) = first.split_once('.').unwrap();
    let payload = URL_SAFE_NO_PAD.encode(canonical::to_vec(&payload).unwrap());
    let signed = format!("{header}.{payload}");
    let signature = here.node.keys().signing().sign(signed.as_bytes());
    let second = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature));
    let digest = Digest::of(second.as_bytes());
    let write = tx.query("/* second */ UPDATE lead_versions SET jws = $1 WHERE lead = $2");
    assert_eq!(write.bind(second).bind(lead).execute().await.unwrap(), 1);
    tx.commit().await.unwrap();
    digest
}

/// The alarms with their proofs, and the alarm entries of the log.
async fn alarms(node: &TestNode) -> (Vec<(String, Option<String>)>, Vec<Value>) {
    node.node.sequence().await.unwrap();
    let mut tx = node.node.databases().node.snapshot().await.unwrap();
    let raised = tx.query("/* raised */ SELECT code, proof FROM alarms ORDER BY id").all().await.unwrap();
    tx.rollback().await.unwrap();
    let entries = node.log().await;
    let logged = entries.into_iter().map(|entry| entry.entry).filter(|entry| entry["t"] == "alarm");
    (raised, logged.collect())
}

on_both_engines! {
    async fn a_second_statement_under_one_version_is_refused_and_alarms_both_sides(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let (lead, said) = shared(&nodes).await;
        assert_eq!(rows(there).await, 1);

        let mut fewer = said.clone();
        fewer.disclosed.pop();
        again(&nodes, lead, fewer).await;
        assert_eq!(rows(there).await, 2, "the same statement, otherwise disclosed");
        assert_eq!(alarms(there).await, (vec![], vec![]));

        let other = sign_again(here, lead).await;
        again(&nodes, lead, Unsequenced { statement_digest: other, ..said.clone() }).await;
        assert_eq!(rows(there).await, 2, "nothing of it is stored");
        assert_eq!(states(here, lead).await.last().unwrap().1, "refused:version_conflict");
        let (raised, logged) = alarms(there).await;
        assert_eq!(raised, [("version_conflict".to_owned(), Some(other.to_string()))]);
        assert_eq!((&logged[0]["digest"], logged.len()), (&json!(other), 1));
        let (raised, logged) = alarms(here).await;
        assert_eq!(raised, [("version_conflict".to_owned(), None)]);
        let listed = here.node.list_refusals(&here.auditor, -1, 10).await.unwrap().items;
        assert_eq!((listed.len(), listed[0].code, listed[0].peer), (1, ItemCode::VersionConflict, SHUOZHOU));
        assert_eq!(json!(listed[0].x), logged[0]["x"]);
        let refused = there.log().await;
        let refused = refused.iter().find(|entry| entry.entry["t"] == "refused").unwrap();
        assert_eq!(refused.entry["header"]["statement_digest"], json!(other));
        assert_eq!(logged[0]["x"], refused.entry["x"], "the owner's log says which message");
    }
}
