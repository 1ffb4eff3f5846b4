//! A message: one statement to one peer, in a lane, on a basis (wire §2).
//!
//! The header is RFC 8785 canonical JSON; its SHA-256 is the exchange digest `x`, the same in both
//! nodes' logs. A header that is not canonical is refused, so `x` is the digest of the bytes received.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;
use utoipa::ToSchema;
use uuid::Uuid;

use super::word::Word;
use crate::clock::{Entropy, Timestamp, random};
use crate::domain::agreement::Role;
use crate::domain::claim::Claim;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::Purpose;
use crate::domain::node::NodeId;
use crate::domain::spelling;
use crate::statement::canonical;

/// The version of the message format that this node speaks.
pub const VERSION: u32 = 1;

/// `prev` of the very first message of a lane: nothing came before it.
pub const GENESIS: Digest = Digest([0; 32]);

codes! {
    /// The two chains between a pair of nodes. Urgent overtakes normal.
    pub enum Lane {
        Urgent = "urgent" "急件",
        Normal = "normal" "普通",
    }
}

codes! {
    /// What the statement of a message is.
    pub enum Kind {
        Agreement = "agreement" "合作协议",
        Countersignature = "countersignature" "协议会签",
        AgreementStatus = "agreement_status" "协议状态",
        Lead = "lead" "线索",
        Answer = "answer" "办理反馈",
        Withdrawal = "withdrawal" "撤回",
        PurgeReceipt = "purge_receipt" "清除回执",
        Filing = "filing" "备案",
        FilingAnswer = "filing_answer" "备案答复",
        Statistics = "statistics" "交流统计",
    }
}

impl Kind {
    /// The lane that the kind travels in: agreement statements and everything that ends or calls
    /// back is urgent, case data is normal.
    pub const fn lane(self) -> Lane {
        match self {
            Self::Agreement
            | Self::Countersignature
            | Self::AgreementStatus
            | Self::Withdrawal
            | Self::PurgeReceipt => Lane::Urgent,
            Self::Lead | Self::Answer | Self::Filing | Self::FilingAnswer | Self::Statistics => Lane::Normal,
        }
    }

    /// Whether it calls back what was shared, or says that it is gone: such a message discloses nothing,
    /// serves no purpose of a case, and travels after the end of its agreement too.
    pub const fn recalls(self) -> bool {
        matches!(self, Self::Withdrawal | Self::PurgeReceipt)
    }
}

/// What a message rests on; checked at every dispatch and at every receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Basis {
    /// Descriptors, keys, agreements: no case data.
    Control,
    /// A cooperation agreement in force.
    Agreement {
        /// The agreement.
        #[schema(value_type = String)]
        id: Uuid,
        /// Its version.
        version: u32,
        /// The digest of its terms.
        #[schema(value_type = String)]
        digest: Digest,
        /// The roles that this lead's places give the recipient; empty where no claim is disclosed.
        #[schema(value_type = Vec<String>)]
        roles: Vec<Role>,
    },
    /// What may still travel after an agreement ended: withdrawals and purge receipts.
    Residual {
        /// The agreement.
        #[schema(value_type = String)]
        id: Uuid,
        /// The version under which the record was shared.
        version: u32,
        /// The digest of its terms.
        #[schema(value_type = String)]
        digest: Digest,
    },
}

impl Basis {
    /// The agreement that the basis cites, in force or ended: id, version, digest.
    pub const fn agreement(&self) -> Option<(Uuid, u32, Digest)> {
        match self {
            Self::Control => None,
            Self::Agreement { id, version, digest, .. } | Self::Residual { id, version, digest } => {
                Some((*id, *version, *digest))
            }
        }
    }
}

/// The life of a node's chains between two restores: a counter and 64 random bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch {
    /// Above every counter that a peer ever saw from this node.
    pub counter: u32,
    /// Tells apart two restores that did not know of each other.
    pub nonce: u64,
}

/// Not an epoch of the form `1-0123456789abcdef`. The sender is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("not an epoch")]
pub struct NotAnEpoch;

impl Epoch {
    /// The first epoch of a new node.
    pub fn first(entropy: &dyn Entropy) -> Self {
        Self { counter: 1, nonce: u64::from_be_bytes(random(entropy)) }
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:016x}", self.counter, self.nonce)
    }
}

impl FromStr for Epoch {
    type Err = NotAnEpoch;

    fn from_str(text: &str) -> Result<Self, NotAnEpoch> {
        let (counter, nonce) = text.split_once('-').ok_or(NotAnEpoch)?;
        let decimal = counter.bytes().all(|byte| byte.is_ascii_digit());
        let hexadecimal = nonce.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        // One epoch has one text: that of `Display`.
        if !decimal || !hexadecimal || nonce.len() != 16 || (counter.len() > 1 && counter.starts_with('0')) {
            return Err(NotAnEpoch);
        }
        Ok(Self {
            counter: counter.parse().map_err(|_| NotAnEpoch)?,
            nonce: u64::from_str_radix(nonce, 16).map_err(|_| NotAnEpoch)?,
        })
    }
}

impl Serialize for Epoch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Epoch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        spelling::read(deserializer)
    }
}

/// The origin line of a node's log in an epoch (C2SP tlog-checkpoint).
pub fn log_origin(node: NodeId, epoch: Epoch) -> String {
    format!("guitu.{node}/log/{epoch}")
}

/// The key name of a node's cosignatures (C2SP tlog-cosignature).
pub fn cosigner_name(node: NodeId) -> String {
    format!("guitu.{node}/cosigner")
}

/// What is said about a message before the sequencer gives it its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unsequenced {
    /// The id of the message, random.
    pub id: Uuid,
    /// To whom.
    pub to: NodeId,
    /// In which lane.
    pub lane: Lane,
    /// What the statement is.
    pub kind: Kind,
    /// What it rests on.
    pub basis: Basis,
    /// To which purpose; none for control messages, withdrawals and purge receipts.
    pub purpose: Option<Purpose>,
    /// The digest of the statement's JWS.
    pub statement_digest: Digest,
    /// The claims disclosed with it, sorted.
    pub disclosed: Vec<Claim>,
    /// The digest of the person references beside it.
    pub person_refs_digest: Option<Digest>,
}

/// The header of a message. Field order is canonical order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// What it rests on.
    #[schema(value_type = Basis)]
    pub basis: Word<Basis>,
    /// The claims disclosed with it, sorted.
    #[schema(value_type = Vec<String>)]
    pub disclosed: Vec<Claim>,
    /// The sender's epoch.
    #[schema(value_type = String)]
    pub epoch: Epoch,
    /// The sender.
    #[schema(value_type = String)]
    pub from: NodeId,
    /// The id of the message, random.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// What the statement is.
    #[schema(value_type = String)]
    pub kind: Word<Kind>,
    /// The lane.
    #[schema(value_type = String)]
    pub lane: Lane,
    /// The digest of the person references beside the statement.
    #[schema(value_type = Option<String>)]
    pub person_refs_digest: Option<Digest>,
    /// The exchange digest of the message before it in its lane.
    #[schema(value_type = String)]
    pub prev: Digest,
    /// To which purpose; none for control messages, withdrawals and purge receipts.
    #[schema(value_type = Option<String>)]
    pub purpose: Option<Purpose>,
    /// Its number in its lane: 1, 2, 3 … without a gap.
    pub seq: u64,
    /// When the sequencer placed it: evidence, never a permission.
    #[schema(value_type = i64)]
    pub sequenced_at: Timestamp,
    /// The digest of the statement's JWS.
    #[schema(value_type = String)]
    pub statement_digest: Digest,
    /// The recipient.
    #[schema(value_type = String)]
    pub to: NodeId,
    /// The version of the format.
    pub v: u32,
}

/// Why bytes are not a header. The sender is at fault.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum HeaderError {
    /// Not JSON of this shape.
    #[error("the header is not of this format")]
    Malformed,
    /// Not RFC 8785 canonical, so its digest would be in doubt.
    #[error("the header is not canonical JSON")]
    NotCanonical,
    /// A version that this node does not speak.
    #[error("the header has an unknown version")]
    Version,
}

impl Header {
    /// Gives a message its place: the sequencer's act.
    pub fn place(
        said: Unsequenced,
        from: NodeId,
        epoch: Epoch,
        seq: u64,
        prev: Digest,
        sequenced_at: Timestamp,
    ) -> Self {
        let Unsequenced {
            id,
            to,
            lane,
            kind,
            basis,
            purpose,
            statement_digest,
            disclosed,
            person_refs_digest,
        } = said;
        Self {
            basis: basis.into(),
            disclosed,
            epoch,
            from,
            id,
            kind: kind.into(),
            lane,
            person_refs_digest,
            prev,
            purpose,
            seq,
            sequenced_at,
            statement_digest,
            to,
            v: VERSION,
        }
    }

    /// Its kind and basis, if this version knows both.
    pub fn known(&self) -> Option<(Kind, &Basis)> {
        Some((*self.kind.known()?, self.basis.known()?))
    }

    /// The canonical bytes and their digest, `x`.
    pub fn seal(&self) -> Result<(String, Digest), HeaderError> {
        let bytes = canonical::to_vec(self).map_err(|_| HeaderError::Malformed)?;
        let x = Digest::of(&bytes);
        String::from_utf8(bytes).map(|text| (text, x)).map_err(|_| HeaderError::Malformed)
    }

    /// The header in `text`, and `x`. Refuses whatever is not canonical.
    pub fn open(text: &str) -> Result<(Self, Digest), HeaderError> {
        let header: Self = serde_json::from_str(text).map_err(|_| HeaderError::Malformed)?;
        if header.v != VERSION {
            return Err(HeaderError::Version);
        }
        let (again, x) = header.seal()?;
        if again == text { Ok((header, x)) } else { Err(HeaderError::NotCanonical) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SeededEntropy;

    fn header() -> Header {
        let said = Unsequenced {
            id: Uuid::from_u128(7),
            to: "500000".parse().unwrap(),
            lane: Lane::Normal,
            kind: Kind::Lead,
            basis: Basis::Agreement {
                id: Uuid::from_u128(9),
                version: 1,
                digest: Digest::of(b"terms"),
                roles: vec![Role::Transit],
            },
            purpose: Some(Purpose::Rescue),
            statement_digest: Digest::of(b"statement"),
            disclosed: vec![Claim::Sex],
            person_refs_digest: None,
        };
        let epoch = Epoch::first(&SeededEntropy::new(1));
        Header::place(said, "530900".parse().unwrap(), epoch, 3, GENESIS, Timestamp(5))
    }

    #[test]
    fn a_header_round_trips_and_keeps_its_digest() {
        let (text, x) = header().seal().unwrap();
        assert_eq!(Header::open(&text), Ok((header(), x)));
    }

    #[test]
    fn other_spellings_of_a_header_are_refused() {
        let (text, _) = header().seal().unwrap();
        assert_eq!(Header::open(&text.replace("\"seq\":3", "\"seq\": 3")), Err(HeaderError::NotCanonical));
        assert_eq!(Header::open(&text.replace("\"v\":1", "\"v\":2")), Err(HeaderError::Version));
        let control = text.replace("\"seq\":3", "\"more\":1,\"seq\":3");
        assert_eq!(Header::open(&control), Err(HeaderError::Malformed));
        assert_eq!(Header::open("[]"), Err(HeaderError::Malformed));
    }

    #[test]
    fn an_unknown_member_of_a_control_basis_is_refused() {
        let mut plain = header();
        plain.basis = Basis::Control.into();
        let (text, _) = plain.seal().unwrap();
        let padded = text.replace("{\"type\":\"control\"}", "{\"a\":1,\"type\":\"control\"}");
        assert!(padded != text && Header::open(&padded).is_err());
    }

    #[test]
    fn epochs_have_one_spelling() {
        for bad in ["1", "1-1", "01-0000000000000001", "1-000000000000000G", "1-00000000000000AB"] {
            assert_eq!(bad.parse::<Epoch>(), Err(NotAnEpoch), "{bad}");
        }
        assert!("1-00000000000000ab".parse::<Epoch>().is_ok());
    }
}
