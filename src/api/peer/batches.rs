//! `POST /peer/v1/batches`: consecutive messages of one lane, answered by a receipt.

use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, web};

use crate::api::callers::{PeerBytes, PeerCaller};
use crate::api::ops::metrics::Metrics;
use crate::api::problem::{Document, Problem};
use crate::exchange::batch::Batch;
use crate::exchange::receipt::Receipt;
use crate::node::Node;

/// Takes in a batch of at most 500 messages and 4 MiB. What was settled before is answered again with the
/// same entries, so a repetition is never an error.
#[utoipa::path(
    post, path = "/peer/v1/batches", operation_id = "receive_batch", tag = "exchange",
    request_body = Batch,
    responses(
        (status = 200, description = "Every message is settled in the log", body = Receipt),
        (status = 400, description = "malformed, clock_skew: nothing was consumed", body = Document, content_type = "application/problem+json"),
        (status = 401, description = "signature_invalid", body = Document, content_type = "application/problem+json"),
        (status = 403, description = "peer_not_active, not_from_peer, not_for_me, no_client_certificate", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "gap, chain_broken, equivocation, epoch_unknown; `expected` says where the receiver stands", body = Document, content_type = "application/problem+json"),
        (status = 413, description = "too_large", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "too_many_requests: again after Retry-After", body = Document, content_type = "application/problem+json"),
        (status = 503, description = "busy: again after Retry-After", body = Document, content_type = "application/problem+json"),
    )
)]
pub(super) async fn receive(
    node: web::Data<Node>,
    metrics: web::Data<Metrics>,
    caller: PeerCaller,
    batch: PeerBytes,
) -> Result<HttpResponse, Problem> {
    let receipt = node.receive(&caller.0, &batch.0).await?;
    metrics.receipt_given();
    Ok(HttpResponse::Ok().content_type(ContentType::json()).body(receipt))
}
