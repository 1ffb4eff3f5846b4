//! A peer with valid keys breaks one rule at a time; the receiver's code, log, alarms and rows.

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::{Clock, OsEntropy, uuid_v4};
use guitu::domain::agreement::Role;
use guitu::domain::claim::Claim;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::lead::status::RecipientStatus;
use guitu::exchange::batch::{BatchHeader, MAX_SKEW};
use guitu::exchange::chain::ChainEnd;
use guitu::exchange::forms::{self, AnswerForm, FilingForm};
use guitu::exchange::message::{Basis, Kind};
use guitu::exchange::problem::{BatchCode, ItemCode};
use guitu::exchange::receipt::Outcome;
use guitu::node::views::AgreementView;
use guitu::peer::identity::PeerCertificate;
use guitu::statement::{canonical, jws};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::queues::rows;
use crate::harness::database::{Engine, on_both_engines};
use crate::harness::nodes::{Nodes, leads_for, pin};
use crate::harness::rogue::{Message, Rogue};

/// 临沧 breaks rules towards 朔州.
pub(super) async fn nodes(engine: Engine) -> (Nodes, AgreementView) {
    let nodes = Nodes::open(engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
    let agreement = nodes.agree(&A1, LINCANG).await;
    (nodes, agreement)
}

pub(super) async fn rogue(nodes: &Nodes, agreement: &AgreementView) -> Rogue {
    let mut leads = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now()));
    let pair = [leads.remove(0), leads.remove(0)];
    Rogue::open(nodes, (LINCANG, SHUOZHOU), agreement, pair).await
}

/// What a receiver has to show: its received leads, its alarms, and the entries of its log.
struct State {
    received: Vec<uuid::Uuid>,
    alarms: Vec<String>,
    entries: Vec<Value>,
    settled: ChainEnd,
}

async fn state(nodes: &Nodes) -> State {
    let there = nodes.node(SHUOZHOU);
    let received = there.node.list_received(&there.drafter, -1, 200).await.unwrap();
    there.node.sequence().await.unwrap();
    let alarms = there.node.alarms().await.unwrap();
    let entries = there.log().await;
    let connection = PeerCertificate { node: LINCANG, pin: pin(LINCANG) };
    State {
        received: received.items.iter().map(|lead| lead.sub).collect(),
        alarms: alarms
            .into_iter()
            .filter(|alarm| alarm.peer == Some(LINCANG))
            .map(|alarm| alarm.code)
            .collect(),
        entries: entries.into_iter().map(|entry| entry.entry).collect(),
        settled: there.node.position(&connection, None).await.unwrap().received.normal,
    }
}

fn entry_of<'a>(state: &'a State, t: &str, x: &Digest) -> Option<&'a Value> {
    state.entries.iter().find(|entry| entry["t"] == t && entry["x"] == x.to_string())
}

/// One broken rule: the item is settled as refused with `code`, logged, alarmed if alarming, not stored.
async fn refused(nodes: &Nodes, rogue: &mut Rogue, message: Message, code: ItemCode) {
    let before = state(nodes).await;
    let body = rogue.send(rogue.batch(vec![message])).await.unwrap();
    let entry = &body.entries[0];
    assert_eq!(entry.result, Outcome::Refused(code));
    let after = state(nodes).await;
    assert_eq!(after.received, before.received, "{code}: nothing is stored");
    assert_eq!(after.settled.seq, before.settled.seq + 1, "{code}");
    let logged = entry_of(&after, "refused", &entry.x).expect("the refusal is in the log");
    assert_eq!(logged["result"], format!("refused:{code}"));
    let alarms = |state: &State| state.alarms.iter().filter(|alarm| **alarm == code.code()).count();
    let expected = code.alarming() || code.irregular() && alarms(&before) == 0;
    assert_eq!(alarms(&after) - alarms(&before), usize::from(expected), "{code}");
    assert_eq!(entry_of(&after, "alarm", &entry.x).is_some(), expected, "{code}");
}

fn fresh() -> uuid::Uuid {
    uuid_v4(&OsEntropy)
}

on_both_engines! {
    async fn a_genotype_in_any_claim_is_refused_and_logged(db) {
        let (nodes, agreement) = nodes(db.engine).await;
        let mut rogue = rogue(&nodes, &agreement).await;
        let before = state(&nodes).await;
        let (mut genotypes, mut others) = (0, 0);
        for claim in Claim::ALL {
            let lead = rogue.lead(LINCANG, fresh(), 1, &[(claim.code(), json!("TH01 6,9.3"))]);
            let body = rogue.send(rogue.batch(vec![lead])).await.unwrap();
            match body.entries[0].result {
                Outcome::Refused(ItemCode::Genotype) => genotypes += 1,
                // What may not go at all is not looked into.
                Outcome::Refused(ItemCode::OverDisclosure) => others += 1,
                other => panic!("{}: {other}", claim.code()),
            }
        }
        let after = state(&nodes).await;
        assert!(genotypes > others && others > 0, "{genotypes} {others}");
        let logged = |code: &str| after.entries.iter().filter(|entry| entry["result"] == code).count();
        assert_eq!([logged("refused:genotype"), logged("refused:over_disclosure")], [genotypes, others]);
        assert_eq!(after.received, before.received, "nothing is stored");
        assert!(!Value::from(after.entries).to_string().contains("TH01"));
    }

    async fn a_broken_rule_refuses_its_message_and_nothing_of_it_is_kept(db) {
        let (nodes, agreement) = nodes(db.engine).await;
        let mut rogue = rogue(&nodes, &agreement).await;

        let names = [("names", json!(["小明"])), ("sex", json!("2"))];
        let over = rogue.lead(LINCANG, fresh(), 1, &names);
        refused(&nodes, &mut rogue, over, ItemCode::OverDisclosure).await;

        let foreign = rogue.lead(CHONGQING, fresh(), 1, &[("sex", json!("2"))]);
        refused(&nodes, &mut rogue, foreign, ItemCode::ForeignIssuer).await;

        let genotype = rogue.lead(LINCANG, fresh(), 1, &[("sex", json!("D8S1179: 12,13 D21S11: 29,30 D7S820: 8,11"))]);
        refused(&nodes, &mut rogue, genotype, ItemCode::Genotype).await;

        let sub = fresh();
        let newer = rogue.lead(LINCANG, sub, 5, &[("sex", json!("2"))]);
        let body = rogue.send(rogue.batch(vec![newer])).await.unwrap();
        assert_eq!(body.entries[0].result, Outcome::Stored);
        let stale = rogue.lead(LINCANG, sub, 4, &[("sex", json!("2"))]);
        refused(&nodes, &mut rogue, stale, ItemCode::StaleVersion).await;

        let mut control = rogue.honest();
        control.said.basis = Basis::Control;
        refused(&nodes, &mut rogue, control, ItemCode::WrongBasis).await;

        let mut purposeless = rogue.honest();
        purposeless.said.purpose = None;
        refused(&nodes, &mut rogue, purposeless, ItemCode::WrongBasis).await;

        let mut conflict = rogue.honest();
        if let Basis::Agreement { digest, .. } = &mut conflict.said.basis {
            *digest = Digest::of(b"other terms");
        }
        refused(&nodes, &mut rogue, conflict, ItemCode::AgreementNotYetKnown).await;

        let mut unknown = rogue.honest();
        if let Basis::Agreement { id, .. } = &mut unknown.said.basis {
            *id = fresh();
        }
        refused(&nodes, &mut rogue, unknown, ItemCode::AgreementNotYetKnown).await;
    }

    async fn a_filing_with_a_node_that_is_not_the_upper_one_is_refused(db) {
        let (nodes, agreement) = nodes(db.engine).await;
        let mut rogue = rogue(&nodes, &agreement).await;
        let (iss, iat) = (LINCANG, forms::day(nodes.clock.now()));
        let (version, digest, number) = (agreement.version, agreement.digest, 1);
        let form = FilingForm { iss, iat, agreement: agreement.id, version, digest, number };
        let mut filing = rogue.plain(jws::typ::FILING, &form);
        (filing.said.kind, filing.said.basis, filing.said.purpose) = (Kind::Filing, Basis::Control, None);
        refused(&nodes, &mut rogue, filing, ItemCode::NotTheUpperNode).await;
        let known = nodes.node(SHUOZHOU).node.filings().await.unwrap();
        assert!(known.iter().all(|filing| filing.party == SHUOZHOU && filing.state == "exempt"));
    }

    async fn a_header_that_does_not_fit_its_statement_is_refused_and_the_chain_goes_on(db) {
        let (nodes, agreement) = nodes(db.engine).await;
        let mut rogue = rogue(&nodes, &agreement).await;
        let before = state(&nodes).await.received.len();

        let mut role = rogue.honest();
        if let Basis::Agreement { roles, .. } = &mut role.said.basis {
            *roles = vec![Role::Origin];
        }
        refused(&nodes, &mut rogue, role, ItemCode::NoRoleForRecipient).await;

        let mut doubled = rogue.honest();
        let disclosure = doubled.statement.split('~').nth(1).unwrap().to_owned();
        doubled.statement = format!("{}{disclosure}~", doubled.statement);
        refused(&nodes, &mut rogue, doubled, ItemCode::StatementInvalid).await;

        let mut unnamed = rogue.honest();
        unnamed.said.disclosed.pop();
        refused(&nodes, &mut rogue, unnamed, ItemCode::StatementMismatch).await;

        let mut refs = rogue.honest();
        refs.person_refs = vec!["0123456789abcdefghijkl".to_owned()];
        refused(&nodes, &mut rogue, refs, ItemCode::StatementMismatch).await;
        let shapeless = rogue.honest().refer(&["张三 13800000000"]);
        refused(&nodes, &mut rogue, shapeless, ItemCode::Schema).await;

        let mut kind = rogue.honest();
        kind.said.kind = Kind::Answer;
        refused(&nodes, &mut rogue, kind.clone(), ItemCode::Schema).await;
        kind.person_refs.clear();
        kind.said.person_refs_digest = None;
        refused(&nodes, &mut rogue, kind, ItemCode::StatementInvalid).await;

        // The chain goes on behind all of them.
        let body = rogue.send(rogue.batch(vec![rogue.honest()])).await.unwrap();
        assert_eq!(body.entries[0].result, Outcome::Stored);
        assert_eq!(state(&nodes).await.received.len(), before + 1);

        let until = agreement.terms.valid_until.plus_days(2).start();
        nodes.clock.set(until);
        let late = rogue.honest();
        refused(&nodes, &mut rogue, late, ItemCode::AgreementExpired).await;
    }

    async fn what_only_a_newer_version_knows_is_refused_by_code_and_the_chain_goes_on(db) {
        let (nodes, agreement) = nodes(db.engine).await;
        let mut rogue = rogue(&nodes, &agreement).await;
        let rows_before = rows(nodes.node(SHUOZHOU)).await;
        let newer = |from, to| Message { respelt: Some((from, to)), ..rogue.honest() };
        let kind = newer(r#""kind":"lead""#, r#""kind":"alert""#);
        let basis = newer(r#""type":"agreement""#, r#""type":"order""#);
        let mut control = newer(r#""kind":"lead""#, r#""kind":"alert""#);
        control.said.basis = Basis::Control;
        refused(&nodes, &mut rogue, kind.clone(), ItemCode::UnknownKind).await;
        refused(&nodes, &mut rogue, basis, ItemCode::UnknownKind).await;
        let body = rogue.send(rogue.batch(vec![control, rogue.honest(), kind])).await.unwrap();
        let results: Vec<Outcome> = body.entries.iter().map(|entry| entry.result).collect();
        let unknown = Outcome::Refused(ItemCode::UnknownKind);
        assert_eq!(results, [unknown, Outcome::Stored, unknown]);
        assert_eq!(rows(nodes.node(SHUOZHOU)).await, rows_before + 1);
        // The log keeps each header whole: whoever reads it computes the same x.
        let after = state(&nodes).await;
        let logged = entry_of(&after, "refused", &body.entries[2].x).unwrap();
        assert_eq!(logged["header"]["kind"], "alert");
        assert_eq!(canonical::digest(&logged["header"]).unwrap(), body.entries[2].x);
        let report = nodes.audited(SHUOZHOU).await;
        assert!(report.holds(), "{:?}", report.findings);
    }

    async fn a_broken_chain_refuses_the_batch_and_consumes_nothing(db) {
        let (nodes, agreement) = nodes(db.engine).await;
        let mut rogue = rogue(&nodes, &agreement).await;
        let before = state(&nodes).await;

        let behind = ChainEnd { seq: rogue.end.seq + 1, ..rogue.end };
        let gap = rogue.send(rogue.batch_from(behind, vec![rogue.honest()])).await.unwrap_err();
        assert_eq!((gap.code, gap.expected), (BatchCode::Gap, Some(before.settled)));

        let elsewhere = ChainEnd { x: Digest::of(b"elsewhere"), ..rogue.end };
        let broken = rogue.send(rogue.batch_from(elsewhere, vec![rogue.honest()])).await.unwrap_err();
        assert_eq!(broken.code, BatchCode::ChainBroken);

        let mut old = rogue.batch(vec![rogue.honest()]);
        old.header.made_at = nodes.clock.now().plus(-MAX_SKEW - 1);
        assert_eq!(rogue.send(old).await.unwrap_err().code, BatchCode::ClockSkew);

        let mut other = rogue.batch(vec![rogue.honest()]);
        other.header.to = CHONGQING;
        assert_eq!(rogue.send(other).await.unwrap_err().code, BatchCode::NotForMe);

        let mut unknown = rogue.batch(vec![rogue.honest()]);
        let text = unknown.items[0].header.get().replace("\"kind\":\"lead\"", "\"kind\":\"Zhang San\"");
        unknown.items[0].header = RawValue::from_string(text).unwrap();
        assert_eq!(rogue.send(unknown).await.unwrap_err().code, BatchCode::Malformed);

        // A header that no log entry has room for would stop the receiver's sequencer for good.
        let mut long = rogue.honest();
        long.said.disclosed = [long.said.disclosed[0]].repeat(400);
        assert_eq!(rogue.send(rogue.batch(vec![long])).await.unwrap_err().code, BatchCode::TooLarge);

        let made = rogue.batch(vec![rogue.honest()]);
        let header = BatchHeader { iss: CHONGQING, ..made.header.clone() };
        let forged = jws::sign(nodes.node(CHONGQING).node.keys().signing(), jws::typ::BATCH, &header).unwrap();
        assert_eq!(rogue.send_signed(forged, made.items).await.unwrap_err().code, BatchCode::SignatureInvalid);

        let last = ChainEnd { seq: before.settled.seq - 1, ..rogue.end };
        let twice = rogue.send(rogue.batch_from(last, vec![rogue.honest()])).await.unwrap_err();
        assert_eq!(twice.code, BatchCode::Equivocation);

        let after = state(&nodes).await;
        assert_eq!((after.settled, &after.received), (before.settled, &before.received));
        assert_eq!(after.alarms, ["equivocation", "clock_skew", "chain_broken"]);
        let proofs = proofs(&nodes).await;
        assert!(proofs.iter().all(|proof| jws::peek(proof).unwrap().iss == LINCANG));
        let kept: Vec<String> = proofs.iter().map(|proof| Digest::of(proof.as_bytes()).to_string()).collect();
        let logged = after.entries.iter().filter(|entry| entry["t"] == "alarm");
        let logged: Vec<&str> = logged.map(|entry| entry["digest"].as_str().unwrap()).collect();
        assert_eq!(logged, kept, "the sender's signatures are kept");

        let body = rogue.send(rogue.batch(vec![rogue.honest()])).await.unwrap();
        assert_eq!(body.entries[0].seq, before.settled.seq + 1);
        assert_eq!(body.entries[0].result, Outcome::Stored);
    }

    async fn an_owner_takes_only_the_answers_that_an_officer_may_give(db) {
        let (nodes, agreement) = nodes(db.engine).await;
        let mut leads = leads_for(SHUOZHOU, LINCANG, CivilDate::of(nodes.clock.now()));
        let owner = nodes.node(SHUOZHOU);
        let id = owner.approved(leads.remove(0)).await;
        owner.node.share(&owner.drafter, id, agreement.id, Some(vec![LINCANG])).await.unwrap();
        let mut rogue = rogue(&nodes, &agreement).await;
        let sub = owner.node.read(&owner.drafter, id).await.unwrap().sub;
        let mut say = async |answer: RecipientStatus, reason: Option<&str>, ver| {
            let reason = reason.map(str::to_owned);
            let iat = forms::day(nodes.clock.now());
            let form = AnswerForm { iss: LINCANG, iat, sub, ver, answer, reason };
            let mut message = rogue.plain(jws::typ::ANSWER, &form);
            message.said.kind = Kind::Answer;
            rogue.send(rogue.batch(vec![message])).await.unwrap().entries[0].result
        };
        let refused = Outcome::Refused(ItemCode::Schema);
        for jump in [RecipientStatus::Withdrawn, RecipientStatus::Purged, RecipientStatus::Pending] {
            assert_eq!(say(jump, None, 1).await, refused, "{jump}");
        }
        let early = Outcome::Refused(ItemCode::NotYetValid);
        assert_eq!(say(RecipientStatus::Hit, None, 1).await, early, "the answers before it may come again");
        assert_eq!(say(RecipientStatus::Acknowledged, None, 2).await, refused, "a version never sent");
        assert_eq!(say(RecipientStatus::Acknowledged, Some("other"), 1).await, refused, "no reason belongs here");
        assert_eq!(say(RecipientStatus::Acknowledged, None, 1).await, Outcome::Stored);
        assert_eq!(say(RecipientStatus::Acknowledged, None, 1).await, refused, "twice");
        assert_eq!(say(RecipientStatus::Declined, None, 1).await, refused, "without a reason");
        assert_eq!(say(RecipientStatus::Declined, Some("小明已回家"), 1).await, refused, "prose");
        assert_eq!(say(RecipientStatus::Declined, Some("insufficient"), 1).await, Outcome::Stored);
        let read = owner.node.read(&owner.drafter, id).await.unwrap();
        assert_eq!(read.recipients[0].status, RecipientStatus::Declined);
        nodes.clock.set(agreement.terms.valid_until.plus_days(2).start());
        let late = say(RecipientStatus::Accepted, None, 1).await;
        assert_eq!(late, Outcome::Refused(ItemCode::AgreementExpired));
    }
}

/// The signatures that 朔州 kept with its alarms, oldest first.
async fn proofs(nodes: &Nodes) -> Vec<String> {
    let mut tx = nodes.node(SHUOZHOU).node.databases().node.snapshot().await.unwrap();
    let rows =
        tx.query("/* proofs */ SELECT proof FROM alarms ORDER BY id").all::<(String,)>().await.unwrap();
    rows.into_iter().map(|(proof,)| proof).collect()
}
