//! Sharing an own lead: what each recipient would see, to send it, what became of it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::Refusals;
use super::forms::Share;
use super::versions::tagged;
use crate::api::callers::{OfficeCall, OfficeCaller};
use crate::api::problem::{Problem, json};
use crate::node::Node;
use crate::node::views::{LeadView, PreviewView, ReceiptView};

/// Under which agreement.
#[derive(Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Under {
    /// The agreement.
    #[param(value_type = String)]
    agreement: Uuid,
}

/// Shares an approved lead (共享). Each recipient gets the claims that its role in this lead allows.
#[utoipa::path(
    post, path = "/office/v1/leads/{id}/share", operation_id = "share_lead", tag = "leads",
    request_body = Share, params(("id" = String, Path, description = "The internal id")),
    responses((status = 200, description = "On its way", body = LeadView), Refusals),
    security(("session" = []))
)]
pub(super) async fn share(
    node: web::Data<Node>,
    id: web::Path<Uuid>,
    call: OfficeCall<Share>,
) -> Result<HttpResponse, Problem> {
    let Share { agreement, recipients } = call.body;
    tagged(StatusCode::OK, &node.share(&call.officer, *id, agreement, recipients).await?)
}

/// Shows what each recipient would see, claim by claim, and why the rest is closed.
#[utoipa::path(
    get, path = "/office/v1/leads/{id}/preview", operation_id = "preview_lead", tag = "leads",
    params(("id" = String, Path, description = "The internal id"), Under),
    responses((status = 200, description = "One per recipient", body = Vec<PreviewView>), Refusals),
    security(("session" = []))
)]
pub(super) async fn preview(
    node: web::Data<Node>,
    caller: OfficeCaller,
    id: web::Path<Uuid>,
    under: web::Query<Under>,
) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.preview(&caller.0, *id, under.agreement).await?)
}

/// Lists the messages that carried a lead, each with its receipt (回执).
#[utoipa::path(
    get, path = "/office/v1/leads/{id}/receipts", operation_id = "list_receipts", tag = "leads",
    params(("id" = String, Path, description = "The internal id")),
    responses((status = 200, description = "One per message", body = Vec<ReceiptView>), Refusals),
    security(("session" = []))
)]
pub(super) async fn receipts(
    node: web::Data<Node>,
    caller: OfficeCaller,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.receipts(&caller.0, *id).await?)
}
