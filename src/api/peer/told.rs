//! `POST /peer/v1/position`: what a restored node cannot ask for, because it cannot call the peer.

use actix_web::{HttpResponse, web};

use crate::api::callers::{PeerBytes, PeerCaller};
use crate::api::problem::{Document, Problem};
use crate::exchange::position::{HeldRecords, Position};
use crate::node::Node;

/// Where the caller and this node stand, as `GET /peer/v1/position` of the caller would say it. Heard while this node,
/// restored, answers `position_unknown` to `GET /peer/v1/batches`, after every page of the records; the chains to the
/// caller go on behind what it holds.
#[utoipa::path(
    post, path = "/peer/v1/position", operation_id = "give_position", tag = "exchange", request_body = Position,
    responses(
        (status = 204, description = "Heard, or not asked for"),
        (status = 400, description = "malformed, body_incomplete", body = Document, content_type = "application/problem+json"),
        (status = 403, description = "peer_not_active, no_client_certificate, certificate_expired", body = Document, content_type = "application/problem+json"),
        (status = 408, description = "too_slow", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "epoch_unknown: the caller holds a head that this log does not have", body = Document, content_type = "application/problem+json"),
        (status = 413, description = "too_large", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "too_many_requests: again after Retry-After", body = Document, content_type = "application/problem+json"),
        (status = 503, description = "busy, log_not_settled", body = Document, content_type = "application/problem+json"),
    )
)]
pub(super) async fn position(
    node: web::Data<Node>,
    caller: PeerCaller,
    body: PeerBytes,
) -> Result<HttpResponse, Problem> {
    let position: Position = serde_json::from_slice(&body.0).map_err(|_| malformed("not a position"))?;
    node.hear_position(&caller.0, position).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// One page of this node's records that the caller holds, as `GET /peer/v1/position/records` of the caller would say it.
#[utoipa::path(
    post, path = "/peer/v1/position/records", operation_id = "give_held_records", tag = "exchange",
    request_body = HeldRecords,
    responses(
        (status = 204, description = "Heard, or not asked for"),
        (status = 400, description = "malformed, body_incomplete", body = Document, content_type = "application/problem+json"),
        (status = 403, description = "peer_not_active, no_client_certificate, certificate_expired", body = Document, content_type = "application/problem+json"),
        (status = 408, description = "too_slow", body = Document, content_type = "application/problem+json"),
        (status = 413, description = "too_large: more than 500 records", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "too_many_requests: again after Retry-After", body = Document, content_type = "application/problem+json"),
        (status = 503, description = "busy, log_not_settled", body = Document, content_type = "application/problem+json"),
    )
)]
pub(super) async fn records(
    node: web::Data<Node>,
    caller: PeerCaller,
    body: PeerBytes,
) -> Result<HttpResponse, Problem> {
    let page: HeldRecords =
        serde_json::from_slice(&body.0).map_err(|_| malformed("not a page of records"))?;
    node.hear_records(&caller.0, page).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn malformed(detail: &'static str) -> Problem {
    Problem::bad_request("malformed", detail)
}
