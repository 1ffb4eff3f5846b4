//! `/office/v1/alarms` and `/office/v1/refusals`: what wants attention, without case data.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::Refusals;
use super::paging::{AlarmPage, Paging, RefusalPage};
use crate::api::callers::OfficeCaller;
use crate::api::problem::{Document, Problem, json};
use crate::node::Node;
use crate::node::concerns::RefusalView;

/// Lists the alarms (告警), newest first, for auditors and security administrators only.
#[utoipa::path(
    get, path = "/office/v1/alarms", operation_id = "list_alarms", tag = "audit", params(Paging),
    responses((status = 200, description = "One page", body = AlarmPage), Refusals),
    security(("session" = []))
)]
pub(super) async fn alarms(
    node: web::Data<Node>,
    caller: OfficeCaller,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let (after, limit) = paging.bounds()?;
    json(StatusCode::OK, &node.list_alarms(&caller.0, after, limit).await?)
}

/// Lists messages that peers refused for good (拒收), newest first, each with its reason and what to do about it.
#[utoipa::path(
    get, path = "/office/v1/refusals", operation_id = "list_refusals", tag = "audit", params(Paging),
    responses((status = 200, description = "One page", body = RefusalPage), Refusals),
    security(("session" = []))
)]
pub(super) async fn refusals(
    node: web::Data<Node>,
    caller: OfficeCaller,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let (after, limit) = paging.bounds()?;
    json(StatusCode::OK, &node.list_refusals(&caller.0, after, limit).await?)
}

/// Sends a refused message once more (再次发送), once what was in the way is gone. Approvers and liaison officers
/// do; where it would be refused again, the answer says what to do instead.
#[utoipa::path(
    post, path = "/office/v1/refusals/{id}/send-again", operation_id = "send_refused_again", tag = "audit",
    params(("id" = i64, Path, description = "The number of the refusal")),
    responses(
        (status = 200, description = "It goes as a new message", body = RefusalView),
        (status = 409, description = "not_again, conflict: it was sent once more before", body = Document, content_type = "application/problem+json"),
        Refusals
    ),
    security(("session" = []))
)]
pub(super) async fn send_again(
    node: web::Data<Node>,
    caller: OfficeCaller,
    id: web::Path<i64>,
) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.send_refused_again(&caller.0, *id).await?)
}
