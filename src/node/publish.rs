//! Drafting, approving and signing own leads. Sharing is in `share`.

use uuid::Uuid;

use super::draft::{Draft, leave};
use super::lead_seal::OpenLead;
use super::officer::Officer;
use super::share::{facts, given};
use super::texts::{check_left, check_size, masking};
use super::views::{LeadView, RecipientView};
use super::{Error, Node, node_of};
use crate::audit::{EntryType, Incomplete};
use crate::clock::{uuid_v4, uuid_v7};
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::dna;
use crate::domain::lead::check::check;
use crate::domain::lead::status::{ReturnReason, Status, StatusError, Step};
use crate::domain::lead::{Lead, Raw};
use crate::domain::unit::Duty;
use crate::exchange::presentation::SignedLead;
use crate::redaction::claims;
use crate::statement::sd_jwt::{Plain, issue};
use crate::statement::{canonical, jws};
use crate::store::db::Tx;
use crate::store::lead::LeadRow;
use crate::store::{lead as leads, loss, state};
use crate::tlog::tree::{Frontier, leaf_hash};

impl Node {
    /// Creates a lead as a draft. With an idempotency key, a repetition gives the same lead. When this
    /// returns, the lead is durable and in the feed.
    pub async fn create(
        &self,
        officer: &Officer,
        lead: Lead,
        idempotency: Option<&str>,
    ) -> Result<LeadView, Error> {
        officer.require(&[Duty::Drafter])?;
        self.check_lead(officer, &lead).await?;
        let request =
            canonical::digest(&lead).map_err(|_| Error::Unreadable("the lead has no canonical form"))?;
        if let Some(id) = self.answered(officer, idempotency, request).await? {
            return self.read(officer, id).await;
        }
        let lead = Raw::new(lead);
        let texts = self.judge_texts(&lead).await?;
        let now = self.now();
        let (id, salt) = (uuid_v7(now, self.entropy.as_ref()), self.salt());
        let made = self.keystore.create(1, now).await?.pop();
        let (data_key, key) = made.ok_or(Error::Corrupt("key store"))?;
        let raw = self.seal_lead(id, salt, (&lead, &texts), &key)?;
        let sub = uuid_v4(self.entropy.as_ref());
        let row = LeadRow {
            id,
            sub,
            ver: 1,
            status: Status::Draft.code().into(),
            drafter: officer.id,
            data_key,
            raw,
        };
        let open = OpenLead { row, status: Status::Draft, lead, texts, salt, key };
        let mut tx = self.db.node.begin().await?;
        leads::add(&mut tx, &open.row).await?;
        self.log_version(&mut tx, EntryType::Edit, about(officer, &open), &open).await?;
        if let Some(key) = idempotency {
            let kept =
                state::keep_answer(&mut tx, officer.id, key, request.bytes(), &id.to_string(), now.0).await;
            kept.map_err(|error| match error {
                crate::store::db::DbError::Conflict(_) => Error::Conflict,
                other => other.into(),
            })?;
        }
        self.commit_sequenced(tx).await?;
        view(&open, Vec::new())
    }

    async fn answered(
        &self,
        officer: &Officer,
        key: Option<&str>,
        request: Digest,
    ) -> Result<Option<Uuid>, Error> {
        let Some(key) = key else { return Ok(None) };
        let mut tx = self.db.node.snapshot().await?;
        match state::answered(&mut tx, officer.id, key).await? {
            None => Ok(None),
            Some((digest, _)) if digest != request.bytes() => Err(Error::KeyReused),
            Some((_, id)) => id.parse().map(Some).map_err(|_| Error::Corrupt("idempotency")),
        }
    }

    /// Refuses a lead that breaks a rule. A genotype is refused and logged.
    async fn check_lead(&self, officer: &Officer, lead: &Lead) -> Result<(), Error> {
        let value = serde_json::to_value(lead).map_err(|_| Error::Unreadable("the lead has no JSON form"))?;
        if dna::genotype_in(&value).is_some() {
            self.refuse_genotype(officer).await?;
            return Err(Error::Genotype);
        }
        let errors = check(lead, CivilDate::of(self.now()));
        if errors.is_empty() { Ok(()) } else { Err(Error::Fields(errors)) }
    }

    /// Writes a new version of a lead that is at `expected`. A lead that was approved or shared goes to
    /// approval again; once approved, the new version goes by itself to everyone who holds an old one.
    pub async fn correct(
        &self,
        officer: &Officer,
        id: Uuid,
        expected: u32,
        lead: Lead,
    ) -> Result<LeadView, Error> {
        officer.require(&[Duty::Drafter])?;
        self.check_lead(officer, &lead).await?;
        let lead = Raw::new(lead);
        let texts = self.judge_texts(&lead).await?;
        let mut tx = self.db.node.begin().await?;
        let mut open = self.open_lead(&mut tx, id).await?;
        if open.version()? != expected {
            return Err(Error::Conflict);
        }
        let texts = texts.carrying(&lead, &open.texts, &open.lead);
        (open.lead, open.texts) = (lead, texts);
        self.written_by(&mut tx, &mut open, officer).await?;
        self.save_content(&mut tx, &mut open).await?;
        self.log_version(&mut tx, EntryType::Edit, corrected(officer, &open), &open).await?;
        let view = self.finish_view(&mut tx, &open).await?;
        self.commit_sequenced(tx).await?;
        Ok(view)
    }

    /// From now on the officer is the drafter. Whoever was before, and wrote what nobody has approved yet, is remembered.
    pub(super) async fn written_by(
        &self,
        tx: &mut Tx,
        open: &mut OpenLead,
        officer: &Officer,
    ) -> Result<(), Error> {
        let before = std::mem::replace(&mut open.row.drafter, officer.id);
        if before != officer.id && matches!(open.status, Status::Draft | Status::Submitted) {
            leads::wrote(tx, open.row.id, before).await?;
        }
        Ok(())
    }

    /// Seals what is in `open` as its next version. What was approved or shared goes to approval again.
    pub(super) async fn save_content(&self, tx: &mut Tx, open: &mut OpenLead) -> Result<(), Error> {
        let (old, old_status) = (open.row.ver, open.status);
        open.status = match old_status {
            Status::Draft => Status::Draft,
            Status::Submitted | Status::Approved | Status::Shared => Status::Submitted,
            _ => return Err(StatusError::NotFromHere.into()),
        };
        check_size(&open.texts, &open.lead)?;
        open.row.raw = self.seal_lead(open.row.id, open.salt, (&open.lead, &open.texts), &open.key)?;
        open.row.ver += 1;
        self.save(tx, open, old, old_status).await
    }

    /// An entry for the feed: the lead is at a new version.
    pub(super) async fn log_version(
        &self,
        tx: &mut Tx,
        t: EntryType,
        body: Incomplete,
        open: &OpenLead,
    ) -> Result<(), Error> {
        let edit = Some((open.row.id, open.version()?));
        leave(tx, &[Draft::Note { t, body: Box::new(body), edit }]).await
    }

    /// Hands a draft in for approval (送审).
    pub async fn submit(&self, officer: &Officer, id: Uuid) -> Result<LeadView, Error> {
        officer.require(&[Duty::Drafter])?;
        self.step(officer, id, EntryType::Submit, |_| Step::Submit).await
    }

    /// Sends a submitted lead back to its drafter (退回).
    pub async fn send_back(
        &self,
        officer: &Officer,
        id: Uuid,
        reason: ReturnReason,
    ) -> Result<LeadView, Error> {
        officer.require(&[Duty::Approver])?;
        self.step(officer, id, EntryType::Submit, |_| Step::Return(reason)).await
    }

    async fn step<'a>(
        &self,
        officer: &Officer,
        id: Uuid,
        t: EntryType,
        step: impl FnOnce(&OpenLead) -> Step<'a>,
    ) -> Result<LeadView, Error> {
        let mut tx = self.db.node.begin().await?;
        let mut open = self.open_lead(&mut tx, id).await?;
        let (old, old_status) = (open.row.ver, open.status);
        open.status = old_status.after(step(&open))?;
        self.save(&mut tx, &mut open, old, old_status).await?;
        let body = about(officer, &open);
        self.note(&mut tx, t, body).await?;
        let view = self.finish_view(&mut tx, &open).await?;
        tx.commit().await?;
        self.sequence_soon();
        Ok(view)
    }

    /// Approves a submitted lead and signs its version once, for all recipients. A version that
    /// corrects a shared lead goes out at once to everyone who holds an old one.
    pub async fn approve(&self, officer: &Officer, id: Uuid) -> Result<LeadView, Error> {
        self.approve_as_read(officer, id, None).await
    }

    /// The same of the version that the officer `read`: [`Error::Conflict`] if somebody changed it since.
    pub async fn approve_as_read(
        &self,
        officer: &Officer,
        id: Uuid,
        read: Option<u32>,
    ) -> Result<LeadView, Error> {
        officer.require(&[Duty::Approver])?;
        let mut tx = self.db.node.begin().await?;
        leads::lock(&mut tx, id).await?;
        let mut open = self.open_lead(&mut tx, id).await?;
        let version = open.version()?;
        if read.is_some_and(|read| read != version) {
            return Err(Error::Conflict);
        }
        let (old, old_status) = (open.row.ver, open.status);
        let earlier = leads::take_writers(&mut tx, id).await?;
        let drafter = if earlier.contains(&officer.id) { officer.id } else { open.row.drafter }.to_string();
        let approver = officer.id.to_string();
        open.status = old_status.after(Step::Approve { drafter: &drafter, approver: &approver })?;
        self.judge_by_today(&mut open).await?;
        check_left(&open)?;
        // A version that a peer holds, and a restore took from here, is not signed again with other content.
        let lost = loss::highest(&mut tx, id).await?;
        if lost >= old {
            open.row.ver = lost + 1;
            self.log_version(&mut tx, EntryType::Edit, about(officer, &open), &open).await?;
        }
        let signed = self.sign_version(&mut tx, &open).await?;
        let body = Incomplete { digest: Some(Digest::of(signed.jws.as_bytes())), ..about(officer, &open) };
        self.note(&mut tx, EntryType::Approve, body).await?;
        if !leads::shares(&mut tx, id).await?.is_empty() {
            open.status = self.reshare(&mut tx, &open, &signed).await?;
        }
        self.save(&mut tx, &mut open, old, old_status).await?;
        let view = self.finish_view(&mut tx, &open).await?;
        self.commit_sequenced(tx).await?;
        Ok(view)
    }

    /// Signs the version of an opened lead, once for all recipients, and keeps it.
    pub(super) async fn sign_version(&self, tx: &mut Tx, open: &OpenLead) -> Result<SignedLead, Error> {
        let lead = open.lead.value();
        let plain = Plain {
            iss: self.id,
            sub: open.row.sub,
            ver: open.version()?,
            kind: lead.kind.code().into(),
            iat: CivilDate::of(self.now()),
            classification: lead.classification.code().into(),
        };
        let claims = claims(&open.lead, &self.texts_of(open).await?);
        let named = claims.iter().map(|(claim, value)| (claim.code().to_owned(), value.clone()));
        let issued = issue(self.keys.signing(), jws::typ::LEAD, &plain, named, self.entropy.as_ref())?;
        let signed = SignedLead::new(issued, &claims, facts(lead)).ok_or(Error::Corrupt("claim"))?;
        let sealed = self.seal_version(open.row.id, open.row.ver, &signed, &open.key)?;
        leads::add_version(tx, open.row.id, open.row.ver, &signed.jws, &sealed).await?;
        Ok(signed)
    }

    /// Writes the lead's row if nobody changed it meanwhile.
    pub(super) async fn save(
        &self,
        tx: &mut Tx,
        open: &mut OpenLead,
        old: i64,
        from: Status,
    ) -> Result<(), Error> {
        open.row.status = open.status.code().into();
        if leads::replace(tx, &open.row, old, from.code()).await? { Ok(()) } else { Err(Error::Conflict) }
    }

    /// The lead, for its owner's officers. The reading is logged.
    pub async fn read(&self, officer: &Officer, id: Uuid) -> Result<LeadView, Error> {
        officer.require(&[Duty::Drafter, Duty::Approver, Duty::Liaison])?;
        let mut tx = self.db.node.snapshot().await?;
        let mut open = self.open_lead(&mut tx, id).await?;
        // Whoever may not have this text any more still reads it as it is.
        open.texts = self.texts_of(&open).await.unwrap_or(open.texts);
        let body = about(officer, &open);
        let view = self.finish_view(&mut tx, &open).await?;
        self.record(tx, EntryType::Read, body).await?;
        Ok(view)
    }

    pub(super) async fn finish_view(&self, tx: &mut Tx, open: &OpenLead) -> Result<LeadView, Error> {
        let shares = leads::shares(tx, open.row.id).await?;
        let recipients = shares
            .into_iter()
            .map(|share| {
                Ok(RecipientView {
                    node: node_of(share.peer)?,
                    agreement: share.under.agreement,
                    version: u32::try_from(share.ver).map_err(|_| Error::Corrupt("version"))?,
                    status: share.status.parse().map_err(|_| Error::Corrupt("status"))?,
                    claims: given(&share)?.into_iter().collect(),
                })
            })
            .collect::<Result<_, Error>>()?;
        view(open, recipients)
    }
}

fn view(open: &OpenLead, recipients: Vec<RecipientView>) -> Result<LeadView, Error> {
    Ok(LeadView {
        id: open.row.id,
        sub: open.row.sub,
        version: open.version()?,
        status: open.status,
        lead: open.lead.value().clone(),
        masking: masking(open),
        recipients,
    })
}

/// An entry about a lead, by an officer, to the purpose of the lead.
pub(super) fn about(officer: &Officer, open: &OpenLead) -> Incomplete {
    Incomplete {
        actor: Some(officer.pseudonym.clone()),
        purpose: Some(open.lead.value().purpose),
        reference: Some(open.reference()),
        ..Incomplete::default()
    }
}

/// An entry about a list, by an officer, to the purpose that was said.
pub(super) fn listing(officer: &Officer, count: usize) -> Incomplete {
    let (count, purpose) = (u64::try_from(count).ok(), officer.purpose);
    Incomplete { actor: Some(officer.pseudonym.clone()), count, purpose, ..Incomplete::default() }
}

/// An entry about a list of records, by an officer: how many, and the root (RFC 6962) over how the log names them,
/// in the order of the list.
pub(super) fn listing_of(officer: &Officer, references: &[Digest]) -> Result<Incomplete, Error> {
    let mut tree = Frontier::default();
    for reference in references {
        tree.append(leaf_hash(reference.bytes()), &mut Vec::new()).map_err(|_| Error::Corrupt("list"))?;
    }
    Ok(Incomplete { digest: Some(tree.root()), ..listing(officer, references.len()) })
}

/// An entry about a correction, with how many corrections of masks found no place in the new text.
fn corrected(officer: &Officer, open: &OpenLead) -> Incomplete {
    let dropped = open.texts.narrative.as_ref().map_or(0, |review| review.dropped().len());
    let code = (dropped > 0).then(|| "masks_dropped".to_owned());
    let count = u64::try_from(dropped).ok().filter(|dropped| *dropped > 0);
    Incomplete { code, count, ..about(officer, open) }
}
