//! The two desks at which it is played: single steps, and waiting for what they bring about.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Life, PURGES, missing, receipt};
use crate::cli::demo::federation::Region;
use crate::cli::demo::office::Officer;
use crate::cli::demo::scenario::{AGREEMENTS, until, uuid};
use crate::cli::failure::{Blame as _, Failure};
use crate::domain::lead::Lead;

/// The two nodes, and what is remembered.
pub(super) struct Stage<'a> {
    pub(super) owner: &'a Region,
    pub(super) other: &'a Region,
    pub(super) file: std::path::PathBuf,
    pub(super) life: Life,
}

impl Stage<'_> {
    pub(super) async fn approved(&mut self, lead: &Lead) -> Result<(Uuid, Uuid), Failure> {
        let body = serde_json::to_value(lead).or_environment()?;
        let made = self.owner.drafter.post("/office/v1/leads", &body).await?;
        let ids = (uuid(&made, "id")?, uuid(&made, "sub")?);
        self.life.leads.push(ids);
        self.remember()?;
        self.owner.drafter.act(&format!("/office/v1/leads/{}/submit", ids.0)).await?;
        self.owner.approver.act(&format!("/office/v1/leads/{}/approve", ids.0)).await?;
        Ok(ids)
    }

    pub(super) fn sharing(&self, lead: Uuid) -> (String, Value) {
        let body = json!({ "agreement": self.life.agreement, "recipients": [self.other.node] });
        (format!("/office/v1/leads/{lead}/share"), body)
    }

    pub(super) async fn share(&self, lead: Uuid) -> Result<(), Failure> {
        let (path, body) = self.sharing(lead);
        self.owner.approver.post(&path, &body).await.map(drop)
    }

    pub(super) async fn is_refused(&self, lead: Uuid, code: &str) -> Result<(), Failure> {
        let (path, body) = self.sharing(lead);
        match self.owner.approver.refusal(&path, &body).await? {
            Some(said) if said == code => Ok(()),
            said => Err(missing(&format!("sharing was to be refused as {code}, and was: {said:?}"))),
        }
    }

    pub(super) async fn withdraw(&self, lead: Uuid, reason: &str) -> Result<(), Failure> {
        let path = format!("/office/v1/leads/{lead}/withdraw");
        self.owner.approver.post(&path, &json!({ "reason": reason })).await.map(drop)
    }

    pub(super) async fn says(&self, party: &Region, act: &str) -> Result<(), Failure> {
        let path = format!("{AGREEMENTS}/{}/status", self.life.agreement);
        party.approver.post(&path, &json!({ "act": act })).await.map(drop)
    }

    pub(super) async fn everywhere(&self, version: u32, state: &str) -> Result<(), Failure> {
        for party in [self.owner, self.other] {
            self.version(&party.approver, version, state).await?;
        }
        Ok(())
    }

    /// Waits until the officer's node has that version in that state.
    pub(super) async fn version(
        &self,
        officer: &Officer,
        version: u32,
        state: &str,
    ) -> Result<Value, Failure> {
        let (id, version, state) = (json!(self.life.agreement), json!(version), json!(state));
        until(|| async {
            let known = officer.get(AGREEMENTS).await?;
            let mut known = known.as_array().cloned().unwrap_or_default().into_iter();
            Ok(known.find(|one| one["id"] == id && one["version"] == version && one["state"] == state))
        })
        .await
    }

    pub(super) async fn arrives(&self, sub: Uuid) -> Result<(), Failure> {
        self.answers(sub, 200).await
    }

    /// Waits until the recipient holds it no longer, and its receipt is here.
    pub(super) async fn goes(&self, sub: Uuid) -> Result<(), Failure> {
        self.answers(sub, 404).await?;
        until(|| async { Ok(receipt(&self.owner.approver.get(PURGES).await?, sub)) }).await.map(drop)
    }

    pub(super) async fn answers(&self, sub: Uuid, status: u16) -> Result<(), Failure> {
        let path = format!("/office/v1/received/{sub}");
        until(|| async { Ok((self.other.drafter.status(&path).await? == status).then_some(())) }).await
    }

    pub(super) fn remember(&self) -> Result<(), Failure> {
        let text = serde_json::to_string(&self.life).or_environment()?;
        std::fs::write(&self.file, text).or_environment()
    }
}
