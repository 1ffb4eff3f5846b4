//! The office API of a node of these tests, without sockets, and sessions of its officers.

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::{TestRequest, call_service, read_body};
use guitu::api::office::{Front, Office};
use guitu::api::ops::metrics::Metrics;
use guitu::domain::unit::{Duty, UnitType};
use guitu::node::Node;
use serde_json::Value;

use crate::office_app::{PASSWORD, ask, bearer, log_in};

/// The office API, with one officer for each duty that these tests need.
pub(super) async fn office(node: &Arc<Node>) -> Office {
    for (name, duty) in [("drafter", Duty::Drafter), ("auditor", Duty::Auditor)] {
        node.add_user(name, PASSWORD, &[duty], UnitType::Police).await.unwrap();
    }
    Office::new(Arc::clone(node), Arc::new(Metrics::default()), Front::default()).unwrap()
}

macro_rules! serve {
    ($office:expr) => {
        actix_web::test::init_service(
            actix_web::App::new()
                .configure(|config| $office.configure(config))
                .wrap(actix_web::middleware::from_fn(guitu::api::frame::frame)),
        )
        .await
    };
}
pub(super) use serve;

/// A session of that officer.
pub(super) async fn session<S, B>(app: &S, user: &str) -> Value
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
{
    let (status, _, session) = ask(app, log_in(user, PASSWORD)).await;
    assert_eq!(status, 201, "{session}");
    session
}

/// What a session gets for a path: status and body.
pub(super) async fn fetch<S, B>(app: &S, uri: &str, session: &Value) -> (u16, Vec<u8>)
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
{
    let response = call_service(app, bearer(TestRequest::get().uri(uri), session).to_request()).await;
    let status = response.status().as_u16();
    (status, read_body(response).await.to_vec())
}
