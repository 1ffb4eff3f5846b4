//! The schemas of the lists of purges and erasures.

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::schema::{Fields, digest, flag, integer, list, listed, named, or_null, region, uuid};
use crate::domain::purge::{ErasureBasis, PurgeCause};
use crate::node::erase::ErasureView;
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

impl ToSchema for ErasureView {}

impl PartialSchema for ErasureView {
    fn schema() -> RefOr<Schema> {
        let time = || or_null(integer(0, i64::MAX));
        Fields::of("The erasure of an own lead.")
            .must("lead", uuid())
            .must("sub", uuid())
            .must("basis", listed!(ErasureBasis))
            .must("ref", digest())
            .must("asked_at", integer(0, i64::MAX))
            .must("granted_at", time())
            .must("erased_at", time())
            .must("copies_gone_by", time())
            .schema()
    }
}
