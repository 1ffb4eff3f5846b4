//! `/peer/v1/batches`: consecutive messages of one lane, brought and answered by a receipt, or fetched.

use std::time::Duration;

use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::callers::{PeerBytes, PeerCaller};
use crate::api::ops::metrics::Metrics;
use crate::api::problem::{Document, Problem};
use crate::exchange::batch::Batch;
use crate::exchange::message::Lane;
use crate::exchange::receipt::Receipt;
use crate::node::Node;
use crate::node::fetch::{Fetch, LONGEST_WAIT};

/// Takes in a batch of at most 500 messages and 4 MiB. What was settled before is answered again with the
/// same entries, so a repetition is never an error.
#[utoipa::path(
    post, path = "/peer/v1/batches", operation_id = "receive_batch", tag = "exchange",
    request_body = Batch,
    responses(
        (status = 200, description = "Every message is settled in the log", body = Receipt),
        (status = 400, description = "malformed, clock_skew, body_incomplete: nothing was consumed", body = Document, content_type = "application/problem+json"),
        (status = 401, description = "signature_invalid", body = Document, content_type = "application/problem+json"),
        (status = 403, description = "peer_not_active, not_from_peer, not_for_me, no_client_certificate, certificate_expired", body = Document, content_type = "application/problem+json"),
        (status = 408, description = "too_slow", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "gap, chain_broken, equivocation, epoch_unknown; `expected` says where the receiver stands", body = Document, content_type = "application/problem+json"),
        (status = 413, description = "too_large", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "too_many_requests: again after Retry-After", body = Document, content_type = "application/problem+json"),
        (status = 503, description = "busy, log_not_settled: again after Retry-After", body = Document, content_type = "application/problem+json"),
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

/// Which messages.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Of which lane.
    #[param(value_type = String)]
    lane: Lane,
    /// Those after this number, of the current epoch; left out: after the last receipt that the caller gave. To fetch
    /// acknowledges nothing.
    after: Option<u64>,
    /// The size of this node's log that the caller saw last: the checkpoint is proved from there.
    seen: Option<u64>,
    /// For how many seconds to wait for a message; left out: not at all.
    #[param(maximum = 30)]
    wait: Option<u64>,
}

/// Gives the caller the next batch that waits for it. Its receipt goes to `/peer/v1/receipts`.
#[utoipa::path(
    get, path = "/peer/v1/batches", operation_id = "fetch_batch", tag = "exchange",
    params(Wanted),
    responses(
        (status = 200, description = "The next messages", body = Batch),
        (status = 204, description = "Nothing came in time"),
        (status = 400, description = "query_invalid, wait_too_long", body = Document, content_type = "application/problem+json"),
        (status = 403, description = "peer_not_active, no_client_certificate, certificate_expired", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "gap: no such number was sent; `expected` says where the lane ends. position_unknown: this node was restored; the caller says where it stands (`POST /peer/v1/position`)", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "too_many_requests: again after Retry-After", body = Document, content_type = "application/problem+json"),
        (status = 503, description = "busy, log_not_settled: again after Retry-After", body = Document, content_type = "application/problem+json"),
    )
)]
pub(super) async fn fetch(
    node: web::Data<Node>,
    caller: PeerCaller,
    wanted: web::Query<Wanted>,
) -> Result<HttpResponse, Problem> {
    let Wanted { lane, after, seen, wait } = wanted.into_inner();
    let wait = wait.unwrap_or(0);
    if wait > LONGEST_WAIT {
        return Err(Problem::bad_request("wait_too_long", "wait for 30 seconds at most"));
    }
    let fetch = Fetch { lane, after, seen, wait: Duration::from_secs(wait), until: caller.1 };
    Ok(match node.fetch(&caller.0, fetch).await? {
        Some(batch) => HttpResponse::Ok().content_type(ContentType::json()).body(batch),
        None => HttpResponse::NoContent().finish(),
    })
}
