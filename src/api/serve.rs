//! The apps of the three listeners: routes, what surrounds them, and the sockets below.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use actix_server::Server;
use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpResponse};
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use tracing_actix_web::TracingLogger;

use super::frame::{RouteSpan, frame};
use super::gate::{Gate, gate};
use super::listener::{Serving, serve_plain, serve_tls};
use super::office::Office;
use super::ops::metrics::Metrics;
use super::problem::Problem;
use super::{body, ops, peer};
use crate::node::Node;

/// Serves the office API over TLS, and with it the routes that `pages` adds.
pub fn serve_office(
    listener: TcpListener,
    tls: Arc<ArcSwap<ServerConfig>>,
    serving: Serving,
    office: Office,
    pages: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> io::Result<Server> {
    serve_tls(listener, tls, serving, move || {
        App::new()
            .app_data(body::Deadline(serving.body_timeout))
            .configure(|config| office.configure(config))
            .configure(&pages)
            .default_service(web::to(nowhere))
            .wrap(from_fn(frame))
            .wrap(TracingLogger::<RouteSpan>::new())
    })
}

/// Serves the peer API over mutual TLS.
pub fn serve_peer(
    listener: TcpListener,
    tls: Arc<ArcSwap<ServerConfig>>,
    serving: Serving,
    node: Arc<Node>,
    metrics: Arc<Metrics>,
) -> io::Result<Server> {
    let measure = web::Data::new(Gate::new(serving.peer_at_once, serving.peer_per_second));
    serve_tls(listener, tls, serving, move || {
        App::new()
            .app_data(measure.clone())
            .app_data(body::Deadline(serving.body_timeout))
            .app_data(web::PayloadConfig::new(body::PEER_LIMIT))
            .app_data(web::Data::from(Arc::clone(&node)))
            .app_data(web::Data::from(Arc::clone(&metrics)))
            .configure(inputs)
            .configure(peer::routes)
            .default_service(web::to(nowhere))
            .wrap(from_fn(gate))
            .wrap(from_fn(frame))
            .wrap(TracingLogger::<RouteSpan>::new())
    })
}

/// Serves health, readiness and metrics without TLS; refused unless `listener` is on loopback.
pub fn serve_ops(
    listener: TcpListener,
    serving: Serving,
    node: Arc<Node>,
    metrics: Arc<Metrics>,
) -> io::Result<Server> {
    serve_plain(listener, serving, move || {
        App::new()
            .app_data(web::Data::from(Arc::clone(&node)))
            .app_data(web::Data::from(Arc::clone(&metrics)))
            .configure(ops::routes)
            .default_service(web::to(nowhere))
            .wrap(from_fn(frame))
            .wrap(TracingLogger::<RouteSpan>::new())
    })
}

/// Paths and queries that cannot be read are refused with a code.
pub(super) fn inputs(config: &mut ServiceConfig) {
    // A path that is no id names no record.
    let paths =
        web::PathConfig::default().error_handler(|_, _| Problem::from(crate::node::Error::NotFound).into());
    let queries = web::QueryConfig::default().error_handler(|_, _| {
        Problem::bad_request("query_invalid", "a parameter is unknown or is not of its form").into()
    });
    config.app_data(paths).app_data(queries);
}

async fn nowhere() -> Result<HttpResponse, Problem> {
    Err(Problem::of_status(StatusCode::NOT_FOUND))
}
