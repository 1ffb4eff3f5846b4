//! Taking back what was shared: withdrawing (撤回), narrowing (缩小范围), and what became of it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use uuid::Uuid;

use super::Refusals;
use super::forms::{Narrow, Withdraw};
use super::versions::tagged;
use crate::api::callers::{OfficeCall, OfficeCaller};
use crate::api::problem::{Problem, json};
use crate::node::Node;
use crate::node::purges::PurgesView;
use crate::node::views::LeadView;

/// Withdraws a lead from everyone who was given it (撤回). They destroy it and send purge receipts.
#[utoipa::path(
    post, path = "/office/v1/leads/{id}/withdraw", operation_id = "withdraw_lead", tag = "leads",
    request_body = Withdraw, params(("id" = String, Path, description = "The internal id")),
    responses((status = 200, description = "The withdrawals are on their way", body = LeadView), Refusals),
    security(("session" = []))
)]
pub(super) async fn withdraw(
    node: web::Data<Node>,
    id: web::Path<Uuid>,
    call: OfficeCall<Withdraw>,
) -> Result<HttpResponse, Problem> {
    tagged(StatusCode::OK, &node.withdraw(&call.officer, *id, call.body.reason).await?)
}

/// Leaves one recipient fewer claims of a lead (缩小范围): it gets a new version with these, destroys the
/// versions before, and sends a purge receipt.
#[utoipa::path(
    post, path = "/office/v1/leads/{id}/narrow", operation_id = "narrow_lead", tag = "leads",
    request_body = Narrow, params(("id" = String, Path, description = "The internal id")),
    responses((status = 200, description = "Both messages are on their way", body = LeadView), Refusals),
    security(("session" = []))
)]
pub(super) async fn narrow(
    node: web::Data<Node>,
    id: web::Path<Uuid>,
    call: OfficeCall<Narrow>,
) -> Result<HttpResponse, Problem> {
    let Narrow { recipient, keep, reason } = call.body;
    tagged(StatusCode::OK, &node.narrow(&call.officer, *id, recipient, &keep, reason).await?)
}

/// Lists purges (清除): due, overdue and done, here and at the recipients of own leads.
#[utoipa::path(
    get, path = "/office/v1/purges", operation_id = "list_purges", tag = "purges",
    responses((status = 200, description = "At most 500 of each source", body = PurgesView), Refusals),
    security(("session" = []))
)]
pub(super) async fn list(node: web::Data<Node>, caller: OfficeCaller) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.purges(&caller.0).await?)
}
