//! `GET /office/v1/log`: the auditor's list of log entries.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::Refusals;
use super::paging::{EntryPage, Paging};
use crate::api::callers::OfficeCaller;
use crate::api::problem::{Problem, json};
use crate::node::Node;

/// Lists entries of the log by index, for auditors only. Entries hold no values.
#[utoipa::path(
    get, path = "/office/v1/log", operation_id = "list_log", tag = "audit", params(Paging),
    responses((status = 200, description = "One page", body = EntryPage), Refusals),
    security(("session" = []))
)]
pub(super) async fn list(
    node: web::Data<Node>,
    caller: OfficeCaller,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let (after, limit) = paging.bounds()?;
    json(StatusCode::OK, &node.entries(&caller.0, after, limit).await?)
}
