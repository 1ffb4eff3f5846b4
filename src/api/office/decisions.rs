//! The drafter hands a lead in; the approver agrees or sends it back.

use actix_web::http::StatusCode;
use actix_web::http::header::IF_MATCH;
use actix_web::{HttpRequest, HttpResponse, web};
use uuid::Uuid;

use super::Refusals;
use super::forms::SendBack;
use super::versions::{expected, tagged};
use crate::api::callers::{OfficeCall, OfficeCaller};
use crate::api::problem::Problem;
use crate::node::Node;
use crate::node::views::LeadView;

/// Hands a lead in for approval (送审).
#[utoipa::path(
    post, path = "/office/v1/leads/{id}/submit", operation_id = "submit_lead", tag = "leads",
    params(("id" = String, Path, description = "The internal id")),
    responses((status = 200, description = "Handed in", body = LeadView), Refusals),
    security(("session" = []))
)]
pub(super) async fn submit(
    node: web::Data<Node>,
    caller: OfficeCaller,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    tagged(StatusCode::OK, &node.submit(&caller.0, *id).await?)
}

/// Approves a lead (审批). Whoever drafted it does not approve it.
#[utoipa::path(
    post, path = "/office/v1/leads/{id}/approve", operation_id = "approve_lead", tag = "leads",
    params(
        ("id" = String, Path, description = "The internal id"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the version that the approver read: 412 if it moved on")
    ),
    responses((status = 200, description = "Approved", body = LeadView), Refusals),
    security(("session" = []))
)]
pub(super) async fn approve(
    node: web::Data<Node>,
    caller: OfficeCaller,
    id: web::Path<Uuid>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let read = request.headers().contains_key(IF_MATCH).then(|| expected(&request)).transpose()?;
    tagged(StatusCode::OK, &node.approve_as_read(&caller.0, *id, read).await?)
}

/// Sends a lead back to its drafter (退回).
#[utoipa::path(
    post, path = "/office/v1/leads/{id}/return", operation_id = "send_lead_back", tag = "leads",
    request_body = SendBack, params(("id" = String, Path, description = "The internal id")),
    responses((status = 200, description = "A draft again", body = LeadView), Refusals),
    security(("session" = []))
)]
pub(super) async fn send_back(
    node: web::Data<Node>,
    id: web::Path<Uuid>,
    call: OfficeCall<SendBack>,
) -> Result<HttpResponse, Problem> {
    tagged(StatusCode::OK, &node.send_back(&call.officer, *id, call.body.reason).await?)
}
