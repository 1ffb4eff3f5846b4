//! Own leads at rest: sealed with the lead's data key, named in the log by a salted reference.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Error, Node};
use crate::clock::random;
use crate::domain::digest::Digest;
use crate::domain::lead::status::Status;
use crate::domain::lead::{Lead, Raw};
use crate::exchange::presentation::SignedLead;
use crate::redaction::Texts;
use crate::store::db::Tx;
use crate::store::lead::{self, LeadRow, VersionRow};
use crate::store::seal::{self, DataKey, SealError};

/// A lead opened for its owner's officers.
pub struct OpenLead {
    /// The row as stored.
    pub row: LeadRow,
    /// Its status.
    pub status: Status,
    /// The raw record.
    pub lead: Raw<Lead>,
    /// What the engine and the officers made of its texts.
    pub texts: Texts,
    /// Salts its references in the log; gone with the data key.
    pub salt: [u8; 16],
    /// The data key.
    pub key: DataKey,
}

#[derive(Serialize, Deserialize)]
struct Content {
    salt: String,
    lead: Lead,
    #[serde(default)]
    texts: Texts,
}

impl OpenLead {
    /// The version.
    pub fn version(&self) -> Result<u32, Error> {
        u32::try_from(self.row.ver).map_err(|_| Error::Corrupt("version"))
    }

    /// How the log names this version: SHA-256(salt ‖ id ‖ version).
    pub fn reference(&self) -> Digest {
        reference(&self.salt, self.row.id, self.row.ver)
    }
}

/// How the log names a version of a record.
pub fn reference(salt: &[u8; 16], id: Uuid, ver: i64) -> Digest {
    Digest::of(&[salt.as_slice(), id.as_bytes(), &ver.to_be_bytes()].concat())
}

fn aad(id: Uuid, what: &str, ver: i64) -> Vec<u8> {
    [id.as_bytes(), what.as_bytes(), &ver.to_be_bytes()].concat()
}

impl Node {
    /// Seals a raw lead with what was made of its texts.
    pub fn seal_lead(
        &self,
        id: Uuid,
        salt: [u8; 16],
        (lead, texts): (&Raw<Lead>, &Texts),
        key: &DataKey,
    ) -> Result<Vec<u8>, Error> {
        let content = Content { salt: hex::encode(salt), lead: lead.value().clone(), texts: texts.clone() };
        let plain =
            zeroize::Zeroizing::new(serde_json::to_vec(&content).map_err(|_| Error::Corrupt("lead"))?);
        Ok(seal::seal(key, &aad(id, "lead", 0), &plain, self.entropy.as_ref())?)
    }

    /// A fresh salt.
    pub fn salt(&self) -> [u8; 16] {
        random(self.entropy.as_ref())
    }

    /// Finds and opens a lead, unless it was erased, or is being erased.
    pub async fn open_lead(&self, tx: &mut Tx, id: Uuid) -> Result<OpenLead, Error> {
        let row = lead::find(tx, id).await?.ok_or(Error::NotFound)?;
        if row.status == Status::Purged.code() {
            return Err(Error::Erased);
        }
        let mut keys = self.keystore.load(&[row.data_key]).await?;
        match keys.remove(&row.data_key) {
            Some(key) => open_row(row, key?),
            None if self.purged(&[(id, row.data_key)]).await?.is_empty() => Err(SealError::Refused.into()),
            None => Err(Error::Erased),
        }
    }

    /// Which leads, whose data keys are gone, were erased, also just now, or before an older copy of their rows came back;
    /// the keys of the others are lost. Each with its key.
    pub(super) async fn purged(&self, gone: &[(Uuid, Uuid)]) -> Result<Vec<Uuid>, Error> {
        if gone.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = gone.iter().map(|(lead, _)| *lead).collect();
        let mut tx = self.db.node.snapshot().await?;
        let mut purged = lead::purged(&mut tx, &ids).await?;
        tx.rollback().await?;
        let entombed = self.entombed_keys()?;
        purged.extend(gone.iter().filter(|(_, key)| entombed.contains(key)).map(|(lead, _)| *lead));
        Ok(purged)
    }

    /// Seals everything that can be disclosed of a version.
    pub fn seal_version(
        &self,
        id: Uuid,
        ver: i64,
        signed: &SignedLead,
        key: &DataKey,
    ) -> Result<Vec<u8>, Error> {
        let plain =
            zeroize::Zeroizing::new(serde_json::to_vec(signed).map_err(|_| Error::Corrupt("disclosures"))?);
        Ok(seal::seal(key, &aad(id, "disclosures", ver), &plain, self.entropy.as_ref())?)
    }
}

/// Opens a lead's row with its key.
pub fn open_row(row: LeadRow, key: DataKey) -> Result<OpenLead, Error> {
    let Content { salt, lead, texts } = content(&row, &key)?;
    let mut bytes = [0; 16];
    hex::decode_to_slice(salt, &mut bytes).map_err(|_| Error::Corrupt("salt"))?;
    let status = row.status.parse().map_err(|_| Error::Corrupt("status"))?;
    Ok(OpenLead { row, status, lead: Raw::new(lead), texts, salt: bytes, key })
}

/// The raw record of a lead's row.
pub fn lead_of(row: &LeadRow, key: &DataKey) -> Result<Raw<Lead>, Error> {
    Ok(Raw::new(content(row, key)?.lead))
}

fn content(row: &LeadRow, key: &DataKey) -> Result<Content, Error> {
    let plain = zeroize::Zeroizing::new(seal::open(key, &aad(row.id, "lead", 0), &row.raw)?);
    serde_json::from_slice(&plain).map_err(|_| Error::Corrupt("lead"))
}

/// Opens what can be disclosed of a version.
pub fn open_version(row: &VersionRow, key: &DataKey) -> Result<SignedLead, Error> {
    let plain =
        zeroize::Zeroizing::new(seal::open(key, &aad(row.lead, "disclosures", row.ver), &row.disclosures)?);
    let mut signed: SignedLead = serde_json::from_slice(&plain).map_err(|_| Error::Corrupt("disclosures"))?;
    signed.jws.clone_from(&row.jws);
    Ok(signed)
}
