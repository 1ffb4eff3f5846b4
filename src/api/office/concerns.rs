//! `GET /office/v1/alarms` and `GET /office/v1/refusals`: what wants attention, without case data.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::Refusals;
use super::paging::{AlarmPage, Paging, RefusalPage};
use crate::api::callers::OfficeCaller;
use crate::api::problem::{Problem, json};
use crate::node::Node;

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

/// Lists messages that peers refused for good (拒收), newest first, for auditors and security
/// administrators only.
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
