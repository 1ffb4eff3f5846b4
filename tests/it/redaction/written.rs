//! Narratives that somebody else wrote, who knew nothing of the rules: notes, postings, chats, transcripts, tables,
//! letters and judgments with invented people, one after the other unlike the others.
//!
//! They are meant to be hard: one name in six is a common word or of a people with few rules. One half of them and a
//! part of the other were read afterwards, and taught the rules something.

use serde::Deserialize;

use super::texts::{Gold, Narrative};

const KINDS: [&str; 23] = [
    "PER", "ADDR", "ORG", "ID", "DOC", "PHONE", "BANK", "PLATE", "WECHAT", "QQ", "EMAIL", "NETNAME", "DOB",
    "REGION", "EVDATE", "AMOUNT", "CASENO", "LAW", "AGENCY", "TRAIN", "HOTLINE", "QTY", "AGE",
];

/// What is to mask: its kind, start and end, and the stretches of its core.
#[derive(Deserialize)]
struct Secret(String, usize, usize, Vec<(usize, usize)>);

/// A line of the file.
#[derive(Deserialize)]
struct Line {
    text: String,
    secret: Vec<Secret>,
    keep: Vec<(String, usize, usize)>,
    free: Vec<(usize, usize)>,
}

/// All of them.
pub(crate) fn narratives() -> Vec<Narrative> {
    include_str!("written.jsonl").lines().map(|line| read(serde_json::from_str(line).unwrap())).collect()
}

fn read(line: Line) -> Narrative {
    let text: Vec<char> = line.text.chars().collect();
    let told = |start: usize, end: usize| (start..end).filter(|&at| text[at].is_alphanumeric()).collect();
    let secret = line.secret.into_iter().map(|Secret(named, start, end, core)| Gold {
        start,
        end,
        kind: kind(&named),
        core: core.into_iter().flat_map(|(start, end)| start..end).collect(),
    });
    let secret = secret.collect();
    let keep = line.keep.into_iter().map(|(named, start, end)| Gold {
        start,
        end,
        kind: kind(&named),
        core: told(start, end),
    });
    let keep = keep.collect();
    Narrative { secret, keep, free: line.free, text }
}

fn kind(named: &str) -> &'static str {
    KINDS.into_iter().find(|kind| *kind == named).unwrap()
}
