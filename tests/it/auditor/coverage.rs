//! The coverage report of one node: what it can show of both logs, and what it cannot.

use guitu::audit::coverage::Span;
use guitu::cli::demo::agreements::{LINCANG, SHUOZHOU};
use guitu::exchange::message::Lane;
use guitu::node::Error;
use guitu::node::coverage::CoverageView;

use super::Exchanged;
use crate::harness::database::on_both_engines;
use crate::harness::nodes::TestNode;

async fn report(at: &TestNode, with: guitu::domain::node::NodeId) -> Vec<CoverageView> {
    at.node.coverage(&at.auditor, with, None, 1, None).await.unwrap()
}

fn lane(all: &[CoverageView], from: guitu::domain::node::NodeId) -> &CoverageView {
    all.iter().find(|one| one.from == from && one.lane == Lane::Normal).unwrap()
}

on_both_engines! {
    async fn receipts_show_both_logs_and_the_rest_is_said(db) {
        let fixture = Exchanged::new(db.engine).await;
        let (here, there) = (fixture.here(), fixture.there());
        let sent = report(here, SHUOZHOU).await;
        let sent = lane(&sent, LINCANG);
        let all = vec![Span { first: 1, last: sent.end }];
        assert_eq!((&sent.both, sent.own.len(), sent.missing.len()), (&all, 0, 0));
        assert!(sent.sentences[0].contains("的每一条消息均见于双方日志"));
        let received = report(there, LINCANG).await;
        let received = lane(&received, LINCANG);
        assert_eq!((received.both.len(), &received.own, received.missing.len()), (0, &all, 0));
        assert!(received.sentences[1].contains("须与对方的审计包核对"), "one node shows its own half only");
        let whole = format!("第 1 至 {} 号没有缺失的消息", sent.end);
        assert!(sent.sentences[2].contains(&whole), "{:?}", sent.sentences);
        // What waits for its receipt is in one log, as far as anyone can show.
        let read = here.node.read(&here.drafter, fixture.lead).await.unwrap();
        here.node.correct(&here.drafter, fixture.lead, read.version, read.lead).await.unwrap();
        here.node.approve(&here.approver, fixture.lead).await.unwrap();
        here.node.sequence().await.unwrap();
        let waiting = report(here, SHUOZHOU).await;
        let waiting = lane(&waiting, LINCANG);
        let last = waiting.end;
        assert_eq!((&waiting.both, &waiting.own), (&all, &vec![Span { first: last, last }]));
        let part = here.node.coverage(&here.auditor, SHUOZHOU, None, last, Some(last + 5)).await.unwrap();
        assert_eq!((lane(&part, LINCANG).both.len(), lane(&part, LINCANG).last), (0, last));
        let unknown = here.node.coverage(&here.auditor, "110000".parse().unwrap(), None, 1, None).await;
        assert!(matches!(unknown.map(drop), Err(Error::NotFound)));
        let drafter = here.node.coverage(&here.drafter, SHUOZHOU, None, 1, None).await;
        assert!(matches!(drafter.map(drop), Err(Error::Forbidden)));
    }
}
