//! Filing (备案) between whole nodes on both engines: with the upper node only, answered, overdue, filed again; and the
//! statistics that the upper node is told.

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::{Clock as _, Timestamp};
use guitu::domain::agreement::{Act, FilingAnswer, Month, ReturnReason};
use guitu::domain::date::CivilDate;
use guitu::domain::node::NodeId;
use guitu::node::filings::FilingView;
use uuid::Uuid;

use crate::harness::database::{Engine, on_both_engines};
use crate::harness::nodes::{Nodes, leads_for, proposal};

fn yunnan() -> NodeId {
    "530000".parse().unwrap()
}

fn shanxi() -> NodeId {
    "140000".parse().unwrap()
}

/// The three parties with the upper nodes of two of them, and the agreement in force.
async fn five(engine: Engine) -> (Nodes, Uuid) {
    let nodes = Nodes::open(engine, &[LINCANG, CHONGQING, SHUOZHOU, yunnan(), shanxi()]).await;
    let agreement = nodes.agree(&A1, LINCANG).await;
    assert_eq!(agreement.state, "in_force");
    (nodes, agreement.id)
}

async fn file(nodes: &Nodes, node: NodeId, agreement: Uuid, to: Option<NodeId>) -> &'static str {
    let here = nodes.node(node);
    match here.node.file(&here.approver, agreement, to).await {
        Ok(view) => view.state,
        Err(error) => error.code(),
    }
}

async fn answer(nodes: &Nodes, upper: NodeId, filing: &FilingView, answer: FilingAnswer) -> &'static str {
    let here = nodes.node(upper);
    match here.node.answer_filing(&here.approver, filing.digest, filing.party, answer).await {
        Ok(view) => view.state,
        Err(error) => error.code(),
    }
}

/// What a node knows of the filing of a party.
async fn filing(nodes: &Nodes, at: NodeId, party: NodeId) -> FilingView {
    let known = nodes.node(at).node.filings().await.unwrap();
    known.into_iter().rfind(|filing| filing.party == party).unwrap()
}

async fn state(nodes: &Nodes, at: NodeId, party: NodeId) -> &'static str {
    filing(nodes, at, party).await.state
}

on_both_engines! {
    async fn a_filing_is_returned_filed_again_and_acknowledged(db) {
        let (nodes, agreement) = five(db.engine).await;
        assert_eq!(state(&nodes, LINCANG, LINCANG).await, "due");
        assert_eq!(file(&nodes, LINCANG, agreement, None).await, "filed");
        assert_eq!(file(&nodes, LINCANG, agreement, None).await, "already_filed");
        nodes.settle().await;
        let there = filing(&nodes, yunnan(), LINCANG).await;
        assert_eq!((there.state, there.number, there.upper), ("filed", 1, Some(yunnan())));
        let known = nodes.node(yunnan()).node.agreements().await.unwrap();
        assert_eq!((known.len(), known[0].state, known[0].countersigned.len()), (1, "in_force", 3));

        let returned = FilingAnswer::Returned(ReturnReason::Incomplete);
        assert_eq!(answer(&nodes, yunnan(), &there, returned).await, "returned");
        assert_eq!(answer(&nodes, yunnan(), &there, FilingAnswer::Acknowledged).await, "already_answered");
        nodes.settle().await;
        let back = filing(&nodes, LINCANG, LINCANG).await;
        assert_eq!((back.state, back.reason), ("returned", Some(ReturnReason::Incomplete)));

        assert_eq!(file(&nodes, LINCANG, agreement, Some(yunnan())).await, "filed");
        nodes.settle().await;
        assert_eq!(filing(&nodes, yunnan(), LINCANG).await.number, 2);
        assert_eq!(answer(&nodes, yunnan(), &there, FilingAnswer::Acknowledged).await, "acknowledged");
        nodes.settle().await;
        assert_eq!(state(&nodes, LINCANG, LINCANG).await, "acknowledged");
        assert_eq!(file(&nodes, LINCANG, agreement, None).await, "already_answered");
        for node in [LINCANG, yunnan()] {
            nodes.assert_log_holds(node).await;
        }
    }

    async fn a_filing_goes_to_the_upper_node_of_a_party_only(db) {
        let (nodes, agreement) = five(db.engine).await;
        assert_eq!(file(&nodes, CHONGQING, agreement, None).await, "filing_exempt");
        assert_eq!(state(&nodes, CHONGQING, CHONGQING).await, "exempt");
        for other in [shanxi(), CHONGQING] {
            assert_eq!(file(&nodes, LINCANG, agreement, Some(other)).await, "not_the_upper_node");
        }
        assert_eq!(file(&nodes, yunnan(), agreement, None).await, "not_found");
        let here = nodes.node(LINCANG);
        let refused = here.node.file(&here.drafter, agreement, None).await.err().unwrap();
        assert_eq!(refused.code(), "forbidden");
        nodes.settle().await;
        for node in [yunnan(), shanxi()] {
            let known = nodes.node(node).node.filings().await.unwrap();
            assert!(known.is_empty(), "nothing was filed with {node}: {known:?}");
        }
        let own = filing(&nodes, LINCANG, LINCANG).await;
        assert_eq!((own.state, own.number), ("due", 0), "nothing changed");
        assert_eq!(answer(&nodes, yunnan(), &own, FilingAnswer::Acknowledged).await, "not_found");
        assert_eq!(file(&nodes, SHUOZHOU, agreement, Some(shanxi())).await, "filed");
    }

    async fn what_is_half_signed_is_not_filed(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU, yunnan()]).await;
        let here = nodes.node(LINCANG);
        let terms = proposal(&A1, CivilDate::of(nodes.clock.now()));
        let proposed = here.node.propose(Some(&here.approver), terms).await.unwrap();
        nodes.settle().await;
        assert_eq!(file(&nodes, LINCANG, proposed.id, None).await, "agreement_not_countersigned");
        assert!(here.node.filings().await.unwrap().is_empty());
    }

    async fn a_filing_is_overdue_after_30_days_and_due_again_with_each_version(db) {
        let (nodes, agreement) = five(db.engine).await;
        let overdue = async || nodes.node(LINCANG).node.overdue_filings().await.unwrap();
        nodes.clock.set(CivilDate::of(nodes.clock.now()).plus_days(31).start().plus(-1));
        assert!(overdue().await.is_empty());
        nodes.clock.set(nodes.clock.now().plus(1));
        assert_eq!(overdue().await.len(), 1);
        assert_eq!(file(&nodes, LINCANG, agreement, None).await, "filed");
        nodes.settle().await;
        assert!(overdue().await.is_empty());
        let there = filing(&nodes, yunnan(), LINCANG).await;
        assert_eq!(answer(&nodes, yunnan(), &there, FilingAnswer::Acknowledged).await, "acknowledged");
        nodes.settle().await;

        let here = nodes.node(LINCANG);
        let mut shorter = proposal(&A1, CivilDate::of(nodes.clock.now()));
        shorter.retention_days = 30;
        let second = here.node.amend(&here.approver, agreement, shorter).await.unwrap();
        nodes.settle().await;
        for node in [CHONGQING, SHUOZHOU] {
            let party = nodes.node(node);
            party.node.countersign(Some(&party.approver), agreement, 2, second.digest).await.unwrap();
        }
        nodes.settle().await;
        let own = filing(&nodes, LINCANG, LINCANG).await;
        assert_eq!((own.version, own.state), (2, "due"));
        assert_eq!(file(&nodes, LINCANG, agreement, None).await, "filed");
        nodes.settle().await;
        let known = nodes.node(yunnan()).node.filings().await.unwrap();
        let states: Vec<_> = known.iter().map(|filing| (filing.version, filing.state)).collect();
        assert_eq!(states, [(1, "acknowledged"), (2, "filed")]);
    }

    async fn an_upper_node_is_told_of_endings_and_of_counts_and_gets_no_lead(db) {
        let (nodes, agreement) = five(db.engine).await;
        assert_eq!(file(&nodes, LINCANG, agreement, None).await, "filed");
        let (here, above) = (nodes.node(LINCANG), nodes.node(yunnan()));
        let today = CivilDate::of(nodes.clock.now());
        let leads = leads_for(LINCANG, SHUOZHOU, today);
        let count = u64::try_from(leads.len()).unwrap();
        assert!(count > 11);
        for lead in leads {
            let id = here.approved(lead).await;
            let upward = here.node.share(&here.drafter, id, agreement, Some(vec![yunnan()])).await;
            assert_eq!(upward.err().unwrap().code(), "not_a_party");
            here.node.share(&here.drafter, id, agreement, Some(vec![SHUOZHOU])).await.unwrap();
        }
        nodes.settle().await;
        let month = Month::of(today);
        let tell = async |until: Month| match here.node.tell_statistics(&here.approver, month, until).await {
            Ok(view) => Ok(view.statistics),
            Err(error) => Err(error.code()),
        };
        assert_eq!(tell(month).await, Err("month_not_over"));
        nodes.clock.set(nodes.clock.now().plus(40 * Timestamp::DAY));
        let told = tell(month).await.unwrap();
        let all: u64 = told.kinds.iter().flat_map(|kind| kind.counts.iter().flatten()).sum();
        assert_eq!((told.total, told.months.len(), all <= count), (None, 1, true), "small counts take the sum along");
        let shown = told.kinds.iter().flat_map(|kind| kind.counts.iter().flatten());
        assert!(shown.copied().all(|count| count >= 11) && told.check().is_ok());
        assert_eq!(tell(month).await, Err("month_already_told"));
        nodes.settle().await;
        let known = above.node.statistics().await.unwrap();
        assert_eq!(known.iter().map(|it| (it.node, &it.statistics)).collect::<Vec<_>>(), [(LINCANG, &told)]);
        assert!(above.node.list_received(&above.drafter, -1, 200).await.unwrap().items.is_empty());
        let exempt = nodes.node(CHONGQING);
        let refused = exempt.node.tell_statistics(&exempt.approver, month, month).await;
        assert_eq!(refused.err().unwrap().code(), "filing_exempt");
        nodes.assert_log_holds(LINCANG).await;
        let ending = nodes.node(CHONGQING);
        ending.node.act(&ending.approver, agreement, Act::Terminate).await.unwrap();
        nodes.settle().await;
        nodes.clock.set(nodes.clock.now().plus(60 * Timestamp::SECOND));
        nodes.settle().await;
        assert_eq!(above.node.agreements().await.unwrap()[0].state, "terminated", "others' word is passed on");
    }
}
