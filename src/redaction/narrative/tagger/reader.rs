//! Reads numbers from the weight file, front to back.
//!
//! Knows little-endian numbers, not what they stand for. Never reads past the end.

/// What is wrong with a weight file; always the fault of whoever built the program.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadWeights {
    /// The file ends too early or goes on too long.
    #[error("the weight file has the wrong length")]
    Length,
    /// The sum at the end does not match what stands before it.
    #[error("the weight file is damaged")]
    Sum,
    /// The head names another format or other sizes than this program has.
    #[error("the weight file is for another network")]
    Shape,
}

/// A cursor over the bytes of a weight file whose sum has been checked.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Checks the last eight bytes against the rest (FNV-1a, 64 bits).
    pub(super) fn new(file: &'a [u8]) -> Result<Self, BadWeights> {
        let (body, sum) = file.split_last_chunk::<8>().ok_or(BadWeights::Length)?;
        if u64::from_le_bytes(*sum) == fnv1a(body) { Ok(Self(body)) } else { Err(BadWeights::Sum) }
    }

    /// Succeeds if nothing is left.
    pub(super) fn finish(self) -> Result<(), BadWeights> {
        if self.0.is_empty() { Ok(()) } else { Err(BadWeights::Length) }
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], BadWeights> {
        let (head, tail) = self.0.split_first_chunk::<N>().ok_or(BadWeights::Length)?;
        self.0 = tail;
        Ok(*head)
    }

    /// The next `count` rows of `N` bytes, where they lie.
    pub(super) fn rows<const N: usize>(&mut self, count: usize) -> Result<&'a [[u8; N]], BadWeights> {
        let length = count.checked_mul(N).ok_or(BadWeights::Length)?;
        let (head, tail) = self.0.split_at_checked(length).ok_or(BadWeights::Length)?;
        self.0 = tail;
        Ok(head.as_chunks::<N>().0)
    }

    pub(super) fn u16(&mut self) -> Result<u16, BadWeights> {
        self.bytes().map(u16::from_le_bytes)
    }

    pub(super) fn f32(&mut self) -> Result<f32, BadWeights> {
        self.bytes().map(f32::from_le_bytes)
    }

    pub(super) fn floats<const N: usize>(&mut self) -> Result<[f32; N], BadWeights> {
        let mut values = [0.0; N];
        for value in &mut values {
            *value = self.f32()?;
        }
        Ok(values)
    }
}

pub(super) fn fnv1a(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
