//! `GET /peer/v1/position`: where both directions stand, and what is held of the caller.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::api::callers::PeerCaller;
use crate::api::problem::{Document, Problem, json};
use crate::exchange::position::{HeldRecords, Position};
use crate::node::Node;

/// How much of its log the caller has.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Size {
    /// How many entries the caller's log has: `your_earlier_head` is of at most so many.
    size: Option<u64>,
}

/// Where a page begins.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct After {
    /// The `next` of the page before; left out: from the start.
    #[param(value_type = Option<String>)]
    after: Option<Uuid>,
}

/// What this node has settled from the caller, what it has sequenced for the caller, and which heads of the
/// caller's log it holds: how a node finds its place after a restore.
#[utoipa::path(
    get, path = "/peer/v1/position", operation_id = "tell_position", tag = "exchange", params(Size),
    responses(
        (status = 200, description = "Both directions", body = Position),
        (status = 400, description = "query_invalid", body = Document, content_type = "application/problem+json"),
        (status = 403, description = "peer_not_active, no_client_certificate, certificate_expired", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "too_many_requests: again after Retry-After", body = Document, content_type = "application/problem+json"),
        (status = 503, description = "busy", body = Document, content_type = "application/problem+json"),
    )
)]
pub(super) async fn tell(
    node: web::Data<Node>,
    caller: PeerCaller,
    query: web::Query<Size>,
) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.position(&caller.0, query.size).await?)
}

/// The caller's records that this node holds, by public id: highest version, digest of its statement, and what the
/// caller took back.
#[utoipa::path(
    get, path = "/peer/v1/position/records", operation_id = "tell_held_records", tag = "exchange", params(After),
    responses(
        (status = 200, description = "One page", body = HeldRecords),
        (status = 400, description = "query_invalid", body = Document, content_type = "application/problem+json"),
        (status = 403, description = "peer_not_active, no_client_certificate, certificate_expired", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "too_many_requests: again after Retry-After", body = Document, content_type = "application/problem+json"),
        (status = 503, description = "busy", body = Document, content_type = "application/problem+json"),
    )
)]
pub(super) async fn records(
    node: web::Data<Node>,
    caller: PeerCaller,
    query: web::Query<After>,
) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.held_records(&caller.0, query.after.unwrap_or_default()).await?)
}
