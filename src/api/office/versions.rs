//! `ETag`, `If-Match` (RFC 9110 §13.1.1) and `Idempotency-Key`: how an officer says which state he saw.

use actix_web::HttpRequest;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, HeaderValue, IF_MATCH, LOCATION};

use crate::api::problem::{Problem, json};
use crate::node::views::LeadView;

/// A lead with its version as `ETag`.
pub(super) fn tagged(status: StatusCode, lead: &LeadView) -> Result<HttpResponse, Problem> {
    let mut response = json(status, lead)?;
    tag(&mut response, lead.version);
    let headers = response.headers_mut();
    if status == StatusCode::CREATED
        && let Ok(location) = HeaderValue::try_from(format!("/office/v1/leads/{}", lead.id))
    {
        headers.insert(LOCATION, location);
    }
    Ok(response)
}

/// Gives an answer the version that it shows as `ETag`.
pub(super) fn tag(response: &mut HttpResponse, version: u32) {
    if let Ok(tag) = HeaderValue::try_from(format!("\"{version}\"")) {
        response.headers_mut().insert(ETAG, tag);
    }
}

/// The version in `If-Match`: exactly one strong tag as [`tagged`] writes it.
pub(super) fn expected(request: &HttpRequest) -> Result<u32, Problem> {
    let Some(value) = request.headers().get(IF_MATCH) else {
        let detail = "send `If-Match` with the ETag that you read";
        return Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, "if_match_missing", detail));
    };
    let text = value.to_str().unwrap_or_default();
    let version = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    // A tag that this node never gave names no state that still is.
    version.and_then(|version| version.parse().ok()).ok_or_else(|| {
        Problem::new(StatusCode::PRECONDITION_FAILED, "conflict", "the record is at another version")
    })
}

/// The `Idempotency-Key`: 1 to 64 visible ASCII characters.
pub(super) fn idempotency_key(request: &HttpRequest) -> Result<Option<&str>, Problem> {
    let Some(value) = request.headers().get("Idempotency-Key") else { return Ok(None) };
    let key = value.to_str().unwrap_or_default();
    if (1..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(Some(key));
    }
    Err(Problem::bad_request("idempotency_key_invalid", "1 to 64 visible ASCII characters"))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_correction_names_the_version_it_saw() {
        let with = |tag: &str| {
            let request = TestRequest::put().insert_header((IF_MATCH, tag)).to_http_request();
            expected(&request).map_err(|problem| problem.status().as_u16())
        };
        assert_eq!(with("\"3\""), Ok(3));
        for bad in ["3", "*", "W/\"3\"", "\"3\", \"4\"", "\"-1\"", "\"x\"", "\""] {
            assert_eq!(with(bad), Err(412), "{bad}");
        }
        let none = expected(&TestRequest::put().to_http_request()).unwrap_err();
        assert_eq!(none.status().as_u16(), 428);
    }

    #[test]
    fn keys_are_short_and_visible() {
        let with = |key: &str| {
            let request = TestRequest::post().insert_header(("Idempotency-Key", key)).to_http_request();
            idempotency_key(&request).map(|key| key.map(str::to_owned)).map_err(|problem| problem.code())
        };
        assert_eq!(with("a-1"), Ok(Some("a-1".to_owned())));
        for bad in ["", "a b", &"k".repeat(65)] {
            assert_eq!(with(bad), Err("idempotency_key_invalid"));
        }
    }
}
