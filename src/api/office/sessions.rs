//! `POST /office/v1/sessions`: a name and a password for a token of 15 minutes.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};

use super::Refusals;
use super::forms::{LogIn, Session};
use crate::api::callers::Anonymous;
use crate::api::problem::{Problem, json};
use crate::api::token::Tokens;
use crate::node::{Error, Node};

/// Logs an officer in (登录).
#[utoipa::path(
    post, path = "/office/v1/sessions", operation_id = "log_in", tag = "sessions",
    request_body = LogIn,
    responses((status = 201, description = "Logged in", body = Session), Refusals)
)]
pub(super) async fn log_in(
    node: web::Data<Node>,
    tokens: web::Data<Tokens>,
    form: Anonymous<LogIn>,
) -> Result<HttpResponse, Problem> {
    let LogIn { user, password } = form.0;
    let officer = node.log_in(&user, &password).await?;
    let (token, until) =
        tokens.issue(officer.id, node.fresh_id(), node.now()).map_err(|_| Error::Corrupt("office key"))?;
    let session = Session { token, expires_at: until.rfc3339(), duties: officer.duties };
    json(StatusCode::CREATED, &session)
}
