//! What peers ask, over mutual TLS. Routes on one page.
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

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/peer/v1/batches").post(batches::receive).get(batches::fetch))
        .service(web::resource("/peer/v1/receipts").post(receipts::take))
        .service(web::resource("/peer/v1/add-checkpoint").post(add_checkpoint::add))
        .service(web::resource("/peer/v1/position").get(position::tell).post(told::position))
        .service(web::resource("/peer/v1/position/records").get(position::records).post(told::records))
        .service(web::resource("/peer/v1/keys").post(keys::introduce))
        .service(web::resource("/peer/v1/hello").post(hello::hear));
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Guitu peer API",
        description = "What nodes say to each other, over mutual TLS 1.3. The caller is the node that its \
                       client certificate names; every request reads the register of peers."
    ),
    paths(
        batches::receive,
        batches::fetch,
        receipts::take,
        add_checkpoint::add,
        position::tell,
        position::records,
        told::position,
        told::records,
        keys::introduce,
        hello::hear
    ),
    components(schemas(
        crate::exchange::receipt::ReceiptBody,
        crate::exchange::message::Header,
        crate::exchange::message::Basis
    ))
)]
struct Document;

/// The OpenAPI 3.1 document of the peer listener, as `openapi/peer.json` has it.
pub fn openapi_peer() -> String {
    let mut text = Document::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}
