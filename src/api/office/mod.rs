//! The office API: what officers and auditors do, as HTTP. Routes on one page.
//!
//! Knows the shapes of requests and answers; which duty may do what is decided in the use cases. Invariant: whatever
//! is read leaves its entry in the log before the answer. Without one, because they show no case data and no entry,
//! are answered: agreements, their drafts and pages (terms between governments), filings, statistics (suppressed),
//! and peers (lag). A test holds the list to it.

mod agreement_drafts;
mod agreements;
mod concerns;
mod coverage;
mod decisions;
mod erasures;
mod filings;
mod forms;
mod front;
mod journal;
mod journal_query;
mod leads;
mod log_proofs;
mod losses;
mod masks;
mod offers;
mod paging;
mod peers;
mod recalls;
mod received;
mod risk;
mod schemas;
mod sessions;
mod sharing;
mod statistics;
mod versions;

use std::sync::{Arc, LazyLock};

use actix_web::web::{self, ServiceConfig};
use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};

use super::ops::metrics::Metrics;
use super::problem;
use super::token::{KeyUnusable, Tokens};
use super::tries::Tries;
use crate::node::Node;

/// The routes.
fn routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/").get(front::page))
        .service(web::resource("/openapi.json").get(front::document))
        .service(web::resource("/ca.pem").get(front::ca))
        .service(web::resource("/office/v1/sessions").post(sessions::log_in))
        .service(web::resource("/office/v1/leads").get(leads::list).post(leads::create))
        .service(web::resource("/office/v1/leads/{id}").get(leads::read).put(leads::correct))
        .service(web::resource("/office/v1/leads/{id}/submit").post(decisions::submit))
        .service(web::resource("/office/v1/leads/{id}/approve").post(decisions::approve))
        .service(web::resource("/office/v1/leads/{id}/return").post(decisions::send_back))
        .service(web::resource("/office/v1/leads/{id}/narrative").get(masks::read))
        .service(web::resource("/office/v1/leads/{id}/narrative/masks").post(masks::add))
        .service(web::resource("/office/v1/leads/{id}/narrative/lifts").post(masks::lift))
        .service(web::resource("/office/v1/leads/{id}/narrative/lifts/approve").post(masks::approve))
        .service(web::resource("/office/v1/leads/{id}/share").post(sharing::share))
        .service(web::resource("/office/v1/leads/{id}/preview").get(sharing::preview))
        .service(web::resource("/office/v1/leads/{id}/receipts").get(sharing::receipts))
        .service(web::resource("/office/v1/leads/{id}/withdraw").post(recalls::withdraw))
        .service(web::resource("/office/v1/leads/{id}/narrow").post(recalls::narrow))
        .service(web::resource("/office/v1/purges").get(recalls::list))
        .service(web::resource("/office/v1/leads/{id}/erasure").post(erasures::ask))
        .service(web::resource("/office/v1/leads/{id}/erasure/grant").post(erasures::grant))
        .service(web::resource("/office/v1/erasures").get(erasures::list))
        .service(web::resource("/office/v1/received").get(received::list))
        .service(web::resource("/office/v1/received/{sub}").get(received::read))
        .service(web::resource("/office/v1/received/{sub}/acknowledge").post(received::acknowledge))
        .service(web::resource("/office/v1/received/{sub}/answer").post(received::answer))
        .service(web::resource("/office/v1/agreements").get(agreements::list).post(agreements::propose))
        .service(web::resource("/office/v1/agreements/{id}/countersign").post(agreements::countersign))
        .service(web::resource("/office/v1/agreements/{id}/amend").post(agreements::amend))
        .service(web::resource("/office/v1/agreements/{id}/counter/{answered}").post(agreements::counter))
        .service(web::resource("/office/v1/agreements/{id}/status").post(agreements::change))
        .service(web::resource("/office/v1/agreements/{id}/versions/{digest}/page").get(agreements::print))
        .service(web::resource("/office/v1/agreements/{id}/offers").get(offers::list).post(offers::share))
        .service(web::resource("/office/v1/agreements/{id}/risk").get(risk::read))
        .service(web::resource("/office/v1/agreements/{id}/file").post(filings::file))
        .service(
            web::resource("/office/v1/agreement-drafts")
                .get(agreement_drafts::list)
                .post(agreement_drafts::create),
        )
        .service(
            web::resource("/office/v1/agreement-drafts/{id}")
                .get(agreement_drafts::read)
                .put(agreement_drafts::edit)
                .delete(agreement_drafts::remove),
        )
        .service(web::resource("/office/v1/agreement-drafts/{id}/propose").post(agreement_drafts::propose))
        .service(web::resource("/office/v1/filings").get(filings::list))
        .service(web::resource("/office/v1/filings/overdue").get(filings::overdue))
        .service(web::resource("/office/v1/filings/{digest}/{party}/acknowledge").post(filings::acknowledge))
        .service(web::resource("/office/v1/filings/{digest}/{party}/return").post(filings::send_back))
        .service(web::resource("/office/v1/statistics").get(statistics::list).post(statistics::tell))
        .configure(log_routes);
}

/// What the auditor asks, and what the node tells by itself.
fn log_routes(config: &mut ServiceConfig) {
    config
        .service(web::resource("/office/v1/log").get(journal::list))
        .service(web::resource("/office/v1/log/leads/{id}").get(journal::history))
        .service(web::resource("/office/v1/log/consistency").get(log_proofs::consistency))
        .service(web::resource("/office/v1/log/coverage").get(coverage::report))
        .service(web::resource("/office/v1/log/bundle").get(log_proofs::bundle))
        .service(web::resource("/office/v1/log/{leaf}/proof").get(log_proofs::inclusion))
        .service(web::resource("/office/v1/losses").get(losses::list))
        .service(web::resource("/office/v1/alarms").get(concerns::alarms))
        .service(web::resource("/office/v1/refusals").get(concerns::refusals))
        .service(web::resource("/office/v1/refusals/{id}/send-again").post(concerns::send_again))
        .service(web::resource("/office/v1/peers").get(peers::list))
        .service(web::resource("/office/v1/peers/{node}/hasten").post(peers::hasten));
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Guitu office API",
        description = "What officers (经办, 审批, 联络员) and auditors (审计) do with a node. Log in with \
                       `POST /office/v1/sessions`, then send the token as `Authorization: Bearer`. Every request may \
                       say its purpose in the header `Guitu-Purpose` (a purpose of agreements): it stands in the log."
    ),
    paths(
        sessions::log_in, leads::list, leads::create, leads::read, leads::correct, decisions::submit,
        decisions::approve, decisions::send_back, masks::read, masks::add, masks::lift, masks::approve, sharing::share, sharing::preview, sharing::receipts,
        recalls::withdraw, recalls::narrow, recalls::list, erasures::ask, erasures::grant, erasures::list,
        received::list, received::read, received::acknowledge, received::answer, agreements::list,
        agreements::propose, agreements::countersign, agreements::amend, agreements::counter,
        agreements::change, agreements::print, offers::list, offers::share, risk::read, filings::file,
        agreement_drafts::list, agreement_drafts::create, agreement_drafts::read, agreement_drafts::edit,
        agreement_drafts::remove, agreement_drafts::propose, filings::list, filings::overdue,
        filings::acknowledge, filings::send_back, statistics::list, statistics::tell,
        journal::list, journal::history,
        log_proofs::inclusion, log_proofs::consistency, log_proofs::bundle, coverage::report, losses::list,
        concerns::alarms, concerns::refusals, concerns::send_again, peers::list, peers::hasten
    ),
    components(schemas(problem::Document)),
    modifiers(&Bearer),
)]
struct Document;

struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let mut http = Http::new(HttpAuthScheme::Bearer);
        http.bearer_format = Some("JWT".to_owned());
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("session", SecurityScheme::Http(http));
    }
}

/// What a request may also get: a problem document.
struct Refusals;

impl utoipa::IntoResponses for Refusals {
    fn responses() -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::Response>> {
        let content = utoipa::openapi::Content::new(Some(super::schema::named("Problem")));
        let response = utoipa::openapi::ResponseBuilder::new()
            .description("Refused: a problem document (RFC 9457) with a stable code")
            .content(problem::MEDIA_TYPE, content)
            .build();
        std::collections::BTreeMap::from([("default".to_owned(), response.into())])
    }
}

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(Document::openapi()).unwrap_or_default());

/// The OpenAPI 3.1 document of the office listener, as `openapi/office.json` has it.
pub fn openapi_office() -> String {
    let mut text = serde_json::to_string_pretty(&Document::openapi()).unwrap_or_default();
    text.push('\n');
    text
}

/// The schemas of the document, against which bodies are checked.
pub(super) fn components() -> &'static Value {
    &DOCUMENT["components"]["schemas"]
}

/// The CA that clients trust.
#[derive(Clone, Debug)]
pub struct Ca {
    /// The certificate, PEM.
    pub pem: String,
}

/// What the office listener serves.
#[derive(Clone)]
pub struct Office {
    node: Arc<Node>,
    metrics: Arc<Metrics>,
    tokens: Arc<Tokens>,
    tries: Arc<Tries>,
    ca: Arc<Ca>,
}

impl Office {
    /// The office API of a node. Refused if the office key does not sign: the operator is at fault.
    pub fn new(node: Arc<Node>, metrics: Arc<Metrics>, ca: Ca) -> Result<Self, KeyUnusable> {
        let tokens = Arc::new(Tokens::new(node.id(), node.keys().office_seed())?);
        Ok(Self { node, metrics, tokens, tries: Arc::new(Tries::new()), ca: Arc::new(ca) })
    }

    /// The routes with all that they need. What surrounds them is in [`super::frame`].
    pub fn configure(&self, config: &mut ServiceConfig) {
        config
            .app_data(web::PayloadConfig::new(super::body::OFFICE_LIMIT))
            .configure(super::serve::inputs)
            .configure(routes)
            .app_data(web::Data::from(Arc::clone(&self.node)))
            .app_data(web::Data::from(Arc::clone(&self.metrics)))
            .app_data(web::Data::from(Arc::clone(&self.tokens)))
            .app_data(web::Data::from(Arc::clone(&self.tries)))
            .app_data(web::Data::from(Arc::clone(&self.ca)));
    }
}
