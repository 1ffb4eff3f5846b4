//! What a peer may propose as an agreement: each field's wrong inputs, by the code of the receipt.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::{Clock as _, OsEntropy, uuid_v4};
use guitu::domain::agreement::Terms;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::exchange::forms::{self, AgreementForm};
use guitu::exchange::message::{Basis, Kind};
use guitu::exchange::problem::ItemCode;
use guitu::exchange::receipt::Outcome;
use guitu::statement::keys::SigningKey;
use guitu::statement::{canonical, jws};
use serde_json::{Value, json};

use super::fields::{Wrong, assert_covered, shapeless, spoilt};
use super::proposals;
use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, leads_for};
use crate::harness::rogue::{Message, Rogue};

type Row = (String, Wrong, ItemCode);

/// A JWS over whatever it is: our own signer refuses what nobody may sign.
pub(super) fn signed(key: &SigningKey, typ: &str, payload: &Value) -> String {
    let header = json!({"alg": "EdDSA", "kid": key.kid(), "typ": typ});
    let [header, payload] =
        [&header, payload].map(|part| URL_SAFE_NO_PAD.encode(canonical::to_vec(part).unwrap()));
    let input = format!("{header}.{payload}");
    let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

/// What only terms have, beside what a proposal has.
fn wrong_terms() -> Vec<Row> {
    let digest = Digest::of(b"other terms").to_string();
    let rows = [
        ("/iss", json!("53090"), ItemCode::StatementInvalid),
        ("/iss", json!("110000"), ItemCode::KeyUnknown),
        ("/iat", json!(5), ItemCode::StatementInvalid),
        ("/iat", json!(-86_400), ItemCode::StatementInvalid),
        ("/terms", json!({}), ItemCode::Schema),
        ("/terms/id", json!("x"), ItemCode::Schema),
        ("/terms/id", json!("00000000-0000-1000-8000-000000000000"), ItemCode::Schema),
        ("/terms/version", json!(0), ItemCode::Schema),
        ("/terms/version", json!(2), ItemCode::Schema),
        ("/terms/version", json!(4_294_967_296_u64), ItemCode::Schema),
        ("/terms/proposer", json!("110000"), ItemCode::Schema),
        ("/terms/proposer", json!(CHONGQING), ItemCode::ForeignProposer),
        ("/terms/previous", json!("x"), ItemCode::Schema),
        ("/terms/previous", json!(digest), ItemCode::Schema),
        ("/terms/answers", json!("x"), ItemCode::Schema),
        ("/terms/answers", json!(7), ItemCode::Schema),
    ];
    rows.map(|(pointer, value, code)| (pointer.to_owned(), Wrong::Is(value), code)).into()
}

fn rows(good: &Value) -> Vec<Row> {
    let mut rows = wrong_terms();
    rows.extend(proposals::told().into_iter().map(|(pointer, value, code, _)| {
        let code = if code == "genotype" { ItemCode::Genotype } else { ItemCode::Schema };
        (format!("/terms{pointer}"), Wrong::Is(value), code)
    }));
    assert_covered(good, rows.iter().map(|(pointer, ..)| pointer.as_str()));
    rows.extend(shapeless(good).into_iter().map(|(pointer, wrong)| {
        let envelope = ["/iss", "/iat"].contains(&pointer.as_str());
        (pointer, wrong, if envelope { ItemCode::StatementInvalid } else { ItemCode::Schema })
    }));
    rows
}

/// The spoilt statement; what may be left out is there, null, before it is spoilt.
fn statement(key: &SigningKey, good: &Value, pointer: &str, wrong: &Wrong) -> String {
    let mut whole = good.clone();
    if whole.pointer(pointer).is_none() {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        whole.pointer_mut(parent).unwrap()[name] = Value::Null;
    }
    signed(key, jws::typ::AGREEMENT, &spoilt(&whole, pointer, wrong))
}

fn message(rogue: &Rogue, statement: String) -> Message {
    let mut message = rogue.honest();
    message.said.statement_digest = Digest::of(statement.as_bytes());
    message.statement = statement;
    message.said.disclosed.clear();
    (message.said.kind, message.said.basis, message.said.purpose) = (Kind::Agreement, Basis::Control, None);
    message.said.person_refs_digest = None;
    message.person_refs.clear();
    message
}

on_both_engines! {
    async fn every_field_of_an_agreement_statement_is_refused_by_its_code(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let mut leads = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now()));
        let pair = [leads.remove(0), leads.remove(0)];
        let mut rogue = Rogue::open(&nodes, (LINCANG, SHUOZHOU), &agreement, pair).await;
        let key = nodes.node(LINCANG).node.keys().signing();
        let terms = Terms { id: uuid_v4(&OsEntropy), ..agreement.terms.clone() };
        let form = AgreementForm { iss: LINCANG, iat: forms::day(nodes.clock.now()), terms };
        let good = serde_json::to_value(form).unwrap();
        for rows in rows(&good).chunks(50) {
            let messages = rows.iter().map(|(pointer, wrong, _)| message(&rogue, statement(key, &good, pointer, wrong)));
            let body = rogue.send(rogue.batch(messages.collect())).await.unwrap();
            for (entry, (pointer, wrong, code)) in body.entries.iter().zip(rows) {
                assert_eq!(entry.result, Outcome::Refused(*code), "{pointer} {wrong:?}");
            }
        }
        let there = &nodes.node(SHUOZHOU).node;
        assert_eq!(there.agreements().await.unwrap().len(), 1, "nothing is kept");
        let good = signed(key, jws::typ::AGREEMENT, &good);
        let body = rogue.send(rogue.batch(vec![message(&rogue, good)])).await.unwrap();
        assert_eq!(body.entries[0].result, Outcome::Stored);
        assert_eq!(there.agreements().await.unwrap().len(), 2);
    }
}
