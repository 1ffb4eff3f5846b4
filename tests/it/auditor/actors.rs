//! Whatever a person did bears that person's pseudonym, and what it was for.

use std::collections::BTreeSet;

use actix_web::test::TestRequest;
use guitu::audit::EntryType;
use guitu::audit::terms::Term;
use guitu::domain::lead::codes::Purpose;
use guitu::domain::lead::status::{RecipientStatus, WithdrawReason};
use guitu::domain::purge::ErasureBasis;
use guitu::domain::unit::{Duty, UnitType};
use guitu::node::export::ExportPurpose;
use guitu::node::officer::Officer;
use guitu::node::register::PeerChange;
use guitu::node::search::Filter;
use serde_json::{Value, json};

use super::desk::{office, serve, session};
use super::{Exchanged, types};
use crate::harness::database::{Engine, on_both_engines};
use crate::harness::nodes::TestNode;
use crate::office_app::{PASSWORD, ask, bearer};
use guitu::cli::demo::agreements::SHUOZHOU;

/// What happens by itself, or is told by a peer.
const NOBODYS: [&str; 8] = ["sent", "received", "refused", "void", "receipt", "peer_head", "purged", "alarm"];

/// The entries that a person caused, apart from this reading.
async fn acts(at: &TestNode) -> Vec<Value> {
    at.node.sequence().await.unwrap();
    let entries = at.log().await.into_iter().map(|entry| entry.entry);
    let told = |entry: &Value| entry["t"] == "withdrawn" && !entry["x"].is_null();
    entries
        .filter(|entry| !NOBODYS.iter().any(|t| entry["t"] == *t) && entry["code"] != "log" && !told(entry))
        .collect()
}

on_both_engines! {
    async fn every_act_has_its_actor(db) {
        let fixture = Exchanged::new(db.engine).await;
        let (here, there) = (fixture.here(), fixture.there());
        here.node.operated_by("1000");
        let before = acts(here).await.len();
        here.node.add_user("someone", PASSWORD, &[Duty::Drafter], UnitType::Police).await.unwrap();
        here.node.disable_user("someone").await.unwrap();
        here.node.change_peer(SHUOZHOU, PeerChange::Suspend).await.unwrap();
        here.node.change_peer(SHUOZHOU, PeerChange::Resume).await.unwrap();
        here.node.note_export(None, ExportPurpose::Backup).await.unwrap();
        here.node.note_export(Some(&here.auditor), ExportPurpose::Audit).await.unwrap();
        let operated = acts(here).await;
        let by: Vec<&str> = operated[before..].iter().map(|entry| entry["actor"].as_str().unwrap()).collect();
        assert!(by[..5].iter().all(|actor| *actor == by[0]), "one operator: {by:?}");
        assert!(by[0].len() == 32 && by[5] == here.auditor.pseudonym && by[0] != by[5]);
        here.node.list(&here.drafter, Filter::default(), -1, 10).await.unwrap();
        there.node.answer(&there.drafter, fixture.sub, RecipientStatus::Acknowledged, None).await.unwrap();
        here.node.withdraw(&here.approver, fixture.lead, WithdrawReason::Found).await.unwrap();
        here.node.ask_erasure(&here.drafter, fixture.lead, ErasureBasis::Statutory).await.unwrap();
        let approver = Officer { unit: UnitType::JointOffice, ..here.approver.clone() };
        here.node.grant_erasure(&approver, fixture.lead, ErasureBasis::Statutory).await.unwrap();
        let mut seen = BTreeSet::new();
        for entry in [acts(here).await, acts(there).await].concat() {
            let actor = entry["actor"].as_str().unwrap_or_else(|| panic!("nobody did {entry}"));
            assert_eq!(actor.len(), 32, "{entry}");
            seen.insert(entry["t"].as_str().unwrap().to_owned());
        }
        for t in ["answer", "approve", "edit", "export", "list", "peer_change", "read", "share", "sign", "submit",
            "user_change", "withdrawn"] {
            assert!(seen.contains(t), "{t} is not among {seen:?}");
        }
    }

    async fn an_act_on_a_case_is_found_by_the_purpose_of_the_case(db) {
        let fixture = Exchanged::new(db.engine).await;
        let (here, there) = (fixture.here(), fixture.there());
        let purpose = here.node.read(&here.drafter, fixture.lead).await.unwrap().lead.purpose;
        there.node.answer(&there.drafter, fixture.sub, RecipientStatus::Acknowledged, None).await.unwrap();
        there.node.sequence().await.unwrap();
        let found = async |at: &TestNode| {
            let leaves = at.found(&[Term::Purpose(purpose)], 200).await;
            types(at, &leaves).await.into_iter().collect::<BTreeSet<_>>()
        };
        let wanted = ["approve", "edit", "read", "sent", "share", "submit"];
        assert_eq!(found(here).await, wanted.map(str::to_owned).into());
        let wanted = ["answer", "read", "received", "sent"];
        assert_eq!(found(there).await, wanted.map(str::to_owned).into());
        let other = Purpose::ALL.iter().copied().find(|other| *other != purpose).unwrap();
        let drafter = Officer { purpose: Some(other), ..here.drafter.clone() };
        here.node.list(&drafter, Filter::default(), -1, 10).await.unwrap();
        let auditor = Officer { purpose: Some(other), ..here.auditor.clone() };
        here.node.note_export(Some(&auditor), ExportPurpose::Audit).await.unwrap();
        here.node.sequence().await.unwrap();
        let leaves = here.found(&[Term::Purpose(other)], 200).await;
        assert_eq!(types(here, &leaves).await, ["list", "export"]);
        let leaves = here.found(&[Term::Purpose(other), Term::Type(EntryType::List)], 200).await;
        assert_eq!(leaves.len(), 1);
    }
}

#[actix_web::test]
async fn a_request_says_its_purpose_in_a_header() {
    let fixture = Exchanged::new(Engine::Sqlite).await;
    let office = office(&fixture.here().node).await;
    let app = serve!(office);
    let (drafter, auditor) = (session(&app, "drafter").await, session(&app, "auditor").await);
    let list = |purpose: &'static str| {
        let request = TestRequest::get().uri("/office/v1/leads").insert_header(("Guitu-Purpose", purpose));
        bearer(request, &drafter)
    };
    for wrong in ["", "revenge", "Relief"] {
        let (status, _, refused) = ask(&app, list(wrong)).await;
        assert_eq!((status, &refused["code"]), (400, &json!("purpose_invalid")), "{wrong:?}");
    }
    assert_eq!(ask(&app, list("rehabilitation")).await.0, 200);
    let log = TestRequest::get().uri("/office/v1/log?purpose=rehabilitation&type=list");
    let (_, _, page) = ask(&app, bearer(log, &auditor)).await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1, "{page}");
    assert_eq!(page["items"][0]["entry"]["count"], 1);
}
