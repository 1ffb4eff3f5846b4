//! Verifies a bundle: everything from the entries to the root, the signatures and the witnesses.
//!
//! Keys come from the auditor's trust file. Without one, the bundle's own keys show only that it does
//! not contradict itself. Invariant: memory grows with the messages sent (some 64 bytes each) and the
//! checkpoints, not with what the entries say; nothing in a bundle makes it panic.

use std::borrow::Cow;
use std::io::{BufRead, Seek};

use crate::clock::Timestamp;
use crate::exchange::descriptor::Descriptor;

use super::bundle::records::{self, About};
use super::bundle::{BundleError, Part, Reader, Record};
use super::trust::Trust;

mod chains;
mod receipts;
pub mod report;
mod run;
mod tree;
mod witnesses;

pub use report::{Fault, Finding, Findings, Grade, Report, Verdict};
pub use witnesses::TAIL_MS;

/// Verifies the bundle in `input` under the keys of `trust`. `Err` if it is not a bundle at all; a
/// bundle that can be read but does not hold gives a report with findings.
pub fn verify<R: BufRead + Seek>(input: R, trust: Option<&Trust>) -> Result<Report, BundleError> {
    let mut reader = Reader::new(input)?;
    let opening = Opening::read(&mut reader)?;
    let keys = match trust {
        Some(trust) => Cow::Borrowed(trust),
        None => Cow::Owned(opening.own_word()?),
    };
    let mut run = match run::Run::new(&keys, &opening.about) {
        Ok(run) => run,
        Err(fault) => return Ok(run::refused(&opening.about, fault)),
    };
    run.compare_descriptors(&opening.descriptors);
    let mut next = opening.next;
    while let Some(record) = next {
        run.take(&record, &mut reader)?;
        next = reader.next_record()?;
    }
    let mut report = run.end(&reader.finish()?);
    if trust.is_none() {
        report.ask_for = keys
            .nodes()
            .iter()
            .map(|node| report::Fingerprint { node: node.node, fingerprint: node.fingerprint.clone() })
            .collect();
        if report.holds() {
            report.verdict = Verdict::SelfConsistent;
        }
    }
    Ok(report)
}

/// The first two files of a bundle, and the first record after them.
struct Opening {
    about: About,
    descriptors: Vec<Result<Descriptor, ()>>,
    next: Option<Record>,
}

impl Opening {
    fn read<R: BufRead>(reader: &mut Reader<R>) -> Result<Self, BundleError> {
        let first = reader.next_record()?.ok_or(BundleError::Malformed(0))?;
        let about = (first.part == Part::About).then(|| records::open::<About>(&first.bytes)).flatten();
        let about = about.ok_or(BundleError::Record(Part::About, first.at))?;
        let mut descriptors = Vec::new();
        let mut next = reader.next_record()?;
        while let Some(record) = next.take_if(|record| record.part <= Part::Keys) {
            if record.part == Part::About {
                return Err(BundleError::Record(Part::About, record.at));
            }
            descriptors.push(descriptor(&record.bytes, about.made_at));
            next = reader.next_record()?;
        }
        Ok(Self { about, descriptors, next })
    }

    /// The keys that the bundle itself brings.
    fn own_word(&self) -> Result<Trust, BundleError> {
        let descriptors: Vec<_> =
            self.descriptors.iter().filter_map(|said| said.as_ref().ok()).cloned().collect();
        Trust::of(&descriptors).map_err(|_| BundleError::Record(Part::Keys, 0))
    }
}

fn descriptor(bytes: &[u8], now: Timestamp) -> Result<Descriptor, ()> {
    let text = std::str::from_utf8(bytes).map_err(drop)?;
    Descriptor::open(text, now).map_err(drop)
}

#[cfg(test)]
mod tests;
