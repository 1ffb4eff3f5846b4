//! The schemas of offers and of drafts of agreements.

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::schema::{Fields, digest, integer, list, listed, named, or_null, region, uuid, word};
use crate::domain::claim::Claim;
use crate::domain::lead::codes::LeadKind;
use crate::node::agree::Proposal;
use crate::node::drafting::AgreementDraftView;
use crate::node::offers::{OfferReason, OfferView, OffersView};

type Schemas = Vec<(String, RefOr<Schema>)>;

fn version() -> RefOr<Schema> {
    integer(1, u32::MAX.into())
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
