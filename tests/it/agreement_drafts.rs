//! Drafts of agreements: written by one officer, proposed by another, and never outside of their node before.

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::date::CivilDate;
use guitu::domain::unit::Duty;
use guitu::node::agree::Proposal;

use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, proposal};

on_both_engines! {
    async fn a_draft_is_edited_by_drafters_and_proposed_by_an_approver(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let here = nodes.node(LINCANG);
        let terms = proposal(&A1, CivilDate::of(nodes.clock.now()));
        let backwards = Proposal { valid_until: terms.valid_from.plus_days(-1), ..terms.clone() };
        let by_approver = here.node.draft_agreement(&here.approver, None, terms.clone()).await;
        assert_eq!(by_approver.err().unwrap().code(), "forbidden");
        let draft = here.node.draft_agreement(&here.drafter, None, backwards).await.unwrap();
        assert_eq!((draft.version, draft.state), (1, "draft"));
        nodes.settle().await;
        for node in [LINCANG, CHONGQING, SHUOZHOU] {
            assert!(nodes.node(node).node.agreements().await.unwrap().is_empty(), "{node} knows of it");
        }
        assert!(here.transport.posted.lock().unwrap().is_empty(), "a draft does not leave");

        let propose = async |version| match here.node.propose_draft(&here.approver, draft.id, version).await {
            Ok(view) => view.state,
            Err(error) => error.code(),
        };
        assert_eq!(propose(1).await, "terms_invalid");
        let edit = async |version| here.node.edit_agreement_draft(&here.drafter, draft.id, version, terms.clone()).await;
        assert_eq!(edit(1).await.unwrap().version, 2);
        assert_eq!(edit(1).await.err().unwrap().code(), "conflict");
        assert_eq!(propose(1).await, "conflict");
        let mut both = here.approver.clone();
        both.id = here.drafter.id;
        let own = here.node.propose_draft(&both, draft.id, 2).await;
        assert_eq!(own.err().unwrap().code(), "approver_is_drafter");
        assert_eq!(here.node.agreement_drafts(&here.drafter).await.unwrap().len(), 1, "it is still there");
        assert_eq!(propose(2).await, "proposed");
        assert!(here.node.agreement_drafts(&here.approver).await.unwrap().is_empty());
        assert_eq!(propose(2).await, "not_found");
        nodes.settle().await;
        assert_eq!(nodes.node(SHUOZHOU).node.agreements().await.unwrap()[0].state, "proposed");
    }

    async fn a_draft_of_an_amendment_becomes_the_next_version(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let here = nodes.node(SHUOZHOU);
        let mut terms = proposal(&A1, CivilDate::of(nodes.clock.now()));
        terms.retention_days = 30;
        let draft = here.node.draft_agreement(&here.drafter, Some(agreement.id), terms.clone()).await.unwrap();
        let read = here.node.agreement_draft(&here.approver, draft.id).await.unwrap();
        assert_eq!((read.amends, read.proposal.retention_days), (Some(agreement.id), 30));
        let second = here.node.propose_draft(&here.approver, draft.id, 1).await.unwrap();
        assert_eq!((second.id, second.version), (agreement.id, 2));

        let other = here.node.draft_agreement(&here.drafter, None, terms).await.unwrap();
        let stale = here.node.drop_agreement_draft(&here.drafter, other.id, 2).await;
        assert_eq!(stale.err().unwrap().code(), "conflict");
        here.node.drop_agreement_draft(&here.drafter, other.id, 1).await.unwrap();
        let gone = here.node.agreement_draft(&here.drafter, other.id).await;
        assert_eq!(gone.err().unwrap().code(), "not_found");
    }
    async fn whoever_wrote_any_of_a_draft_does_not_propose_it_and_no_version_is_made_up(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let here = nodes.node(LINCANG);
        let terms = proposal(&A1, CivilDate::of(nodes.clock.now()));
        let mut both = here.approver.clone();
        both.duties = vec![Duty::Drafter, Duty::Approver];
        let draft = here.node.draft_agreement(&both, None, terms.clone()).await.unwrap();
        for made_up in [0, 7, u32::MAX] {
            let edit = here.node.edit_agreement_draft(&here.drafter, draft.id, made_up, terms.clone()).await;
            assert_eq!(edit.err().unwrap().code(), "conflict");
        }
        here.node.edit_agreement_draft(&here.drafter, draft.id, 1, terms).await.unwrap();
        let own = here.node.propose_draft(&both, draft.id, 2).await;
        assert_eq!(own.err().unwrap().code(), "approver_is_drafter", "he wrote the first version");
    }

    async fn a_draft_amends_the_version_that_it_was_written_for(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let here = nodes.node(SHUOZHOU);
        let mut terms = proposal(&A1, CivilDate::of(nodes.clock.now()));
        terms.retention_days = 30;
        let draft = here.node.draft_agreement(&here.drafter, Some(agreement.id), terms.clone()).await.unwrap();
        terms.retention_days = 20;
        let second = here.node.amend(&here.approver, agreement.id, terms).await.unwrap();
        nodes.settle().await;
        for node in [LINCANG, CHONGQING] {
            let party = nodes.node(node);
            party.node.countersign(Some(&party.approver), agreement.id, 2, second.digest).await.unwrap();
        }
        nodes.settle().await;
        let stale = here.node.propose_draft(&here.approver, draft.id, 1).await;
        assert_eq!(stale.err().unwrap().code(), "conflict");
        assert_eq!(here.node.agreement_drafts(&here.drafter).await.unwrap().len(), 1, "it is still there");
    }
}
