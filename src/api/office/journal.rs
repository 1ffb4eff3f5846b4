//! `GET /office/v1/log` and below: the log as its auditor reads it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use uuid::Uuid;

use super::Refusals;
use super::journal_query::EntryQuery;
use super::paging::{EntryPage, Paging};
use crate::api::callers::OfficeCaller;
use crate::api::problem::{Problem, json};
use crate::node::{Error, Node};

/// Lists entries of the log by index, for auditors only: all, or those that have every property asked for.
/// Entries hold no values. A page that is not full may have a `next`: the search went as far as one page may.
#[utoipa::path(
    get, path = "/office/v1/log", operation_id = "list_log", tag = "audit", params(EntryQuery),
    responses((status = 200, description = "One page", body = EntryPage), Refusals),
    security(("session" = []))
)]
pub(super) async fn list(
    node: web::Data<Node>,
    caller: OfficeCaller,
    query: web::Query<EntryQuery>,
) -> Result<HttpResponse, Problem> {
    let (after, limit) = query.paging()?.bounds()?;
    json(StatusCode::OK, &node.entries(&caller.0, &query.filter()?, after, limit).await?)
}

/// Who opened this file (谁看过): lists the entries that name an own lead in any version, or a message that
/// carried it, for auditors only. 410 once it was erased: the salt that ties entries to it is destroyed.
#[utoipa::path(
    get, path = "/office/v1/log/leads/{id}", operation_id = "lead_history", tag = "audit",
    params(("id" = String, Path, description = "The internal id"), Paging),
    responses((status = 200, description = "One page", body = EntryPage), Refusals),
    security(("session" = []))
)]
pub(super) async fn history(
    node: web::Data<Node>,
    caller: OfficeCaller,
    id: web::Path<Uuid>,
    paging: web::Query<Paging>,
) -> Result<HttpResponse, Problem> {
    let (after, limit) = paging.bounds()?;
    let page = node.history(&caller.0, *id, after, limit).await.map_err(|error| match error {
        Error::Erased => Problem::new(
            StatusCode::GONE,
            error.code(),
            "the lead was erased and its salt with it: no entry can be tied to it any more",
        ),
        other => other.into(),
    })?;
    json(StatusCode::OK, &page)
}
