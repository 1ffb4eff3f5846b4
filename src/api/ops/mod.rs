//! What operators and their machines ask, on loopback: `/health`, `/ready`, `/metrics`, `/lags`.
//!
//! Knows counts and states; must not show a record, an officer or a name.

pub mod metrics;

use actix_web::http::StatusCode;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Responder};

use self::metrics::Metrics;
use super::problem::Problem;
use crate::node::{Error, Node};

/// The routes.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/health").get(health))
        .service(web::resource("/ready").get(ready))
        .service(web::resource("/metrics").get(metrics_text))
        .service(web::resource("/lags").get(lags));
}

/// 200 as long as the process serves.
async fn health() -> impl Responder {
    HttpResponse::Ok().json(serde_json::json!({"status": "ok"}))
}

/// 200 if all databases answer now and the log is known to be whole, else 503.
async fn ready(node: web::Data<Node>) -> Result<HttpResponse, Problem> {
    if node.waits() {
        return Err(Error::Waits.into());
    }
    match node.databases().check().await {
        Ok(()) => Ok(HttpResponse::Ok().json(serde_json::json!({"status": "ready"}))),
        Err(error) => {
            tracing::warn!(cause = %error, "not ready");
            Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", "a database does not answer"))
        }
    }
}

async fn metrics_text(node: web::Data<Node>, metrics: web::Data<Metrics>) -> Result<HttpResponse, Problem> {
    metrics.measured(&node.figures().await?, &node.lags().await?, node.late_witnesses().len());
    let text = metrics.text().map_err(|_| Error::Corrupt("metrics"))?;
    Ok(HttpResponse::Ok().content_type(metrics::MEDIA_TYPE).body(text))
}

/// How far each lane to each peer is behind, as this process knows it: `guitu status` shows it.
async fn lags(node: web::Data<Node>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(node.lags().await?))
}
