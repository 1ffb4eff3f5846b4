//! The schemas of what terms are made of: their parties, and the disclosure matrix.

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::agreement::{MOST, NAME};
use crate::api::schema::{Fields, bounded, integer, listed, region, text};
use crate::domain::agreement::{Party, Role};
use crate::domain::claim::Claim;
use crate::domain::profile::{Condition, Profile, Row};

const MOST_CELLS: usize = 400;

impl ToSchema for Party {}

impl PartialSchema for Party {
    fn schema() -> RefOr<Schema> {
        Fields::of("A government that signs, and the office that carries the agreement out.")
            .must("node", region())
            .must("roles", bounded(listed!(Role), MOST))
            .must("government", text(NAME))
            .must("office", text(NAME))
            .schema()
    }
}

impl ToSchema for Profile {}

impl PartialSchema for Profile {
    fn schema() -> RefOr<Schema> {
        let cell = Fields::of("An open cell; the rest is closed.")
            .must("row", listed!(Row))
            .must("role", listed!(Role))
            .must("claim", listed!(Claim))
            .must("condition", listed!(Condition));
        Fields::of("The disclosure matrix: its open cells, each once, in the order of the matrix.")
            .must("id", text(NAME))
            .must("version", integer(0, u32::MAX.into()))
            .must("cells", bounded(cell, MOST_CELLS))
            .schema()
    }
}
