//! The schema of the report of risk.

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::schema::{Fields, integer, or_null, region};
use crate::node::risk::RiskView;

impl ToSchema for RiskView {}

impl PartialSchema for RiskView {
    fn schema() -> RefOr<Schema> {
        let count = || integer(0, i64::MAX);
        Fields::of("How many leads look the same to one party of an agreement: counts, no values.")
            .must("recipient", region())
            .must("leads", count())
            .must("groups", count())
            .must("smallest", or_null(integer(1, i64::MAX)))
            .must("alone", count())
            .must("below_5", count())
            .must("below_11", count())
            .must("permille_below_5", or_null(integer(0, 1000)))
            .must("permille_below_11", or_null(integer(0, 1000)))
            .schema()
    }
}
