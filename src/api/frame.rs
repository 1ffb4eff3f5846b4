//! What surrounds every handler of every listener: one span, one log line, the request's id, security
//! headers, problem documents for whatever has none, and the count for the metrics.
//!
//! Knows routes as patterns only; must not know bodies, query strings or names. Invariant: an answer of
//! 400 and above is a problem document with the request's id, or what C2SP tlog-witness puts in its place.

use actix_web::HttpMessage as _;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, web};
use tracing::Span;
use tracing::field::Empty;
use tracing_actix_web::{RequestId, RootSpanBuilder};

use super::ops::metrics::Metrics;
use super::problem::{MEDIA_TYPE, Problem};
use crate::tlog::witness::SIZE_MEDIA_TYPE;

const SECURITY: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
];

/// The span of a request: its route as a pattern, its method, its ids.
pub struct RouteSpan;

impl RootSpanBuilder for RouteSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request.extensions().get::<RequestId>().map(RequestId::to_string).unwrap_or_default();
        tracing::info_span!(
            "request",
            http.method = %request.method(),
            http.route = route(request.match_pattern().as_deref()),
            request.id = id,
            trace.id = trace_id(request.headers()),
            record.id = Empty,
            peer.id = Empty,
        )
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.in_scope(|| tracing::info!(http.status = status.as_u16(), "answered with {status}"));
    }
}

/// Surrounds a handler. Goes inside of the span's layer, which makes the request's id.
pub async fn frame(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let metrics = request.app_data::<web::Data<Metrics>>().cloned();
    let method = request.method().clone();
    let pattern = request.match_pattern();
    let reference = request.extensions().get::<RequestId>().map(RequestId::to_string);
    let response = next.call(request).await?.map_into_boxed_body();
    let mut response = documented(response, reference);
    record_id(&response);
    if let Some(metrics) = metrics {
        metrics.answered(&method, route(pattern.as_deref()), response.status());
    }
    for (name, value) in SECURITY {
        if !response.headers().contains_key(&name) {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
    }
    Ok(response)
}

fn route(pattern: Option<&str>) -> &str {
    pattern.unwrap_or("unmatched")
}

/// Gives a refusal its document.
fn documented(response: ServiceResponse<BoxBody>, reference: Option<String>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let kind = response.headers().get(header::CONTENT_TYPE);
    let has_document = kind.is_some_and(|kind| kind == MEDIA_TYPE || kind == SIZE_MEDIA_TYPE);
    let problem = response.response().error().and_then(Error::as_error::<Problem>);
    let again = match problem {
        Some(problem) => problem.respond(reference),
        None if has_document => return response,
        None => {
            let old = response.response();
            let mut bare = actix_web::HttpResponse::new(status).drop_body();
            *bare.headers_mut() = old.headers().clone();
            Problem::of_status(status).respond_for(&bare, reference)
        }
    };
    let (request, _) = response.into_parts();
    ServiceResponse::new(request, again)
}

/// The record that the path names, if it is one.
fn record_id(response: &ServiceResponse<BoxBody>) {
    let info = response.request().match_info();
    let named = ["id", "sub"].iter().find_map(|name| info.get(name)?.parse::<uuid::Uuid>().ok());
    if let Some(id) = named {
        Span::current().record("record.id", tracing::field::display(id));
    }
}

/// The trace id of `traceparent` (W3C Trace Context §3.2), if the header is well formed.
fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    let (version, rest) = text.split_once('-')?;
    let (trace, rest) = rest.split_once('-')?;
    let hex = |part: &str, length| {
        part.len() == length && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let parent = rest.split('-').next()?;
    let well_formed = hex(version, 2) && version != "ff" && hex(trace, 32) && hex(parent, 16);
    (well_formed && trace.bytes().any(|b| b != b'0')).then_some(trace)
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpResponse, test};
    use serde_json::Value;
    use tracing_actix_web::TracingLogger;

    use super::*;

    #[actix_web::test]
    async fn every_refusal_is_a_document_with_a_reference() {
        let metrics = web::Data::new(Metrics::default());
        let app = App::new()
            .app_data(metrics.clone())
            .service(web::resource("/a/{id}").route(web::get().to(HttpResponse::Ok)))
            .wrap(from_fn(frame))
            .wrap(TracingLogger::<RouteSpan>::new());
        let app = test::init_service(app).await;
        for (request, status, code) in [
            (test::TestRequest::get().uri("/secret-path"), 404, "no_such_route"),
            (test::TestRequest::post().uri("/a/1"), 405, "method_not_allowed"),
        ] {
            let response = test::call_service(&app, request.to_request()).await;
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(response.headers().get("x-content-type-options").unwrap(), "nosniff");
            assert_eq!(response.headers().get("content-type").unwrap(), MEDIA_TYPE);
            let body: Value = test::read_body_json(response).await;
            assert_eq!(body["code"], code);
            assert_eq!(body["reference"].as_str().unwrap().len(), 36);
        }
        let text = metrics.text().unwrap();
        assert!(text.contains("route=\"/a/{id}\"") && !text.contains("secret-path"), "{text}");
    }

    #[test]
    async fn only_a_well_formed_traceparent_counts() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static("traceparent"), HeaderValue::from_str(text).unwrap());
            trace_id(&headers).map(str::to_owned)
        };
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(of(&format!("00-{trace}-00f067aa0ba902b7-01")).as_deref(), Some(trace));
        for bad in ["", "00-x-y-01", &format!("ff-{trace}-00f067aa0ba902b7-01"), "00"] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
