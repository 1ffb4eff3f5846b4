//! The schemas of the lists of purges.

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::schema::{Fields, digest, flag, integer, list, listed, named, or_null, region, uuid};
use crate::domain::purge::PurgeCause;
use crate::node::purges::{PurgeView, PurgesView};

impl ToSchema for PurgeView {}

impl PartialSchema for PurgeView {
    fn schema() -> RefOr<Schema> {
        let time = || or_null(integer(0, i64::MAX));
        Fields::of("A purge, here (`node` is the owner) or at a recipient of an own lead.")
            .must("here", flag())
            .must("node", region())
            .must("sub", uuid())
            .must("below", or_null(integer(2, u32::MAX.into())))
            .must("cause", listed!(PurgeCause))
            .must("due_at", time())
            .must("live_erased_at", time())
            .must("copies_gone_by", time())
            .must("receipt", or_null(digest()))
            .schema()
    }
}

impl ToSchema for PurgesView {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((PurgeView::name().into_owned(), PurgeView::schema()));
        PurgeView::schemas(schemas);
    }
}

impl PartialSchema for PurgesView {
    fn schema() -> RefOr<Schema> {
        let purges = || list(named("PurgeView"));
        Fields::of("The purges of a node, both ways.")
            .must("due", purges())
            .must("overdue", purges())
            .must("done", purges())
            .schema()
    }
}
