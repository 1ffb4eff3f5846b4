//! The schemas of agreements: the terms, and what a proposer writes of them.

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::schema::{Fields, bounded, date, digest, integer, list, listed, named, region, uuid, word};
use crate::domain::agreement::{MAX_PARTIES, Party, Terms};
use crate::domain::lead::codes::{LeadKind, Purpose};
use crate::domain::profile::Profile;
use crate::node::agree::Proposal;
use crate::node::views::AgreementView;

pub(super) const MOST: usize = 64;
pub(super) const NAME: usize = 500;

type Schemas = Vec<(String, RefOr<Schema>)>;

/// What terms and proposals share.
fn agreed(fields: Fields) -> Fields {
    fields
        .must("parties", bounded(named("Party"), MAX_PARTIES))
        .must("purposes", bounded(listed!(Purpose), MOST))
        .must("kinds", bounded(listed!(LeadKind), MOST))
        .must("valid_from", date())
        .must("valid_until", date())
        .must("retention_days", integer(0, u32::MAX.into()))
        .must("text_digest", digest())
}

fn parts(schemas: &mut Schemas) {
    schemas.push((Party::name().into_owned(), Party::schema()));
    schemas.push((Profile::name().into_owned(), Profile::schema()));
}

impl ToSchema for Proposal {
    fn schemas(schemas: &mut Schemas) {
        parts(schemas);
    }
}

impl PartialSchema for Proposal {
    fn schema() -> RefOr<Schema> {
        agreed(Fields::of("What a proposer writes; id, version and proposer are the node's."))
            .maybe("profile", named("Profile"))
            .schema()
    }
}

impl ToSchema for Terms {
    fn schemas(schemas: &mut Schemas) {
        parts(schemas);
    }
}

impl PartialSchema for Terms {
    fn schema() -> RefOr<Schema> {
        agreed(Fields::of("One version of an agreement (合作协议), as every party signs it."))
            .must("id", uuid())
            .must("version", integer(1, u32::MAX.into()))
            .must("profile", named("Profile"))
            .must("proposer", region())
            .maybe("previous", digest())
            .maybe("answers", digest())
            .schema()
    }
}

impl ToSchema for AgreementView {
    fn schemas(schemas: &mut Schemas) {
        schemas.push((Terms::name().into_owned(), Terms::schema()));
        Terms::schemas(schemas);
    }
}

impl PartialSchema for AgreementView {
    fn schema() -> RefOr<Schema> {
        Fields::of("An agreement as this node knows it.")
            .must("id", uuid())
            .must("version", integer(1, u32::MAX.into()))
            .must("digest", digest())
            .must(
                "state",
                word("draft, proposed, countersigned, in_force, superseded, suspended, terminated, expired"),
            )
            .must("countersigned", list(region()))
            .must("terms", named("Terms"))
            .schema()
    }
}
