//! Statements about agreements on their way between form and dossier.
//!
//! Knows the three forms and the message kind of each; decides nothing: the dossier does.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::forms::{AgreementForm, AgreementStatusForm, CountersignatureForm, day};
use super::message::{Basis, Kind};
use super::problem::ItemCode;
use crate::clock::Timestamp;
use crate::domain::agreement::{
    Agreement, Draft, Said, Signed, StepFault, TermsError, TermsFault, VersionKey,
};
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::statement::keys::SigningKey;
use crate::statement::{StatementError, canonical, jws};

/// A statement about an agreement, with its JWS.
#[derive(Clone)]
pub struct AgreementStatement {
    /// The agreement.
    pub agreement: Uuid,
    /// Who says what.
    pub signed: Signed,
    /// The compact JWS.
    pub text: String,
}

impl AgreementStatement {
    /// Reads the payload of the JWS `text`, which was verified under its own `iss`. The signer is at fault
    /// in the error.
    pub fn read(kind: Kind, payload: Value, text: String) -> Result<Self, ItemCode> {
        fn form<T: serde::de::DeserializeOwned>(payload: Value) -> Result<T, ItemCode> {
            serde_json::from_value(payload).map_err(|_| ItemCode::Schema)
        }
        let (agreement, signer, said) = match kind {
            Kind::Agreement => {
                let AgreementForm { iss, terms, .. } = form(payload)?;
                let digest = canonical::digest(&terms).map_err(|_| ItemCode::Schema)?;
                let draft = Draft::new(terms, digest).map_err(|errors| code_of(&errors))?;
                (draft.terms().id, iss, Said::Proposal(draft))
            }
            Kind::Countersignature => {
                let CountersignatureForm { iss, agreement, version, digest, .. } = form(payload)?;
                (agreement, iss, Said::Countersignature(VersionKey { version, digest }))
            }
            Kind::AgreementStatus => {
                let AgreementStatusForm { iss, agreement, number, act, .. } = form(payload)?;
                (agreement, iss, Said::Status { number, act })
            }
            _ => return Err(ItemCode::WrongBasis),
        };
        Ok(Self { agreement, signed: Signed { signer, said }, text })
    }

    /// Signs what a node says about an agreement.
    pub fn sign(
        key: &SigningKey,
        iss: NodeId,
        now: Timestamp,
        agreement: Uuid,
        said: Said,
    ) -> Result<Self, StatementError> {
        let iat = day(now);
        let text = match &said {
            Said::Proposal(draft) => {
                signed(key, Kind::Agreement, &AgreementForm { iss, iat, terms: draft.terms().clone() })
            }
            Said::Countersignature(VersionKey { version, digest }) => {
                let (version, digest) = (*version, *digest);
                let form = CountersignatureForm { iss, iat, agreement, version, digest };
                signed(key, Kind::Countersignature, &form)
            }
            Said::Status { number, act } => {
                let form = AgreementStatusForm { iss, iat, agreement, number: *number, act: *act };
                signed(key, Kind::AgreementStatus, &form)
            }
        }?;
        Ok(Self { agreement, signed: Signed { signer: iss, said }, text })
    }

    /// The kind of the message that carries it.
    pub const fn kind(&self) -> Kind {
        match self.signed.said {
            Said::Proposal(_) => Kind::Agreement,
            Said::Countersignature(_) => Kind::Countersignature,
            Said::Status { .. } => Kind::AgreementStatus,
        }
    }

    /// The version that it is about; none for a status.
    pub fn version(&self) -> Option<VersionKey> {
        match &self.signed.said {
            Said::Proposal(draft) => Some(draft.key()),
            Said::Countersignature(key) => Some(*key),
            Said::Status { .. } => None,
        }
    }

    /// The digest of the JWS.
    pub fn digest(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }
}

/// What a chain carries before its first message under a version: of all statements about the agreement every
/// proposal and countersignature up to it, in the order in which they can be taken in.
pub fn signatures(mut all: Vec<AgreementStatement>, upto: VersionKey) -> Vec<AgreementStatement> {
    all.retain(|statement| statement.version().is_some_and(|version| version <= upto));
    all.sort_by_key(|statement| (statement.version(), statement.kind() == Kind::Countersignature));
    all
}

/// What a withdrawal or a purge receipt rests on: the agreement, or after its end what is left of it.
pub fn recalling(agreement: &Agreement, now: Timestamp) -> Basis {
    let (id, version, digest) = (agreement.terms().id, agreement.terms().version, agreement.digest());
    match agreement.may_send(now) {
        Ok(()) => Basis::Agreement { id, version, digest, roles: Vec::new() },
        Err(_) => Basis::Residual { id, version, digest },
    }
}

fn signed(key: &SigningKey, kind: Kind, form: &impl Serialize) -> Result<String, StatementError> {
    jws::sign(key, typ_of(kind), form)
}

/// The media type of a plain statement that a message of that kind carries.
pub const fn typ_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Agreement => jws::typ::AGREEMENT,
        Kind::Countersignature => jws::typ::COUNTERSIGNATURE,
        Kind::AgreementStatus => jws::typ::AGREEMENT_STATUS,
        Kind::Answer => jws::typ::ANSWER,
        Kind::Withdrawal => jws::typ::WITHDRAWAL,
        Kind::PurgeReceipt => jws::typ::PURGE_RECEIPT,
        Kind::Filing => jws::typ::FILING,
        Kind::FilingAnswer => jws::typ::FILING_ANSWER,
        Kind::Statistics => jws::typ::STATISTICS,
        Kind::Lead => jws::typ::LEAD,
    }
}

/// The code with which terms are refused that break rules.
fn code_of(errors: &[TermsError]) -> ItemCode {
    let genotype = errors.iter().any(|error| error.code == TermsFault::Genotype.code());
    if genotype { ItemCode::Genotype } else { ItemCode::Schema }
}

/// The code with which a statement is refused that the dossier does not admit.
pub fn fault_code(fault: StepFault) -> ItemCode {
    if fault.retryable() {
        return ItemCode::AgreementNotYetKnown;
    }
    fault.code().parse().unwrap_or(ItemCode::AgreementConflict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::agreement::samples::terms;
    use crate::domain::agreement::{MAX_PARTIES, Party, Role, Terms};
    use crate::domain::profile::Profile;

    fn read(terms: Terms) -> Result<AgreementStatement, ItemCode> {
        let form = AgreementForm { iss: terms.proposer, iat: 0, terms };
        AgreementStatement::read(Kind::Agreement, serde_json::to_value(form).unwrap(), String::new())
    }

    #[test]
    fn terms_that_break_a_rule_are_refused_by_it() {
        let good = terms(
            &[("140600", &[Role::Origin]), ("500000", &[Role::Destination])],
            Profile::default_matrix(),
        );
        assert!(read(good.clone()).is_ok());
        let mut named = good.clone();
        named.parties[1].office = "TH01 6,9.3".to_owned();
        assert_eq!(read(named).err(), Some(ItemCode::Genotype));
        assert_eq!(read(Terms { retention_days: 0, ..good }).err(), Some(ItemCode::Schema));
    }

    #[test]
    fn the_longest_terms_fit_into_one_statement() {
        let mut longest = terms(
            &[("140600", &[Role::Origin]), ("500000", &[Role::Destination])],
            Profile::default_matrix().named(&"\"".repeat(64), u32::MAX),
        );
        for number in 2..MAX_PARTIES {
            let node = format!("330{number:03}").parse().unwrap();
            longest.parties.push(Party { node, ..longest.parties[0].clone() });
        }
        for party in &mut longest.parties {
            // Four bytes a character in JSON, as no other that is allowed has more.
            (party.roles, party.government) = (Role::ALL.to_vec(), "𠀀".repeat(100));
            party.office = party.government.clone();
        }
        let (version, digest) = (u32::MAX, Digest::of(b"terms"));
        let longest = Terms { version, previous: Some(digest), answers: Some(digest), ..longest };
        let (iss, id) = (longest.proposer, longest.id);
        let key = SigningKey::from_seed(iss, &[1; 32]).unwrap();
        let said = Said::Proposal(Draft::new(longest, digest).unwrap());
        let text = AgreementStatement::sign(&key, iss, Timestamp(0), id, said).unwrap().text;
        assert!(text.len() <= jws::MAX_BYTES, "{}", text.len());
    }
}
