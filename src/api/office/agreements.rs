//! Agreements (合作协议): what is in force, to propose one, to countersign one.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use uuid::Uuid;

use super::Refusals;
use super::forms::Countersign;
use crate::api::callers::{OfficeCall, OfficeCaller};
use crate::api::problem::{Problem, json};
use crate::node::Node;
use crate::node::agree::Proposal;
use crate::node::views::AgreementView;

/// Lists every agreement that this node knows. Agreements hold no case data: any officer reads them.
#[utoipa::path(
    get, path = "/office/v1/agreements", operation_id = "list_agreements", tag = "agreements",
    responses((status = 200, description = "All of them", body = Vec<AgreementView>), Refusals),
    security(("session" = []))
)]
pub(super) async fn list(node: web::Data<Node>, _: OfficeCaller) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.agreements().await?)
}

/// Proposes an agreement to its other parties (提出). The proposer's signature counts.
#[utoipa::path(
    post, path = "/office/v1/agreements", operation_id = "propose_agreement", tag = "agreements",
    request_body = Proposal,
    responses((status = 201, description = "Proposed", body = AgreementView), Refusals),
    security(("session" = []))
)]
pub(super) async fn propose(
    node: web::Data<Node>,
    call: OfficeCall<Proposal>,
) -> Result<HttpResponse, Problem> {
    json(StatusCode::CREATED, &node.propose(Some(&call.officer), call.body).await?)
}

/// Countersigns an agreement (会签): exactly the text whose digest the officer names.
#[utoipa::path(
    post, path = "/office/v1/agreements/{id}/countersign", operation_id = "countersign_agreement",
    tag = "agreements", request_body = Countersign,
    params(("id" = String, Path, description = "The agreement")),
    responses((status = 200, description = "Countersigned", body = AgreementView), Refusals),
    security(("session" = []))
)]
pub(super) async fn countersign(
    node: web::Data<Node>,
    id: web::Path<Uuid>,
    call: OfficeCall<Countersign>,
) -> Result<HttpResponse, Problem> {
    let Countersign { version, digest } = call.body;
    json(StatusCode::OK, &node.countersign(Some(&call.officer), *id, version, digest).await?)
}
