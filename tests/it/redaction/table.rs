//! The table of the README, and whether it stands there as it is measured.

use std::fs;
use std::path::Path;

use super::scorer::{Count, Score};

/// Set it to write the table anew instead of comparing it.
const RENEW: &str = "GUITU_RENEW_README";

/// What is printed for each kind.
const ROWS: [(&str, &str); 15] = [
    ("PER", "names of persons leaked"),
    ("ADDR", "addresses leaked"),
    ("ORG", "workplaces and schools leaked"),
    ("ID", "identity numbers leaked"),
    ("DOC", "passports and permits leaked"),
    ("PHONE", "telephone numbers leaked"),
    ("BANK", "bank cards leaked"),
    ("PLATE", "plates of vehicles leaked"),
    ("WECHAT", "WeChat accounts leaked"),
    ("QQ", "QQ accounts leaked"),
    ("EMAIL", "e-mail addresses leaked"),
    ("NETNAME", "names on platforms leaked"),
    ("DOB", "dates of birth leaked"),
    ("REGION", "regions masked that should stay"),
    ("AGENCY", "public bodies masked that should stay"),
];

/// The table in Markdown: columns for police and hotline notes, for judgments, and for what somebody else wrote.
pub(crate) fn table(scores: &[&Score; 3]) -> String {
    let mut lines = String::from("| what | notes | judgments | by another hand |\n|---|---|---|---|\n");
    let mut row = |what: &str, pick: &dyn Fn(&Score) -> Count| {
        let cells: Vec<String> = scores.iter().map(|score| share(pick(score))).collect();
        let row = format!("| {what} | {} |\n", cells.join(" | "));
        lines.push_str(&row);
    };
    for (kind, what) in ROWS {
        row(what, &|score| score.of(kind));
    }
    row("other letters and digits masked", &|score| score.over);
    row("narratives with any leak", &|score| score.narratives);
    lines
}

/// Compares the README with `table`, or renews it.
pub(crate) fn check(table: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&file).unwrap();
    let head = table.split_inclusive('\n').next().unwrap();
    let (before, rest) = readme.split_once(head).unwrap();
    let (_, after) = rest.split_once("\n\n").unwrap();
    let renewed = format!("{before}{table}\n{after}");
    if std::env::var_os(RENEW).is_some() {
        fs::write(&file, &renewed).unwrap();
        return;
    }
    assert!(readme == renewed, "the README's table is not what was measured: run with {RENEW}=1\n{table}");
}

fn share(count: Count) -> String {
    if count.all == 0 {
        return "–".to_owned();
    }
    let rate = count.rate();
    format!("{}.{:02} % of {}", rate / 100, rate % 100, count.all)
}
