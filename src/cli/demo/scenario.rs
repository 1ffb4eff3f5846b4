//! What happens in the demo: two agreements, 180 leads, an acknowledgement and a correction.
//!
//! Everything goes through the office API, as officers would do it. Invariant: each step may be
//! repeated; a demo that was interrupted while loading goes on and doubles nothing.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::agreements::{A1, A2, DemoAgreement, agreement_for};
use super::federation::{Region, State, each};
use super::leads::leads;
use super::office::Officer;
use crate::cli::failure::{Blame as _, Failure};
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::lead::Lead;
use crate::domain::node::NodeId;

/// How many leads of one node are on their way through its office at once.
const AT_ONCE: usize = 4;
/// How long anything may take to arrive.
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK: Duration = Duration::from_millis(20);

/// The ids that the two agreements got.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agreements {
    a1: Uuid,
    a2: Uuid,
}

impl Agreements {
    /// The id of a demo agreement.
    pub(super) fn id(&self, agreement: &DemoAgreement) -> Uuid {
        if agreement.name == A1.name { self.a1 } else { self.a2 }
    }
}

/// One lead of the demo, as shared.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    /// The owner's internal id.
    pub(super) id: Uuid,
    /// The public id.
    pub(super) sub: Uuid,
    /// The agreement it travels under.
    pub(super) agreement: Uuid,
    /// Who got it.
    pub(super) recipients: Vec<NodeId>,
}

/// Proposes and countersigns the two agreements unless they are there, and waits until they are in
/// force at every party.
pub(super) async fn agree(regions: &[Region], today: CivilDate) -> Result<Agreements, Failure> {
    let (a1, a2) = tokio::try_join!(settle(regions, &A1, today), settle(regions, &A2, today))?;
    Ok(Agreements { a1, a2 })
}

async fn settle(regions: &[Region], agreement: &DemoAgreement, today: CivilDate) -> Result<Uuid, Failure> {
    let parties: Vec<&Region> = agreement
        .parties
        .iter()
        .filter_map(|party| regions.iter().find(|region| region.node == party.node))
        .collect();
    let proposer = parties.first().ok_or_else(|| Failure::wrong("an agreement without parties"))?;
    let digest = text_digest(agreement).to_string();
    let known = |list: &Value| {
        let items = list.get("items").unwrap_or(list).as_array().cloned().unwrap_or_default();
        items.into_iter().find(|item| item.pointer("/terms/text_digest") == Some(&json!(digest)))
    };
    if known(&proposer.approver.get(AGREEMENTS).await?).is_none() {
        let proposal = proposal(agreement, today);
        proposer.approver.post(AGREEMENTS, &proposal).await?;
    }
    let mut id = None;
    for party in &parties {
        let found = until(|| async { Ok(known(&party.approver.get(AGREEMENTS).await?)) }).await?;
        id = found.get("id").and_then(Value::as_str).and_then(|id| id.parse().ok());
        let signed = found.get("countersigned").and_then(Value::as_array).cloned().unwrap_or_default();
        if !signed.contains(&json!(party.node)) {
            countersign(party, &found).await?;
        }
    }
    for party in &parties {
        let in_force = |found: &Value| found.get("state") == Some(&json!("in_force"));
        until(|| async { Ok(known(&party.approver.get(AGREEMENTS).await?).filter(in_force)) }).await?;
    }
    id.ok_or_else(|| Failure::refused(anyhow::anyhow!("an agreement has no id")))
}

pub(super) const AGREEMENTS: &str = "/office/v1/agreements";

/// Countersigns a version as the party's office knows it.
pub(super) async fn countersign(party: &Region, found: &Value) -> Result<(), Failure> {
    let id = found.get("id").and_then(Value::as_str).unwrap_or_default();
    let body = json!({ "version": found["version"], "digest": found["digest"] });
    party.approver.post(&format!("{AGREEMENTS}/{id}/countersign"), &body).await?;
    Ok(())
}

fn text_digest(agreement: &DemoAgreement) -> Digest {
    Digest::of(agreement.title.as_bytes())
}

/// The agreement as an officer proposes it.
pub(super) fn proposal(agreement: &DemoAgreement, today: CivilDate) -> Value {
    let parties: Vec<Value> = agreement
        .parties
        .iter()
        .map(|party| {
            json!({ "node": party.node, "roles": party.roles, "government": party.government, "office": party.office })
        })
        .collect();
    json!({
        "parties": parties,
        "purposes": agreement.purposes,
        "kinds": agreement.kinds,
        "valid_from": today,
        "valid_until": today.plus_days(365 * i64::from(agreement.valid_years)),
        "retention_days": agreement.retention_days,
        "text_digest": text_digest(agreement),
    })
}

/// Loads and shares all leads of all nodes; in the order of the regions.
pub(super) async fn load(
    regions: &[Region],
    agreements: Agreements,
    state: &State,
) -> Result<Vec<Vec<Shared>>, Failure> {
    let tasks = regions.iter().map(|region| {
        let leads = leads(region.node, state.seed, state.today);
        load_node(region.node, Desk::of(region), leads, agreements)
    });
    each(tasks.collect::<Vec<_>>()).await
}

/// The lead that the demo shows: the first of the first node that goes to two recipients. With its owner.
pub(super) async fn shown<'a>(
    regions: &'a [Region],
    agreements: Agreements,
    state: &State,
) -> Result<(&'a Region, Shared), Failure> {
    let owner = regions.first().ok_or_else(|| Failure::wrong("the demo has no nodes"))?;
    let leads = leads(owner.node, state.seed, state.today);
    let reach = |lead: &Lead| agreement_for(owner.node, lead).map_or(0, |sharing| sharing.recipients.len());
    let (at, lead) = leads
        .iter()
        .enumerate()
        .max_by_key(|(at, lead)| (reach(lead), !lead.cross_border, usize::MAX - at))
        .ok_or_else(|| Failure::wrong("the demo has no leads"))?;
    Ok((owner, load_one(owner.node, &Desk::of(owner), at, lead, agreements).await?))
}

/// The two officers whom a lead passes.
#[derive(Clone)]
struct Desk {
    drafter: Officer,
    approver: Officer,
}

impl Desk {
    fn of(region: &Region) -> Self {
        Self { drafter: region.drafter.clone(), approver: region.approver.clone() }
    }
}

async fn load_node(
    node: NodeId,
    desk: Desk,
    leads: Vec<Lead>,
    agreements: Agreements,
) -> Result<Vec<Shared>, Failure> {
    let leads = Arc::new(leads);
    let mut set = JoinSet::new();
    for lane in 0..AT_ONCE {
        let (desk, leads) = (desk.clone(), Arc::clone(&leads));
        set.spawn(async move {
            let mut done = Vec::new();
            for (at, lead) in leads.iter().enumerate().skip(lane).step_by(AT_ONCE) {
                done.push((at, load_one(node, &desk, at, lead, agreements).await?));
            }
            Ok::<_, Failure>(done)
        });
    }
    let mut done = Vec::new();
    while let Some(joined) = set.join_next().await {
        done.extend(joined.or_environment()??);
    }
    done.sort_by_key(|(at, _)| *at);
    Ok(done.into_iter().map(|(_, shared)| shared).collect())
}

async fn load_one(
    node: NodeId,
    desk: &Desk,
    at: usize,
    lead: &Lead,
    agreements: Agreements,
) -> Result<Shared, Failure> {
    let sharing = agreement_for(node, lead).ok_or_else(|| {
        Failure::wrong(format!("lead {at} of {node} has no recipient under the agreements"))
    })?;
    let agreement = agreements.id(sharing.agreement);
    let recipients: Vec<NodeId> = sharing.recipients.into_iter().map(|(node, _)| node).collect();
    let body = serde_json::to_value(lead).or_environment()?;
    let made = desk.drafter.post_once("/office/v1/leads", &format!("demo-{at}"), &body).await?;
    let (id, sub) = (uuid(&made, "id")?, uuid(&made, "sub")?);
    let path = |step: &str| format!("/office/v1/leads/{id}/{step}");
    // After an interruption the first answer says how far the lead had come.
    let status = made.get("status").and_then(Value::as_str).unwrap_or_default();
    if status == "draft" {
        desk.drafter.act(&path("submit")).await?;
    }
    if matches!(status, "draft" | "submitted") {
        desk.approver.act(&path("approve")).await?;
    }
    if status != "shared" {
        let share = json!({ "agreement": agreement, "recipients": recipients });
        desk.approver.post(&path("share"), &share).await?;
    }
    Ok(Shared { id, sub, agreement, recipients })
}

/// An officer of the first recipient acknowledges (签收), and the owner corrects the lead: the new
/// version goes by itself to everyone who holds the old one.
pub(super) async fn answer_and_correct(
    owner: &Region,
    recipient: &Region,
    lead: &Shared,
) -> Result<(), Failure> {
    let path = format!("/office/v1/received/{}", lead.sub);
    until(|| async { Ok((recipient.drafter.status(&path).await? == 200).then_some(())) }).await?;
    let held = recipient.drafter.get(&path).await?;
    if held.get("status") == Some(&json!("pending")) {
        recipient.drafter.act(&format!("{path}/acknowledge")).await?;
    }
    let own = format!("/office/v1/leads/{}", lead.id);
    let mut view = owner.drafter.get(&own).await?;
    if version(&view) == 1 {
        let mut raw = view.get("lead").cloned().unwrap_or_default();
        if let Some(height) = raw.pointer_mut("/person/height_cm") {
            let cm = height.as_u64().unwrap_or(150);
            *height = json!(if cm > 100 { cm - 10 } else { cm + 10 });
        }
        view = owner.drafter.put(&own, 1, &raw).await?;
    }
    if view.get("status") == Some(&json!("submitted")) {
        owner.approver.act(&format!("{own}/approve")).await?;
    }
    let arrived = |held: &Value| held.get("version").and_then(Value::as_u64) >= Some(2);
    until(|| async { Ok(Some(recipient.drafter.get(&path).await?).filter(arrived)) }).await?;
    Ok(())
}

/// Waits until no message of any node waits for its receipt.
pub(super) async fn settle_all(regions: &[Region]) -> Result<(), Failure> {
    for region in regions {
        let idle = |lanes: Value| {
            let mut lanes = lanes.as_array().cloned().unwrap_or_default().into_iter();
            lanes.all(|lane| lane.get("waiting") == Some(&json!(0))).then_some(())
        };
        until(|| async { Ok(idle(region.approver.get("/office/v1/peers").await?)) }).await?;
    }
    Ok(())
}

/// What went over the wire, as the logs of all nodes have it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traffic {
    /// Messages that were sent.
    pub(super) messages: usize,
    /// Messages that their receivers settled: their log entry is the receipt.
    pub(super) receipts: usize,
}

/// Counts messages and receipts, as an auditor.
pub(super) async fn traffic(regions: &[Region]) -> Result<Traffic, Failure> {
    let mut traffic = Traffic::default();
    for region in regions {
        let log = log(region).await?;
        let count = |t: &str| log.iter().filter(|entry| entry.get("t") == Some(&json!(t))).count();
        traffic.messages += count("sent");
        traffic.receipts += count("received") + count("refused") + count("void");
    }
    Ok(traffic)
}

/// The entries of a node's log, as its auditor reads them.
pub(super) async fn log(region: &Region) -> Result<Vec<Value>, Failure> {
    let mut entries = Vec::new();
    let mut after = Some(0);
    while let Some(cursor) = after {
        let page = region.auditor.get(&format!("/office/v1/log?limit=200&after={cursor}")).await?;
        let items = page.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        entries.extend(items.into_iter().filter_map(|mut item| item.get_mut("entry").map(Value::take)));
        after = page.get("next").and_then(Value::as_i64);
    }
    Ok(entries)
}

/// Asks until there is an answer. One that does not come within a minute is a fault of the nodes, not of the machine.
pub(super) async fn until<T, F: Future<Output = Result<Option<T>, Failure>>>(
    mut ask: impl FnMut() -> F,
) -> Result<T, Failure> {
    let asking = async {
        let mut ticks = tokio::time::interval(LOOK);
        loop {
            ticks.tick().await;
            if let Some(answer) = ask().await? {
                return Ok(answer);
            }
        }
    };
    let late =
        || anyhow::anyhow!("the scenario did not go on: what it waits for did not come within a minute");
    tokio::time::timeout(PATIENCE, asking).await.map_err(|_| Failure::refused(late()))?
}

/// The id in an answer of an office.
pub(super) fn uuid(value: &Value, name: &str) -> Result<Uuid, Failure> {
    let text = value.get(name).and_then(Value::as_str);
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| Failure::refused(anyhow::anyhow!("an answer of the office has no {name}")))
}

fn version(value: &Value) -> u64 {
    value.get("version").and_then(Value::as_u64).unwrap_or(1)
}
