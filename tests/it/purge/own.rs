//! An own lead is erased for good: by two people, on a legal basis, everywhere.

use guitu::cli::demo::agreements::{LINCANG, SHUOZHOU};
use guitu::clock::{Clock as _, Timestamp};
use guitu::domain::date::CivilDate;
use guitu::domain::purge::ErasureBasis;
use guitu::domain::unit::{Duty, UnitType};
use guitu::node::officer::Officer;
use guitu::node::search::Filter;
use guitu::node::{Error, erase::ErasureView};
use serde_json::json;
use uuid::Uuid;

use super::bytes::{found, pieces};
use super::{Shared, logged, rows, share};
use crate::harness::database::on_both_engines;
use crate::harness::nodes::{TestNode, leads_for};

const BASIS: ErasureBasis = ErasureBasis::ConsentWithdrawn;

/// What a node stores of its own lead: pieces of what was sealed, and its wrapped key.
async fn stored(at: &TestNode, id: Uuid) -> Vec<Vec<u8>> {
    let mut tx = at.node.databases().node.snapshot().await.unwrap();
    let own = tx.query("/* own */ SELECT raw, data_key FROM leads WHERE id = $1").bind(id);
    let (raw, key) = own.one::<(Vec<u8>, Uuid)>().await.unwrap();
    let mut all = pieces(&raw);
    let versions = tx.query("/* versions */ SELECT disclosures FROM lead_versions WHERE lead = $1").bind(id);
    for (sealed,) in versions.all::<(Vec<u8>,)>().await.unwrap() {
        all.extend(pieces(&sealed));
    }
    tx.rollback().await.unwrap();
    let mut tx = at.node.databases().keystore.snapshot().await.unwrap();
    let wrapped = tx.query("/* wrapped */ SELECT wrapped FROM data_keys WHERE id = $1").bind(key);
    all.push(wrapped.one::<(Vec<u8>,)>().await.unwrap().0);
    all
}

/// An approver of the joint office, whichever unit handles the lead.
fn approver(at: &TestNode) -> Officer {
    Officer { unit: UnitType::JointOffice, ..at.approver.clone() }
}

/// Grants it, and waits for what older transactions of a busy server hold up.
async fn granted(at: &TestNode, id: Uuid) -> ErasureView {
    at.node.grant_erasure(&approver(at), id, BASIS).await.unwrap();
    loop {
        match at.node.purge_due().await {
            Err(error) if error.code() == "busy" => {}
            done => drop(done.unwrap()),
        }
        let view = at.node.grant_erasure(&approver(at), id, BASIS).await.unwrap();
        if view.erased_at.is_some() {
            return view;
        }
    }
}

fn code<T>(answer: Result<T, Error>) -> &'static str {
    answer.err().map_or("done", |error| error.code())
}

on_both_engines! {
    async fn nothing_of_an_erased_lead_stays_here_or_there(db) {
        let shared = Shared::new(db.engine).await;
        let (here, there, id) = (shared.here(), shared.there(), shared.id);
        let at = shared.nodes.database(LINCANG);
        let kept = share(&shared.nodes, shared.agreement, 1).await;
        shared.nodes.settle().await;
        let sealed = stored(here, id).await;
        assert!(sealed.len() > 3);
        assert_eq!(found(here, at, &sealed).await.len(), sealed.len(), "the probes find what is there");
        assert_eq!(here.node.list(&here.drafter, Filter::default(), -1, 10).await.unwrap().items.len(), 2);
        let asked = here.node.ask_erasure(&here.drafter, id, BASIS).await.unwrap();
        assert_eq!((asked.granted_at, asked.erased_at), (None, None));
        assert_eq!(here.node.ask_erasure(&here.drafter, id, BASIS).await.unwrap(), asked, "no second wish");
        assert!(here.node.read(&here.drafter, id).await.is_ok(), "a wish erases nothing");
        let done = granted(here, id).await;
        assert_eq!(here.node.grant_erasure(&approver(here), id, BASIS).await.unwrap(), done);
        assert_eq!(here.node.erasures(&here.auditor).await.unwrap(), std::slice::from_ref(&done));
        assert_eq!(found(here, at, &sealed).await, [0_usize; 0], "sealed bytes and key");
        assert_eq!(code(here.node.read(&here.drafter, id).await), "record_erased");
        let listed = here.node.list(&here.drafter, Filter::default(), -1, 10).await.unwrap().items;
        assert_eq!(listed.iter().map(|row| row.id).collect::<Vec<_>>(), [kept]);
        shared.purge().await;
        assert_eq!(rows(there).await, 1, "its recipient purged it too");
        assert_eq!(code(there.node.read_received(&there.drafter, shared.sub).await), "not_found");
        let erased = logged(here, "erased").await;
        assert_eq!(erased.len(), 1, "once: {erased:?}");
        let said = json!([BASIS.code(), here.approver.pseudonym, done.reference]);
        assert_eq!(json!([erased[0]["code"], erased[0]["actor"], erased[0]["ref"]]), said);
        assert_eq!(logged(here, "withdrawn").await.len(), 1);
        assert_eq!(logged(here, "purged").await.len(), 1, "the recipient's receipt came");
        for node in [LINCANG, SHUOZHOU] {
            shared.nodes.assert_log_holds(node).await;
        }
        let report = shared.nodes.reconciled(LINCANG, SHUOZHOU).await;
        assert!(report.holds(), "{:?}", report.findings);
        shared.nodes.clock.set(shared.nodes.clock.now().plus(1_000));
        assert_eq!(code(here.node.share(&here.drafter, id, shared.agreement, None).await), "record_erased");
    }

    async fn it_takes_two_people_the_duty_the_unit_and_one_basis(db) {
        let shared = Shared::new(db.engine).await;
        let (here, id) = (shared.here(), shared.id);
        let both = Officer {
            duties: vec![Duty::Drafter, Duty::Approver],
            id: Uuid::from_u128(9),
            ..approver(here)
        };
        let elsewhere = Officer { unit: UnitType::Education, id: Uuid::from_u128(10), ..here.approver.clone() };
        let nobody = Uuid::from_u128(77);
        let ask = async |who: &Officer, id, basis| code(here.node.ask_erasure(who, id, basis).await);
        let grant = async |who: &Officer, id, basis| code(here.node.grant_erasure(who, id, basis).await);
        assert_eq!(ask(&here.auditor, id, BASIS).await, "forbidden");
        assert_eq!(ask(&here.drafter, nobody, BASIS).await, "not_found");
        assert_eq!(ask(&here.drafter, id, ErasureBasis::RetentionOver).await, "retention_not_over");
        assert_eq!(grant(&approver(here), id, BASIS).await, "not_from_here", "nobody asked");
        assert_eq!(grant(&approver(here), nobody, BASIS).await, "not_found");
        assert_eq!(ask(&here.drafter, id, ErasureBasis::Unlawful).await, "done");
        assert_eq!(ask(&both, id, BASIS).await, "done", "the newest wish counts");
        assert_eq!(grant(&approver(here), id, ErasureBasis::Unlawful).await, "conflict");
        assert_eq!(grant(&both, id, BASIS).await, "approver_is_drafter");
        assert_eq!(grant(&here.drafter, id, BASIS).await, "forbidden");
        assert_eq!(grant(&here.auditor, id, BASIS).await, "forbidden");
        assert_eq!(grant(&elsewhere, id, BASIS).await, "forbidden");
        assert_eq!(grant(&approver(here), id, ErasureBasis::Statutory).await, "conflict");
        assert!(here.node.read(&here.drafter, id).await.is_ok(), "nothing happened");
        assert_eq!(logged(here, "erased").await.len(), 0);
        granted(here, id).await;
        assert_eq!(grant(&approver(here), id, ErasureBasis::Statutory).await, "conflict");
        assert_eq!(ask(&here.drafter, id, ErasureBasis::Statutory).await, "conflict");
    }

    async fn a_draft_and_a_withdrawn_lead_are_erased_too_and_time_over_is_a_basis(db) {
        let shared = Shared::new(db.engine).await;
        let here = shared.here();
        let today = CivilDate::of(shared.nodes.clock.now());
        let mut lead = leads_for(LINCANG, SHUOZHOU, today).remove(1);
        (lead.review_by, lead.expires_at) = (None, Some(today.plus_days(1)));
        let draft = here.node.create(&here.drafter, lead, Some("once")).await.unwrap().id;
        let over = ErasureBasis::RetentionOver;
        assert_eq!(code(here.node.ask_erasure(&here.drafter, draft, over).await), "retention_not_over");
        shared.nodes.clock.set(shared.nodes.clock.now().plus(2 * Timestamp::DAY));
        here.node.ask_erasure(&here.drafter, draft, over).await.unwrap();
        here.node.grant_erasure(&approver(here), draft, over).await.unwrap();
        assert_eq!(code(here.node.read(&here.drafter, draft).await), "record_erased");
        let reason = guitu::domain::lead::status::WithdrawReason::Mistake;
        here.node.withdraw(&here.approver, shared.id, reason).await.unwrap();
        here.node.ask_erasure(&here.drafter, shared.id, BASIS).await.unwrap();
        granted(here, shared.id).await;
        assert_eq!(logged(here, "withdrawn").await.len(), 2, "of the draft, and by hand");
        shared.nodes.assert_log_holds(LINCANG).await;
    }
}
