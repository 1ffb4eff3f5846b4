//! Drafts of agreements (草案): drafters write them, an approver proposes one. They never leave the node.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use uuid::Uuid;

use super::Refusals;
use super::forms::DraftAgreement;
use super::versions::{expected, tag};
use crate::api::callers::{OfficeCall, OfficeCaller};
use crate::api::problem::{Problem, json};
use crate::node::Node;
use crate::node::agree::Proposal;
use crate::node::drafting::AgreementDraftView;
use crate::node::views::AgreementView;

/// Lists the drafts of agreements, oldest first.
#[utoipa::path(
    get, path = "/office/v1/agreement-drafts", operation_id = "list_agreement_drafts", tag = "agreements",
    responses((status = 200, description = "All of them", body = Vec<AgreementDraftView>), Refusals),
    security(("session" = []))
)]
pub(super) async fn list(node: web::Data<Node>, caller: OfficeCaller) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.agreement_drafts(&caller.0).await?)
}

/// Writes a draft of an agreement, or of an amendment. It may still break rules.
#[utoipa::path(
    post, path = "/office/v1/agreement-drafts", operation_id = "draft_agreement", tag = "agreements",
    request_body = DraftAgreement,
    responses((status = 201, description = "Kept", body = AgreementDraftView), Refusals),
    security(("session" = []))
)]
pub(super) async fn create(
    node: web::Data<Node>,
    call: OfficeCall<DraftAgreement>,
) -> Result<HttpResponse, Problem> {
    let DraftAgreement { amends, proposal } = call.body;
    tagged(StatusCode::CREATED, &node.draft_agreement(&call.officer, amends, proposal).await?)
}

/// Reads a draft of an agreement.
#[utoipa::path(
    get, path = "/office/v1/agreement-drafts/{id}", operation_id = "read_agreement_draft", tag = "agreements",
    params(("id" = String, Path, description = "The draft")),
    responses((status = 200, description = "Its version is its ETag", body = AgreementDraftView), Refusals),
    security(("session" = []))
)]
pub(super) async fn read(
    node: web::Data<Node>,
    caller: OfficeCaller,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    tagged(StatusCode::OK, &node.agreement_draft(&caller.0, *id).await?)
}

/// Writes a draft of an agreement anew.
#[utoipa::path(
    put, path = "/office/v1/agreement-drafts/{id}", operation_id = "edit_agreement_draft", tag = "agreements",
    request_body = Proposal,
    params(
        ("id" = String, Path, description = "The draft"),
        ("If-Match" = String, Header, description = "The ETag that was read: 428 without, 412 if it moved on"),
    ),
    responses((status = 200, description = "Kept", body = AgreementDraftView), Refusals),
    security(("session" = []))
)]
pub(super) async fn edit(
    node: web::Data<Node>,
    request: HttpRequest,
    id: web::Path<Uuid>,
    call: OfficeCall<Proposal>,
) -> Result<HttpResponse, Problem> {
    let version = expected(&request)?;
    let edited = node.edit_agreement_draft(&call.officer, *id, version, call.body).await;
    tagged(StatusCode::OK, &edited.map_err(Problem::stale)?)
}

/// Throws a draft of an agreement away.
#[utoipa::path(
    delete, path = "/office/v1/agreement-drafts/{id}", operation_id = "drop_agreement_draft",
    tag = "agreements",
    params(
        ("id" = String, Path, description = "The draft"),
        ("If-Match" = String, Header, description = "The ETag that was read: 428 without, 412 if it moved on"),
    ),
    responses((status = 204, description = "Gone"), Refusals),
    security(("session" = []))
)]
pub(super) async fn remove(
    node: web::Data<Node>,
    request: HttpRequest,
    caller: OfficeCaller,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let version = expected(&request)?;
    node.drop_agreement_draft(&caller.0, *id, version).await.map_err(Problem::stale)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Proposes a draft to the other parties (提出), as an approver who did not write it. The draft is gone.
#[utoipa::path(
    post, path = "/office/v1/agreement-drafts/{id}/propose", operation_id = "propose_agreement_draft",
    tag = "agreements",
    params(
        ("id" = String, Path, description = "The draft"),
        ("If-Match" = String, Header, description = "The ETag that was read: 428 without, 412 if it moved on"),
    ),
    responses((status = 201, description = "Proposed", body = AgreementView), Refusals),
    security(("session" = []))
)]
pub(super) async fn propose(
    node: web::Data<Node>,
    request: HttpRequest,
    caller: OfficeCaller,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let version = expected(&request)?;
    let proposed = node.propose_draft(&caller.0, *id, version).await.map_err(Problem::stale)?;
    json(StatusCode::CREATED, &proposed)
}

fn tagged(status: StatusCode, draft: &AgreementDraftView) -> Result<HttpResponse, Problem> {
    let mut response = json(status, draft)?;
    tag(&mut response, draft.version);
    Ok(response)
}
