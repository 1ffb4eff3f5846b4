//! The life of one more agreement: amended from a stored draft, widened by an offer, suspended and resumed, a lead
//! withdrawn, terminated, and what was received under it destroyed.
//!
//! Knows the offices of two nodes. Invariant: it is played once in a folder; whatever an attempt that was interrupted
//! left shared is taken back first, so that the demo's own leads are all that anybody holds in the end.

mod acts;
mod desk;

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use self::desk::Stage;
use super::agreements::{A1, LINCANG, SHUOZHOU, agreement_for};
use super::federation::{ENTROPY, Region, State};
use super::leads::leads;
use super::scenario::{AGREEMENTS, log, proposal};
use crate::cli::failure::{Blame as _, Failure};
use crate::clock::random;
use crate::domain::digest::Digest;
use crate::domain::lead::Lead;

/// Where it is remembered, in the folder of the demo.
const FILE: &str = "life.json";

/// What it left behind.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Life {
    /// It was played to its end.
    done: bool,
    /// The agreement.
    agreement: Uuid,
    /// The leads that were shared under it: internal and public id.
    leads: Vec<(Uuid, Uuid)>,
}

/// Plays it unless it was played.
pub(super) async fn play(dir: &Path, regions: &[Region], state: &State) -> Result<Life, Failure> {
    let at = |node| regions.iter().find(|region| region.node == node);
    let (Some(owner), Some(other)) = (at(LINCANG), at(SHUOZHOU)) else {
        return Err(Failure::wrong("the demo lacks a node"));
    };
    let file = dir.join(FILE);
    let life = match std::fs::read_to_string(&file) {
        Ok(text) => serde_json::from_str(&text).or_input()?,
        Err(_) => Life::default(),
    };
    let mut stage = Stage { owner, other, file, life };
    if !stage.life.done {
        for (lead, _) in std::mem::take(&mut stage.life.leads) {
            // What is not shared needs no taking back.
            let _ = stage.withdraw(lead, "other").await;
        }
        stage.play(state).await?;
    }
    Ok(stage.life)
}

impl Stage<'_> {
    async fn play(&mut self, state: &State) -> Result<(), Failure> {
        let [first, second, third] = spare_leads(state)?;
        let terms = terms(state);
        self.agree(&terms).await?;
        let withdrawn = self.approved(&first).await?;
        self.share(withdrawn.0).await?;
        self.arrives(withdrawn.1).await?;
        self.amend(terms).await?;
        let offered = self.approved(&second).await?;
        self.share_offered(offered.0).await?;
        self.arrives(offered.1).await?;
        let held_up = self.approved(&third).await?;
        self.suspend_and_resume(held_up.0).await?;
        self.share(held_up.0).await?;
        self.arrives(held_up.1).await?;
        self.withdraw(withdrawn.0, "mistake").await?;
        self.goes(withdrawn.1).await?;
        self.terminate(held_up.0, &[offered.1, held_up.1]).await?;
        for (lead, sub) in [offered, held_up] {
            self.withdraw(lead, "basis_ended").await?;
            self.goes(sub).await?;
        }
        self.life.done = true;
        self.remember()
    }
}

const PURGES: &str = "/office/v1/purges";

/// The receipt with which the recipient of an own lead said that all of it is gone.
fn receipt(purges: &Value, sub: Uuid) -> Option<String> {
    let done = purges["done"].as_array().into_iter().flatten();
    let mut ours = done.filter(|one| one["sub"] == json!(sub) && one["below"].is_null());
    ours.find_map(|one| one["receipt"].as_str().map(str::to_owned))
}

/// Three leads beside the demo's own that 朔州 has a role in.
fn spare_leads(state: &State) -> Result<[Lead; 3], Failure> {
    let reaches = |lead: &Lead| {
        agreement_for(LINCANG, lead).is_some_and(|sharing| {
            sharing.agreement.name == A1.name && sharing.recipients.iter().any(|(node, _)| *node == SHUOZHOU)
        })
    };
    let spare: Vec<Lead> =
        leads(LINCANG, state.seed + 1, state.today).into_iter().filter(reaches).take(3).collect();
    spare.try_into().map_err(|_| Failure::wrong("the demo has too few leads"))
}

/// The first agreement of the demo between its origin and its destination alone.
fn terms(state: &State) -> Value {
    let mut terms = proposal(&A1, state.today);
    let parties = terms["parties"].as_array().cloned().unwrap_or_default();
    let both = parties
        .into_iter()
        .filter(|party| [LINCANG, SHUOZHOU].iter().any(|node| party["node"] == json!(node)));
    terms["parties"] = both.collect();
    terms["retention_days"] = json!(1);
    terms["text_digest"] = json!(Digest::of(&random::<16>(&ENTROPY)));
    terms
}

fn missing(what: &str) -> Failure {
    Failure::refused(anyhow::anyhow!("{what}"))
}

/// What does not hold of what it left behind, as the offices and both logs have it.
pub(super) async fn faults(life: &Life, regions: &[Region]) -> Result<Vec<String>, Failure> {
    let mut faults = Vec::new();
    for region in regions.iter().filter(|region| [LINCANG, SHUOZHOU].contains(&region.node)) {
        let known = region.approver.get(AGREEMENTS).await?;
        let versions =
            known.as_array().into_iter().flatten().filter(|one| one["id"] == json!(life.agreement));
        let states: Vec<&Value> = versions.map(|one| &one["state"]).collect();
        if states.len() != 2 || states.iter().any(|state| **state != json!("terminated")) {
            faults.push(format!("{}: the agreement {} is not terminated", region.node, life.agreement));
        }
        let purges = region.approver.get(PURGES).await?;
        let log = log(region).await?;
        let purged: Vec<&Value> =
            log.iter().filter(|entry| entry["t"] == json!("purged")).map(|entry| &entry["digest"]).collect();
        for (_, sub) in &life.leads {
            if receipt(&purges, *sub).is_none_or(|receipt| !purged.contains(&&json!(receipt))) {
                faults.push(format!("{}: no receipt in the log for the purge of {sub}", region.node));
            }
            if region.drafter.status(&format!("/office/v1/received/{sub}")).await? != 404 {
                faults.push(format!("{}: {sub} is still there", region.node));
            }
        }
    }
    Ok(faults)
}
