//! Reads a bundle as a stream, strictly.
//!
//! Knows one record at a time, whatever the size of the bundle. Invariant: it never allocates more than
//! a record's limit on the word of the input.

use std::io::{BufRead, ErrorKind, Seek, SeekFrom};

use super::manifest::FileDigest;
use super::{BundleError, MAGIC, MANIFEST, Part, Tally};
use crate::tlog::note;

/// One record of a bundle.
pub struct Record {
    /// The file that it stands in.
    pub part: Part,
    /// Its number in the file, from 0.
    pub index: u64,
    /// The offset of its first byte in the bundle.
    pub at: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What stands at the end of a bundle.
pub struct End {
    /// What the files that were read hash to.
    pub files: Vec<FileDigest>,
    /// The manifest, a signed note, not verified.
    pub manifest: Vec<u8>,
}

/// A bundle that is being read.
pub struct Reader<R> {
    input: R,
    at: u64,
    open: Option<Tally>,
    files: Vec<FileDigest>,
    /// Room of a record that nobody needs any more.
    spare: Vec<u8>,
}

impl<R: BufRead> Reader<R> {
    /// Begins to read a bundle.
    pub fn new(input: R) -> Result<Self, BundleError> {
        let mut reader = Self { input, at: 0, open: None, files: Vec::new(), spare: Vec::new() };
        reader.expect(format!("{MAGIC}\n").as_bytes())?;
        Ok(reader)
    }

    /// The next record; none after the last record of the last file.
    pub fn next_record(&mut self) -> Result<Option<Record>, BundleError> {
        while let Some(part) = Part::ALL.get(self.files.len()).copied() {
            if self.open.is_none() {
                self.open = Some(Tally::new());
                self.expect(format!("{part}\n").as_bytes())?;
            }
            if let Some(bytes) = self.framed(part.limit())? {
                let at = self.at - bytes.len() as u64;
                let tally = self.open.as_mut().ok_or(BundleError::Malformed(at))?;
                tally.records += 1;
                return Ok(Some(Record { part, index: tally.records - 1, at, bytes }));
            }
            self.files.extend(self.open.take().map(|tally| tally.close(part)));
        }
        Ok(None)
    }

    /// Takes back a record, whose room the next one has.
    pub fn recycle(&mut self, record: Record) {
        self.spare = record.bytes;
    }

    /// Reads the manifest, after the last record, and makes sure that nothing follows it.
    pub fn finish(mut self) -> Result<End, BundleError> {
        if self.files.len() != Part::ALL.len() {
            return Err(BundleError::Malformed(self.at));
        }
        self.expect(format!("{MANIFEST}\n").as_bytes())?;
        let manifest = self.framed(note::MAX_BYTES)?.ok_or(BundleError::Malformed(self.at))?;
        self.expect(&[0; 4])?;
        if self.input.fill_buf()?.is_empty() {
            Ok(End { files: self.files, manifest })
        } else {
            Err(BundleError::Malformed(self.at))
        }
    }

    /// A record of at most `limit` bytes, or none at the end of its file.
    fn framed(&mut self, limit: usize) -> Result<Option<Vec<u8>>, BundleError> {
        let start = self.at;
        let mut length = [0; 4];
        self.fill(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        if length == 0 {
            return Ok(None);
        }
        if length > limit {
            return Err(BundleError::Malformed(start));
        }
        let mut bytes = std::mem::take(&mut self.spare);
        bytes.resize(length, 0);
        self.fill(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn expect(&mut self, wanted: &[u8]) -> Result<(), BundleError> {
        let start = self.at;
        let mut bytes = vec![0; wanted.len()];
        self.fill(&mut bytes)?;
        if bytes == wanted { Ok(()) } else { Err(BundleError::Malformed(start)) }
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), BundleError> {
        self.input.read_exact(bytes).map_err(|error| match error.kind() {
            ErrorKind::UnexpectedEof => BundleError::Malformed(self.at),
            _ => BundleError::Io(error),
        })?;
        self.at += bytes.len() as u64;
        if let Some(tally) = &mut self.open {
            tally.add(bytes);
        }
        Ok(())
    }
}

impl<R: BufRead + Seek> Reader<R> {
    /// Reads again `length` bytes at each of these offsets. What comes back was not hashed again: the
    /// caller checks it against what it knows of the first reading.
    pub fn again(&mut self, places: &[(u64, u32)]) -> Result<Vec<Vec<u8>>, BundleError> {
        let mut here = self.at;
        let mut found = Vec::with_capacity(places.len());
        for &(at, length) in places {
            // A relative move keeps what is buffered: the places are often neighbours.
            self.input.seek_relative(at.wrapping_sub(here).cast_signed())?;
            let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
            self.input.read_exact(&mut bytes)?;
            here = at.saturating_add(u64::from(length));
            found.push(bytes);
        }
        self.input.seek(SeekFrom::Start(self.at))?;
        Ok(found)
    }
}
