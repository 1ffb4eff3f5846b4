//! The report of whom an agreement lets be told apart, and the warning in the preview.
#![cfg(test)]

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock;
use guitu::domain::date::CivilDate;
use guitu::domain::lead::codes::Priority;
use guitu::domain::lead::person::Person;
use guitu::node::Error;

use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, leads_for};

on_both_engines! {
    async fn leads_that_look_the_same_are_counted(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let here = nodes.node(LINCANG);
        let of_shuozhou = async || {
            let risk = here.node.risk(&here.approver, agreement.id).await.unwrap();
            let at = risk.iter().find(|view| view.recipient == SHUOZHOU).unwrap();
            (at.risk.leads, at.risk.smallest, at.risk.alone, at.risk.below_5, at.risk.below_11)
        };
        assert_eq!(of_shuozhou().await, (0, None, 0, 0, 0));
        let mut lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(0);
        let first = here.approved(lead.clone()).await;
        let alone = async |id| {
            let previews = here.node.preview(&here.drafter, id, agreement.id).await.unwrap();
            previews.iter().find(|preview| preview.node == SHUOZHOU).unwrap().alone
        };
        assert!(alone(first).await, "k = 1");
        lead.priority = if lead.priority == Priority::Urgent { Priority::High } else { Priority::Urgent };
        for _ in 0..4 {
            here.approved(lead.clone()).await;
        }
        assert!(!alone(first).await);
        assert_eq!(of_shuozhou().await, (5, Some(5), 0, 0, 5));
        lead.person = Person { names: lead.person.names.clone(), ..Person::default() };
        let other = here.approved(lead).await;
        assert!(alone(other).await);
        assert_eq!(of_shuozhou().await, (6, Some(1), 1, 1, 6));
        let risk = here.node.risk(&here.approver, agreement.id).await.unwrap();
        let at = risk.iter().find(|view| view.recipient == SHUOZHOU).unwrap();
        assert_eq!((at.risk.permille_below_5, at.risk.permille_below_11), (Some(167), Some(1000)));
        let auditor = here.node.risk(&here.auditor, agreement.id).await.unwrap();
        assert_eq!(auditor, here.node.risk(&here.approver, agreement.id).await.unwrap());
        assert!(matches!(here.node.risk(&here.drafter, agreement.id).await, Err(Error::Forbidden)));
        assert!(matches!(here.node.risk(&here.approver, uuid::Uuid::nil()).await, Err(Error::NotFound)));
    }
}
