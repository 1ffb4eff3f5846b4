//! Whom an agreement lets be told apart, in numbers.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use uuid::Uuid;

use super::Refusals;
use crate::api::callers::OfficeCaller;
use crate::api::problem::{Problem, json};
use crate::node::Node;
use crate::node::risk::RiskView;

/// Counts, for each other party, the approved leads that look the same to it under the agreement (重标识风险), for
/// approvers and auditors. No values.
#[utoipa::path(
    get, path = "/office/v1/agreements/{id}/risk", operation_id = "read_risk", tag = "agreements",
    params(("id" = String, Path, description = "The agreement")),
    responses((status = 200, description = "One per other party", body = Vec<RiskView>), Refusals),
    security(("session" = []))
)]
pub(super) async fn read(
    node: web::Data<Node>,
    caller: OfficeCaller,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.risk(&caller.0, *id).await?)
}
