//! The narrative on its way: masked at origin and destination, nowhere else, corrected by new versions, held back
//! by the gate.

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU, agreement_for};
use guitu::clock::Clock;
use guitu::domain::claim::Claim;
use guitu::domain::date::CivilDate;
use guitu::domain::lead::Lead;
use guitu::domain::node::NodeId;
use guitu::domain::unit::Duty;
use guitu::node::views::ReceivedView;
use guitu::node::{Error, Officer};
use guitu::redaction::narrative::{CorrectionFault, Kind, LiftReason};
use uuid::Uuid;

use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, TestNode, leads_for};

/// A lead of 临沧 that 朔州 has a role in, 重庆 too, with that narrative in place of its own.
fn lead(nodes: &Nodes, narrative: Option<&str>) -> Lead {
    let all = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).into_iter();
    let both = |lead: &Lead| agreement_for(LINCANG, lead).unwrap().recipients.len() == 2;
    let mut lead = all.into_iter().find(both).unwrap();
    if narrative.is_some() {
        lead.narrative = narrative.map(str::to_owned);
    }
    lead
}

async fn held(there: &TestNode) -> Vec<ReceivedView> {
    there.node.list_received(&there.drafter, -1, 10).await.unwrap().items
}

fn narrative(view: &ReceivedView) -> Option<String> {
    let claim = view.claims.iter().find(|claim| claim.claim == Claim::NarrativeMasked)?;
    claim.value.as_str().map(str::to_owned)
}

async fn shared(nodes: &Nodes, lead: Lead) -> Uuid {
    let agreement = nodes.agree(&A1, LINCANG).await;
    let here = nodes.node(LINCANG);
    let id = here.approved(lead).await;
    here.node.share(&here.drafter, id, agreement.id, None).await.unwrap();
    id
}

async fn said(here: &TestNode) -> Vec<String> {
    here.node.sequence().await.unwrap();
    let entries = here.log().await;
    entries.iter().map(|entry| entry.entry.to_string()).collect()
}

const NODES: &[NodeId] = &[LINCANG, CHONGQING, SHUOZHOU];

on_both_engines! {
    async fn a_narrative_arrives_masked_where_the_matrix_opens_it(db) {
        let nodes = Nodes::open(db.engine, NODES).await;
        let lead = lead(&nodes, None);
        let person = lead.person.clone();
        let values = person.names.iter().chain(&person.phones).chain(&person.id_number).chain(&lead.plate);
        let values: Vec<String> = values.chain(person.parents.iter().map(|parent| &parent.name)).cloned().collect();
        assert!(values.len() > 2 && values.iter().all(|value| lead.narrative.as_ref().unwrap().contains(value)));
        shared(&nodes, lead).await;
        nodes.settle().await;
        let received = held(nodes.node(SHUOZHOU)).await;
        let text = narrative(&received[0]).unwrap();
        assert!(text.contains("〔人名1〕") && values.iter().all(|value| !text.contains(value.as_str())));
        let received = held(nodes.node(CHONGQING)).await;
        assert_eq!(narrative(&received[0]), None);
        assert!(received[0].closed.contains(&Claim::NarrativeMasked), "closed, as every lead's");
    }

    async fn a_correction_of_masks_goes_to_the_holders(db) {
        let nodes = Nodes::open(db.engine, NODES).await;
        let id = shared(&nodes, lead(&nodes, Some("孩子右眼失明，公开热线13800138009。"))).await;
        nodes.settle().await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let phone = (11, 22);
        here.node.add_mask(&here.drafter, id, 1, (2, 6), Kind::Person).await.unwrap();
        let none = here.node.lift_mask(&here.drafter, id, 2, phone, None).await;
        assert!(matches!(none, Err(Error::Mask(CorrectionFault::ReasonMissing))));
        let reason = Some(LiftReason::PublicContact);
        here.node.lift_mask(&here.drafter, id, 2, phone, reason).await.unwrap();
        let both = Officer { duties: vec![Duty::Approver], ..here.drafter.clone() };
        let own = here.node.approve_lift(&both, id, 3, phone).await;
        assert!(matches!(own, Err(Error::Mask(CorrectionFault::OwnLift))));
        nodes.settle().await;
        assert_eq!(held(there).await[0].version, 1, "not before approval");
        here.node.approve(&here.approver, id).await.unwrap();
        nodes.settle().await;
        let view = held(there).await.remove(0);
        assert_eq!((view.version, narrative(&view).unwrap().as_str()), (3, "孩子〔人名1〕，公开热线〔电话1〕。"));
        here.node.approve_lift(&here.approver, id, 3, phone).await.unwrap();
        here.node.approve(&here.approver, id).await.unwrap();
        nodes.settle().await;
        let view = held(there).await.remove(0);
        assert_eq!((view.version, narrative(&view).unwrap().as_str()), (4, "孩子〔人名1〕，公开热线13800138009。"));
        let log = said(here).await;
        for code in ["mask_added", "lift_asked.public_contact", "lift_approved.public_contact"] {
            assert!(log.iter().any(|entry| entry.contains(code)), "{code}");
        }
        assert!(!log.iter().any(|entry| entry.contains("13800138009") || entry.contains("右眼失明")));
    }

    async fn the_gate_holds_back_what_the_record_knows_by_now(db) {
        let nodes = Nodes::open(db.engine, NODES).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let mut lead = lead(&nodes, Some("知情人王小明称孩子已回家。"));
        let made = here.node.create(&here.drafter, lead.clone(), None).await.unwrap();
        here.node.lift_mask(&here.drafter, made.id, 1, (3, 6), None).await.unwrap();
        here.node.submit(&here.drafter, made.id).await.unwrap();
        here.node.approve(&here.approver, made.id).await.unwrap();
        here.node.share(&here.drafter, made.id, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
        lead.person.names.push("王小明".to_owned());
        let view = here.node.correct(&here.drafter, made.id, 2, lead).await.unwrap();
        assert_eq!(view.masking.map(|masking| (masking.dropped, masking.masks)), Some((1, 1)));
        nodes.settle().await;
        assert!(held(there).await.is_empty(), "its name was about to leave");
        let alarms = here.node.alarms().await.unwrap();
        let place = Some("narrative.masked 3 PER".to_owned());
        assert!(alarms.iter().any(|alarm| alarm.code == "text_held" && alarm.place == place));
        here.node.approve(&here.approver, made.id).await.unwrap();
        nodes.settle().await;
        let view = held(there).await.remove(0);
        assert_eq!((view.version, narrative(&view).unwrap().as_str()), (3, "知情人〔人名1〕称孩子已回家。"));
        let log = said(here).await;
        assert!(log.iter().any(|entry| entry.contains("masks_dropped")));
        assert!(!log.iter().any(|entry| entry.contains("王小明")));
    }

    async fn names_of_offices_that_tell_of_a_person_are_refused(db) {
        let nodes = Nodes::open(db.engine, NODES).await;
        let today = CivilDate::of(nodes.clock.now());
        let mut proposal = crate::harness::nodes::proposal(&A1, today);
        proposal.parties[1].office = "反拐办，联系人王小明13800138009".to_owned();
        let refused = nodes.node(LINCANG).node.propose(None, proposal).await;
        let Err(Error::Terms(errors)) = refused else { panic!("it was proposed") };
        assert_eq!((errors[0].code, errors[0].pointer.as_str()), ("identifies", "/parties/1/office"));
        assert_eq!(errors[0].offset, Some(7), "where it stands, not what");
    }
}
