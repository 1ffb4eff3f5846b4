//! The schemas of a narrative's masks.

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::office::masks::kinds;
use crate::api::schema::{Fields, anything, flag, integer, list, listed, named, or_null, text, word};
use crate::domain::claim::Claim;
use crate::domain::lead::check::MAX_TEXT;
use crate::node::masks::NarrativeView;
use crate::node::views::MaskingView;
use crate::redaction::narrative::LiftReason;

fn place() -> RefOr<Schema> {
    integer(0, i64::MAX)
}

impl ToSchema for MaskingView {}

impl PartialSchema for MaskingView {
    fn schema() -> RefOr<Schema> {
        let held = Fields::of("An identifier that is left in a text, without its value.")
            .must("claim", listed!(Claim))
            .must("offset", place())
            .must("kind", kinds());
        Fields::of("How a lead's narrative stands, in numbers.")
            .must("masks", place())
            .must("doubts", place())
            .must("waiting", place())
            .must("dropped", place())
            .must("held", or_null(held))
            .schema()
    }
}

impl ToSchema for NarrativeView {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((MaskingView::name().into_owned(), MaskingView::schema()));
    }
}

impl PartialSchema for NarrativeView {
    fn schema() -> RefOr<Schema> {
        Fields::of("A narrative with its masks, for the owner's officers only. Places are code points.")
            .must("version", integer(1, u32::MAX.into()))
            .must("text", text(MAX_TEXT))
            .must("masked", word("What partners see who may see it"))
            .must("masks", list(stretch()))
            .must("doubts", list(stretch()))
            .must("corrections", list(correction()))
            .must("dropped", list(correction()))
            .must("masking", or_null(named("MaskingView")))
            .schema()
    }
}

fn stretch() -> Fields {
    Fields::of("A stretch of the text.")
        .must("start", place())
        .must("end", place())
        .must("kind", kinds())
        .must("score", anything("How sure the engine is, from 0 to 1"))
        .must("known", flag())
}

fn correction() -> Fields {
    Fields::of("What an officer corrected.")
        .must("start", place())
        .must("end", place())
        .must("act", word("add, lift"))
        .must("kind", kinds())
        .must("reason", or_null(listed!(LiftReason)))
        .must("waiting", flag())
        .must("own", flag())
}
