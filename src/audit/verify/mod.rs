//! Verifies a bundle: everything from the entries to the root, the signatures and the witnesses.
//!
//! Keys come from the auditor's trust file. Without one, the bundle's own keys show only that it does
//! not contradict itself. Invariant: memory grows with the messages sent (some 80 bytes each) and the
//! checkpoints, not with what the entries say; nothing in a bundle makes it panic.

use std::borrow::Cow;
use std::io::{BufRead, Seek};

use descriptors::Said;

use super::bundle::records::{self, About};
use super::bundle::{BundleError, Part, Reader, Record};
use super::trust::Trust;

pub mod chains;
mod descriptors;
pub mod evidence;
pub mod heads;
mod receipts;
pub mod report;
mod run;
mod tree;
mod witnesses;

pub use evidence::Evidence;
pub use report::{Fault, Finding, Findings, Grade, Report, Verdict};
pub use witnesses::TAIL_MS;

/// After how many records the caller hears how far it came.
const STRIDE: u64 = 1 << 14;

/// Verifies the bundle in `input` under the keys of `trust`. `Err` if it is not a bundle at all; a
/// bundle that can be read but does not hold gives a report with findings.
pub fn verify<R: BufRead + Seek>(input: R, trust: Option<&Trust>) -> Result<Report, BundleError> {
    verify_with(input, trust, &mut |_| {})
}

/// Verifies like [`verify`]; `progress` hears now and then how many bytes were read.
pub fn verify_with<R: BufRead + Seek>(
    input: R,
    trust: Option<&Trust>,
    progress: &mut dyn FnMut(u64),
) -> Result<Report, BundleError> {
    examine(input, trust, false, progress).map(|(report, _)| report)
}

/// Verifies like [`verify_with`], and gathers what is to be held beside another log. None if the trust file
/// does not know the log at all.
pub fn gather<R: BufRead + Seek>(
    input: R,
    trust: &Trust,
    progress: &mut dyn FnMut(u64),
) -> Result<(Report, Option<Evidence>), BundleError> {
    examine(input, Some(trust), true, progress)
}

fn examine<R: BufRead + Seek>(
    input: R,
    trust: Option<&Trust>,
    gather: bool,
    progress: &mut dyn FnMut(u64),
) -> Result<(Report, Option<Evidence>), BundleError> {
    let mut reader = Reader::new(input)?;
    let opening = Opening::read(&mut reader)?;
    let keys = match trust {
        Some(trust) => Cow::Borrowed(trust),
        None => Cow::Owned(opening.own_word()?),
    };
    let mut run = match run::Run::new(&keys, &opening.about, gather) {
        Ok(run) => run,
        Err(fault) => return Ok((run::refused(&opening.about, fault), None)),
    };
    run.compare_descriptors(&opening.descriptors);
    let mut next = opening.next;
    while let Some(record) = next {
        run.take(&record, &mut reader)?;
        if record.index % STRIDE == STRIDE - 1 {
            progress(record.at);
        }
        reader.recycle(record);
        next = reader.next_record()?;
    }
    let (mut report, evidence) = run.end(&reader.finish()?);
    if trust.is_none() {
        report.ask_for = keys.nodes().iter().flat_map(report::Fingerprint::of).collect();
        if report.holds() {
            report.verdict = Verdict::SelfConsistent;
        }
    }
    Ok((report, evidence))
}

/// The first two files of a bundle, and the first record after them.
struct Opening {
    about: About,
    descriptors: Vec<Option<Said>>,
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
            descriptors.push(Said::open(&record.bytes));
            next = reader.next_record()?;
        }
        Ok(Self { about, descriptors, next })
    }

    /// The keys that the bundle itself brings.
    fn own_word(&self) -> Result<Trust, BundleError> {
        let descriptors: Vec<_> =
            self.descriptors.iter().flatten().map(|said| said.descriptor.clone()).collect();
        Trust::of(&descriptors).map_err(|_| BundleError::Record(Part::Keys, 0))
    }
}

#[cfg(test)]
mod tests;
