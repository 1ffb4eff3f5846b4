//! `POST /peer/v1/receipts`: the receipt for a batch that the caller fetched.

use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, web};

use crate::api::callers::{PeerBytes, PeerCaller};
use crate::api::problem::{Document, Problem};
use crate::exchange::receipt::{Returned, Taken};
use crate::node::Node;

/// Files the receipt for a fetched batch, which acknowledges it, and cosigns the caller's checkpoint in it. A receipt
/// that is filed already is filed again.
#[utoipa::path(
    post, path = "/peer/v1/receipts", operation_id = "take_receipt", tag = "exchange",
    request_body = Returned,
    responses(
        (status = 200, description = "The batch is acknowledged", body = Taken),
        (status = 400, description = "malformed, unreadable, body_incomplete: not a receipt, or it does not hold", body = Document, content_type = "application/problem+json"),
        (status = 403, description = "peer_not_active, no_client_certificate, certificate_expired", body = Document, content_type = "application/problem+json"),
        (status = 408, description = "too_slow", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "gap: no such batch was sent, or one before it has no receipt: fetch without `after`; epoch_unknown", body = Document, content_type = "application/problem+json"),
        (status = 413, description = "too_large", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "too_many_requests: again after Retry-After", body = Document, content_type = "application/problem+json"),
        (status = 503, description = "busy, log_not_settled: again after Retry-After", body = Document, content_type = "application/problem+json"),
    )
)]
pub(super) async fn take(
    node: web::Data<Node>,
    caller: PeerCaller,
    receipt: PeerBytes,
) -> Result<HttpResponse, Problem> {
    let taken = node.take_receipt(&caller.0, &receipt.0).await?;
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(taken))
}
