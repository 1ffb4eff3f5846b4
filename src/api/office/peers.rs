//! `GET /office/v1/peers`: the peers, and how far behind each is.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::Refusals;
use crate::api::callers::OfficeCaller;
use crate::api::problem::{Problem, json};
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
