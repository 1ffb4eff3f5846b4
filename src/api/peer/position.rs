//! `GET /peer/v1/position`: where both directions stand.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use crate::api::callers::PeerCaller;
use crate::api::problem::{Document, Problem, json};
use crate::exchange::position::Position;
use crate::node::Node;

/// What this node has settled from the caller, and what it has sequenced for the caller.
#[utoipa::path(
    get, path = "/peer/v1/position", operation_id = "tell_position", tag = "exchange",
    responses(
        (status = 200, description = "Both directions", body = Position),
        (status = 403, description = "peer_not_active, no_client_certificate", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "too_many_requests: again after Retry-After", body = Document, content_type = "application/problem+json"),
        (status = 503, description = "busy", body = Document, content_type = "application/problem+json"),
    )
)]
pub(super) async fn tell(node: web::Data<Node>, caller: PeerCaller) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.position(&caller.0).await?)
}
