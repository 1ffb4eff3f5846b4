//! Refused log-ins: none goes missing, and nobody without an account floods the log with them.

use std::sync::Arc;

use guitu::clock::ManualClock;
use guitu::domain::unit::{Duty, UnitType};
use guitu::node::refused_log_ins::TOGETHER;
use guitu::node::{Error, Node};
use serde_json::Value;

use crate::harness::database::on_both_engines;
use crate::harness::nodes::{NOON, open, seeds};

const PASSWORD: &str = "correct horse battery";

async fn refused(node: &Node, name: &str, times: usize) {
    for _ in 0..times {
        let refused = node.log_in(name, "wrong horse battery").await;
        assert!(matches!(refused, Err(Error::BadCredentials)));
    }
}

/// The code and the count of every log-in entry.
async fn log_ins(node: &Node) -> Vec<(Value, Value)> {
    node.sequence().await.unwrap();
    let mut tx = node.databases().node.snapshot().await.unwrap();
    let rows = guitu::store::log::entries(&mut tx, 0, 1_000).await.unwrap();
    assert!(rows.iter().all(|(_, entry)| !entry.contains("nobody") && !entry.contains("drafter")));
    let entries = rows.into_iter().map(|(_, entry)| serde_json::from_str::<Value>(&entry).unwrap());
    entries
        .filter(|entry| entry["t"] == "login")
        .map(|entry| (entry["code"].clone(), entry["count"].clone()))
        .collect()
}

on_both_engines! {
    async fn refused_log_ins_are_counted_and_none_is_dropped(db) {
        let clock = Arc::new(ManualClock::at(NOON));
        let id = "530900".parse().unwrap();
        let node = open(id, db.location.clone(), seeds(), Arc::clone(&clock)).await;
        node.add_user("drafter", PASSWORD, &[Duty::Drafter], UnitType::Police).await.unwrap();
        refused(&node, "drafter", 3).await;
        refused(&node, "nobody", 1).await;
        refused(&node, "nobody-else", 1).await;
        let first = [("refused".into(), 1.into()), ("unknown_name".into(), 1.into())];
        assert_eq!(log_ins(&node).await, first, "the first of each is an entry at once");
        node.tell_all_refused().await.unwrap();
        assert_eq!(log_ins(&node).await, first, "the minute is not over");
        clock.set(NOON.plus(TOGETHER));
        node.tell_all_refused().await.unwrap();
        node.tell_all_refused().await.unwrap();
        let told = log_ins(&node).await;
        assert_eq!(told[2..], [("unknown_name".into(), 1.into()), ("refused".into(), 2.into())]);
        refused(&node, "drafter", 1).await;
        node.log_in("drafter", PASSWORD).await.unwrap();
        let told = log_ins(&node).await;
        assert_eq!(told[4..], [("refused".into(), 1.into()), (Value::Null, Value::Null)], "told before he is in");
        clock.set(NOON.plus(2 * TOGETHER));
        refused(&node, "drafter", 1).await;
        assert_eq!(log_ins(&node).await.len(), 7, "a new minute begins with an entry");
    }
}
