//! `POST /office/v1/sessions`: a name and a password for a token of 15 minutes.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};

use super::Refusals;
use super::forms::{LogIn, Session};
use crate::api::callers::Anonymous;
use crate::api::problem::{Problem, json};
use crate::api::token::Tokens;
use crate::api::tries::{PAUSE_SECONDS, Tries};
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
    tries: web::Data<Tries>,
    request: HttpRequest,
    form: Anonymous<LogIn>,
) -> Result<HttpResponse, Problem> {
    let LogIn { user, password } = form.0;
    let from = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.ip());
    let Some(_place) = tries.admit(from, &user, node.now()) else {
        node.note_turned_away(&user).await?;
        let detail = "too many log-ins of this name or from this address: try again later";
        return Err(Problem::too_many(detail, Some(PAUSE_SECONDS)));
    };
    let officer = node.log_in(&user, &password).await.inspect_err(|error| {
        if matches!(error, Error::BadCredentials) {
            tries.refused(&user, node.now());
        }
    })?;
    tries.welcome(&user);
    let (token, until) =
        tokens.issue(officer.id, node.fresh_id(), node.now()).map_err(|_| Error::Corrupt("office key"))?;
    let session = Session { token, expires_at: until.rfc3339(), duties: officer.duties };
    json(StatusCode::CREATED, &session)
}
