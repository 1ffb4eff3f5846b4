//! What is done with the agreement, act by act.

use serde_json::{Value, json};
use uuid::Uuid;

use super::desk::Stage;
use super::{PURGES, missing};
use crate::cli::demo::scenario::{AGREEMENTS, countersign, uuid};
use crate::cli::failure::Failure;

const DRAFTS: &str = "/office/v1/agreement-drafts";

impl Stage<'_> {
    pub(super) async fn agree(&mut self, terms: &Value) -> Result<(), Failure> {
        let proposed = self.owner.approver.post(AGREEMENTS, terms).await?;
        self.life.agreement = uuid(&proposed, "id")?;
        self.remember()?;
        let found = self.version(&self.other.approver, 1, "proposed").await?;
        countersign(self.other, &found).await?;
        self.everywhere(1, "in_force").await
    }

    /// 变更: the other side drafts and proposes the next version; we sign it.
    pub(super) async fn amend(&self, mut terms: Value) -> Result<(), Failure> {
        terms["retention_days"] = json!(2);
        let draft = json!({ "amends": self.life.agreement, "proposal": terms });
        let draft = self.other.drafter.post(DRAFTS, &draft).await?;
        let path = format!("{DRAFTS}/{}/propose", uuid(&draft, "id")?);
        self.other.approver.act_on(&path, 1).await?;
        let found = self.version(&self.owner.approver, 2, "proposed").await?;
        countersign(self.owner, &found).await?;
        self.everywhere(2, "in_force").await?;
        self.everywhere(1, "superseded").await
    }

    /// A lead that nobody asked to share is offered; the approver chooses it.
    pub(super) async fn share_offered(&self, lead: Uuid) -> Result<(), Failure> {
        let path = format!("{AGREEMENTS}/{}/offers", self.life.agreement);
        let offers = self.owner.approver.get(&path).await?;
        let ours = |offer: &&Value| offer["lead"] == json!(lead);
        let offer = offers["items"].as_array().into_iter().flatten().find(ours);
        let offer = offer.ok_or_else(|| missing("an approved lead is not offered"))?;
        let chosen = json!({
            "lead": lead,
            "version": offer["version"],
            "recipient": offer["recipient"],
            "claims": offer["claims"],
        });
        let body = json!({ "digest": offers["digest"], "offers": [chosen] });
        self.owner.approver.post(&path, &body).await.map(drop)
    }

    /// 中止, 恢复: in between nothing is shared.
    pub(super) async fn suspend_and_resume(&self, lead: Uuid) -> Result<(), Failure> {
        self.says(self.other, "suspend").await?;
        self.everywhere(2, "suspended").await?;
        self.is_refused(lead, "agreement_suspended").await?;
        self.says(self.other, "resume").await?;
        self.everywhere(2, "in_force").await
    }

    /// 终止, acknowledged: nothing is shared any more, and what was received is listed for its purge.
    pub(super) async fn terminate(&self, lead: Uuid, held: &[Uuid]) -> Result<(), Failure> {
        self.says(self.owner, "terminate").await?;
        self.everywhere(2, "terminated").await?;
        self.says(self.other, "acknowledge").await?;
        self.is_refused(lead, "agreement_terminated").await?;
        let purges = self.other.approver.get(PURGES).await?;
        let due = purges["due"].as_array().cloned().unwrap_or_default();
        let ends = |sub: &&Uuid| {
            due.iter().any(|one| one["sub"] == json!(sub) && one["cause"] == json!("agreement_ended"))
        };
        if held.iter().all(|sub| ends(&sub)) { Ok(()) } else { Err(missing("a purge is not listed")) }
    }
}
