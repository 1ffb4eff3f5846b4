//! A batch: each field of its signed header and of its body with wrong inputs; it is refused whole, and nothing is
//! consumed.

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::domain::digest::Digest;
use guitu::exchange::batch::{MAX_BYTES, MAX_ITEMS};
use guitu::exchange::problem::BatchCode::{
    self, ChainBroken, ClockSkew, Gap, Malformed, NotForMe, SignatureInvalid, TooLarge,
};
use guitu::exchange::receipt::Outcome;
use guitu::node::Error;
use guitu::peer::identity::PeerCertificate;
use guitu::statement::jws;
use serde_json::{Value, json};

use super::fields::{Wrong, assert_covered, fields, shapeless, spoilt};
use super::headers::{nodes, rogue};
use super::terms::signed;
use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, pin};
use crate::harness::rogue::Made;

type Row = (&'static str, Value, BatchCode);

fn wrong_header() -> Vec<Row> {
    let other = json!(Digest::of(b"other"));
    vec![
        ("/iss", json!(CHONGQING), SignatureInvalid),
        ("/iss", json!("张三"), SignatureInvalid),
        ("/iat", json!(-1), SignatureInvalid),
        ("/iat", json!(253_402_300_800_i64), SignatureInvalid),
        ("/to", json!("53090"), Malformed),
        ("/to", json!(CHONGQING), NotForMe),
        ("/epoch", json!("1"), Malformed),
        ("/epoch", json!("9-0000000000000001"), Gap),
        ("/lane", json!("slow"), Malformed),
        ("/lane", json!("urgent"), Gap),
        ("/first", json!(0), Gap),
        ("/first", json!(-1), Malformed),
        ("/first", json!(9_007_199_254_740_991_u64), Gap),
        ("/last", json!(0), ChainBroken),
        ("/last", json!(1.5), Malformed),
        ("/last", json!(9_007_199_254_740_991_u64), ChainBroken),
        ("/first_prev", json!("x"), Malformed),
        ("/first_prev", other.clone(), ChainBroken),
        ("/last_x", json!("x"), Malformed),
        ("/last_x", other, ChainBroken),
        ("/made_at", json!(0), ClockSkew),
        ("/made_at", json!(9_007_199_254_740_991_u64), ClockSkew),
    ]
}

fn header_rows(good: &Value) -> Vec<(String, Wrong, BatchCode)> {
    let told = wrong_header();
    assert_covered(good, told.iter().map(|(pointer, ..)| *pointer));
    let told = told.into_iter().map(|(pointer, value, code)| (pointer.to_owned(), Wrong::Is(value), code));
    let shaped = shapeless(good).into_iter().map(|(pointer, wrong)| {
        let envelope = ["/iss", "/iat"].contains(&pointer.as_str());
        (pointer, wrong, if envelope { SignatureInvalid } else { Malformed })
    });
    told.chain(shaped).collect()
}

/// The body of the batch, with all that may stand in one.
fn body(nodes: &Nodes, made: &Made) -> Value {
    let key = nodes.node(LINCANG).node.keys().signing();
    let digest = Digest::of(b"root");
    json!({
        "header": jws::sign(key, jws::typ::BATCH, &made.header).unwrap(),
        "items": made.items,
        "checkpoint": "checkpoint",
        "consistency": [{"from": 1, "proof": [digest]}],
        "your_head": {"size": 1, "root": digest},
    })
}

fn wrong_body(good: &Value) -> Vec<Row> {
    let item = &good["items"][0];
    let with = |name: &str, value: Value| {
        let mut item = item.clone();
        item[name] = value;
        item
    };
    vec![
        ("/header", json!(""), SignatureInvalid),
        ("/header", json!("a.b.c"), SignatureInvalid),
        ("/header", json!("A".repeat(300_000)), SignatureInvalid),
        ("/items", json!([]), Malformed),
        ("/items", json!(vec![item.clone(); MAX_ITEMS + 1]), TooLarge),
        ("/items/0", json!({}), Malformed),
        ("/items/0", with("void", json!("withdrawn")), Malformed),
        ("/items/0", with("statement", Value::Null), Malformed),
        ("/items/0", json!({"header": item["header"], "void": "because"}), Malformed),
        ("/items/0/header", json!({"long": "A".repeat(1_700)}), TooLarge),
        ("/consistency/0/from", json!(-1), Malformed),
        ("/consistency/0/proof/0", json!("x"), Malformed),
        ("/your_head/size", json!(-1), Malformed),
        ("/your_head/root", json!("x"), Malformed),
    ]
}

/// What may be null or left out of a body is refused for other reasons, if at all.
fn optional(pointer: &str, wrong: &Wrong) -> bool {
    let left_out = ["/checkpoint", "/consistency", "/your_head", "/items/0/person_refs"];
    let null = ["/checkpoint", "/your_head"];
    match wrong {
        Wrong::Missing => left_out.contains(&pointer),
        Wrong::Is(Value::Null) => null.contains(&pointer),
        Wrong::More | Wrong::Is(_) => false,
    }
}

fn body_rows(good: &Value) -> Vec<(String, Wrong, BatchCode)> {
    let told = wrong_body(good)
        .into_iter()
        .map(|(pointer, value, code)| (pointer.to_owned(), Wrong::Is(value), code));
    // The header of a message has its own table.
    let shaped = shapeless(good)
        .into_iter()
        .filter(|(pointer, wrong)| !pointer.starts_with("/items/0/header/") && !optional(pointer, wrong));
    let shaped: Vec<_> = shaped.map(|(pointer, wrong)| (pointer, wrong, Malformed)).collect();
    let all: Vec<_> = told.chain(shaped).collect();
    let headers =
        fields(good).into_iter().filter(|field| field.starts_with("/items/0/header/")).collect::<Vec<_>>();
    assert_covered(
        good,
        all.iter().map(|(pointer, ..)| pointer.as_str()).chain(headers.iter().map(String::as_str)),
    );
    all
}

/// Bytes that are no JSON of this shape at all.
fn no_body() -> Vec<(Vec<u8>, BatchCode)> {
    let deep = "[".repeat(100_000);
    vec![
        (Vec::new(), Malformed),
        (b"{\"header\":\"\xff\"}".to_vec(), Malformed),
        (b"{\"header\":".to_vec(), Malformed),
        (b"null".to_vec(), Malformed),
        (deep.clone().into_bytes(), Malformed),
        (format!("{{\"items\":{deep}").into_bytes(), Malformed),
        (vec![b' '; MAX_BYTES + 1], TooLarge),
    ]
}

/// Why the receiver refuses these bytes.
async fn refused(nodes: &Nodes, bytes: &[u8]) -> BatchCode {
    let connection = PeerCertificate { node: LINCANG, pin: pin(LINCANG) };
    match nodes.node(SHUOZHOU).node.receive(&connection, bytes).await {
        Err(Error::Batch(refusal)) => refusal.code,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was taken in"),
    }
}

on_both_engines! {
    async fn every_field_of_a_batch_is_refused_by_its_code_and_nothing_is_consumed(db) {
        let (nodes, agreement) = nodes(db.engine).await;
        let mut rogue = rogue(&nodes, &agreement).await;
        let before = rogue.end;
        let made = rogue.batch(vec![rogue.honest()]);
        let whole = body(&nodes, &made);
        let key = nodes.node(LINCANG).node.keys().signing();
        let header = serde_json::to_value(&made.header).unwrap();
        for (pointer, wrong, code) in header_rows(&header) {
            let mut spoilt_body = whole.clone();
            spoilt_body["header"] = json!(signed(key, jws::typ::BATCH, &spoilt(&header, &pointer, &wrong)));
            let found = refused(&nodes, spoilt_body.to_string().as_bytes()).await;
            assert_eq!(found, code, "header {pointer} {wrong:?}");
        }
        for (pointer, wrong, code) in body_rows(&whole) {
            let found = refused(&nodes, spoilt(&whole, &pointer, &wrong).to_string().as_bytes()).await;
            assert_eq!(found, code, "{pointer} {wrong:?}");
        }
        for (bytes, code) in no_body() {
            let start = String::from_utf8_lossy(&bytes[..bytes.len().min(20)]).into_owned();
            assert_eq!(refused(&nodes, &bytes).await, code, "{start}");
        }
        let body = rogue.send(made).await.unwrap();
        let entry = &body.entries[0];
        assert_eq!((entry.result, entry.seq), (Outcome::Stored, before.seq + 1));
    }
}
