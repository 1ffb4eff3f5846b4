//! Which messages of a lane are accounted for, without a gap.
//!
//! Knows numbers and names of lanes. Invariant: spans are ascending, and no two of them touch.

use serde::Serialize;

use crate::domain::node::NodeId;
use crate::exchange::message::{Epoch, Lane};

/// Consecutive numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The first.
    pub first: u64,
    /// The last.
    pub last: u64,
}

/// The spans that ascending `numbers` form.
pub fn spans(numbers: impl IntoIterator<Item = u64>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for number in numbers {
        match spans.last_mut() {
            Some(span) if span.last.checked_add(1) == Some(number) => span.last = number,
            _ => spans.push(Span { first: number, last: number }),
        }
    }
    spans
}

/// The messages of one lane that are in both logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The sender.
    pub from: NodeId,
    /// The recipient.
    pub to: NodeId,
    /// The lane.
    pub lane: Lane,
    /// The sender's epoch.
    pub epoch: Epoch,
    /// Their numbers.
    pub spans: Vec<Span>,
}

impl Coverage {
    /// What is covered, as a sentence for people: 覆盖声明.
    pub fn sentence(&self) -> String {
        match self.numbers() {
            None => format!("{}：没有任何消息同时见于双方日志。", self.lane_named()),
            Some(numbers) => format!("{}：{numbers}的每一条消息均见于双方日志。", self.lane_named()),
        }
    }

    /// The same of messages that are shown to be in one log only: the other node's bundle says more.
    pub fn one_sided(&self) -> String {
        let lane = self.lane_named();
        match self.numbers() {
            None => format!("{lane}：没有只见于本方日志的消息。"),
            Some(numbers) => {
                format!("{lane}：{numbers}的消息见于本方日志；是否见于对方日志，须与对方的审计包核对。")
            }
        }
    }

    /// The same of messages between `first` and `last` that this node's log does not have, though it knows of later ones.
    pub fn missing(&self, first: u64, last: u64) -> String {
        let lane = self.lane_named();
        match self.numbers() {
            None if first > last => format!("{lane}：该范围内没有消息。"),
            None => format!("{lane}：第 {first} 至 {last} 号没有缺失的消息。"),
            Some(numbers) => format!("{lane}：{numbers}的消息缺失，不见于本方日志；须向双方查明原因。"),
        }
    }

    fn lane_named(&self) -> String {
        let Self { from, to, lane, epoch, .. } = self;
        format!("{from} 发往 {to} 的{}通道（纪元 {epoch}）", lane.label())
    }

    /// The numbers as words; none if there are none.
    fn numbers(&self) -> Option<String> {
        let spans = self.spans.iter().map(|span| format!("第 {} 至 {} 号", span.first, span.last));
        let words = spans.collect::<Vec<_>>().join("、");
        (!words.is_empty()).then_some(words)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_sentence_names_the_lane_and_the_numbers() {
        let coverage = |numbers: &[u64]| Coverage {
            from: "530900".parse().unwrap(),
            to: "500000".parse().unwrap(),
            lane: Lane::Normal,
            epoch: Epoch { counter: 1, nonce: 10 },
            spans: spans(numbers.iter().copied()),
        };
        assert_eq!(
            coverage(&[1, 2, 3, 7]).sentence(),
            "530900 发往 500000 的普通通道（纪元 1-000000000000000a）：第 1 至 3 号、第 7 至 7 号的每一条消息均见于双方日志。"
        );
        assert!(coverage(&[]).sentence().contains("没有任何消息"));
        assert!(coverage(&[4]).one_sided().contains("第 4 至 4 号的消息见于本方日志；"));
        assert!(coverage(&[]).one_sided().contains("没有只见于"));
        assert!(coverage(&[2, 3]).missing(1, 9).contains("第 2 至 3 号的消息缺失，不见于本方日志"));
        assert!(coverage(&[]).missing(1, 9).contains("第 1 至 9 号没有缺失的消息"));
        assert!(coverage(&[]).missing(1, 0).contains("没有消息"));
    }

    proptest! {
        #[test]
        fn spans_hold_exactly_the_numbers(numbers in prop::collection::btree_set(0..60_u64, 0..40)) {
            let spans = spans(numbers.iter().copied());
            let again: Vec<u64> = spans.iter().flat_map(|span| span.first..=span.last).collect();
            prop_assert_eq!(again, numbers.into_iter().collect::<Vec<_>>());
            prop_assert!(spans.windows(2).all(|pair| pair[0].last + 1 < pair[1].first));
        }
    }
}
