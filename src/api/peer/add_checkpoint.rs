//! `POST /peer/v1/add-checkpoint`: C2SP tlog-witness, for the caller's own log.

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, web};

use crate::api::callers::{PeerBytes, PeerCaller};
use crate::api::problem::{Document, Problem};
use crate::node::Node;
use crate::tlog::witness::{Declined, SIZE_MEDIA_TYPE};

/// Takes in a head of the caller's log and cosigns it, if it contains everything that this node saw of the log
/// before. The body is the standard's: `old SIZE`, the hashes of a consistency proof, an empty line, the
/// signed checkpoint.
#[utoipa::path(
    post, path = "/peer/v1/add-checkpoint", operation_id = "add_checkpoint", tag = "evidence",
    request_body(content = String, content_type = "text/plain"),
    responses(
        (status = 200, description = "The line of this node's cosignature", body = String, content_type = "text/plain"),
        (status = 400, description = "malformed, body_incomplete", body = Document, content_type = "application/problem+json"),
        (status = 403, description = "checkpoint_not_signed, peer_not_active, no_client_certificate, certificate_expired", body = Document, content_type = "application/problem+json"),
        (status = 404, description = "unknown_log: not the caller's log in its epoch", body = Document, content_type = "application/problem+json"),
        (status = 408, description = "too_slow", body = Document, content_type = "application/problem+json"),
        (status = 409, description = "The size that this node saw last: prove from there", body = String, content_type = "text/x.tlog.size"),
        (status = 413, description = "too_large", body = Document, content_type = "application/problem+json"),
        (status = 422, description = "proof_invalid: the proof does not hold", body = Document, content_type = "application/problem+json"),
        (status = 429, description = "too_many_requests: again after Retry-After", body = Document, content_type = "application/problem+json"),
        (status = 503, description = "busy, log_not_settled", body = Document, content_type = "application/problem+json"),
    )
)]
pub(super) async fn add(
    node: web::Data<Node>,
    caller: PeerCaller,
    request: PeerBytes,
) -> Result<HttpResponse, Problem> {
    match node.add_checkpoint(&caller.0, &request.0).await? {
        Ok(line) => Ok(HttpResponse::Ok().content_type(ContentType::plaintext()).body(format!("{line}\n"))),
        Err(Declined::Stale(size) | Declined::Split(size)) => {
            Ok(HttpResponse::Conflict().content_type(SIZE_MEDIA_TYPE).body(format!("{size}\n")))
        }
        Err(why) => {
            let status = StatusCode::from_u16(why.status()).unwrap_or(StatusCode::BAD_REQUEST);
            Err(Problem::new(status, why.code(), why.to_string()))
        }
    }
}
