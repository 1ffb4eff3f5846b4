//! Taking back what was shared: from everyone (撤回), or from one recipient in part (缩小范围).
//!
//! Narrowing uses what there is already: the same content is signed as the next version, which only the
//! narrowed recipient gets, with fewer claims; and a withdrawal of the versions below. Why not a message that
//! names claims to forget: a statement is the smallest thing that a recipient holds under one key and can
//! destroy, so it would have to open and rewrite what it shall forget. And the new version has fresh salts, so
//! disclosures that the recipient should have destroyed fit no statement that it may hold. The two messages
//! may come in either order: the withdrawal refuses by version.
//!
//! Invariant: from the commit on, nothing that was taken back is dispatched any more; what was queued goes
//! void.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::lead_seal::OpenLead;
use super::officer::Officer;
use super::publish::about;
use super::share::{Attempt, already, current, given};
use super::views::LeadView;
use super::{Error, Node, key, node_of};
use crate::audit::words::AlarmKind;
use crate::audit::{EntryType, Incomplete};
use crate::domain::access::permit;
use crate::domain::claim::Claim;
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::lead::status::{Answer, RecipientStatus, Status, StatusError, Step, WithdrawReason};
use crate::domain::node::NodeId;
use crate::domain::purge::{PurgeCause, end_of};
use crate::domain::unit::Duty;
use crate::exchange::forms::{PurgeReceiptForm, WithdrawalForm, day};
use crate::exchange::judge::refusal_code;
use crate::exchange::message::Kind;
use crate::statement::jws;
use crate::store::db::Tx;
use crate::store::lead::{self as leads, ShareRow};
use crate::store::withdrawal::{self, ReceiptRow};
use crate::store::{loss, renewal, state};

/// The number under which versions are meant when all are.
pub(super) const ALL: i64 = u32::MAX as i64;

/// The alarm about a recipient that holds a lead which was withdrawn, and was not told.
const UNSENT: &str = AlarmKind::WithdrawalUnsent.code();

impl Node {
    /// Takes a lead back: from whoever was given it, for good. When this returns, the withdrawals are durable,
    /// in the log, and on their way, and nothing of the lead leaves any more.
    pub async fn withdraw(
        &self,
        officer: &Officer,
        id: Uuid,
        reason: WithdrawReason,
    ) -> Result<LeadView, Error> {
        officer.require(&[Duty::Approver])?;
        let mut tx = self.db.node.begin().await?;
        let mut open = self.open_lead(&mut tx, id).await?;
        self.take_back_from_all(&mut tx, &mut open, reason).await?;
        let body = Incomplete { code: Some(reason.code().into()), ..about(officer, &open) };
        self.note(&mut tx, EntryType::Withdrawn, body).await?;
        let view = self.finish_view(&mut tx, &open).await?;
        self.commit_sequenced(tx).await?;
        Ok(view)
    }

    pub(super) async fn take_back_from_all(
        &self,
        tx: &mut Tx,
        open: &mut OpenLead,
        reason: WithdrawReason,
    ) -> Result<(), Error> {
        let (old, old_status) = (open.row.ver, open.status);
        open.status = old_status.after(Step::Withdraw(reason))?;
        // First, so that whoever shares it at the same time is either seen below or refused.
        self.save(tx, open, old, old_status).await?;
        self.tell_holders(tx, open, reason).await
    }

    /// Takes a lead back from everyone who was given it: whatever is queued for them goes void.
    pub(super) async fn tell_holders(
        &self,
        tx: &mut Tx,
        open: &OpenLead,
        reason: WithdrawReason,
    ) -> Result<(), Error> {
        let id = open.row.id;
        let shares = leads::shares(tx, id).await?;
        for share in &shares {
            self.take_back(tx, open, share, None, reason).await?;
            let status: RecipientStatus = share.status.parse().map_err(|_| Error::Corrupt("status"))?;
            if let Ok(withdrawn) = status.after(Answer::Withdraw(reason)) {
                leads::answer(tx, id, share.peer, withdrawn.code()).await?;
            }
        }
        self.tell_untold(tx, open, &shares).await
    }

    /// Whoever holds only a version that was lost here cannot be told under which agreement it is taken back: people
    /// must tell it.
    async fn tell_untold(&self, tx: &mut Tx, open: &OpenLead, shares: &[ShareRow]) -> Result<(), Error> {
        let holders = loss::holders(tx, open.row.id).await?;
        for holder in holders.into_iter().filter(|holder| shares.iter().all(|share| share.peer != *holder)) {
            let peer = node_of(holder)?;
            tracing::error!(peer.id = %peer, "{peer} holds a lead that was withdrawn, and its share of it was lost: tell it");
            let (code, reference) = (Some(UNSENT.into()), Some(open.reference()));
            let body = Incomplete { code, peer: Some(peer), reference, ..Incomplete::default() };
            self.note(tx, EntryType::Alarm, body).await?;
            state::alarm(tx, self.now().0, UNSENT, Some(holder), None, None).await?;
        }
        Ok(())
    }

    /// Leaves one recipient only the claims in `keep`, a part of what it has; it stays narrowed in all later
    /// versions. When this returns, the withdrawal is durable, in the log, and on its way, and so is the new
    /// version if the agreement is in force. While it is suspended, the new version waits for its resumption; after
    /// its end no case data travel, and the recipient is left with nothing.
    pub async fn narrow(
        &self,
        officer: &Officer,
        id: Uuid,
        recipient: NodeId,
        keep: &[Claim],
        reason: WithdrawReason,
    ) -> Result<LeadView, Error> {
        officer.require(&[Duty::Approver])?;
        let mut tx = self.db.node.begin().await?;
        let mut open = self.open_lead(&mut tx, id).await?;
        // A correction that waits for approval must not be signed by the way.
        if open.status != Status::Shared {
            return Err(StatusError::NotFromHere.into());
        }
        let old = open.row.ver;
        open.row.ver = loss::highest(&mut tx, id).await?.max(old) + 1;
        self.save(&mut tx, &mut open, old, Status::Shared).await?;
        let shares = leads::shares(&mut tx, id).await?;
        let share = shares.into_iter().find(|share| share.peer == key(recipient)).ok_or(Error::NotFound)?;
        let kept = serde_json::to_string(&narrower(&share, keep)?).map_err(|_| Error::Corrupt("claims"))?;
        let share = ShareRow { kept: Some(kept), ..share };
        self.give_less(&mut tx, &open, &share).await?;
        self.log_version(&mut tx, EntryType::Edit, about(officer, &open), &open).await?;
        self.take_back(&mut tx, &open, &share, Some(open.version()?), reason).await?;
        let code = Some(reason.code().into());
        let body = Incomplete { code, peer: Some(recipient), ..about(officer, &open) };
        self.note(&mut tx, EntryType::Withdrawn, body).await?;
        let view = self.finish_view(&mut tx, &open).await?;
        self.commit_sequenced(tx).await?;
        Ok(view)
    }

    /// Signs the version and queues it for a narrowed recipient, now or once its basis allows it.
    async fn give_less(&self, tx: &mut Tx, open: &OpenLead, share: &ShareRow) -> Result<(), Error> {
        let signed = self.sign_version(tx, open).await?;
        let agreement =
            current(tx, share.under.agreement, self.now()).await?.ok_or(Error::Corrupt("agreement"))?;
        let held = already(Some(share))?;
        match permit(&self.request(node_of(share.peer)?, &agreement, &signed.facts, held.as_ref())) {
            Ok(permit) => {
                let attempt = Attempt { held: Some(share), attempts: 1 };
                self.queue(tx, open, &signed, &agreement, &permit, attempt).await
            }
            Err(refusal) if refusal_code(refusal).passing() => {
                // As if it had gone: the purge receipt for the versions below is none for this one.
                leads::put_share(tx, open.row.id, &ShareRow { ver: open.row.ver, ..share.clone() }).await?;
                Ok(renewal::put(tx, open.row.id, share.peer, self.now().0, 0).await?)
            }
            Err(_) => Ok(leads::put_share(tx, open.row.id, share).await?),
        }
    }

    /// Queues a withdrawal of the versions under `below` (none: all), and expects its receipt.
    pub(super) async fn take_back(
        &self,
        tx: &mut Tx,
        open: &OpenLead,
        share: &ShareRow,
        below: Option<u32>,
        reason: WithdrawReason,
    ) -> Result<(), Error> {
        let now = self.now();
        let deadline = CivilDate::of(now).plus_days(i64::from(self.withdrawal_days));
        let form = WithdrawalForm { iss: self.id, iat: day(now), sub: open.row.sub, below, reason, deadline };
        let statement = jws::sign(self.keys.signing(), jws::typ::WITHDRAWAL, &form)?;
        let (lead, below) = (open.row.id, below.map_or(ALL, i64::from));
        withdrawal::add(tx, lead, share.peer, below, reason.code(), end_of(deadline).0).await?;
        self.recall(tx, node_of(share.peer)?, &share.under, Kind::Withdrawal, &statement).await
    }

    /// Files a recipient's purge receipt beside what was shared with it.
    pub(super) async fn file_purge(
        &self,
        tx: &mut Tx,
        from: NodeId,
        form: &PurgeReceiptForm,
        statement: &str,
    ) -> Result<(), Error> {
        let (peer, digest) = (key(from), Digest::of(statement.as_bytes()));
        let below = form.below.map_or(ALL, i64::from);
        for (_, lead, ver, _) in leads::shared_subs(tx, peer, &[form.sub]).await? {
            let row = ReceiptRow {
                digest: digest.to_string(),
                lead,
                peer,
                below,
                cause: form.cause.code(),
                live_erased_at: form.live_erased_at.0,
                copies_gone_by: form.copies_gone_by.0,
                statement,
            };
            if !withdrawal::keep(tx, &row).await? {
                return Ok(());
            }
            if form.cause == PurgeCause::Withdrawn {
                withdrawal::answer(tx, lead, peer, below, &row.digest).await?;
            }
            if below > ver {
                leads::answer(tx, lead, peer, RecipientStatus::Purged.code()).await?;
            }
        }
        let code = Some(form.cause.code().into());
        let body = Incomplete { peer: Some(from), code, digest: Some(digest), ..Incomplete::default() };
        self.note(tx, EntryType::Purged, body).await
    }
}

/// The claims to keep: some, and not all, of what the recipient has.
fn narrower(share: &ShareRow, keep: &[Claim]) -> Result<BTreeSet<Claim>, Error> {
    let status: RecipientStatus = share.status.parse().map_err(|_| Error::Corrupt("status"))?;
    if !status.holds() {
        return Err(Error::NotFound);
    }
    let (given, keep) = (given(share)?, keep.iter().copied().collect::<BTreeSet<Claim>>());
    let is_narrower = !keep.is_empty() && keep.is_subset(&given) && keep.len() < given.len();
    if is_narrower { Ok(keep) } else { Err(Error::NotNarrower) }
}
