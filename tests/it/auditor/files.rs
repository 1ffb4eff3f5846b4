//! "Who opened this file?"

use std::sync::Arc;

use guitu::clock::OsEntropy;
use guitu::domain::digest::Digest;
use guitu::node::Error;
use guitu::node::search::Filter;
use guitu::store::keystore::Keystore;
use guitu::store::seal::StorageKey;
use guitu::tlog::tree::{empty_root, leaf_hash};
use uuid::Uuid;

use super::{Exchanged, types};
use crate::harness::database::on_both_engines;
use crate::harness::nodes::TestNode;

/// The entries about a file, by pages of `limit`.
async fn history(at: &TestNode, lead: Uuid, limit: i64) -> Vec<i64> {
    let (mut leaves, mut after) = (Vec::new(), Some(0));
    while let Some(from) = after {
        let page = at.node.history(&at.auditor, lead, from, limit).await.unwrap();
        leaves.extend(page.items.iter().map(|item| item.leaf));
        after = page.next;
    }
    leaves
}

/// Destroys the data key of a lead: it is erased.
async fn erase(at: &TestNode, lead: Uuid) {
    let databases = at.node.databases();
    let mut tx = databases.node.begin().await.unwrap();
    let (key,) = tx
        .query("/* data_key */ UPDATE leads SET status = 'purged' WHERE id = $1 RETURNING data_key")
        .bind(lead)
        .one::<(Uuid,)>()
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let keys =
        Keystore::new(databases.keystore.clone(), StorageKey::from_bytes([0; 32]), Arc::new(OsEntropy));
    assert_eq!(keys.destroy(&[key]).await.unwrap(), 1);
}

on_both_engines! {
    async fn whoever_opened_a_file_is_found_in_every_version(db) {
        let fixture = Exchanged::new(db.engine).await;
        let (here, lead) = (fixture.here(), fixture.lead);
        let read = here.node.read(&here.approver, lead).await.unwrap();
        here.node.correct(&here.drafter, lead, read.version, read.lead.clone()).await.unwrap();
        let other = here.node.create(&here.drafter, read.lead, None).await.unwrap().id;
        here.node.receipts(&here.auditor, lead).await.unwrap();
        here.node.sequence().await.unwrap();
        let all = ["edit", "submit", "approve", "sent", "share", "read", "read", "edit", "read"];
        let found = history(here, lead, 2).await;
        let (by_others, questions) = found.split_at(all.len());
        assert_eq!(types(here, by_others).await, all);
        let asked = types(here, questions).await;
        assert!(asked.iter().all(|t| t == "list"), "whoever asks has looked at the file too: {asked:?}");
        let again = history(here, lead, 200).await;
        assert!(again.starts_with(&found) && again.len() > found.len());
        let of_other = history(here, other, 50).await;
        assert_eq!(types(here, &of_other).await, ["edit"]);
        assert!(of_other.iter().all(|leaf| !found.contains(leaf)));
    }

    async fn a_list_says_which_records_it_gave(db) {
        let fixture = Exchanged::new(db.engine).await;
        for at in [fixture.here(), fixture.there()] {
            at.node.list(&at.drafter, Filter::default(), -1, 50).await.unwrap();
            at.node.list_received(&at.drafter, -1, 50).await.unwrap();
            at.node.sequence().await.unwrap();
        }
        let lists = async |at: &TestNode| {
            let log = at.log().await.into_iter().map(|entry| entry.entry);
            let lists = log.filter(|entry| entry["t"] == "list" && entry["code"].is_null());
            lists.map(|entry| entry["digest"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let named = async |at: &TestNode, t: &str, name: &str| {
            let log = at.log().await;
            let entry = log.iter().rfind(|entry| entry.entry["t"] == t).unwrap();
            let digest: Digest = entry.entry[name].as_str().unwrap().parse().unwrap();
            leaf_hash(digest.bytes()).to_string()
        };
        let (here, there, nothing) = (fixture.here(), fixture.there(), empty_root().to_string());
        assert_eq!(lists(here).await, [named(here, "approve", "ref").await, nothing.clone()]);
        assert_eq!(lists(there).await, [nothing, named(there, "read", "x").await]);
    }

    async fn nothing_is_tied_to_an_erased_file(db) {
        let fixture = Exchanged::new(db.engine).await;
        let (here, lead) = (fixture.here(), fixture.lead);
        let ask = async |lead: Uuid| here.node.history(&here.auditor, lead, 0, 50).await.map(drop);
        assert!(ask(lead).await.is_ok());
        erase(here, lead).await;
        assert!(matches!(ask(lead).await, Err(Error::Erased)));
        assert!(matches!(ask(Uuid::nil()).await, Err(Error::NotFound)));
        let drafter = here.node.history(&here.drafter, lead, 0, 50).await.map(drop);
        assert!(matches!(drafter, Err(Error::Forbidden)));
        assert_eq!(here.node.receipts(&here.auditor, lead).await.unwrap().len(), 1);
    }
}
