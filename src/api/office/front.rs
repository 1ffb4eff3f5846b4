//! What a browser finds first: the page that the console made, the document, and the CA to trust.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, ContentType};
use actix_web::{HttpResponse, web};

use super::openapi_office;

/// What anybody may read without a session.
#[derive(Clone, Debug, Default)]
pub struct Front {
    /// The page, HTML.
    pub page: String,
    /// Its content security policy.
    pub policy: String,
    /// The certificate of the CA that clients trust, PEM.
    pub ca: String,
}

/// Shows the description of the API to a browser, with the way to trust the CA.
#[utoipa::path(
    get, path = "/", operation_id = "front", tag = "about",
    responses((status = 200, description = "The page", body = String, content_type = "text/html"))
)]
pub(super) async fn page(front: web::Data<Front>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::html())
        .insert_header((CONTENT_SECURITY_POLICY, front.policy.as_str()))
        .body(front.page.clone())
}

/// Gives this document.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "openapi", tag = "about",
    responses((status = 200, description = "OpenAPI 3.1", body = String, content_type = "application/json"))
)]
pub(super) async fn document() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::json()).body(openapi_office())
}

/// Gives the certificate of the CA that clients trust. Public: trust it only after comparing its fingerprint.
#[utoipa::path(
    get, path = "/ca.pem", operation_id = "ca", tag = "about",
    responses((status = 200, description = "The certificate", body = String, content_type = "application/x-pem-file"))
)]
pub(super) async fn ca(front: web::Data<Front>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/x-pem-file").body(front.ca.clone())
}
