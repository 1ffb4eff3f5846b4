//! What the instances of a node tell one another about a peer: that it was in contact, that an operator does not wait.
//!
//! Invariant: counts only rise, so that whoever remembers what it saw last misses nothing.

use super::db::{DbError, Tx};

/// What is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The peer was in contact.
    Contact,
    /// An operator does not wait.
    Hastened,
}

/// A peer, which instance told last, how often the peer was in contact, how often an operator would not wait.
pub type ContactRow = (i64, String, i64, i64);

/// Tells the other instances the same of these peers, ascending, at `at` in milliseconds.
pub async fn tell(tx: &mut Tx, peers: &[i64], instance: &str, at: i64, told: Told) -> Result<(), DbError> {
    let (met, hastened) = (i64::from(told == Told::Contact), i64::from(told == Told::Hastened));
    tx.insert_rows(
        "/* contact::tell */ INSERT INTO contacts (peer, instance, at, met, hastened) VALUES",
        peers.iter().map(|peer| [(*peer).into(), instance.into(), at.into(), met.into(), hastened.into()]),
        "ON CONFLICT (peer) DO UPDATE SET instance = excluded.instance, at = excluded.at, \
         met = contacts.met + excluded.met, hastened = contacts.hastened + excluded.hastened",
    )
    .await
    .map(drop)
}

/// What was told since `since`.
pub async fn since(tx: &mut Tx, since: i64) -> Result<Vec<ContactRow>, DbError> {
    tx.query("/* contact::since */ SELECT peer, instance, met, hastened FROM contacts WHERE at >= $1")
        .bind(since)
        .all()
        .await
}
