//! Filing (备案) agreements with the upper node. Filings hold no case data: any officer reads them.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use uuid::Uuid;

use super::Refusals;
use super::forms::{FileAgreement, ReturnFiling};
use crate::api::callers::{OfficeCall, OfficeCaller};
use crate::api::problem::{Problem, json};
use crate::domain::agreement::FilingAnswer;
use crate::domain::digest::Digest;
use crate::domain::node::NodeId;
use crate::node::Node;
use crate::node::filings::FilingView;

/// Files the first version of an agreement that is still owed with the upper node (备案), again after a return.
#[utoipa::path(
    post, path = "/office/v1/agreements/{id}/file", operation_id = "file_agreement", tag = "filings",
    request_body = FileAgreement, params(("id" = String, Path, description = "The agreement")),
    responses((status = 200, description = "On its way", body = FilingView), Refusals),
    security(("session" = []))
)]
pub(super) async fn file(
    node: web::Data<Node>,
    id: web::Path<Uuid>,
    call: OfficeCall<FileAgreement>,
) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.file(&call.officer, *id, call.body.upper).await?)
}

/// Lists what this node has to file or filed, and what the nodes below filed with it.
#[utoipa::path(
    get, path = "/office/v1/filings", operation_id = "list_filings", tag = "filings",
    responses((status = 200, description = "All of them", body = Vec<FilingView>), Refusals),
    security(("session" = []))
)]
pub(super) async fn list(node: web::Data<Node>, _: OfficeCaller) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.filings().await?)
}

/// Lists the filings that are overdue (逾期): not filed within 30 days of the last signature, or returned and not
/// filed again.
#[utoipa::path(
    get, path = "/office/v1/filings/overdue", operation_id = "list_overdue_filings", tag = "filings",
    responses((status = 200, description = "All of them", body = Vec<FilingView>), Refusals),
    security(("session" = []))
)]
pub(super) async fn overdue(node: web::Data<Node>, _: OfficeCaller) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.overdue_filings().await?)
}

/// Acknowledges what a node below filed (备案通过).
#[utoipa::path(
    post, path = "/office/v1/filings/{digest}/{party}/acknowledge", operation_id = "acknowledge_filing",
    tag = "filings",
    params(
        ("digest" = String, Path, description = "The digest of the terms that the officer read"),
        ("party" = String, Path, description = "Whose filing"),
    ),
    responses((status = 200, description = "On its way", body = FilingView), Refusals),
    security(("session" = []))
)]
pub(super) async fn acknowledge(
    node: web::Data<Node>,
    caller: OfficeCaller,
    path: web::Path<(Digest, NodeId)>,
) -> Result<HttpResponse, Problem> {
    let (digest, party) = *path;
    let answer = FilingAnswer::Acknowledged;
    json(StatusCode::OK, &node.answer_filing(&caller.0, digest, party, answer).await?)
}

/// Returns what a node below filed (退回), with a reason. It files again.
#[utoipa::path(
    post, path = "/office/v1/filings/{digest}/{party}/return", operation_id = "return_filing",
    tag = "filings", request_body = ReturnFiling,
    params(
        ("digest" = String, Path, description = "The digest of the terms that the officer read"),
        ("party" = String, Path, description = "Whose filing"),
    ),
    responses((status = 200, description = "On its way", body = FilingView), Refusals),
    security(("session" = []))
)]
pub(super) async fn send_back(
    node: web::Data<Node>,
    path: web::Path<(Digest, NodeId)>,
    call: OfficeCall<ReturnFiling>,
) -> Result<HttpResponse, Problem> {
    let (digest, party) = *path;
    let answer = FilingAnswer::Returned(call.body.reason);
    json(StatusCode::OK, &node.answer_filing(&call.officer, digest, party, answer).await?)
}
