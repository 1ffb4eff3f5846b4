//! `/office/v1/peers`: the peers, how far behind each is, and trying one again at once.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::Refusals;
use crate::api::callers::OfficeCaller;
use crate::api::problem::{Problem, json};
use crate::domain::node::NodeId;
use crate::node::Node;
use crate::node::lag::LagView;

/// Lists the peers (对端) with their status and lag.
#[utoipa::path(
    get, path = "/office/v1/peers", operation_id = "list_peers", tag = "peers",
    responses((status = 200, description = "All of them", body = Vec<LagView>), Refusals),
    security(("session" = []))
)]
pub(super) async fn list(node: web::Data<Node>, _: OfficeCaller) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.lags().await?)
}

/// Tries a peer (对端) again at once, whatever its back-off: what waits for it goes now.
#[utoipa::path(
    post, path = "/office/v1/peers/{node}/hasten", operation_id = "hasten_peer", tag = "peers",
    params(("node" = String, Path, description = "The peer's region code")),
    responses((status = 204, description = "It is being tried"), Refusals),
    security(("session" = []))
)]
pub(super) async fn hasten(
    node: web::Data<Node>,
    caller: OfficeCaller,
    peer: web::Path<NodeId>,
) -> Result<HttpResponse, Problem> {
    node.hasten(&caller.0, *peer).await?;
    Ok(HttpResponse::NoContent().finish())
}
