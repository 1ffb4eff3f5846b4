//! Filing (备案) when something moves meanwhile, on both engines: who is above whom, a refusal, another instance.

use std::sync::Arc;

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::{Clock as _, ManualClock, Timestamp};
use guitu::domain::agreement::{Act, FilingAnswer, Month};
use guitu::domain::date::CivilDate;
use guitu::domain::node::NodeId;
use guitu::node::Error;
use guitu::node::agree::Proposal;
use guitu::node::register::PeerChange;
use uuid::Uuid;

use crate::harness::database::{Engine, on_both_engines};
use crate::harness::nodes::{NOON, Nodes, leads_for, proposal};

fn yunnan() -> NodeId {
    "530000".parse().unwrap()
}

async fn four(engine: Engine) -> (Nodes, Uuid) {
    let nodes = Nodes::open(engine, &[LINCANG, CHONGQING, SHUOZHOU, yunnan()]).await;
    let agreement = nodes.agree(&A1, LINCANG).await;
    (nodes, agreement.id)
}

fn code<T>(result: Result<T, Error>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "ok")
}

async fn file(nodes: &Nodes, agreement: Uuid) -> &'static str {
    let here = nodes.node(LINCANG);
    code(here.node.file(&here.approver, agreement, None).await)
}

/// Where 临沧's filing stands, at 临沧 or above it.
async fn state(nodes: &Nodes, at: NodeId) -> Option<&'static str> {
    let known = nodes.node(at).node.filings().await.unwrap();
    known.iter().find(|filing| filing.party == LINCANG).map(|filing| filing.state)
}

async fn acknowledge(nodes: &Nodes) -> &'static str {
    let above = nodes.node(yunnan());
    let filed = above.node.filings().await.unwrap();
    let answer = FilingAnswer::Acknowledged;
    code(above.node.answer_filing(&above.approver, filed[0].digest, LINCANG, answer).await)
}

/// Tells of the months from `from` to `until` after this one; a node without a lead has nothing but small counts.
async fn tell(nodes: &Nodes, (from, until): (usize, usize)) -> &'static str {
    let here = nodes.node(LINCANG);
    let months: Vec<_> = std::iter::successors(Some(started()), |month| Some(month.next())).take(9).collect();
    code(here.node.tell_statistics(&here.approver, months[from], months[until]).await)
}

fn started() -> Month {
    Month::of(CivilDate::of(NOON))
}

fn later(nodes: &Nodes, days: i64) {
    nodes.clock.set(nodes.clock.now().plus(days * Timestamp::DAY));
}

on_both_engines! {
    async fn what_was_refused_for_good_is_filed_and_told_again(db) {
        let (nodes, agreement) = four(db.engine).await;
        nodes.enrol_below(yunnan(), LINCANG, None).await;
        assert_eq!(file(&nodes, agreement).await, "ok");
        nodes.settle().await;
        assert_eq!((state(&nodes, yunnan()).await, state(&nodes, LINCANG).await), (None, Some("due")));
        nodes.enrol_below(yunnan(), LINCANG, Some(yunnan())).await;
        assert_eq!(file(&nodes, agreement).await, "ok");
        nodes.settle().await;
        assert_eq!(state(&nodes, yunnan()).await, Some("filed"));
        let known = nodes.node(yunnan()).node.agreements().await.unwrap();
        assert_eq!((known[0].state, known[0].countersigned.len()), ("in_force", 3), "the signatures went again");

        later(&nodes, 40);
        nodes.enrol_below(yunnan(), LINCANG, None).await;
        assert_eq!(tell(&nodes, (0, 0)).await, "ok");
        nodes.settle().await;
        nodes.enrol_below(yunnan(), LINCANG, Some(yunnan())).await;
        assert_eq!(tell(&nodes, (0, 0)).await, "ok");
        nodes.settle().await;
        assert_eq!(nodes.node(yunnan()).node.statistics().await.unwrap().len(), 1);
        assert_eq!(tell(&nodes, (0, 0)).await, "month_already_told");
        nodes.assert_log_holds(LINCANG).await;
    }

    async fn no_upper_node_follows_from_a_region(db) {
        let (mut nodes, agreement) = four(db.engine).await;
        nodes.move_below(LINCANG, None).await;
        assert_eq!(file(&nodes, agreement).await, "filing_exempt");
        assert_eq!(state(&nodes, LINCANG).await, Some("exempt"));
        later(&nodes, 40);
        assert_eq!(tell(&nodes, (0, 0)).await, "filing_exempt");
    }

    async fn what_is_on_its_way_to_who_is_no_longer_above_goes_void(db) {
        let (mut nodes, agreement) = four(db.engine).await;
        later(&nodes, 40);
        assert_eq!((file(&nodes, agreement).await, tell(&nodes, (0, 0)).await), ("ok", "ok"));
        nodes.move_below(LINCANG, Some(CHONGQING)).await;
        let here = nodes.node(LINCANG);
        here.node.act(&here.approver, agreement, Act::Suspend).await.unwrap();
        nodes.settle().await;
        let above = nodes.node(yunnan());
        assert!(above.node.filings().await.unwrap().is_empty() && above.node.statistics().await.unwrap().is_empty());
        let known = above.node.agreements().await.unwrap();
        assert!(known.iter().all(|known| known.state == "in_force"), "nothing is passed on to it");
        assert_eq!(state(&nodes, LINCANG).await, Some("overdue"));
        nodes.move_below(LINCANG, Some(yunnan())).await;
        assert_eq!((file(&nodes, agreement).await, tell(&nodes, (0, 0)).await), ("ok", "ok"));
        nodes.settle().await;
        assert_eq!(state(&nodes, yunnan()).await, Some("filed"));
        assert_eq!(nodes.node(yunnan()).node.agreements().await.unwrap()[0].state, "suspended");
    }

    async fn only_an_active_node_below_is_answered_by_whom_it_filed_with(db) {
        let (mut nodes, agreement) = four(db.engine).await;
        assert_eq!(file(&nodes, agreement).await, "ok");
        nodes.settle().await;
        nodes.enrol_below(yunnan(), LINCANG, Some(CHONGQING)).await;
        assert_eq!(acknowledge(&nodes).await, "not_the_upper_node");
        nodes.enrol_below(yunnan(), LINCANG, Some(yunnan())).await;
        let change = async |change| nodes.node(yunnan()).node.change_peer(LINCANG, change).await.unwrap();
        change(PeerChange::Suspend).await;
        assert_eq!(acknowledge(&nodes).await, "peer_not_active");
        change(PeerChange::Resume).await;
        assert_eq!(acknowledge(&nodes).await, "ok");
        nodes.enrol_below(yunnan(), LINCANG, Some(CHONGQING)).await;
        nodes.settle().await;
        assert_eq!(state(&nodes, LINCANG).await, Some("filed"), "the answer went void");
        nodes.enrol_below(yunnan(), LINCANG, Some(yunnan())).await;
        nodes.move_below(LINCANG, None).await;
        assert_eq!(acknowledge(&nodes).await, "ok");
        nodes.settle().await;
        nodes.move_below(LINCANG, Some(yunnan())).await;
        assert_eq!(state(&nodes, LINCANG).await, Some("acknowledged"), "the answer counts for what was filed with it");
    }

    async fn two_instances_tell_of_no_month_twice_and_lose_no_ending(db) {
        let (nodes, agreement) = four(db.engine).await;
        let (here, other) = (nodes.node(LINCANG), nodes.another(LINCANG).await);
        later(&nodes, 100);
        let (first, next) = (started(), started().next());
        let (one, two) = tokio::join!(
            here.node.tell_statistics(&here.approver, first, next),
            other.tell_statistics(&here.approver, next, next),
        );
        let mut codes = [code(one), code(two)];
        codes.sort_unstable();
        assert_eq!(codes, ["month_already_told", "ok"]);
        let (filed, ended) = tokio::join!(
            here.node.file(&here.approver, agreement, None),
            other.act(&here.approver, agreement, Act::Terminate),
        );
        assert_eq!((code(filed), code(ended)), ("ok", "ok"));
        nodes.settle().await;
        // The urgent lane may have been faster than the signatures.
        later(&nodes, 1);
        nodes.settle().await;
        let above = nodes.node(yunnan()).node.agreements().await.unwrap();
        assert_eq!(above[0].state, "terminated");
    }

    async fn a_month_is_told_when_every_receipt_is_there(db) {
        let (nodes, agreement) = four(db.engine).await;
        let here = nodes.node(LINCANG);
        for _ in 0..11 {
            let id = here.approved(leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(0)).await;
            here.node.share(&here.drafter, id, agreement, Some(vec![SHUOZHOU])).await.unwrap();
        }
        later(&nodes, 70);
        for months in [(0, 0), (1, 1)] {
            assert_eq!(tell(&nodes, months).await, "month_not_settled");
        }
        nodes.settle().await;
        assert_eq!(tell(&nodes, (1, 1)).await, "ok");
        assert_eq!(tell(&nodes, (0, 0)).await, "ok");
        let told = here.node.statistics().await.unwrap();
        let counts = |at: usize| told[at].statistics.kinds.iter().flat_map(|kind| &kind.counts).flatten().sum::<u64>();
        assert_eq!((counts(0), counts(1)), (11, 0), "a late receipt changes no month");
    }

    async fn a_version_that_was_in_force_is_owed_beside_the_next(db) {
        let (nodes, agreement) = four(db.engine).await;
        later(&nodes, 3);
        let here = nodes.node(LINCANG);
        let shorter = Proposal { retention_days: 30, ..proposal(&A1, CivilDate::of(nodes.clock.now())) };
        let second = here.node.amend(&here.approver, agreement, shorter).await.unwrap();
        nodes.settle().await;
        for node in [CHONGQING, SHUOZHOU] {
            let party = nodes.node(node);
            party.node.countersign(Some(&party.approver), agreement, 2, second.digest).await.unwrap();
        }
        nodes.settle().await;
        let owed = async || {
            let filings = nodes.node(LINCANG).node.filings().await.unwrap();
            filings.iter().map(|filing| (filing.version, filing.state)).collect::<Vec<_>>()
        };
        assert_eq!(owed().await, [(1, "due"), (2, "due")]);
        let day = |days: i64| CivilDate::of(NOON).plus_days(days).start();
        nodes.clock.set(day(31));
        assert_eq!(owed().await, [(1, "overdue"), (2, "due")], "the days run from the signatures of each version");
        assert_eq!(file(&nodes, agreement).await, "ok");
        nodes.settle().await;
        assert_eq!(acknowledge(&nodes).await, "ok");
        nodes.settle().await;
        assert_eq!(owed().await, [(2, "due")]);
        assert_eq!(file(&nodes, agreement).await, "ok");
        assert_eq!(owed().await, [(2, "filed")]);
        assert_eq!(file(&nodes, agreement).await, "already_filed");
    }

    async fn nobody_puts_the_last_day_off_by_the_date_of_a_signature(db) {
        let mut nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU, yunnan()]).await;
        let terms = proposal(&A1, CivilDate::of(NOON));
        let proposed = nodes.node(LINCANG).node.propose(None, terms).await.unwrap();
        nodes.settle().await;
        let ahead = ManualClock::at(NOON.plus(20 * Timestamp::DAY));
        nodes.on_clock(CHONGQING, Arc::new(ahead)).await;
        for node in [CHONGQING, SHUOZHOU] {
            nodes.node(node).node.countersign(None, proposed.id, 1, proposed.digest).await.unwrap();
        }
        nodes.restart(CHONGQING).await;
        nodes.settle().await;
        let known = nodes.node(LINCANG).node.agreements().await.unwrap();
        assert_eq!(known[0].state, "in_force", "the signature of a later day counts");
        nodes.clock.set(CivilDate::of(NOON).plus_days(31).start());
        assert_eq!(state(&nodes, LINCANG).await, Some("overdue"));
    }
}
