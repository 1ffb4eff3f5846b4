//! Texts that an earlier program judged by its rules: judged again before they leave, with what officers corrected.

use guitu::cli::demo::agreements::{A1, LINCANG, SHUOZHOU};
use guitu::clock::Clock;
use guitu::domain::claim::Claim;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::lead::Lead;
use guitu::exchange::presentation::SignedLead;
use guitu::node::views::ReceivedView;
use serde_json::json;
use uuid::Uuid;

use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, TestNode, leads_for};
use crate::harness::sealed::{change_texts, change_version, disclosure};

const NODES: &[guitu::domain::node::NodeId] = &[LINCANG, guitu::cli::demo::agreements::CHONGQING, SHUOZHOU];

fn lead(nodes: &Nodes, narrative: &str) -> Lead {
    let lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(0);
    Lead { narrative: Some(narrative.to_owned()), ..lead }
}

async fn held(there: &TestNode) -> Vec<ReceivedView> {
    there.node.list_received(&there.drafter, -1, 10).await.unwrap().items
}

fn narrative(view: &ReceivedView) -> String {
    let claim = view.claims.iter().find(|claim| claim.claim == Claim::NarrativeMasked).unwrap();
    claim.value.as_str().unwrap().to_owned()
}

fn by_older_rules(signed: &mut SignedLead) {
    for judged in signed.judged.values_mut() {
        judged.verdict.rules -= 1;
    }
}

/// As if older rules had let out `text` as the narrative.
fn let_out(signed: &mut SignedLead, text: &str) {
    let before = signed.disclosures[&Claim::NarrativeMasked].clone();
    let judged = signed.judged.remove(&Digest::of(before.as_bytes())).unwrap();
    let now = disclosure(Claim::NarrativeMasked.code(), &json!(text));
    signed.judged.insert(Digest::of(now.as_bytes()), judged);
    signed.disclosures.insert(Claim::NarrativeMasked, now);
    by_older_rules(signed);
}

async fn refused(here: &TestNode, id: Uuid, agreement: Uuid) -> Option<&'static str> {
    let previews = here.node.preview(&here.drafter, id, agreement).await.unwrap();
    previews.iter().find(|view| view.node == SHUOZHOU).unwrap().refused
}

on_both_engines! {
    async fn a_draft_is_judged_again_when_it_is_approved(db) {
        let nodes = Nodes::open(db.engine, NODES).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let made = here.node.create(&here.drafter, lead(&nodes, "知情人王小明称孩子右眼失明。"), None).await.unwrap();
        let place = (9, 13);
        let kind = guitu::redaction::narrative::Kind::Person;
        here.node.add_mask(&here.drafter, made.id, 1, place, kind).await.unwrap();
        // Its rules saw no name.
        change_texts(&here.node, made.id, |texts| {
            texts["narrative"]["rules"] = json!(1);
            texts["narrative"]["found"] = json!([]);
        }).await;
        let seen = here.node.read(&here.drafter, made.id).await.unwrap().masking.unwrap();
        assert_eq!(seen.masks, 2, "read by the rules of today, with the officer's mask");
        here.node.submit(&here.drafter, made.id).await.unwrap();
        here.node.approve(&here.approver, made.id).await.unwrap();
        here.node.share(&here.drafter, made.id, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
        nodes.settle().await;
        assert_eq!(narrative(&held(there).await[0]), "知情人〔人名1〕称孩子〔人名2〕。");
        let log = here.log().await;
        assert!(!log.iter().any(|entry| entry.entry.to_string().contains("王小明")));
    }

    async fn a_signed_text_is_judged_again_at_dispatch(db) {
        let nodes = Nodes::open(db.engine, NODES).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let text = "知情人王小明称孩子已回家。";
        let id = here.approved(lead(&nodes, text)).await;
        change_version(&here.node, id, by_older_rules).await;
        assert_eq!(refused(here, id, agreement.id).await, None);
        here.node.share(&here.drafter, id, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
        nodes.settle().await;
        assert_eq!(narrative(&held(there).await[0]), "知情人〔人名1〕称孩子已回家。", "still as today's would have it");

        let other = here.approved(lead(&nodes, text)).await;
        change_version(&here.node, other, |signed| let_out(signed, text)).await;
        assert_eq!(refused(here, other, agreement.id).await, Some("text_held"));
        here.node.share(&here.drafter, other, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
        nodes.settle().await;
        assert_eq!(held(there).await.len(), 1, "a name was about to leave");
        let alarms = here.node.alarms().await.unwrap();
        let place = Some("narrative.masked 3 PER".to_owned());
        assert!(alarms.iter().any(|alarm| alarm.code == "text_held" && alarm.place == place));
        let same = here.node.read(&here.drafter, other).await.unwrap();
        here.node.correct(&here.drafter, other, same.version, same.lead).await.unwrap();
        here.node.approve(&here.approver, other).await.unwrap();
        nodes.settle().await;
        let all = held(there).await;
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|view| narrative(view) == "知情人〔人名1〕称孩子已回家。"));
    }
}
