//! Own leads: list, create, read, correct.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use uuid::Uuid;

use super::Refusals;
use super::paging::{LeadPage, LeadQuery};
use super::versions::{expected, idempotency_key, tagged};
use crate::api::callers::{OfficeCall, OfficeCaller};
use crate::api::problem::{Problem, json};
use crate::domain::lead::Lead;
use crate::node::Node;
use crate::node::views::LeadView;

/// Lists own leads, codes only, in the order of their last edit: all, or of one kind, or with a place in a region.
#[utoipa::path(
    get, path = "/office/v1/leads", operation_id = "list_leads", tag = "leads", params(LeadQuery),
    responses((status = 200, description = "One page", body = LeadPage), Refusals),
    security(("session" = []))
)]
pub(super) async fn list(
    node: web::Data<Node>,
    caller: OfficeCaller,
    query: web::Query<LeadQuery>,
) -> Result<HttpResponse, Problem> {
    let (after, limit) = query.paging().bounds()?;
    json(StatusCode::OK, &node.list(&caller.0, query.filter()?, after, limit).await?)
}

/// Creates a lead as a draft (录入). With an `Idempotency-Key`, a repetition gets the first answer.
#[utoipa::path(
    post, path = "/office/v1/leads", operation_id = "create_lead", tag = "leads", request_body = Lead,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 64 visible ASCII characters")),
    responses((status = 201, description = "Created; the version is its ETag", body = LeadView), Refusals),
    security(("session" = []))
)]
pub(super) async fn create(
    node: web::Data<Node>,
    request: HttpRequest,
    call: OfficeCall<Lead>,
) -> Result<HttpResponse, Problem> {
    let key = idempotency_key(&request)?;
    let lead = node.create(&call.officer, call.body, key).await?;
    tagged(StatusCode::CREATED, &lead)
}

/// Reads an own lead (查阅). The reading is in the log before the answer leaves.
#[utoipa::path(
    get, path = "/office/v1/leads/{id}", operation_id = "read_lead", tag = "leads",
    params(("id" = String, Path, description = "The internal id")),
    responses((status = 200, description = "The lead; its version is its ETag", body = LeadView), Refusals),
    security(("session" = []))
)]
pub(super) async fn read(
    node: web::Data<Node>,
    caller: OfficeCaller,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    tagged(StatusCode::OK, &node.read(&caller.0, *id).await?)
}

/// Corrects a lead (更正): a new version, which goes by itself to everyone who holds the old one.
#[utoipa::path(
    put, path = "/office/v1/leads/{id}", operation_id = "correct_lead", tag = "leads", request_body = Lead,
    params(
        ("id" = String, Path, description = "The internal id"),
        ("If-Match" = String, Header, description = "The ETag that was read: 428 without, 412 if it moved on")
    ),
    responses((status = 200, description = "Corrected", body = LeadView), Refusals),
    security(("session" = []))
)]
pub(super) async fn correct(
    node: web::Data<Node>,
    request: HttpRequest,
    id: web::Path<Uuid>,
    call: OfficeCall<Lead>,
) -> Result<HttpResponse, Problem> {
    let version = expected(&request)?;
    let lead = node.correct(&call.officer, *id, version, call.body).await.map_err(Problem::stale)?;
    tagged(StatusCode::OK, &lead)
}
