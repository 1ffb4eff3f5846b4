//! The schemas of filings, statistics, offers and drafts of agreements.

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::schema::{
    Fields, date, digest, integer, list, listed, month, named, or_null, region, uuid, word,
};
use crate::domain::agreement::{ReturnReason, Statistics};
use crate::domain::claim::Claim;
use crate::domain::lead::codes::LeadKind;
use crate::node::agree::Proposal;
use crate::node::drafting::AgreementDraftView;
use crate::node::filing::FilingView;
use crate::node::offer::{OfferReason, OfferView, OffersView};
use crate::node::statistics::StatisticsView;

type Schemas = Vec<(String, RefOr<Schema>)>;

fn version() -> RefOr<Schema> {
    integer(1, u32::MAX.into())
}

impl ToSchema for FilingView {}

impl PartialSchema for FilingView {
    fn schema() -> RefOr<Schema> {
        Fields::of("A filing (备案) of one version of an agreement by one party with its upper node.")
            .must("agreement", uuid())
            .must("version", version())
            .must("digest", digest())
            .must("party", region())
            .must("upper", or_null(region()))
            .must("number", integer(0, u32::MAX.into()))
            .must("state", word("exempt, due, overdue, filed, acknowledged, returned"))
            .must("by", or_null(date()))
            .must("reason", or_null(listed!(ReturnReason)))
            .schema()
    }
}

impl ToSchema for Statistics {}

impl PartialSchema for Statistics {
    fn schema() -> RefOr<Schema> {
        let count = || or_null(integer(11, i64::MAX));
        let kind = Fields::of("One kind: a count for each month, and their sum.")
            .must("kind", listed!(LeadKind))
            .must("counts", list(count()))
            .must("total", count());
        Fields::of("How many leads were given to peers, by kind and month; null: suppressed.")
            .must("months", list(month()))
            .must("kinds", list(kind))
            .must("totals", list(count()))
            .must("total", count())
            .schema()
    }
}

impl ToSchema for StatisticsView {
    fn schemas(schemas: &mut Schemas) {
        schemas.push((Statistics::name().into_owned(), Statistics::schema()));
    }
}

impl PartialSchema for StatisticsView {
    fn schema() -> RefOr<Schema> {
        Fields::of("Statistics of exchange of one node.")
            .must("node", region())
            .must("statistics", named("Statistics"))
            .schema()
    }
}

impl ToSchema for OfferView {}

impl PartialSchema for OfferView {
    fn schema() -> RefOr<Schema> {
        Fields::of("An own lead that could go to a recipient, and what that would newly see.")
            .must("lead", uuid())
            .must("sub", uuid())
            .must("version", version())
            .must("kind", listed!(LeadKind))
            .must("recipient", region())
            .must("reason", listed!(OfferReason))
            .must("claims", list(listed!(Claim)))
            .schema()
    }
}

impl ToSchema for OffersView {
    fn schemas(schemas: &mut Schemas) {
        schemas.push((OfferView::name().into_owned(), OfferView::schema()));
    }
}

impl PartialSchema for OffersView {
    fn schema() -> RefOr<Schema> {
        Fields::of("One page of offers, and the digest of the terms under which they would go.")
            .must("digest", digest())
            .must("items", list(named("OfferView")))
            .must("next", or_null(integer(0, i64::MAX)))
            .schema()
    }
}

impl ToSchema for AgreementDraftView {
    fn schemas(schemas: &mut Schemas) {
        schemas.push((Proposal::name().into_owned(), Proposal::schema()));
        Proposal::schemas(schemas);
    }
}

impl PartialSchema for AgreementDraftView {
    fn schema() -> RefOr<Schema> {
        Fields::of("A draft (草案) of an agreement, or of an amendment.")
            .must("id", uuid())
            .must("version", version())
            .must("state", word("draft"))
            .must("amends", or_null(uuid()))
            .must("proposal", named("Proposal"))
            .schema()
    }
}
