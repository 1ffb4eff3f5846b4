//! Writes a bundle as a stream.
//!
//! Knows one record at a time. Invariant: files come in their order; what was written is what the
//! manifest hashes.

use std::io::Write;

use super::manifest::{FileDigest, Manifest};
use super::records::About;
use super::{BundleError, MAGIC, MANIFEST, Part, Tally};
use crate::statement::canonical;
use crate::tlog::key::Signer;

/// A bundle that is being written.
pub struct Writer<W> {
    out: W,
    about: About,
    open: Tally,
    files: Vec<FileDigest>,
}

impl<W: Write> Writer<W> {
    /// Begins a bundle.
    pub fn new(mut out: W, about: About) -> Result<Self, BundleError> {
        out.write_all(format!("{MAGIC}\n").as_bytes())?;
        let first = canonical::to_vec(&about).map_err(|_| BundleError::Refused(Part::About))?;
        let mut writer = Self { out, about, open: Tally::new(), files: Vec::new() };
        writer.begin()?;
        writer.record(Part::About, &first)?;
        Ok(writer)
    }

    /// Adds a record; files that come before its file are closed, and stay as they are.
    pub fn record(&mut self, part: Part, bytes: &[u8]) -> Result<(), BundleError> {
        let length = u32::try_from(bytes.len()).map_err(|_| BundleError::Refused(part))?;
        if bytes.is_empty() || bytes.len() > part.limit() || self.current().is_none_or(|open| open > part) {
            return Err(BundleError::Refused(part));
        }
        while self.current() != Some(part) {
            self.close()?;
            self.begin()?;
        }
        self.put(&length.to_be_bytes())?;
        self.put(bytes)?;
        self.open.records += 1;
        Ok(())
    }

    /// The output, to hand on what it holds.
    pub const fn output(&mut self) -> &mut W {
        &mut self.out
    }

    /// Signs and ends the bundle. On return everything was handed to the output and flushed.
    pub fn finish(mut self, signer: &Signer) -> Result<Manifest, BundleError> {
        while self.current().is_some() {
            self.close()?;
            self.begin()?;
        }
        let Self { mut out, about, files, .. } = self;
        let manifest = Manifest { log_origin: about.log_origin, made_at: about.made_at, files };
        let note = manifest.sign(signer)?;
        let length = u32::try_from(note.len()).map_err(|_| BundleError::Unsigned)?;
        out.write_all(format!("{MANIFEST}\n").as_bytes())?;
        out.write_all(&length.to_be_bytes())?;
        out.write_all(note.as_bytes())?;
        out.write_all(&[0; 4])?;
        out.flush()?;
        Ok(manifest)
    }

    /// The file that is open; none once all are closed.
    fn current(&self) -> Option<Part> {
        Part::ALL.get(self.files.len()).copied()
    }

    fn begin(&mut self) -> Result<(), BundleError> {
        match self.current() {
            Some(part) => self.put(format!("{part}\n").as_bytes()),
            None => Ok(()),
        }
    }

    fn close(&mut self) -> Result<(), BundleError> {
        let Some(part) = self.current() else { return Ok(()) };
        self.put(&[0; 4])?;
        self.files.push(std::mem::replace(&mut self.open, Tally::new()).close(part));
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), BundleError> {
        self.out.write_all(bytes)?;
        self.open.add(bytes);
        Ok(())
    }
}
