//! The two bundles that are checked.

use std::path::PathBuf;

use guitu::audit::trust::Trust;
use guitu::exchange::message::Lane;

use crate::two_logs::{Side, deliver};

/// How many messages go in one batch.
const BATCH: usize = 500;

/// Two bundles and a trust file in a folder of their own.
pub(crate) struct Bundles {
    pub(crate) a: PathBuf,
    pub(crate) b: PathBuf,
    pub(crate) trust_file: PathBuf,
    /// How many entries the first one has.
    pub(crate) entries: u64,
    _folder: tempfile::TempDir,
}

impl Bundles {
    /// Two logs of at least `n` entries each: half sent, half received, a read now and then.
    pub(crate) fn make(n: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (mut a, mut b) = (Side::new("530900", 10), Side::new("500000", 20));
        while (a.entries.len() as u64) < n {
            for number in 0..BATCH {
                a.send(b.who.id, Lane::Normal);
                b.send(a.who.id, Lane::Normal);
                if number % 100 == 0 {
                    a.read();
                    b.read();
                }
            }
            deliver(&mut a, &mut b, Lane::Normal, BATCH, false);
            deliver(&mut b, &mut a, Lane::Normal, BATCH, false);
        }
        let entries = a.entries.len() as u64;
        let trust = Trust::of(&[a.who.descriptor(), b.who.descriptor()]).unwrap();
        std::fs::write(path("trust"), trust.to_bytes().unwrap()).unwrap();
        std::fs::write(path("a"), a.export(&b.who, 0).write(&a.who.log)).unwrap();
        std::fs::write(path("b"), b.export(&a.who, 0).write(&b.who.log)).unwrap();
        Self { a: path("a"), b: path("b"), trust_file: path("trust"), entries, _folder: folder }
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::open(&std::fs::read(&self.trust_file).unwrap()).unwrap()
    }
}
