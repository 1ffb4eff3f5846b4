//! Leads received: exactly what was disclosed, and the answers of this office.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::Refusals;
use super::forms::Answer;
use super::paging::{Paging, ReceivedPage};
use crate::api::callers::{OfficeCall, OfficeCaller};
use crate::api::problem::{Problem, json};
use crate::domain::lead::status::RecipientStatus;
use crate::domain::node::NodeId;
use crate::node::Node;
use crate::node::received::LeadOf;
use crate::node::views::ReceivedView;

/// Whose lead is meant.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Owner {
    /// The owner; needed only where several nodes use one public id, which honest ones never do.
    #[param(value_type = Option<String>)]
    owner: Option<NodeId>,
}

impl Owner {
    const fn lead(self, sub: Uuid) -> LeadOf {
        LeadOf { sub, owner: self.owner }
    }
}

/// Lists leads received, each field with its precision.
#[utoipa::path(
    get, path = "/office/v1/received", operation_id = "list_received", tag = "received", params(Paging),
    responses((status = 200, description = "One page", body = ReceivedPage), Refusals),
    security(("session" = []))
)]
pub(super) async fn list(
    node: web::Data<Node>,
    caller: OfficeCaller,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let (after, limit) = paging.bounds()?;
    json(StatusCode::OK, &node.list_received(&caller.0, after, limit).await?)
}

/// Reads a lead received.
#[utoipa::path(
    get, path = "/office/v1/received/{sub}", operation_id = "read_received", tag = "received",
    params(("sub" = String, Path, description = "The public id"), Owner),
    responses((status = 200, description = "The lead", body = ReceivedView), Refusals),
    security(("session" = []))
)]
pub(super) async fn read(
    node: web::Data<Node>,
    caller: OfficeCaller,
    sub: web::Path<Uuid>,
    owner: web::Query<Owner>,
) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.read_received(&caller.0, owner.lead(*sub)).await?)
}

/// Acknowledges a lead received (签收).
#[utoipa::path(
    post, path = "/office/v1/received/{sub}/acknowledge", operation_id = "acknowledge", tag = "received",
    params(("sub" = String, Path, description = "The public id"), Owner),
    responses((status = 200, description = "Acknowledged", body = ReceivedView), Refusals),
    security(("session" = []))
)]
pub(super) async fn acknowledge(
    node: web::Data<Node>,
    caller: OfficeCaller,
    sub: web::Path<Uuid>,
    owner: web::Query<Owner>,
) -> Result<HttpResponse, Problem> {
    json(
        StatusCode::OK,
        &node.answer(&caller.0, owner.lead(*sub), RecipientStatus::Acknowledged, None).await?,
    )
}

/// Answers a lead received (受理, 不予受理, 核查, 比中 …).
#[utoipa::path(
    post, path = "/office/v1/received/{sub}/answer", operation_id = "answer", tag = "received",
    request_body = Answer, params(("sub" = String, Path, description = "The public id"), Owner),
    responses((status = 200, description = "Answered", body = ReceivedView), Refusals),
    security(("session" = []))
)]
pub(super) async fn answer(
    node: web::Data<Node>,
    sub: web::Path<Uuid>,
    owner: web::Query<Owner>,
    call: OfficeCall<Answer>,
) -> Result<HttpResponse, Problem> {
    let Answer { answer, reason } = call.body;
    json(StatusCode::OK, &node.answer(&call.officer, owner.lead(*sub), answer, reason).await?)
}
