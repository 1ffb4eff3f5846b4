//! What peers ask, over mutual TLS. Routes on one page, of which the document is made too.
//!
//! Knows the caller's certificate; whether it is a peer, and an active one, the node reads in its
//! register on every request.

mod add_checkpoint;
mod batches;
mod hello;
mod keys;
mod position;
mod receipts;
mod told;

use actix_web::web::{self, ServiceConfig};
use utoipa::OpenApi;

use super::served::served;

served! {
    #[openapi(
        info(
            title = "Guitu peer API",
            description = "What nodes say to each other, over mutual TLS 1.3. The caller is the node that its \
                           client certificate names; every request reads the register of peers."
        ),
        components(schemas(
            crate::exchange::receipt::ReceiptBody,
            crate::exchange::message::Header,
            crate::exchange::message::Basis
        ))
    )]
    "/peer/v1/batches" { post: batches::receive, get: batches::fetch }
    "/peer/v1/receipts" { post: receipts::take }
    "/peer/v1/add-checkpoint" { post: add_checkpoint::add }
    "/peer/v1/position" { get: position::tell, post: told::position }
    "/peer/v1/position/records" { get: position::records, post: told::records }
    "/peer/v1/keys" { post: keys::introduce }
    "/peer/v1/hello" { post: hello::hear }
}

/// The OpenAPI 3.1 document of the peer listener, as `openapi/peer.json` has it.
pub fn openapi_peer() -> String {
    let mut text = Document::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_says_what_is_served() {
        let document = serde_json::from_str(&openapi_peer()).unwrap();
        crate::api::served::tests::agree(SERVED, &document);
    }
}
