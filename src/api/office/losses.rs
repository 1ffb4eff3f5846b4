//! `GET /office/v1/losses`: what a restored node lost, without case data.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::Refusals;
use crate::api::callers::OfficeCaller;
use crate::api::problem::{Problem, json};
use crate::node::Node;
use crate::node::losses::LossesView;

/// Lists what a restore lost (恢复后缺失): records to enter again or to ask the partner for, and messages that only
/// the partner's log has. For approvers and auditors.
#[utoipa::path(
    get, path = "/office/v1/losses", operation_id = "list_losses", tag = "audit",
    responses((status = 200, description = "All of them", body = LossesView), Refusals),
    security(("session" = []))
)]
pub(super) async fn list(node: web::Data<Node>, caller: OfficeCaller) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.list_losses(&caller.0).await?)
}
