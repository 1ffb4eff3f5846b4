//! `POST /peer/v1/keys`: two nodes tell each other what they are now.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::api::callers::{PeerBytes, PeerCaller};
use crate::api::problem::{Document, Problem, json};
use crate::exchange::succession::Announcement;
use crate::node::Node;

/// Takes the caller's descriptors, each signed with a key that was held before it, and gives this node's own. New
/// keys, pins and addresses are taken so; a compromise, another log or another CA only by the operators.
#[utoipa::path(
    post, path = "/peer/v1/keys", operation_id = "introduce", tag = "exchange",
    request_body = Announcement,
    responses(
        (status = 200, description = "What this node is now", body = Announcement),
        (status = 400, description = "unreadable, body_incomplete", body = Document, content_type = "application/problem+json"),
        (status = 403, description = "peer_not_active, no_client_certificate, certificate_expired", body = Document, content_type = "application/problem+json"),
        (status = 408, description = "too_slow", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "descriptor_not_signed, descriptor_fixed_part, descriptor_keys_lost, descriptor_new_keys: nothing was taken", body = Document, content_type = "application/problem+json"),
        (status = 413, description = "too_large", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "too_many_requests: again after Retry-After", body = Document, content_type = "application/problem+json"),
        (status = 503, description = "busy, log_not_settled", body = Document, content_type = "application/problem+json"),
    )
)]
pub(super) async fn introduce(
    node: web::Data<Node>,
    caller: PeerCaller,
    said: PeerBytes,
) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.introduced(&caller.0, &said.0).await?)
}
