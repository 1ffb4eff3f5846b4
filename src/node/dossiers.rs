//! Dossiers of agreements from the database, and what each chain carries of them.
//!
//! Invariant: what is stored was verified when it came; a dossier is made of all of it.
//!
//! Cost: loading parses each statement of the agreements that are asked for, once per batch that names them, and
//! takes each in once; a signer has a bounded number of them.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::draft::Draft;
use super::{Error, Node, key};
use crate::domain::agreement::{Agreement, Dossier, Said};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::exchange::agreement::{AgreementStatement, signatures};
use crate::exchange::message::Lane;
use crate::statement::jws;
use crate::store::agreement::{self as store, Name};
use crate::store::chain::{self, Direction};
use crate::store::db::Tx;

/// The dossiers of the agreements that are known, by id.
pub type Dossiers = HashMap<Uuid, Dossier>;

/// The dossiers of these agreements, as far as anything is known of them.
pub async fn load(tx: &mut Tx, ids: &[Uuid]) -> Result<Dossiers, Error> {
    let mut signed: HashMap<Uuid, Vec<_>> = HashMap::new();
    for statement in statements(tx, ids).await? {
        signed.entry(statement.agreement).or_default().push(statement.signed);
    }
    Ok(signed.into_iter().map(|(id, signed)| (id, Dossier::replay(id, signed).0)).collect())
}

/// The dossier of one agreement.
pub async fn one(tx: &mut Tx, id: Uuid) -> Result<Dossier, Error> {
    load(tx, &[id]).await?.remove(&id).ok_or(Error::NotFound)
}

/// Keeps a verified statement; false if it is there already.
pub async fn keep(tx: &mut Tx, statement: &AgreementStatement) -> Result<bool, Error> {
    let signer = key(statement.signed.signer);
    let (version, node, digest) = match &statement.signed.said {
        Said::Proposal(draft) => (draft.key().version, 0, draft.key().digest),
        Said::Countersignature(version) => (version.version, signer, version.digest),
        // One row for what it says: signed on another day it is another JWS, and says no more.
        Said::Status { number, act } => (*number, signer, Digest::of(act.code().as_bytes())),
    };
    let (agreement, kind) = (statement.agreement, statement.kind().code());
    let name = Name { agreement, kind, version: i64::from(version), node, digest };
    Ok(store::add(tx, &name, &statement.text).await?)
}

/// The statements about these agreements. One that cannot be read any more leaves its agreement out, because it
/// may be the one that forbids, and no other agreement.
pub(super) async fn statements(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<AgreementStatement>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (mut readable, mut unreadable) = (Vec::new(), HashSet::new());
    for (agreement, kind, text) in store::find(tx, ids).await? {
        match read(&kind, text) {
            Some(statement) => readable.push(statement),
            None if unreadable.insert(agreement) => {
                tracing::warn!(
                    agreement.id = %agreement,
                    "a stored {kind} cannot be read: agreement {agreement} is left out"
                );
            }
            None => {}
        }
    }
    readable.retain(|statement| !unreadable.contains(&statement.agreement));
    Ok(readable)
}

fn read(kind: &str, text: String) -> Option<AgreementStatement> {
    let payload = jws::claimed_payload(&text).ok()?;
    AgreementStatement::read(kind.parse().ok()?, payload, text).ok()
}

impl Node {
    /// The whole set of signatures of a version for a chain that has not carried it yet: every proposal and
    /// countersignature up to it.
    pub(super) async fn signatures_for(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        lane: Lane,
        agreement: &Agreement,
    ) -> Result<Vec<Draft>, Error> {
        let (id, current) = (agreement.terms().id, agreement.key());
        let carried = (id, current.version, current.digest);
        if chain::has_carried(tx, key(peer), lane, Direction::Out, carried).await? {
            return Ok(Vec::new());
        }
        let set = signatures(statements(tx, &[id]).await?, current);
        let mut drafts = Vec::with_capacity(set.len());
        for statement in set {
            drafts.push(self.control(tx, peer, lane, statement.kind(), &statement.text).await?);
        }
        // After the statements: whoever waits for the one holds none of the other.
        let first = chain::carry(tx, key(peer), lane, Direction::Out, carried).await?;
        Ok(if first { drafts } else { Vec::new() })
    }
}
