//! Which of several instances of a node does a work that one of them is enough for.
//!
//! Knows names and times; must not know the work. Invariant: nothing rests on a lease but effort: two instances that
//! both believe that they hold one do the same work twice, with one effect.

use super::{Error, Node};
use crate::store::lease;

/// How long a lease lasts, milliseconds; renewed when half of it is over.
const LENGTH: i64 = 10_000;

/// So many instances in a row that took a work and did not live to renew it make it suspect.
const SUSPECT: i64 = 3;

/// One of several instances of a node does a work.
pub(super) struct Lease {
    name: String,
    length: i64,
    until: i64,
    /// Whether it was taken, and not renewed since.
    young: bool,
    /// Whether it was taken since somebody asked.
    new: bool,
}

impl Lease {
    /// Not held yet.
    pub(super) const fn of(name: String) -> Self {
        Self::lasting(name, LENGTH)
    }

    /// The same for a work whose single steps take up to half of `length`, milliseconds.
    pub(super) const fn lasting(name: String, length: i64) -> Self {
        Self { name, length, until: 0, young: false, new: false }
    }

    /// Whether this instance does it: the lease is taken or renewed if need be.
    pub(super) async fn is_held(&mut self, node: &Node) -> Result<bool, Error> {
        Ok(self.hold(node).await?.is_some())
    }

    /// The same; none: it does not, and otherwise whether somebody else may have done it since this was asked last.
    pub(super) async fn hold(&mut self, node: &Node) -> Result<Option<bool>, Error> {
        let now = node.now().0;
        let rests = !node.db.node.is_shared() || now < self.until - self.length / 2;
        let held = rests || self.take(node, now).await?;
        Ok(held.then(|| std::mem::take(&mut self.new)))
    }

    /// This instance has lived to end a piece of the work: if the lease runs out now, that is nobody's death.
    pub(super) async fn lived(&mut self, node: &Node) -> Result<(), Error> {
        if self.young {
            self.take(node, node.now().0).await?;
        }
        Ok(())
    }

    /// Takes or renews the lease; whether it is held.
    async fn take(&mut self, node: &Node, now: i64) -> Result<bool, Error> {
        let mut tx = node.db.node.begin().await?;
        let held = lease::take(&mut tx, &self.name, &node.instance, now, now + self.length).await?;
        tx.commit().await?;
        self.until = held.map_or(0, |_| now + self.length);
        self.young = held.is_some_and(|held| held.attempts > 0);
        self.new |= self.young;
        if let Some(held) = held.filter(|held| held.attempts >= SUSPECT) {
            let (work, attempts) = (&self.name, held.attempts);
            tracing::warn!(
                work,
                attempts,
                "{attempts} instances in a row took {work} and did not live to go on"
            );
        }
        Ok(held.is_some())
    }
}
