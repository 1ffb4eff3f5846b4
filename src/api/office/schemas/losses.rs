//! The schemas of what a restored node lost.

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::schema::{Fields, integer, list, listed, named, or_null, region, uuid, word};
use crate::exchange::message::Lane;
use crate::node::losses::{LossesView, LostMessagesView, LostRecordView};

impl ToSchema for LostRecordView {}

impl PartialSchema for LostRecordView {
    fn schema() -> RefOr<Schema> {
        Fields::of("A record that a peer holds in a version that is not here.")
            .must("node", region())
            .must("sub", uuid())
            .must("ver", integer(1, u32::MAX.into()))
            .must("lead", or_null(uuid()))
            .schema()
    }
}

impl ToSchema for LostMessagesView {}

impl PartialSchema for LostMessagesView {
    fn schema() -> RefOr<Schema> {
        Fields::of("Messages of ours that a peer holds and our log does not.")
            .must("node", region())
            .must("lane", listed!(Lane))
            .must("epoch", word("The epoch that they were sent in"))
            .must("first", integer(1, i64::MAX))
            .must("last", integer(1, i64::MAX))
            .schema()
    }
}

impl ToSchema for LossesView {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((LostRecordView::name().into_owned(), LostRecordView::schema()));
        schemas.push((LostMessagesView::name().into_owned(), LostMessagesView::schema()));
    }
}

impl PartialSchema for LossesView {
    fn schema() -> RefOr<Schema> {
        Fields::of("What a restored node lost, as its peers tell it; no case data.")
            .must("records", list(named("LostRecordView")))
            .must("messages", list(named("LostMessagesView")))
            .schema()
    }
}
