//! The table of the README: `cargo test --test it redaction::table -- --nocapture` prints it.

use super::scorer::{Count, Score};

/// What is printed for each kind.
const ROWS: [(&str, &str); 6] = [
    ("PER", "names of persons leaked"),
    ("ADDR", "addresses leaked"),
    ("ORG", "workplaces and schools leaked"),
    ("REGION", "regions masked that should stay"),
    ("AGENCY", "public bodies masked that should stay"),
    ("", "identifiers and dates of birth leaked"),
];

/// The table in Markdown: one column for police and hotline notes, one for judgments.
pub(crate) fn table(notes: &Score, judgments: &Score) -> String {
    let mut lines = String::from("| what | notes | judgments |\n|---|---|---|\n");
    let mut row = |what: &str, pick: &dyn Fn(&Score) -> Count| {
        let row = format!("| {what} | {} | {} |\n", share(pick(notes)), share(pick(judgments)));
        lines.push_str(&row);
    };
    for (kind, what) in ROWS {
        row(what, &|score| if kind.is_empty() { score.structured() } else { score.of(kind) });
    }
    row("other letters and digits masked", &|score| score.over);
    row("narratives with any leak", &|score| score.narratives);
    lines
}

fn share(count: Count) -> String {
    if count.all == 0 {
        return "–".to_owned();
    }
    let rate = count.rate();
    format!("{}.{:02} % of {}", rate / 100, rate % 100, count.all)
}
