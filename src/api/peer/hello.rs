//! `POST /peer/v1/hello`: the caller is there again, so its back-off ends.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::api::callers::{PeerBytes, PeerCaller};
use crate::api::problem::{Document, Problem, json};
use crate::exchange::position::Hello;
use crate::node::Node;

/// The caller has started. What waits for it is sent at once, from where it says that it stands; without a body, from
/// where it stood. The answer says where this node stands in what the caller sends: whichever of the two was restored,
/// and whichever starts last, what was lost is sent again.
#[utoipa::path(
    post, path = "/peer/v1/hello", operation_id = "say_hello", tag = "exchange",
    request_body = Option<Hello>,
    responses(
        (status = 200, description = "Heard; where this node stands", body = Hello),
        (status = 204, description = "Heard, without a body"),
        (status = 400, description = "malformed, body_incomplete", body = Document, content_type = "application/problem+json"),
        (status = 403, description = "peer_not_active, no_client_certificate, certificate_expired", body = Document, content_type = "application/problem+json"),
        (status = 408, description = "too_slow", body = Document, content_type = "application/problem+json"),
        (status = 413, description = "too_large", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "too_many_requests: again after Retry-After", body = Document, content_type = "application/problem+json"),
        (status = 503, description = "busy, log_not_settled", body = Document, content_type = "application/problem+json"),
    )
)]
pub(super) async fn hear(
    node: web::Data<Node>,
    caller: PeerCaller,
    body: PeerBytes,
) -> Result<HttpResponse, Problem> {
    let malformed = |_| Problem::bad_request("malformed", "not a hello");
    let hello = match body.0.as_ref() {
        [] => None,
        bytes => serde_json::from_slice::<Option<Hello>>(bytes).map_err(malformed)?,
    };
    let said = hello.is_some();
    let answer = node.hello(&caller.0, hello).await?;
    if said { json(StatusCode::OK, &answer) } else { Ok(HttpResponse::NoContent().finish()) }
}
