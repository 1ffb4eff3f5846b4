//! The schemas of filings and statistics.

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::schema::{
    Fields, date, digest, integer, list, listed, month, named, or_null, region, uuid, word,
};
use crate::domain::agreement::{ReturnReason, Statistics};
use crate::domain::lead::codes::LeadKind;
use crate::node::filings::FilingView;
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
