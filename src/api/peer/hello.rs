//! `POST /peer/v1/hello`: the caller is there again, so its back-off ends.

use actix_web::{HttpResponse, web};

use crate::api::callers::PeerCaller;
use crate::api::problem::{Document, Problem};
use crate::node::Node;

/// The caller has started. What waits for it is sent at once.
#[utoipa::path(
    post, path = "/peer/v1/hello", operation_id = "say_hello", tag = "exchange",
    responses(
        (status = 204, description = "Heard"),
        (status = 403, description = "peer_not_active, no_client_certificate", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "too_many_requests: again after Retry-After", body = Document, content_type = "application/problem+json"),
        (status = 503, description = "busy", body = Document, content_type = "application/problem+json"),
    )
)]
pub(super) async fn hear(node: web::Data<Node>, caller: PeerCaller) -> Result<HttpResponse, Problem> {
    node.hello(&caller.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
