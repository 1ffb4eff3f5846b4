//! The header of a message: each field's wrong inputs. What is no header refuses its batch, and nothing is
//! consumed; what does not fit settles its message as refused.

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::exchange::problem::BatchCode::{ChainBroken, Gap, Malformed, NotFromPeer, TooLarge};
use guitu::exchange::problem::{BatchCode, ItemCode};
use guitu::exchange::receipt::Outcome;
use guitu::statement::canonical;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::fields::{Wrong, assert_covered, shapeless, spoilt};
use crate::harness::database::{Engine, on_both_engines};
use crate::harness::nodes::{Nodes, leads_for};
use crate::harness::rogue::{Made, Rogue};

/// What refuses it: the message's own code, or that of the batch.
type Refused = Result<ItemCode, BatchCode>;
type Row = (&'static str, Value, Refused);

fn wrong_basis() -> Vec<Row> {
    let other = json!(Digest::of(b"other"));
    let nobody = "00000000-0000-4000-8000-000000000000";
    vec![
        ("/basis", json!({}), Err(Malformed)),
        ("/basis/type", json!("control"), Err(Malformed)),
        ("/basis/type", json!("Zhang San"), Err(Malformed)),
        ("/basis/type", json!("order"), Ok(ItemCode::UnknownKind)),
        ("/basis/id", json!("x"), Err(Malformed)),
        ("/basis/id", json!(nobody), Ok(ItemCode::AgreementNotYetKnown)),
        ("/basis/version", json!(-1), Err(Malformed)),
        ("/basis/version", json!(4_294_967_296_u64), Err(Malformed)),
        ("/basis/version", json!(9), Ok(ItemCode::AgreementNotYetKnown)),
        ("/basis/digest", json!("x"), Err(Malformed)),
        ("/basis/digest", other, Ok(ItemCode::AgreementNotYetKnown)),
        ("/basis/roles", json!([]), Ok(ItemCode::NoRoleForRecipient)),
        ("/basis/roles/0", json!("buyer"), Err(Malformed)),
    ]
}

fn wrong_place() -> Vec<Row> {
    let other = json!(Digest::of(b"other"));
    vec![
        ("/v", json!(2), Err(Malformed)),
        ("/v", json!(-1), Err(Malformed)),
        ("/from", json!("53090"), Err(Malformed)),
        ("/from", json!(CHONGQING), Err(NotFromPeer)),
        ("/to", json!("重庆"), Err(Malformed)),
        ("/to", json!(CHONGQING), Err(NotFromPeer)),
        ("/epoch", json!("1"), Err(Malformed)),
        ("/epoch", json!("9-0000000000000001"), Err(Gap)),
        ("/lane", json!("slow"), Err(Malformed)),
        ("/lane", json!("urgent"), Err(Gap)),
        ("/seq", json!(0), Err(Gap)),
        ("/seq", json!(-1), Err(Malformed)),
        ("/seq", json!(1.5), Err(Malformed)),
        ("/seq", json!(9_007_199_254_740_991_u64), Err(Gap)),
        ("/prev", json!("x"), Err(Malformed)),
        ("/prev", other, Err(ChainBroken)),
        ("/sequenced_at", json!(0.5), Err(Malformed)),
    ]
}

fn wrong_content() -> Vec<Row> {
    let other = json!(Digest::of(b"other"));
    vec![
        ("/id", json!("x"), Err(Malformed)),
        ("/id", json!("ABCDEF00-0000-4000-8000-000000000000"), Err(Malformed)),
        ("/kind", json!("Zhang San"), Err(Malformed)),
        ("/kind", json!("alert"), Ok(ItemCode::UnknownKind)),
        ("/kind", json!("answer"), Ok(ItemCode::Schema)),
        ("/purpose", json!("sale"), Err(Malformed)),
        ("/purpose", Value::Null, Ok(ItemCode::WrongBasis)),
        ("/statement_digest", json!("x"), Err(Malformed)),
        ("/statement_digest", other.clone(), Ok(ItemCode::StatementMismatch)),
        ("/disclosed", json!([]), Ok(ItemCode::StatementMismatch)),
        ("/disclosed", json!(vec!["sex"; 400]), Err(TooLarge)),
        ("/disclosed/0", json!("shoe_size"), Err(Malformed)),
        ("/person_refs_digest", json!("x"), Err(Malformed)),
        ("/person_refs_digest", other, Ok(ItemCode::StatementMismatch)),
        ("/person_refs_digest", Value::Null, Ok(ItemCode::StatementMismatch)),
    ]
}

fn rows(good: &Value) -> Vec<(String, Wrong, Refused)> {
    let told = [wrong_basis(), wrong_place(), wrong_content()].concat();
    assert_covered(good, told.iter().map(|(pointer, ..)| *pointer));
    let nullable = |pointer: &str| ["/purpose", "/person_refs_digest"].contains(&pointer);
    let shaped = shapeless(good)
        .into_iter()
        .filter(|(pointer, wrong)| !(nullable(pointer) && matches!(wrong, Wrong::Is(Value::Null))));
    let shaped = shaped.map(|(pointer, wrong)| (pointer, wrong, Err(Malformed)));
    let told = told.into_iter().map(|(pointer, value, code)| (pointer.to_owned(), Wrong::Is(value), code));
    told.chain(shaped).collect()
}

/// Three nodes with an agreement, and two leads that 临沧 has for 朔州.
pub(super) async fn nodes(engine: Engine) -> (Nodes, guitu::node::views::AgreementView) {
    let nodes = Nodes::open(engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
    let agreement = nodes.agree(&A1, LINCANG).await;
    (nodes, agreement)
}

pub(super) async fn rogue(nodes: &Nodes, agreement: &guitu::node::views::AgreementView) -> Rogue {
    let mut leads = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now()));
    let pair = [leads.remove(0), leads.remove(0)];
    Rogue::open(nodes, (LINCANG, SHUOZHOU), agreement, pair).await
}

/// The header of the only message of a batch.
pub(super) fn header(made: &Made) -> Value {
    serde_json::from_str(made.items[0].header.get()).unwrap()
}

/// A batch that is right but for the header of its message.
fn respelt(mut made: Made, pointer: &str, wrong: &Wrong) -> Made {
    let text = canonical::to_vec(&spoilt(&header(&made), pointer, wrong)).unwrap();
    made.header.last_x = Digest::of(&text);
    made.items[0].header = RawValue::from_string(String::from_utf8(text).unwrap()).unwrap();
    made
}

on_both_engines! {
    async fn every_field_of_a_message_header_is_refused_by_its_code(db) {
        let (nodes, agreement) = nodes(db.engine).await;
        let mut rogue = rogue(&nodes, &agreement).await;
        let rows = rows(&header(&rogue.batch(vec![rogue.honest()])));
        let mut settled = rogue.end.seq;
        for (pointer, wrong, refused) in rows {
            let made = respelt(rogue.batch(vec![rogue.honest()]), &pointer, &wrong);
            let found = rogue.send(made).await.map(|body| body.entries[0].result).map_err(|refusal| refusal.code);
            assert_eq!(found, refused.map(Outcome::Refused), "{pointer} {wrong:?}");
            settled += u64::from(refused.is_ok());
        }
        let there = nodes.node(SHUOZHOU);
        let held = there.node.list_received(&there.drafter, -1, 200).await.unwrap().items.len();
        assert_eq!(held, 1, "nothing is kept but what crossed honestly before");
        let body = rogue.send(rogue.batch(vec![rogue.honest()])).await.unwrap();
        let entry = &body.entries[0];
        assert_eq!((entry.result, entry.seq), (Outcome::Stored, settled + 1), "what refused its batch consumed nothing");
    }
}
