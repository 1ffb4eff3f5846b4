//! The office API: what officers and auditors do, as HTTP. Routes on one page, of which the document is made too.
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

pub use self::front::Front;

use std::sync::{Arc, LazyLock};

use actix_web::web::{self, ServiceConfig};
use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};

use super::ops::metrics::Metrics;
use super::problem;
use super::served::served;
use super::token::{KeyUnusable, Tokens};
use super::tries::Tries;
use crate::node::Node;

served! {
    #[openapi(
        info(
            title = "Guitu office API",
            description = "What officers (经办, 审批, 联络员) and auditors (审计) do with a node. Log in with \
                           `POST /office/v1/sessions`, then send the token as `Authorization: Bearer`. Every request \
                           may say its purpose in the header `Guitu-Purpose` (a purpose of agreements): it stands in \
                           the log. A request that cannot be read, or not be placed, is refused before anything is \
                           done: 400 malformed_json, not_utf8, too_deep, duplicate_member, integer_too_large, \
                           body_incomplete, unreadable, idempotency_key_invalid, query_invalid, and of a parameter \
                           after_invalid, limit_invalid, type_invalid, peer_invalid, agreement_invalid, \
                           purpose_invalid, actor_invalid, claim_invalid, ref_invalid, x_invalid, from_invalid, \
                           until_invalid, epoch_invalid, first_invalid, last_invalid, size1_invalid, \
                           size2_invalid; 401 token_missing, token_refused; 403 forbidden; 404 not_found; \
                           408 too_slow; 413 too_large; 415 not_json_media_type; 422 fields_invalid, genotype; \
                           428 if_match_missing."
        ),
        components(schemas(problem::Document)),
        modifiers(&Bearer),
    )]
    "/" { get: front::page }
    "/openapi.json" { get: front::document }
    "/ca.pem" { get: front::ca }
    "/office/v1/sessions" { post: sessions::log_in }
    "/office/v1/leads" { get: leads::list, post: leads::create }
    "/office/v1/leads/{id}" { get: leads::read, put: leads::correct }
    "/office/v1/leads/{id}/submit" { post: decisions::submit }
    "/office/v1/leads/{id}/approve" { post: decisions::approve }
    "/office/v1/leads/{id}/return" { post: decisions::send_back }
    "/office/v1/leads/{id}/narrative" { get: masks::read }
    "/office/v1/leads/{id}/narrative/masks" { post: masks::add }
    "/office/v1/leads/{id}/narrative/lifts" { post: masks::lift }
    "/office/v1/leads/{id}/narrative/lifts/approve" { post: masks::approve }
    "/office/v1/leads/{id}/share" { post: sharing::share }
    "/office/v1/leads/{id}/preview" { get: sharing::preview }
    "/office/v1/leads/{id}/receipts" { get: sharing::receipts }
    "/office/v1/leads/{id}/withdraw" { post: recalls::withdraw }
    "/office/v1/leads/{id}/narrow" { post: recalls::narrow }
    "/office/v1/purges" { get: recalls::list }
    "/office/v1/leads/{id}/erasure" { post: erasures::ask }
    "/office/v1/leads/{id}/erasure/grant" { post: erasures::grant }
    "/office/v1/erasures" { get: erasures::list }
    "/office/v1/received" { get: received::list }
    "/office/v1/received/{sub}" { get: received::read }
    "/office/v1/received/{sub}/acknowledge" { post: received::acknowledge }
    "/office/v1/received/{sub}/answer" { post: received::answer }
    "/office/v1/agreements" { get: agreements::list, post: agreements::propose }
    "/office/v1/agreements/{id}/countersign" { post: agreements::countersign }
    "/office/v1/agreements/{id}/amend" { post: agreements::amend }
    "/office/v1/agreements/{id}/counter/{answered}" { post: agreements::counter }
    "/office/v1/agreements/{id}/status" { post: agreements::change }
    "/office/v1/agreements/{id}/versions/{digest}/page" { get: agreements::print }
    "/office/v1/agreements/{id}/offers" { get: offers::list, post: offers::share }
    "/office/v1/agreements/{id}/risk" { get: risk::read }
    "/office/v1/agreements/{id}/file" { post: filings::file }
    "/office/v1/agreement-drafts" { get: agreement_drafts::list, post: agreement_drafts::create }
    "/office/v1/agreement-drafts/{id}" { get: agreement_drafts::read, put: agreement_drafts::edit, delete: agreement_drafts::remove }
    "/office/v1/agreement-drafts/{id}/propose" { post: agreement_drafts::propose }
    "/office/v1/filings" { get: filings::list }
    "/office/v1/filings/overdue" { get: filings::overdue }
    "/office/v1/filings/{digest}/{party}/acknowledge" { post: filings::acknowledge }
    "/office/v1/filings/{digest}/{party}/return" { post: filings::send_back }
    "/office/v1/statistics" { get: statistics::list, post: statistics::tell }
    "/office/v1/log" { get: journal::list }
    "/office/v1/log/leads/{id}" { get: journal::history }
    "/office/v1/log/consistency" { get: log_proofs::consistency }
    "/office/v1/log/coverage" { get: coverage::report }
    "/office/v1/log/bundle" { get: log_proofs::bundle }
    "/office/v1/log/{leaf}/proof" { get: log_proofs::inclusion }
    "/office/v1/losses" { get: losses::list }
    "/office/v1/alarms" { get: concerns::alarms }
    "/office/v1/refusals" { get: concerns::refusals }
    "/office/v1/refusals/{id}/send-again" { post: concerns::send_again }
    "/office/v1/peers" { get: peers::list }
    "/office/v1/peers/{node}/hasten" { post: peers::hasten }
}

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

/// What the office listener serves.
#[derive(Clone)]
pub struct Office {
    node: Arc<Node>,
    metrics: Arc<Metrics>,
    tokens: Arc<Tokens>,
    tries: Arc<Tries>,
    front: Arc<Front>,
}

impl Office {
    /// The office API of a node. Refused if the office key does not sign: the operator is at fault.
    pub fn new(node: Arc<Node>, metrics: Arc<Metrics>, front: Front) -> Result<Self, KeyUnusable> {
        let tokens = Arc::new(Tokens::new(node.id(), node.keys().office_seed())?);
        Ok(Self { node, metrics, tokens, tries: Arc::new(Tries::new()), front: Arc::new(front) })
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
            .app_data(web::Data::from(Arc::clone(&self.front)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_says_what_is_served() {
        crate::api::served::tests::agree(SERVED, &DOCUMENT);
    }
}
