//! Offers: what could be shared under an agreement, and the one action that shares what an approver chose.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::json as body_of;
use uuid::Uuid;

use super::Refusals;
use super::forms::ShareOffered;
use super::paging::Cursor;
use crate::api::callers::{OfficeCall, OfficeCaller};
use crate::api::problem::{Problem, json};
use crate::node::Node;
use crate::node::offers::OffersView;

/// Lists own leads that could go to a party under the agreement and did not, or not as far: lead, recipient, what it
/// would newly see, and why. Sharing them is another step.
#[utoipa::path(
    get, path = "/office/v1/agreements/{id}/offers", operation_id = "list_offers", tag = "agreements",
    params(("id" = String, Path, description = "The agreement"), Cursor),
    responses((status = 200, description = "Those among the next 200 leads", body = OffersView), Refusals),
    security(("session" = []))
)]
pub(super) async fn list(
    node: web::Data<Node>,
    caller: OfficeCaller,
    id: web::Path<Uuid>,
    cursor: web::Query<Cursor>,
) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, &node.offers(&caller.0, *id, cursor.after()).await?)
}

/// Shares what an approver chose among the offers, all of it or nothing.
#[utoipa::path(
    post, path = "/office/v1/agreements/{id}/offers", operation_id = "share_offers", tag = "agreements",
    request_body = ShareOffered, params(("id" = String, Path, description = "The agreement")),
    responses((status = 200, description = "On their way: how many"), Refusals),
    security(("session" = []))
)]
pub(super) async fn share(
    node: web::Data<Node>,
    id: web::Path<Uuid>,
    call: OfficeCall<ShareOffered>,
) -> Result<HttpResponse, Problem> {
    let ShareOffered { digest, offers } = call.body;
    let shared = node.share_offered(&call.officer, *id, digest, &offers).await?;
    json(StatusCode::OK, &body_of!({ "shared": shared }))
}
