//! `guitu redact …`: what the redaction engine makes of a text, offline.
//!
//! `text` reads records line by line and writes one for each; `explain` says why each stretch is
//! masked. Invariant: nothing of a text goes to standard error, and `explain` shows a value only
//! when asked.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, IsTerminal as _, Read, Write};
use std::path::PathBuf;

use clap::Subcommand;
use serde::{Deserialize, Serialize};

use super::failure::{Blame as _, Failure};
use super::output::Output;
use crate::redaction::narrative::{self, Known, RawText, Redacted, Span};

/// A longer line is no record: memory stays bounded whatever comes in.
const LONGEST: u64 = if cfg!(test) { 1 << 15 } else { 64 << 20 };
/// After so many lines, or bytes, the progress is said.
const STEP: (u64, usize) = (1000, 4 << 20);

/// What the redaction engine makes of a text.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Mask JSON Lines from standard input: {"id","text","known"?} in, {"id","text","spans","review"} out.
    Text,
    /// Say why each stretch of one text is masked.
    Explain(Explain),
}

/// `guitu redact explain`.
#[derive(Debug, clap::Args)]
pub struct Explain {
    /// The file with the text; standard input without it.
    file: Option<PathBuf>,
    /// A value that is known to be in the text (may be given several times).
    #[arg(long = "known")]
    known: Vec<String>,
    /// Show the masked values themselves.
    #[arg(long)]
    values: bool,
}

/// Runs the command.
pub fn run(command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Text => {
            let out = std::io::BufWriter::new(std::io::stdout().lock());
            stream(BufReader::new(std::io::stdin().lock()), out, std::io::stderr())
        }
        Command::Explain(args) => explain(&args, output),
    }
}

#[derive(Deserialize)]
struct Record {
    id: serde_json::Value,
    text: String,
    #[serde(default)]
    known: Vec<String>,
}

#[derive(Serialize)]
struct Masked<'a> {
    id: &'a serde_json::Value,
    text: &'a str,
    spans: Vec<Stretch>,
    review: Vec<Stretch>,
}

#[derive(Serialize)]
struct Stretch {
    start: usize,
    end: usize,
    #[serde(rename = "type")]
    kind: &'static str,
    score: f32,
}

impl From<&Span> for Stretch {
    fn from(span: &Span) -> Self {
        // Two decimals say enough, and floats print short.
        let score = (f64::from(span.score) * 100.0).round() / 100.0;
        #[expect(clippy::cast_possible_truncation, reason = "between 0 and 1")]
        let score = score as f32;
        Self { start: span.start, end: span.end, kind: span.kind.name(), score }
    }
}

/// Masks record after record. A bad line is said with its number, skipped, and the end is a failure.
fn stream(mut input: impl BufRead, mut out: impl Write, mut said: impl Write) -> Result<(), Failure> {
    let mut line = Vec::new();
    let (mut number, mut bad) = (0_u64, 0_u64);
    let mut since = (0, 0);
    while let Some(whole) = next(&mut input, &mut line).or_environment()? {
        number += 1;
        since = (since.0 + 1, since.1 + line.len());
        let outcome = if !whole {
            Err(format!("longer than {LONGEST} bytes"))
        } else if line.iter().all(u8::is_ascii_whitespace) {
            Ok(())
        } else {
            match serde_json::from_slice::<Record>(&line) {
                Ok(record) => Ok(mask(record, &mut out)?),
                // The error's own words may quote the text.
                Err(error) => Err(format!("{:?}, column {}", error.classify(), error.column())),
            }
        };
        if let Err(why) = outcome {
            bad += 1;
            let _ = writeln!(said, "line {number}: not a record ({why})");
        }
        if since.0 >= STEP.0 || since.1 >= STEP.1 {
            since = (0, 0);
            let _ = writeln!(said, "{number} lines");
        }
    }
    out.flush().or_environment()?;
    if bad > 0 { Err(Failure::wrong(format!("{bad} of {number} lines are not records"))) } else { Ok(()) }
}

/// Reads the next line into `line`, if there is one: whether it is whole. One that is too long is cut and skipped.
fn next(input: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<Option<bool>> {
    line.clear();
    if input.by_ref().take(LONGEST + 1).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    let whole = line.len() as u64 <= LONGEST || line.ends_with(b"\n");
    if !whole {
        input.skip_until(b'\n')?;
    }
    Ok(Some(whole))
}

fn mask(record: Record, out: &mut impl Write) -> Result<(), Failure> {
    let known: Vec<Known> = record.known.iter().map(|value| Known::new(value)).collect();
    let redacted = narrative::redact(&RawText::new(record.text), &known);
    let stretches = |spans: &[Span]| spans.iter().map(Stretch::from).collect();
    let masked = Masked {
        id: &record.id,
        text: redacted.masked(),
        spans: stretches(redacted.spans()),
        review: stretches(redacted.review()),
    };
    serde_json::to_writer(&mut *out, &masked).or_environment()?;
    out.write_all(b"\n").or_environment()
}

/// Why one stretch is masked, or doubtful.
#[derive(Serialize)]
struct Reason {
    #[serde(flatten)]
    stretch: Stretch,
    rule: &'static str,
    masked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
}

fn explain(args: &Explain, output: Output) -> Result<(), Failure> {
    let text = if let Some(path) = &args.file {
        let file = std::fs::File::open(path).or_input();
        file.and_then(whole).map_err(|failure| failure.during("the text was not read"))?
    } else if std::io::stdin().is_terminal() {
        return Err(Failure::wrong("give a file, or the text on standard input"));
    } else {
        whole(std::io::stdin().lock())?
    };
    let text = String::from_utf8(text).map_err(|_| Failure::wrong("the text is not UTF-8"))?;
    let chars: Vec<char> = if args.values { text.chars().collect() } else { Vec::new() };
    let known: Vec<Known> = args.known.iter().map(|value| Known::new(value)).collect();
    let redacted = narrative::redact(&RawText::new(text), &known);
    let reasons = reasons(&redacted, args.values.then_some(&chars));
    output.result(&reasons, || words(&reasons));
    Ok(())
}

/// All there is to read, if it is no more than the longest text.
fn whole(input: impl Read) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    input.take(LONGEST + 1).read_to_end(&mut bytes).or_input()?;
    if bytes.len() as u64 > LONGEST {
        return Err(Failure::wrong(format!("longer than {LONGEST} bytes; give it in parts")));
    }
    Ok(bytes)
}

fn reasons(redacted: &Redacted, values: Option<&Vec<char>>) -> Vec<Reason> {
    let reason = |span: &Span, masked| Reason {
        stretch: span.into(),
        rule: span.rule,
        masked,
        value: values.map(|chars| chars.get(span.start..span.end).unwrap_or_default().iter().collect()),
    };
    let masked = redacted.spans().iter().map(|span| reason(span, true));
    let mut all: Vec<Reason> =
        masked.chain(redacted.review().iter().map(|span| reason(span, false))).collect();
    all.sort_by_key(|reason| reason.stretch.start);
    all
}

fn words(reasons: &[Reason]) -> String {
    let mut text = String::new();
    for Reason { stretch, rule, masked, value } in reasons {
        let verdict = if *masked { "masked" } else { "review" };
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{}..{}  {verdict}  {}  {:.2}  {rule}{}",
            stretch.start,
            stretch.end,
            stretch.kind,
            stretch.score,
            value.as_ref().map(|value| format!("  {value}")).unwrap_or_default()
        );
    }
    if text.is_empty() { "nothing to mask".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::redaction::narrative::Kind;

    fn streamed(input: &[u8]) -> (Result<(), Failure>, String, String) {
        let (mut out, mut said) = (Vec::new(), Vec::new());
        let result = stream(input, &mut out, &mut said);
        (result, String::from_utf8(out).unwrap(), String::from_utf8(said).unwrap())
    }

    #[test]
    fn records_are_masked_in_order() {
        let (result, out, said) = streamed(
            "{\"id\":7,\"text\":\"电话13800138000\"}\n\n{\"id\":\"b\",\"text\":\"阿满来了\",\"known\":[\"石小满\"]}".as_bytes(),
        );
        assert!(result.is_ok() && said.is_empty());
        let lines: Vec<serde_json::Value> =
            out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["text"], "电话〔电话1〕");
        assert_eq!(lines[0]["id"], 7);
        assert_eq!((&lines[0]["spans"][0]["start"], &lines[0]["spans"][0]["end"]), (&2.into(), &13.into()));
        assert_eq!(lines[1]["text"], "〔人名1〕来了");
    }

    #[test]
    fn bad_lines_are_said_without_their_text() {
        let (result, out, said) = streamed(
            "{\"id\":1,\"text\":\"秘密\"\n\u{0}\n{\"id\":2}\n{\"id\":3,\"text\":\"\"}\n\"秘密\"".as_bytes(),
        );
        assert_eq!(result.unwrap_err().code(), 2);
        assert_eq!(out.lines().count(), 1);
        assert_eq!(said.lines().filter(|line| line.starts_with("line ")).count(), 4);
        assert!(!said.contains("秘密") && said.contains("line 1:") && said.contains("line 5:"));
    }

    #[test]
    fn bytes_that_are_no_text_are_a_bad_line() {
        let (result, out, _) = streamed(b"\xff\xfe\n{\"id\":1,\"text\":\"x\"}\n");
        assert_eq!((result.unwrap_err().code(), out.lines().count()), (2, 1));
    }

    #[test]
    fn an_explanation_shows_values_only_when_asked() {
        let text = "证人张伟，电话13800138000。";
        let redacted = narrative::redact(&RawText::new(text.to_owned()), &[]);
        let hidden = words(&reasons(&redacted, None));
        assert!(hidden.contains("PHONE") && !hidden.contains("张伟") && !hidden.contains("138"));
        assert!(words(&reasons(&redacted, Some(&text.chars().collect()))).contains("张伟"));
        let kinds: Vec<&str> = redacted.spans().iter().map(|span| span.kind.name()).collect();
        assert_eq!(kinds, [Kind::Person.name(), Kind::Phone.name()]);
    }

    #[test]
    fn a_line_without_end_is_a_bad_line() {
        let input =
            format!("{{\"id\":1,\"text\":\"{}\"}}\n{{\"id\":2,\"text\":\"x\"}}\n", "长".repeat(20_000));
        let (result, out, said) = streamed(input.as_bytes());
        assert_eq!((result.unwrap_err().code(), out.lines().count()), (2, 1));
        assert!(said.contains("line 1:") && out.contains("\"id\":2"));
    }

    #[test]
    fn the_longest_line_is_a_record_and_a_text() {
        let of = |bytes: usize| format!("{{\"id\":1,\"text\":\"{}\"}}", "x".repeat(bytes - 18));
        let longest = usize::try_from(LONGEST).unwrap();
        for (bytes, end, code) in
            [(longest, "", 0), (longest, "\n", 0), (longest + 1, "", 2), (longest + 1, "\n", 2)]
        {
            let line = of(bytes);
            assert_eq!(line.len(), bytes);
            let code_of = |result: Result<(), Failure>| result.map_or_else(|failure| failure.code(), |()| 0);
            assert_eq!(code_of(streamed((line.clone() + end).as_bytes()).0), code, "{bytes} {end:?}");
            if end.is_empty() {
                assert_eq!(code_of(whole(line.as_bytes()).map(drop)), code);
            }
        }
    }

    #[test]
    fn progress_is_said_by_lines_and_by_bytes() {
        let (_, _, said) = streamed(&b"\n".repeat(2500));
        assert_eq!(said, "1000 lines\n2000 lines\n");
        let (_, _, said) = streamed((" ".repeat(1 << 14) + "\n").repeat(300).as_bytes());
        assert_eq!(said, "256 lines\n");
    }

    /// A record as somebody may write it, with a few bytes of it changed.
    fn line() -> impl Strategy<Value = Vec<u8>> {
        let text = prop_oneof!["\\PC{0,40}", "(张伟|1380013|，|住|镇|12号|微信|\n|😀){0,12}"];
        let record =
            (text, prop::collection::vec("(张伟|1380013800|x|){0,2}", 0..3)).prop_map(|(text, known)| {
                serde_json::json!({ "id": text.len(), "text": text, "known": known }).to_string().into_bytes()
            });
        (record, prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3)).prop_map(
            |(mut bytes, changes)| {
                for (at, byte) in changes {
                    let at = at.index(bytes.len());
                    bytes[at] = byte;
                }
                bytes
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn every_line_is_a_record_or_a_bad_line(lines in prop::collection::vec(line(), 0..6)) {
            let input = lines.join(&b'\n');
            let (_, out, said) = streamed(&input);
            let full = input.split(|&byte| byte == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace));
            let bad = said.lines().filter(|line| line.starts_with("line ")).count();
            prop_assert_eq!(full.count(), out.lines().count() + bad);
            for line in out.lines() {
                prop_assert!(serde_json::from_str::<serde_json::Value>(line).is_ok());
            }
        }
    }
}
