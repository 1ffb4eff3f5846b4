//! Who calls, and with what: the extractors that stand before every handler.
//!
//! Knows bearer tokens and client certificates; decides nothing but who it is: what a caller may do is
//! decided in the use cases. Invariants: an officer's account is read on every request, so disabling
//! bites at once; a body is read only after its sender is known; a genotype goes no further than here.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::Span;
use utoipa::ToSchema;

use super::problem::{Finding, Problem};
use super::token::Tokens;
use super::{body, office, shape};
use crate::domain::dna;
use crate::domain::lead::codes::Purpose;
use crate::node::{Error, Node, Officer};
use crate::peer::verifier::{PeerCertificate, Until};

/// The header in which an officer says to which purpose a list is read, a search made or the log exported.
const PURPOSE: &str = "guitu-purpose";

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Problem>>>>;

/// The authenticated officer of a request.
pub struct OfficeCaller(pub Officer);

/// The authenticated officer of a request, and its body: checked by its schema, free of genotypes.
pub struct OfficeCall<T> {
    /// Who asks.
    pub officer: Officer,
    /// What is asked.
    pub body: T,
}

/// A body whose sender is nobody yet: a log-in.
pub struct Anonymous<T>(pub T);

/// The node at the other end of the connection, and when what it showed ends.
#[derive(Clone, Copy, Debug)]
pub struct PeerCaller(pub PeerCertificate, pub Until);

/// The raw body of a peer's request, at most [`body::PEER_LIMIT`] bytes.
pub struct PeerBytes(pub web::Bytes);

impl FromRequest for OfficeCaller {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { authenticate(&request).await.map(Self) })
    }
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for OfficeCall<T> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let officer = authenticate(&request).await?;
            let value = body::json(&request, &mut payload).await?;
            if let Some(pointer) = dna::genotype_in(&value) {
                node(&request)?.refuse_genotype(&officer).await?;
                return Err(genotype(pointer));
            }
            Ok(Self { officer, body: shaped(value)? })
        })
    }
}

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Anonymous<T> {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let value = body::json(&request, &mut payload).await?;
            // Not in the audit log: whoever has no account must not be able to flood it.
            dna::genotype_in(&value).map_or(Ok(()), |pointer| Err(genotype(pointer)))?;
            shaped(value).map(Self)
        })
    }
}

impl FromRequest for PeerCaller {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(peer(request).map(|(shown, until)| Self(shown, until)))
    }
}

impl FromRequest for PeerBytes {
    type Error = Problem;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move { body::bytes(&request, &mut payload).await.map(Self) })
    }
}

/// The node whose certificate the connection carries, for as long as that is valid.
fn peer(request: &HttpRequest) -> Result<(PeerCertificate, Until), Problem> {
    let refused = |code, what| Problem::new(StatusCode::FORBIDDEN, code, what);
    let certificate = request.conn_data::<PeerCertificate>().zip(request.conn_data::<Until>());
    let (certificate, until) =
        certificate.ok_or_else(|| refused("no_client_certificate", "peers show a certificate"))?;
    Span::current().record("peer.id", tracing::field::display(certificate.node));
    if node(request)?.now() >= until.0 {
        return Err(refused(
            "certificate_expired",
            "the connection's certificate has ended: connect with its successor",
        ));
    }
    Ok((*certificate, *until))
}

/// The officer whose token the request carries.
async fn authenticate(request: &HttpRequest) -> Result<Officer, Problem> {
    let node = node(request)?;
    let tokens = request.app_data::<web::Data<Tokens>>().ok_or(Error::Corrupt("tokens"))?;
    let token = bearer(request).ok_or_else(|| {
        Problem::new(
            StatusCode::UNAUTHORIZED,
            "token_missing",
            "send `Authorization: Bearer` with a session's token",
        )
    })?;
    let user = tokens
        .verify(token, node.now())
        .map_err(|refused| Problem::new(StatusCode::UNAUTHORIZED, "token_refused", refused.to_string()))?;
    let officer = node.officer(user).await.map_err(|error| match error {
        Error::BadCredentials => {
            Problem::new(StatusCode::UNAUTHORIZED, "token_refused", "the account is not active")
        }
        other => other.into(),
    })?;
    Ok(Officer { purpose: purpose(request)?, ..officer })
}

/// To which purpose the officer asks, if the request says so.
fn purpose(request: &HttpRequest) -> Result<Option<Purpose>, Problem> {
    let Some(said) = request.headers().get(PURPOSE) else { return Ok(None) };
    let said = said.to_str().ok().and_then(|code| code.parse().ok());
    let wrong = || Problem::bad_request("purpose_invalid", "`Guitu-Purpose` is no purpose of a lead");
    said.map(Some).ok_or_else(wrong)
}

fn node(request: &HttpRequest) -> Result<&web::Data<Node>, Problem> {
    Ok(request.app_data::<web::Data<Node>>().ok_or(Error::Corrupt("node"))?)
}

fn bearer(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim_start())
}

fn genotype(pointer: String) -> Problem {
    let hint = "genotypes are refused: remove them".to_owned();
    Problem::fields(
        Error::Genotype.code(),
        vec![Finding { pointer, code: Error::Genotype.code(), hint, offset: None }],
    )
}

/// The body that `value` is, by the schema in the OpenAPI document.
fn shaped<T: DeserializeOwned + ToSchema>(value: Value) -> Result<T, Problem> {
    let found = shape::check(office::components(), &T::name(), &value);
    if !found.is_empty() {
        return Err(Problem::fields("fields_invalid", found));
    }
    // The reader's own words may quote values: they are dropped.
    serde_json::from_value(value).map_err(|_| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "fields_invalid", "the fields do not fit together")
    })
}
