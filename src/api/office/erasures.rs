//! Erasing own leads for good (销毁): one officer asks, another grants.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Refusals;
use crate::api::callers::{OfficeCall, OfficeCaller};
use crate::api::problem::{Problem, json};
use crate::api::schema::listed;
use crate::domain::purge::ErasureBasis;
use crate::node::Node;
use crate::node::erase::ErasureView;

/// On which legal basis a lead is erased.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Erase {
    /// The basis.
    #[schema(schema_with = bases)]
    basis: ErasureBasis,
}

fn bases() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
    listed!(ErasureBasis)
}

/// Asks that a lead be erased (申请销毁). Nothing is erased until another officer grants it.
#[utoipa::path(
    post, path = "/office/v1/leads/{id}/erasure", operation_id = "ask_erasure", tag = "leads",
    request_body = Erase, params(("id" = String, Path, description = "The internal id")),
    responses((status = 200, description = "It waits for an approver", body = ErasureView), Refusals),
    security(("session" = []))
)]
pub(super) async fn ask(
    node: web::Data<Node>,
    id: web::Path<Uuid>,
    call: OfficeCall<Erase>,
) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.ask_erasure(&call.officer, *id, call.body.basis).await?)
}

/// Grants an erasure that somebody else asked for (批准销毁), as an approver of the handling unit or the joint office.
/// Whoever was given the lead is told to destroy it. There is no way back.
#[utoipa::path(
    post, path = "/office/v1/leads/{id}/erasure/grant", operation_id = "grant_erasure", tag = "leads",
    request_body = Erase, params(("id" = String, Path, description = "The internal id")),
    responses((status = 200, description = "Out of reach; erased once `erased_at` is set", body = ErasureView), Refusals),
    security(("session" = []))
)]
pub(super) async fn grant(
    node: web::Data<Node>,
    id: web::Path<Uuid>,
    call: OfficeCall<Erase>,
) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.grant_erasure(&call.officer, *id, call.body.basis).await?)
}

/// Lists the erasures of own leads: those that wait, and the tombstones.
#[utoipa::path(
    get, path = "/office/v1/erasures", operation_id = "list_erasures", tag = "purges",
    responses((status = 200, description = "At most 500, newest first", body = Vec<ErasureView>), Refusals),
    security(("session" = []))
)]
pub(super) async fn list(node: web::Data<Node>, caller: OfficeCaller) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.erasures(&caller.0).await?)
}
