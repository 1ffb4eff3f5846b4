//! Refusals as problem documents (RFC 9457), one place for all listeners.
//!
//! Knows every reason of a use case and its HTTP status; must not know values: a document names codes,
//! pointers and hints, never what was sent. The mapping has no wildcard over [`Error`], so a new reason
//! does not compile until it has a status.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, ContentType, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::Refusal;
use crate::domain::agreement::{FilingFault, MonthsFault, StepFault};
use crate::domain::lead::status::StatusError;
use crate::exchange::chain::ChainEnd;
use crate::exchange::problem::BatchCode;
use crate::node::Error;
use crate::redaction::narrative::CorrectionFault;

/// Media type of the documents.
pub const MEDIA_TYPE: &str = "application/problem+json";

const TYPE_BASE: &str = "https://guitu.example/problems/";
/// After how many seconds a busy node is asked again.
const RETRY_SECONDS: u32 = 2;

/// Why a request is refused, on its way to a document.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<Finding>,
    expected: Option<Box<ChainEnd>>,
    /// After how many seconds to try again, where the status says that at all.
    again: u32,
}

/// One field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Finding {
    /// Which field: a JSON pointer (RFC 6901) into the body.
    pub pointer: String,
    /// Which rule it breaks.
    pub code: &'static str,
    /// What to do about it.
    pub hint: String,
    /// The code point of the text at which it stands, if it stands in one place of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<usize>,
}

/// A problem document (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Document {
    /// Names the kind of problem; ends with the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code.
    pub code: &'static str,
    /// What to do, or why. Never a value of a case.
    pub detail: String,
    /// The fields that are wrong.
    #[schema(required = false)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Finding>,
    /// Where the receiver of a batch stands, if that helps its sender.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<ChainEnd>,
    /// The id of the request, for whoever reads the node's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Problem {
    /// A problem without fields.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let (errors, expected) = (Vec::new(), None);
        Self { status, code, detail: detail.into(), errors, expected, again: RETRY_SECONDS }
    }

    /// A 429: more than the caller may ask for, until so many seconds are over; none: until the usual few are.
    pub fn too_many(detail: impl Into<String>, again: Option<u32>) -> Self {
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", detail);
        Self { again: again.unwrap_or(RETRY_SECONDS), ..problem }
    }

    /// A 400.
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// A 422 with the fields that are wrong.
    pub fn fields(code: &'static str, errors: Vec<Finding>) -> Self {
        let mut problem =
            Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, "the fields in `errors` are wrong");
        problem.errors = errors;
        problem
    }

    /// The document for a status that the framework chose.
    pub fn of_status(status: StatusCode) -> Self {
        let (code, detail) = match status {
            StatusCode::NOT_FOUND => ("no_such_route", "there is nothing at this path"),
            StatusCode::METHOD_NOT_ALLOWED => ("method_not_allowed", "this path has other methods"),
            StatusCode::PAYLOAD_TOO_LARGE => ("too_large", "the body is too large"),
            status if status.is_server_error() => ("internal", "the operator finds more under the reference"),
            _ => ("bad_request", "the request cannot be read"),
        };
        Self::new(status, code, detail)
    }

    /// A version that somebody else changed: 412, for requests with `If-Match`.
    pub fn stale(error: Error) -> Self {
        let conflict = matches!(error, Error::Conflict);
        let mut problem = Self::from(error);
        if conflict {
            problem.status = StatusCode::PRECONDITION_FAILED;
        }
        problem
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// The HTTP status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The response, with the id of its request.
    pub fn respond(&self, reference: Option<String>) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            response.insert_header((RETRY_AFTER, self.again.to_string()));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header(("WWW-Authenticate", "Bearer realm=\"guitu\""));
        }
        let document = Document {
            kind: format!("{TYPE_BASE}{}", self.code),
            title: self.code.replace('_', " "),
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail.clone(),
            errors: self.errors.clone(),
            expected: self.expected.as_deref().copied(),
            reference,
        };
        let body = serde_json::to_vec(&document).unwrap_or_default();
        response.content_type(MEDIA_TYPE).body(body)
    }

    /// The response in place of one without a document; keeps its `Allow`.
    pub(super) fn respond_for(&self, old: &HttpResponse<()>, reference: Option<String>) -> HttpResponse {
        let mut response = self.respond(reference);
        if let Some(allow) = old.headers().get(ALLOW) {
            response.headers_mut().insert(ALLOW, allow.clone());
        }
        response
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        self.respond(None)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let (status, code) = (status_of(&error), error.code());
        let detail = match &error {
            _ if code == "storage_full" => {
                "the node has no room left: its operator must make some".to_owned()
            }
            Error::Sealed(_) => {
                "the record is damaged: its operator restores it from a copy, and all others can be read"
                    .to_owned()
            }
            _ if status == StatusCode::SERVICE_UNAVAILABLE => "the node is busy: try again".to_owned(),
            _ if status.is_server_error() => "the operator finds more under the reference".to_owned(),
            other => other.to_string(),
        };
        if status.is_server_error() {
            // The one place where what failed inside is written down; the caller learns nothing of it.
            tracing::error!(code, cause = %error, "a request failed inside");
        }
        let (errors, expected) = match error {
            Error::Fields(found) => (found.into_iter().map(Finding::from).collect(), None),
            Error::Terms(found) => (found.into_iter().map(Finding::from).collect(), None),
            Error::Batch(refusal) => (Vec::new(), refusal.expected.map(Box::new)),
            _ => (Vec::new(), None),
        };
        Self { status, code, detail, errors, expected, again: RETRY_SECONDS }
    }
}

impl From<crate::domain::lead::check::FieldError> for Finding {
    fn from(error: crate::domain::lead::check::FieldError) -> Self {
        Self { pointer: error.path, code: error.code, hint: error.hint.to_owned(), offset: error.offset }
    }
}

impl From<crate::domain::agreement::TermsError> for Finding {
    fn from(error: crate::domain::agreement::TermsError) -> Self {
        Self { pointer: error.pointer, code: error.code, hint: error.hint.to_owned(), offset: error.offset }
    }
}

fn status_of(error: &Error) -> StatusCode {
    let busy = [Error::Busy.code(), "storage_full"].contains(&error.code());
    match error {
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::Erased => StatusCode::GONE,
        Error::Forbidden
        | Error::PeerNotActive
        | Error::Mask(CorrectionFault::OwnLift | CorrectionFault::KnownValue)
        | Error::Step(StepFault::NotAParty | StepFault::ForeignProposer)
        | Error::Filing(FilingFault::NotAParty | FilingFault::NotTheUpper) => StatusCode::FORBIDDEN,
        Error::BadCredentials => StatusCode::UNAUTHORIZED,
        Error::Fields(_)
        | Error::Terms(_)
        | Error::Genotype
        | Error::Mask(
            CorrectionFault::OutOfText | CorrectionFault::ReasonMissing | CorrectionFault::TooMany,
        )
        | Error::Statement(_)
        | Error::NotNarrower
        | Error::Months(MonthsFault::Range)
        | Error::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Conflict
        | Error::Retained
        | Error::Exists
        | Error::NotAgain(_)
        | Error::Contradicted(_)
        | Error::Succession(_)
        | Error::Step(_)
        | Error::Filing(_)
        | Error::Months(_)
        | Error::Mask(CorrectionFault::NoSuchMask | CorrectionFault::NothingAsked) => StatusCode::CONFLICT,
        Error::Status(reason) => status_of_step(*reason),
        Error::Access(refusal) => status_of_refusal(*refusal),
        Error::Batch(refusal) => status_of_batch(refusal.code),
        Error::Unreadable(_) => StatusCode::BAD_REQUEST,
        Error::Busy | Error::Waits => StatusCode::SERVICE_UNAVAILABLE,
        Error::Database(_) | Error::Keystore(_) if busy => StatusCode::SERVICE_UNAVAILABLE,
        Error::Database(_)
        | Error::Keystore(_)
        | Error::Sealed(_)
        | Error::Outside(_)
        | Error::Corrupt(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

const fn status_of_step(reason: StatusError) -> StatusCode {
    match reason {
        StatusError::NotFromHere | StatusError::NoBasis | StatusError::AlreadyPassed => StatusCode::CONFLICT,
        StatusError::ApproverIsDrafter | StatusError::PoliceOnly => StatusCode::FORBIDDEN,
        StatusError::OutcomeMissing => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

const fn status_of_refusal(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::Classified | Refusal::ForeignOwner | Refusal::OverDisclosure { .. } => StatusCode::FORBIDDEN,
        Refusal::NotInForce(_) | Refusal::OpeningOver | Refusal::WrongBasis => StatusCode::CONFLICT,
        Refusal::NotAParty | Refusal::NotCovered(_) | Refusal::NoRole => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

const fn status_of_batch(code: BatchCode) -> StatusCode {
    match code {
        BatchCode::Malformed | BatchCode::ClockSkew => StatusCode::BAD_REQUEST,
        BatchCode::NotForMe | BatchCode::NotFromPeer | BatchCode::PeerNotActive => StatusCode::FORBIDDEN,
        BatchCode::SignatureInvalid => StatusCode::UNAUTHORIZED,
        BatchCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        BatchCode::Gap
        | BatchCode::ChainBroken
        | BatchCode::Equivocation
        | BatchCode::EpochUnknown
        | BatchCode::PositionUnknown => StatusCode::CONFLICT,
    }
}

/// A JSON answer. Views always have a JSON form; if one had not, that is our fault.
pub(super) fn json<T: Serialize>(status: StatusCode, body: &T) -> Result<HttpResponse, Problem> {
    let bytes = serde_json::to_vec(body).map_err(|_| Error::Corrupt("answer"))?;
    Ok(HttpResponse::build(status).content_type(ContentType::json()).body(bytes))
}

#[cfg(test)]
#[path = "problem_tests.rs"]
mod tests;
