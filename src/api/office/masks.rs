//! The masks of an own lead's narrative: seen and corrected by its owner's officers.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Refusals;
use super::versions::{expected, tag};
use crate::api::callers::{OfficeCall, OfficeCaller};
use crate::api::problem::{Problem, json};
use crate::api::schema::{codes, listed, or_null};
use crate::node::masks::NarrativeView;
use crate::node::{Error, Node};
use crate::redaction::narrative::{Kind, LiftReason};

/// A stretch of the narrative that is masked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddMask {
    /// The first code point.
    #[schema(maximum = 20_000)]
    start: usize,
    /// Behind the last code point.
    #[schema(maximum = 20_000)]
    end: usize,
    /// What it is.
    #[schema(schema_with = kinds)]
    kind: Kind,
}

/// A mask that is lifted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LiftMask {
    /// Its first code point.
    #[schema(maximum = 20_000)]
    start: usize,
    /// Behind its last code point.
    #[schema(maximum = 20_000)]
    end: usize,
    /// Why; a structured identifier needs a reason.
    #[schema(schema_with = reasons)]
    #[serde(default)]
    reason: Option<LiftReason>,
}

/// A lift that somebody asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ApproveLift {
    /// The first code point of the mask.
    #[schema(maximum = 20_000)]
    start: usize,
    /// Behind its last code point.
    #[schema(maximum = 20_000)]
    end: usize,
}

type Schema = utoipa::openapi::RefOr<utoipa::openapi::Schema>;

/// The kinds of identifiers, as spans name them.
pub(super) fn kinds() -> Schema {
    codes(Kind::ALL.iter().map(|kind| (kind.name(), kind.label())))
}

fn reasons() -> Schema {
    or_null(listed!(LiftReason))
}

/// Shows the narrative with its masks, the doubtful stretches and the corrections (脱敏校核). The reading is in the log.
#[utoipa::path(
    get, path = "/office/v1/leads/{id}/narrative", operation_id = "read_narrative", tag = "leads",
    params(("id" = String, Path, description = "The internal id")),
    responses((status = 200, description = "The lead's version is its ETag", body = NarrativeView), Refusals),
    security(("session" = []))
)]
pub(super) async fn read(
    node: web::Data<Node>,
    caller: OfficeCaller,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    answer(node.narrative(&caller.0, *id).await)
}

/// Masks what the engine left: a new version of the lead.
#[utoipa::path(
    post, path = "/office/v1/leads/{id}/narrative/masks", operation_id = "add_mask", tag = "leads",
    request_body = AddMask,
    params(
        ("id" = String, Path, description = "The internal id"),
        ("If-Match" = String, Header, description = "The ETag that was read: 428 without, 412 if it moved on")
    ),
    responses((status = 200, description = "Masked", body = NarrativeView), Refusals),
    security(("session" = []))
)]
pub(super) async fn add(
    node: web::Data<Node>,
    request: HttpRequest,
    id: web::Path<Uuid>,
    call: OfficeCall<AddMask>,
) -> Result<HttpResponse, Problem> {
    let (version, AddMask { start, end, kind }) = (expected(&request)?, call.body);
    answer(node.add_mask(&call.officer, *id, version, (start, end), kind).await)
}

/// Lifts a mask: a new version of the lead. A structured identifier needs a reason, and an approver who agrees.
#[utoipa::path(
    post, path = "/office/v1/leads/{id}/narrative/lifts", operation_id = "lift_mask", tag = "leads",
    request_body = LiftMask,
    params(
        ("id" = String, Path, description = "The internal id"),
        ("If-Match" = String, Header, description = "The ETag that was read: 428 without, 412 if it moved on")
    ),
    responses((status = 200, description = "Lifted, or waiting for an approver", body = NarrativeView), Refusals),
    security(("session" = []))
)]
pub(super) async fn lift(
    node: web::Data<Node>,
    request: HttpRequest,
    id: web::Path<Uuid>,
    call: OfficeCall<LiftMask>,
) -> Result<HttpResponse, Problem> {
    let (version, LiftMask { start, end, reason }) = (expected(&request)?, call.body);
    answer(node.lift_mask(&call.officer, *id, version, (start, end), reason).await)
}

/// Agrees to a lift that somebody else asked for: a new version of the lead.
#[utoipa::path(
    post, path = "/office/v1/leads/{id}/narrative/lifts/approve", operation_id = "approve_lift", tag = "leads",
    request_body = ApproveLift,
    params(
        ("id" = String, Path, description = "The internal id"),
        ("If-Match" = String, Header, description = "The ETag that was read: 428 without, 412 if it moved on")
    ),
    responses((status = 200, description = "Lifted", body = NarrativeView), Refusals),
    security(("session" = []))
)]
pub(super) async fn approve(
    node: web::Data<Node>,
    request: HttpRequest,
    id: web::Path<Uuid>,
    call: OfficeCall<ApproveLift>,
) -> Result<HttpResponse, Problem> {
    let (version, ApproveLift { start, end }) = (expected(&request)?, call.body);
    answer(node.approve_lift(&call.officer, *id, version, (start, end)).await)
}

fn answer(narrative: Result<NarrativeView, Error>) -> Result<HttpResponse, Problem> {
    let narrative = narrative.map_err(Problem::stale)?;
    let mut response = json(StatusCode::OK, &narrative)?;
    tag(&mut response, narrative.version);
    Ok(response)
}
