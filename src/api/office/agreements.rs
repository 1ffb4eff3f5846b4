//! Agreements (合作协议): what is in force, to propose one, to countersign one.

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, web};
use uuid::Uuid;

use super::Refusals;
use super::forms::{ChangeAgreement, Countersign};
use crate::api::callers::{OfficeCall, OfficeCaller};
use crate::api::problem::{Problem, json};
use crate::domain::digest::Digest;
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

/// Proposes the next version of an agreement (变更). It takes effect on its first day, once every party of the old
/// and the new version has signed it.
#[utoipa::path(
    post, path = "/office/v1/agreements/{id}/amend", operation_id = "amend_agreement", tag = "agreements",
    request_body = Proposal,
    params(("id" = String, Path, description = "The agreement")),
    responses((status = 201, description = "Proposed", body = AgreementView), Refusals),
    security(("session" = []))
)]
pub(super) async fn amend(
    node: web::Data<Node>,
    id: web::Path<Uuid>,
    call: OfficeCall<Proposal>,
) -> Result<HttpResponse, Problem> {
    json(StatusCode::CREATED, &node.amend(&call.officer, *id, call.body).await?)
}

/// Answers a proposal by another one for the same step (对案).
#[utoipa::path(
    post, path = "/office/v1/agreements/{id}/counter/{answered}", operation_id = "counter_agreement",
    tag = "agreements", request_body = Proposal,
    params(
        ("id" = String, Path, description = "The agreement"),
        ("answered" = String, Path, description = "The digest of the terms that it answers"),
    ),
    responses((status = 201, description = "Proposed", body = AgreementView), Refusals),
    security(("session" = []))
)]
pub(super) async fn counter(
    node: web::Data<Node>,
    path: web::Path<(Uuid, Digest)>,
    call: OfficeCall<Proposal>,
) -> Result<HttpResponse, Problem> {
    let (id, answered) = *path;
    json(StatusCode::CREATED, &node.counter(&call.officer, id, answered, call.body).await?)
}

/// Suspends (中止), resumes (恢复) or terminates (终止) an agreement, or acknowledges its termination (确认终止). It
/// holds here at once, and elsewhere when it arrives.
#[utoipa::path(
    post, path = "/office/v1/agreements/{id}/status", operation_id = "change_agreement",
    tag = "agreements", request_body = ChangeAgreement,
    params(("id" = String, Path, description = "The agreement")),
    responses((status = 200, description = "Said", body = AgreementView), Refusals),
    security(("session" = []))
)]
pub(super) async fn change(
    node: web::Data<Node>,
    id: web::Path<Uuid>,
    call: OfficeCall<ChangeAgreement>,
) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.act(&call.officer, *id, call.body.act).await?)
}

/// A version of an agreement as a page in Chinese, to read and print, with what it changes.
#[utoipa::path(
    get, path = "/office/v1/agreements/{id}/versions/{digest}/page", operation_id = "print_agreement",
    tag = "agreements",
    params(
        ("id" = String, Path, description = "The agreement"),
        ("digest" = String, Path, description = "The digest of the version's terms"),
    ),
    responses((status = 200, description = "The page", body = String, content_type = "text/html"), Refusals),
    security(("session" = []))
)]
pub(super) async fn print(
    node: web::Data<Node>,
    path: web::Path<(Uuid, Digest)>,
    _: OfficeCaller,
) -> Result<HttpResponse, Problem> {
    let (id, digest) = *path;
    let page = node.agreement_page(id, digest).await?;
    Ok(HttpResponse::Ok().content_type(ContentType::html()).body(page))
}
