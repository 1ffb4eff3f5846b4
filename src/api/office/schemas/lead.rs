//! The schema of a lead's body, made of the code lists themselves.

use std::borrow::Cow;

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::schema::{Fields, bounded, date, flag, integer, listed, named, or_null, region, text};
use crate::domain::lead::codes::{
    AccentRegion, Build, Classification, ClothingItem, Disability, DnaStatus, Exploitation, InstitutionType,
    LeadKind, LegalBasis, Mark, Means, Need, Priority, Purpose, Relation, Sex,
};
use crate::domain::lead::person::{Person, Relative};
use crate::domain::lead::place::{DateInterval, EventInterval, Place, PlaceRole, Precision};
use crate::domain::lead::{Lead, Reporter};
use crate::domain::unit::{SourceType, UnitType};

/// Longer lists and texts are refused by the lead's own rules; this bounds what is looked at.
const MOST: usize = 64;
const LONG: usize = 20_000;
const SHORT: usize = 500;

type Schemas = Vec<(String, RefOr<Schema>)>;

/// Adds a schema and those it refers to.
fn add<T: ToSchema>(schemas: &mut Schemas) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

impl ToSchema for Lead {
    fn name() -> Cow<'static, str> {
        "Lead".into()
    }

    fn schemas(schemas: &mut Schemas) {
        add::<Place>(schemas);
        add::<EventInterval>(schemas);
        add::<Person>(schemas);
        add::<Reporter>(schemas);
    }
}

impl PartialSchema for Lead {
    fn schema() -> RefOr<Schema> {
        Fields::of("One lead (线索) as its owner's officers write it. It never leaves the node as it is.")
            .must("kind", listed!(LeadKind))
            .may("priority", listed!(Priority))
            .must("purpose", listed!(Purpose))
            .may("classification", listed!(Classification))
            .must("legal_basis", listed!(LegalBasis))
            .may("minor", flag())
            .must("handling_unit", listed!(UnitType))
            .must("source_unit", listed!(SourceType))
            .may("cross_border", flag())
            .must("places", bounded(named("Place"), MOST))
            .maybe("event", named("EventInterval"))
            .must("person", named("Person"))
            .may("means", bounded(listed!(Means), MOST))
            .maybe("exploitation", bounded(listed!(Exploitation), MOST))
            .maybe("plate", text(SHORT))
            .maybe("case_number", text(SHORT))
            .maybe("case_alias", text(SHORT))
            .maybe("narrative", text(LONG))
            .maybe("remarks", text(LONG))
            .maybe("reporter", named("Reporter"))
            .maybe("review_by", date())
            .maybe("expires_at", date())
            .schema()
    }
}

impl ToSchema for Place {}

impl PartialSchema for Place {
    fn schema() -> RefOr<Schema> {
        Fields::of("A place: a GB/T 2260 code, and the year of the list it was taken from.")
            .must("role", listed!(PlaceRole))
            .must("code", region())
            .must("list_year", integer(0, 65_535))
            .schema()
    }
}

impl ToSchema for EventInterval {}

impl PartialSchema for EventInterval {
    fn schema() -> RefOr<Schema> {
        Fields::of("When it happened, and how exactly that is known.")
            .must("from", date())
            .must("to", date())
            .must("precision", listed!(Precision))
            .maybe("hour", integer(0, 23))
            .schema()
    }
}

impl ToSchema for DateInterval {}

impl PartialSchema for DateInterval {
    fn schema() -> RefOr<Schema> {
        Fields::of("A day, or the interval that it lies in.").must("from", date()).must("to", date()).schema()
    }
}

impl ToSchema for Reporter {}

impl PartialSchema for Reporter {
    fn schema() -> RefOr<Schema> {
        Fields::of("Who reported it. Never exchanged, not even by grant.")
            .maybe("name", text(SHORT))
            .maybe("phone", text(SHORT))
            .schema()
    }
}

impl ToSchema for Relative {}

impl PartialSchema for Relative {
    fn schema() -> RefOr<Schema> {
        Fields::of("A parent or guardian.")
            .must("relation", listed!(Relation))
            .must("name", text(SHORT))
            .maybe("id_number", text(SHORT))
            .maybe("phone", text(SHORT))
            .schema()
    }
}

impl ToSchema for Person {
    fn schemas(schemas: &mut Schemas) {
        add::<DateInterval>(schemas);
        add::<Relative>(schemas);
    }
}

impl PartialSchema for Person {
    fn schema() -> RefOr<Schema> {
        Fields::of(
            "The person whom it is about. Every field may be unknown. There is no field for a genotype.",
        )
        .maybe("sex", listed!(Sex))
        .maybe("birth", named("DateInterval"))
        .maybe("ethnicity", text(SHORT))
        .maybe("nationality", text(SHORT))
        .maybe("height_cm", integer(0, 65_535))
        .maybe("build", listed!(Build))
        .may("accent", described(or_null(listed!(AccentRegion))))
        .may("marks", described(bounded(listed!(Mark), MOST)))
        .may("clothing", described(bounded(listed!(ClothingItem), MOST)))
        .maybe("disability", bounded(listed!(Disability), MOST))
        .maybe("needs", bounded(listed!(Need), MOST))
        .may("languages", bounded(text(SHORT), MOST))
        .may("names", bounded(text(SHORT), MOST))
        .maybe("id_number", text(SHORT))
        .may("phones", bounded(text(SHORT), MOST))
        .may("parents", bounded(named("Relative"), MOST))
        .maybe("photo_available", flag())
        .maybe("interview_done", flag())
        .maybe("hukou_hold", flag())
        .maybe("dna_status", listed!(DnaStatus))
        .maybe("dna_reference", text(SHORT))
        .maybe("shelter", shelter())
        .schema()
    }
}

fn described(codes: RefOr<Schema>) -> Fields {
    Fields::of("Codes travel, text as typed does not.").may("codes", codes).maybe("text", text(LONG))
}

fn shelter() -> Fields {
    Fields::of("Where the person is cared for.")
        .must("institution_type", listed!(InstitutionType))
        .maybe("address", text(SHORT))
}
