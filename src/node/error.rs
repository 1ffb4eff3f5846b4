//! Why a use case refused, by who is at fault. Never a case detail.

use std::sync::Arc;

use thiserror::Error;

use crate::domain::access::Refusal;
use crate::domain::agreement::{FilingFault, MonthsFault, StepFault, TermsError};
use crate::domain::lead::check::FieldError;
use crate::domain::lead::status::StatusError;
use crate::exchange::inbox::BatchRefusal;
use crate::exchange::problem::Advice;
use crate::exchange::succession::SuccessionError;
use crate::redaction::narrative::CorrectionFault;
use crate::statement::StatementError;
use crate::store::db::DbError;
use crate::store::keystore::KeystoreError;
use crate::store::seal::SealError;

/// The code of a record that is there and does not open.
pub(super) const DAMAGED: &str = "record_damaged";

/// Why a use case refused. [`Error::code`] is problem-type suffix, metric label and audit outcome.
#[derive(Clone, Debug, Error)]
pub enum Error {
    /// The caller named no record of this node.
    #[error("there is no such record")]
    NotFound,
    /// The record is there, and its data key is destroyed: nobody reads it any more.
    #[error("the record was erased")]
    Erased,
    /// The caller wants it erased because its time is over, which is not.
    #[error("the retention of the record is not over")]
    Retained,
    /// The caller's duties do not allow it.
    #[error("the officer's duty does not allow this")]
    Forbidden,
    /// Log-in name or password is wrong, or the account is disabled: which one is not said.
    #[error("the name or the password is wrong")]
    BadCredentials,
    /// The caller's fields break rules.
    #[error("{} fields break a rule", .0.len())]
    Fields(Vec<FieldError>),
    /// The caller's agreement breaks rules.
    #[error("{} terms break a rule", .0.len())]
    Terms(Vec<TermsError>),
    /// The caller sent a genotype, which no one may.
    #[error("the record holds a genotype, which is never accepted")]
    Genotype,
    /// The record was changed meanwhile: the caller reads it again.
    #[error("the record was changed by someone else")]
    Conflict,
    /// The caller's step does not fit the record's status.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// The caller's correction of a mask does not fit.
    #[error("this correction of a mask is refused: {}", .0.code())]
    Mask(CorrectionFault),
    /// The caller keeps nothing, everything, or more than the recipient has.
    #[error("keep some, and not all, of the claims that the recipient has")]
    NotNarrower,
    /// The agreement does not allow what the caller asks.
    #[error(transparent)]
    Access(#[from] Refusal),
    /// The agreement does not allow the caller's step.
    #[error("the agreement does not allow this step: {}", .0.code())]
    Step(StepFault),
    /// The caller's filing, or answer to one, does not fit.
    #[error("this filing is refused: {}", .0.code())]
    Filing(FilingFault),
    /// The caller's months cannot be told.
    #[error("these months cannot be told: {}", .0.code())]
    Months(MonthsFault),
    /// The caller wants a refused message sent once more, which would be refused again.
    #[error("the same message would be refused again: {}", .0.label())]
    NotAgain(Advice),
    /// The caller used an idempotency key for another request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The name is taken, or the thing exists already.
    #[error("it exists already")]
    Exists,
    /// A peer's batch was refused whole.
    #[error(transparent)]
    Batch(#[from] BatchRefusal),
    /// The peer is not registered, suspended or revoked.
    #[error("the peer is not active")]
    PeerNotActive,
    /// A peer changed in a way that only operators may take.
    #[error("import the descriptor with its fingerprint: {0}")]
    Succession(SuccessionError),
    /// A signed document handed to us does not hold.
    #[error("the statement does not hold: {0}")]
    Statement(#[from] StatementError),
    /// Something the caller wrote cannot be read.
    #[error("{0}")]
    Unreadable(&'static str),
    /// The peer settled the message with this number twice in one log: the first receipt stays.
    #[error("the receipt contradicts an earlier one")]
    Contradicted(u64),
    /// Too many wait for the same thing: retry later.
    #[error("too many are waiting")]
    Busy,
    /// A file beside the database failed: the operator mends it.
    #[error("a file that outlives the database cannot be read or written")]
    Outside(#[source] Arc<std::io::Error>),
    /// The log is not known to be whole, so nothing is added to it: the operator looks at `guitu epoch`.
    #[error("the node waits until its log is known to be whole")]
    Waits,
    /// The database failed: retry later.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The key store failed: retry later, or the operator mends it.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// A sealed value, or its data key, does not open: the operator restores it.
    #[error("a sealed value or its data key does not open")]
    Sealed(#[from] SealError),
    /// What this program stored cannot be read: our fault.
    #[error("stored data is not of our form: {0}")]
    Corrupt(&'static str),
}

impl Error {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Erased => "record_erased",
            Self::Retained => "retention_not_over",
            Self::Forbidden => "forbidden",
            Self::BadCredentials => "bad_credentials",
            Self::Fields(_) => "fields_invalid",
            Self::Terms(_) => "terms_invalid",
            Self::Genotype => "genotype",
            Self::Conflict => "conflict",
            Self::Status(error) => error.code(),
            Self::Mask(fault) => fault.code(),
            Self::NotNarrower => "not_narrower",
            Self::Access(refusal) => refusal.code(),
            Self::Step(fault) => fault.code(),
            Self::Filing(fault) => fault.code(),
            Self::Months(fault) => fault.code(),
            Self::NotAgain(_) => "not_again",
            Self::KeyReused => "idempotency_key_reused",
            Self::Exists => "exists",
            Self::Batch(refusal) => refusal.code.code(),
            Self::PeerNotActive => "peer_not_active",
            Self::Succession(error) => error.code(),
            Self::Statement(error) => error.code(),
            Self::Unreadable(_) => "unreadable",
            Self::Contradicted(_) => "receipt_contradicted",
            Self::Busy => "busy",
            Self::Waits => "log_not_settled",
            Self::Database(DbError::Full(_)) | Self::Keystore(KeystoreError::Database(DbError::Full(_))) => {
                "storage_full"
            }
            Self::Database(error) if error.is_retryable() => "busy",
            Self::Keystore(KeystoreError::Database(error)) if error.is_retryable() => "busy",
            Self::Sealed(SealError::Refused) => DAMAGED,
            Self::Database(_) | Self::Keystore(_) | Self::Sealed(_) | Self::Outside(_) | Self::Corrupt(_) => {
                "internal"
            }
        }
    }
}

impl Error {
    /// Whether our own database is what cannot be used now: no peer is at fault, and it may pass by itself.
    pub(super) const fn is_storage(&self) -> bool {
        match self {
            Self::Busy => true,
            Self::Database(error) | Self::Keystore(KeystoreError::Database(error)) => {
                error.is_retryable() || matches!(error, DbError::Full(_))
            }
            _ => false,
        }
    }
}

impl From<CorrectionFault> for Error {
    fn from(fault: CorrectionFault) -> Self {
        Self::Mask(fault)
    }
}

impl From<StepFault> for Error {
    fn from(fault: StepFault) -> Self {
        Self::Step(fault)
    }
}

impl From<FilingFault> for Error {
    fn from(fault: FilingFault) -> Self {
        Self::Filing(fault)
    }
}

impl From<MonthsFault> for Error {
    fn from(fault: MonthsFault) -> Self {
        Self::Months(fault)
    }
}
