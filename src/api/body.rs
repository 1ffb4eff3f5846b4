//! Request bodies: read with a limit and a deadline, then read strictly.
//!
//! Knows bytes and JSON; must not know what a body is for. Invariant: whatever comes, the answer is a
//! value or a 4xx document that quotes nothing of it.

use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest as _, HttpRequest, web};
use serde_json::Value;

use super::problem::Problem;
use crate::statement::canonical::{CanonicalError, parse_strict};

/// Most bytes of a body of the office API, decompressed.
pub const OFFICE_LIMIT: usize = 1 << 20;
/// Most bytes of a body of the peer API, decompressed; a batch itself has at most 4 MiB.
pub const PEER_LIMIT: usize = 5 << 20;

/// How long a body may take to arrive, where the listener says nothing else.
const DEADLINE: Duration = Duration::from_secs(30);

/// How long a body may take to arrive at this listener.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(pub Duration);

/// The bytes of the body, at most what the listener's [`web::PayloadConfig`] allows.
pub(super) async fn bytes(request: &HttpRequest, payload: &mut Payload) -> Result<web::Bytes, Problem> {
    let deadline = request.app_data::<Deadline>().map_or(DEADLINE, |deadline| deadline.0);
    let reading = web::Bytes::from_request(request, payload);
    match tokio::time::timeout(deadline, reading).await {
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "the body took too long")),
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(unread(&error)),
    }
}

fn unread(error: &actix_web::Error) -> Problem {
    match error.as_error::<PayloadError>() {
        Some(PayloadError::Overflow) => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "the body is larger than this path takes",
        ),
        _ => Problem::bad_request("body_incomplete", "the body did not arrive as announced"),
    }
}

/// The one JSON value that the body is.
pub(super) async fn json(request: &HttpRequest, payload: &mut Payload) -> Result<Value, Problem> {
    // Read first: an answer over an unread body would end the connection.
    let bytes = bytes(request, payload).await?;
    check_media_type(request)?;
    parse_strict(&bytes).map_err(unparsed)
}

fn check_media_type(request: &HttpRequest) -> Result<(), Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    Err(Problem::new(status, "not_json_media_type", "send the body as application/json"))
}

fn unparsed(error: CanonicalError) -> Problem {
    let code = match error {
        CanonicalError::NotUtf8 => "not_utf8",
        CanonicalError::DuplicateKey => "duplicate_member",
        CanonicalError::TooDeep(_) => "too_deep",
        CanonicalError::IntegerTooLarge => "integer_too_large",
        CanonicalError::NotJson | CanonicalError::NotSerializable => "malformed_json",
    };
    Problem::bad_request(code, error.to_string())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    async fn read(kind: &str, body: &[u8]) -> Result<Value, (u16, &'static str)> {
        let (request, mut payload) = TestRequest::post()
            .insert_header((CONTENT_TYPE, kind))
            .app_data(web::PayloadConfig::new(1_000))
            .set_payload(body.to_vec())
            .to_http_parts();
        json(&request, &mut payload).await.map_err(|problem| (problem.status().as_u16(), problem.code()))
    }

    #[actix_web::test]
    async fn whatever_comes_gets_a_code() {
        let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
        for (body, status, code) in [
            (b"".as_slice(), 400, "malformed_json"),
            (b"{", 400, "malformed_json"),
            (b"{} {}", 400, "malformed_json"),
            (b"\"\xff\"", 400, "not_utf8"),
            (br#"{"a":1,"a":2}"#, 400, "duplicate_member"),
            (b"[9007199254740993]", 400, "integer_too_large"),
            (deep.as_bytes(), 400, "too_deep"),
            (&[b' '; 1_001], 413, "too_large"),
        ] {
            assert_eq!(read("application/json", body).await, Err((status, code)));
        }
        assert_eq!(read("Application/JSON; charset=utf-8", b"{}").await, Ok(serde_json::json!({})));
        for kind in ["", "text/plain", "application/jsonp", "application/x-www-form-urlencoded"] {
            assert_eq!(read(kind, b"{}").await, Err((415, "not_json_media_type")), "{kind}");
        }
    }

    #[actix_web::test]
    async fn a_broken_compression_is_the_callers_fault() {
        let (request, mut payload) = TestRequest::post()
            .insert_header((CONTENT_TYPE, "application/json"))
            .insert_header(("content-encoding", "gzip"))
            .set_payload("not gzip at all")
            .to_http_parts();
        assert_eq!(json(&request, &mut payload).await.unwrap_err().status().as_u16(), 400);
    }
}
