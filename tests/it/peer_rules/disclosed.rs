//! A message whose basis ends after it was handed over and before its receipt: it goes void, the sender logs that it may
//! have been disclosed, and what the receiver did with it decides.

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::{Clock as _, Timestamp};
use guitu::domain::date::CivilDate;

use crate::harness::database::{Engine, on_both_engines};
use crate::harness::nodes::{Nodes, Weather, leads_for};

/// What became of the message.
#[derive(Debug, PartialEq, Eq)]
struct End {
    /// How often the sender alarmed that it may have been disclosed, in its list and in its log.
    possibly: [usize; 2],
    /// What its receipt says.
    state: String,
    /// How many leads the recipient holds.
    held: usize,
}

/// How the message goes before its basis ends.
#[derive(Clone, Copy)]
enum Before {
    /// It meets this weather.
    Sent(Weather),
    /// Nothing of it leaves.
    Unreached,
    /// The same, and the sender starts again a second later.
    Restarted,
    /// It is not tried.
    Untried,
}

async fn ends(engine: Engine, before: Before) -> End {
    let mut nodes = Nodes::open(engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
    let agreement = nodes.agree_for(&A1, LINCANG, 10).await;
    let here = nodes.node(LINCANG);
    let lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(0);
    let id = here.approved(lead).await;
    here.node.share(&here.drafter, id, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
    match before {
        Before::Sent(weather) => {
            *here.transport.weather.lock().unwrap() = weather;
            here.push(SHUOZHOU).await;
        }
        Before::Unreached | Before::Restarted => {
            here.transport.away.lock().unwrap().insert(SHUOZHOU);
            here.round(SHUOZHOU).await;
        }
        Before::Untried => {}
    }
    if matches!(before, Before::Restarted) {
        nodes.clock.set(nodes.clock.now().plus(Timestamp::SECOND));
        nodes.restart(LINCANG).await;
    }
    let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
    nodes.clock.set(agreement.terms.valid_until.plus_days(1).start());
    // It goes void, twice: the first answer is lost.
    here.transport.away.lock().unwrap().clear();
    *here.transport.weather.lock().unwrap() = Weather::AnswerLost;
    here.push(SHUOZHOU).await;
    *here.transport.weather.lock().unwrap() = Weather::Fair;
    nodes.settle().await;

    let receipts = here.node.receipts(&here.drafter, id).await.unwrap();
    let is_told = |code: &str, x: &str| code == "possibly_disclosed" && x == receipts[0].x;
    let alarms = here.node.alarms().await.unwrap();
    let listed = alarms.iter().filter(|alarm| is_told(&alarm.code, &alarm.x.unwrap().to_string()));
    let log = here.log().await;
    let text = |entry: &serde_json::Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let logged = log.iter().map(|entry| &entry.entry);
    let logged = logged.filter(|entry| is_told(&text(entry, "code"), &text(entry, "x")));
    let possibly = [listed.count(), logged.count()];
    let held = there.node.list_received(&there.drafter, -1, 10).await.unwrap().items.len();
    nodes.assert_log_holds(LINCANG).await;
    let both = nodes.reconciled(LINCANG, SHUOZHOU).await;
    assert_eq!(both.findings.total, 0, "{:?}", both.findings);
    End { possibly, state: receipts[0].state.clone(), held }
}

fn end(possibly: usize, state: &str, held: usize) -> End {
    End { possibly: [possibly; 2], state: state.to_owned(), held }
}

on_both_engines! {
    async fn what_arrived_before_its_basis_ended_is_disclosed(db) {
        assert_eq!(ends(db.engine, Before::Sent(Weather::AnswerLost)).await, end(1, "stored", 1));
    }

    async fn what_was_lost_on_its_way_is_possibly_disclosed_and_then_void(db) {
        assert_eq!(ends(db.engine, Before::Sent(Weather::Down)).await, end(1, "void", 0));
    }

    async fn what_never_left_is_not_disclosed(db) {
        assert_eq!(ends(db.engine, Before::Untried).await, end(0, "void", 0));
        assert_eq!(ends(db.engine, Before::Unreached).await, end(0, "void", 0));
    }

    async fn whoever_starts_again_does_not_know_what_left(db) {
        assert_eq!(ends(db.engine, Before::Restarted).await, end(1, "void", 0));
    }
}
