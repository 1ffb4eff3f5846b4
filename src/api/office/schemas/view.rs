//! The schemas of what use cases answer.

use std::borrow::Cow;

use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::api::schema::{
    Fields, anything, digest, flag, integer, list, listed, named, or_null, region, uuid, word,
};
use crate::domain::access::Closed;
use crate::domain::agreement::Role;
use crate::domain::claim::Claim;
use crate::domain::lead::Lead;
use crate::domain::lead::codes::{LeadKind, Priority};
use crate::domain::lead::status::{RecipientStatus, Status};
use crate::exchange::message::Lane;
use crate::exchange::problem::{Advice, ItemCode};
use crate::exchange::receipt::CoreEntry;
use crate::node::concerns::{AlarmView, RefusalView};
use crate::node::coverage::CoverageView;
use crate::node::lag::LagView;
use crate::node::log_proofs::GrowthView;
use crate::node::views::{
    EntryView, LeadRow, LeadView, MaskingView, Page, PreviewClaim, PreviewTold, PreviewView, ReceiptView,
    ReceivedView, RecipientView,
};

type Schemas = Vec<(String, RefOr<Schema>)>;

fn add<T: ToSchema>(schemas: &mut Schemas) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}

fn version() -> RefOr<Schema> {
    integer(1, u32::MAX.into())
}

impl ToSchema for LeadView {
    fn schemas(schemas: &mut Schemas) {
        add::<Lead>(schemas);
        add::<MaskingView>(schemas);
        add::<RecipientView>(schemas);
    }
}

impl PartialSchema for LeadView {
    fn schema() -> RefOr<Schema> {
        Fields::of("An own lead.")
            .must("id", uuid())
            .must("sub", uuid())
            .must("version", version())
            .must("status", listed!(Status))
            .must("lead", named("Lead"))
            .must("masking", or_null(named("MaskingView")))
            .must("recipients", list(named("RecipientView")))
            .schema()
    }
}

impl ToSchema for RecipientView {}

impl PartialSchema for RecipientView {
    fn schema() -> RefOr<Schema> {
        Fields::of("One recipient of an own lead: what it was given, and what it answered.")
            .must("node", region())
            .must("agreement", uuid())
            .must("version", version())
            .must("status", listed!(RecipientStatus))
            .must("claims", list(listed!(Claim)))
            .schema()
    }
}

impl ToSchema for LeadRow {}

impl PartialSchema for LeadRow {
    fn schema() -> RefOr<Schema> {
        Fields::of("One row of the list of own leads: codes only.")
            .must("id", uuid())
            .must("sub", uuid())
            .must("version", version())
            .must("status", listed!(Status))
            .must("kind", listed!(LeadKind))
            .must("priority", listed!(Priority))
            .schema()
    }
}

impl ToSchema for ReceivedView {}

impl PartialSchema for ReceivedView {
    fn schema() -> RefOr<Schema> {
        let claim = Fields::of("A disclosed claim.")
            .must("claim", listed!(Claim))
            .must("label", word("The Chinese term"))
            .must("precision", or_null(word("The precision, if the field has several")))
            .must("value", anything("Its value at that precision; null: not known"));
        Fields::of("A lead received: exactly what was disclosed.")
            .must("sub", uuid())
            .must("version", version())
            .must("owner", region())
            .must("kind", listed!(LeadKind))
            .must("status", listed!(RecipientStatus))
            .must("claims", list(claim))
            .must("closed", list(listed!(Claim)))
            .must("person_refs", list(word("A random reference, this node's own")))
            .must("leaf", integer(0, i64::MAX))
            .must("disputed", flag())
            .must("unheard", flag())
            .schema()
    }
}

impl ToSchema for PreviewView {
    fn schemas(schemas: &mut Schemas) {
        add::<PreviewClaim>(schemas);
        add::<PreviewTold>(schemas);
    }
}

impl PartialSchema for PreviewView {
    fn schema() -> RefOr<Schema> {
        Fields::of("What one recipient would see of an own lead.")
            .must("node", region())
            .must("agreement", uuid())
            .must(
                "refused",
                or_null(word("Why it would get nothing: the code with which sharing would be refused")),
            )
            .must("roles", list(listed!(Role)))
            .must("alone", flag())
            .must("tells", list(named("PreviewTold")))
            .must("claims", list(named("PreviewClaim")))
            .schema()
    }
}

impl ToSchema for PreviewTold {}

impl PartialSchema for PreviewTold {
    fn schema() -> RefOr<Schema> {
        Fields::of("A closed claim that the masked narrative tells all the same.")
            .must("claim", listed!(Claim))
            .must("label", word("The Chinese term"))
            .must("at", integer(0, i64::MAX))
            .schema()
    }
}

impl ToSchema for PreviewClaim {}

impl PartialSchema for PreviewClaim {
    fn schema() -> RefOr<Schema> {
        Fields::of("One claim in a preview.")
            .must("claim", listed!(Claim))
            .must("label", word("The Chinese term"))
            .must("value", anything("Its value, if it is disclosed"))
            .must("closed", or_null(listed!(Closed)))
            .schema()
    }
}

impl ToSchema for ReceiptView {
    fn schemas(schemas: &mut Schemas) {
        add::<CoreEntry>(schemas);
    }
}

impl PartialSchema for ReceiptView {
    fn schema() -> RefOr<Schema> {
        Fields::of("What became of one message that carried a lead.")
            .must("node", region())
            .must("lane", word("urgent, normal"))
            .must("seq", integer(1, i64::MAX))
            .must("x", digest())
            .must("state", word("waiting, stored, void, refused:CODE"))
            .must("receipt", or_null(named("CoreEntry")))
            .schema()
    }
}

impl ToSchema for EntryView {}

impl PartialSchema for EntryView {
    fn schema() -> RefOr<Schema> {
        Fields::of("One entry of the log: no values and no names.")
            .must("leaf", integer(0, i64::MAX))
            .must("entry", anything("The entry, as it is hashed into the tree"))
            .schema()
    }
}

impl ToSchema for GrowthView {}

impl PartialSchema for GrowthView {
    fn schema() -> RefOr<Schema> {
        let hash = || word("A hash, hexadecimal");
        Fields::of("That the log of one size is the beginning of the log of another.")
            .must("size1", integer(1, i64::MAX))
            .must("root1", hash())
            .must("size2", integer(1, i64::MAX))
            .must("root2", hash())
            .must("proof", list(hash()))
            .must(
                "checkpoint1",
                or_null(word("The signed checkpoint, if there was a head of the older size")),
            )
            .must(
                "checkpoint2",
                or_null(word("The signed checkpoint, if there was a head of the newer size")),
            )
            .schema()
    }
}

impl ToSchema for CoverageView {}

impl PartialSchema for CoverageView {
    fn schema() -> RefOr<Schema> {
        let number = || integer(0, i64::MAX);
        let spans =
            || list(Fields::of("Consecutive numbers.").must("first", number()).must("last", number()));
        Fields::of("One lane of a pair of nodes, one way: which messages are in which log.")
            .must("from", region())
            .must("to", region())
            .must("lane", listed!(Lane))
            .must("epoch", word("The sender's epoch"))
            .must("end", number())
            .must("first", number())
            .must("last", number())
            .must("both", spans())
            .must("own", spans())
            .must("missing", spans())
            .must("sentences", list(word("The same in Chinese")))
            .schema()
    }
}

impl ToSchema for LagView {}

impl PartialSchema for LagView {
    fn schema() -> RefOr<Schema> {
        Fields::of("How far a lane to a peer is behind.")
            .must("node", region())
            .must("status", word("active, suspended, revoked"))
            .must("lane", listed!(Lane))
            .must("waiting", integer(0, i64::MAX))
            .must("oldest_ms", or_null(integer(0, i64::MAX)))
            .must("again", integer(0, i64::MAX))
            .must("refused", integer(0, i64::MAX))
            .must("in_flight", integer(0, i64::MAX))
            .must("failed", integer(0, i64::MAX))
            .must("blocked_at", or_null(integer(0, i64::MAX)))
            .must("blocked_by", or_null(word("Why nothing passes that message")))
            .schema()
    }
}

impl ToSchema for AlarmView {}

impl PartialSchema for AlarmView {
    fn schema() -> RefOr<Schema> {
        Fields::of("An alarm that was raised; no case data.")
            .must("at", integer(0, i64::MAX))
            .must("code", word("Why"))
            .must("peer", or_null(region()))
            .must("x", or_null(digest()))
            .must("proof", or_null(word("What the peer signed that proves it")))
            .must(
                "place",
                or_null(word("The claim, code point and kind in a text of ours that was held back")),
            )
            .must("advice", listed!(Advice))
            .schema()
    }
}

impl ToSchema for RefusalView {}

impl PartialSchema for RefusalView {
    fn schema() -> RefOr<Schema> {
        Fields::of("A message of ours that a peer refused for good; no case data.")
            .must("id", integer(1, i64::MAX))
            .must("at", integer(0, i64::MAX))
            .must("code", listed!(ItemCode))
            .must("peer", region())
            .must("lane", listed!(Lane))
            .must("seq", integer(1, i64::MAX))
            .must("x", digest())
            .must("advice", listed!(Advice))
            .must("action", word("What to do, in Chinese"))
            .must("may_go_again", flag())
            .must("again_at", or_null(integer(0, i64::MAX)))
            .schema()
    }
}

impl<T: ToSchema> ToSchema for Page<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }

    fn schemas(schemas: &mut Schemas) {
        add::<T>(schemas);
    }
}

impl<T: ToSchema> PartialSchema for Page<T> {
    fn schema() -> RefOr<Schema> {
        Fields::of("One page of a list.")
            .must("items", list(named(&T::name())))
            .must("next", or_null(integer(0, i64::MAX)))
            .schema()
    }
}
