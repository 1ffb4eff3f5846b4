//! Officers and the masks of a narrative: what the engine found, and what they correct (脱敏校核).
//!
//! Invariant: a correction is a version of its own, which goes by itself to those who hold the lead once it is
//! approved; a structured identifier is shown only if one officer asked, with a reason, and another agreed.

use serde::Serialize;
use uuid::Uuid;

use super::lead_seal::OpenLead;
use super::officer::Officer;
use super::publish::about;
use super::texts::masking;
use super::views::MaskingView;
use super::{Error, Node};
use crate::audit::{EntryType, Incomplete};
use crate::domain::claim::Claim;
use crate::domain::unit::Duty;
use crate::redaction::narrative::{Correction, CorrectionFault, Kind, LiftReason, Review, Stretch};

/// A narrative with its masks, for the owner's officers only.
#[derive(Serialize)]
pub struct NarrativeView {
    /// The version of the lead; the `ETag`.
    pub version: u32,
    /// The narrative as it was typed.
    pub text: String,
    /// What partners see who may see it.
    pub masked: String,
    /// The masks, in order: places in `text`, in code points.
    pub masks: Vec<Stretch>,
    /// The doubtful stretches that stay until somebody masks them, in order.
    pub doubts: Vec<Stretch>,
    /// What officers corrected.
    pub corrections: Vec<CorrectionView>,
    /// The corrections of the text before that found no place in this one; their places are in that text.
    pub dropped: Vec<CorrectionView>,
    /// The same in numbers, and what holds the lead back.
    pub masking: Option<MaskingView>,
}

/// A correction, without who made it.
#[derive(Serialize)]
pub struct CorrectionView {
    /// The first code point.
    pub start: usize,
    /// Behind the last code point.
    pub end: usize,
    /// What it does.
    #[serde(flatten)]
    pub does: Does,
    /// Whether it waits for a second officer.
    pub waiting: bool,
    /// Whether the officer who reads this made it.
    pub own: bool,
}

/// What a correction does.
#[derive(Serialize)]
pub struct Does {
    /// `add` or `lift`.
    pub act: &'static str,
    /// What is masked or shown.
    pub kind: Kind,
    /// Why a mask is lifted.
    pub reason: Option<LiftReason>,
}

const READERS: &[Duty] = &[Duty::Drafter, Duty::Approver, Duty::Liaison];

impl Node {
    /// The narrative of an own lead with its masks. The reading is logged.
    pub async fn narrative(&self, officer: &Officer, id: Uuid) -> Result<NarrativeView, Error> {
        officer.require(READERS)?;
        let mut tx = self.db.node.snapshot().await?;
        let mut open = self.open_lead(&mut tx, id).await?;
        open.texts = self.texts_of(&open).await?;
        self.record(tx, EntryType::Read, about(officer, &open)).await?;
        view(officer, &open)
    }

    /// Masks a stretch that the engine left, in a lead that is at `expected`: a new version.
    pub async fn add_mask(
        &self,
        officer: &Officer,
        id: Uuid,
        expected: u32,
        place: (usize, usize),
        kind: Kind,
    ) -> Result<NarrativeView, Error> {
        officer.require(&[Duty::Drafter])?;
        let add =
            |review: &mut Review, len| review.add(len, place, kind, officer.id).map(|()| "mask_added".into());
        self.correct_masks(officer, id, expected, EntryType::Edit, add).await
    }

    /// Lifts a mask of a lead that is at `expected`: a new version. A structured identifier needs a reason, and
    /// stays masked until [`Self::approve_lift`]; a value of the lead's own fields stays for good.
    pub async fn lift_mask(
        &self,
        officer: &Officer,
        id: Uuid,
        expected: u32,
        place: (usize, usize),
        reason: Option<LiftReason>,
    ) -> Result<NarrativeView, Error> {
        officer.require(&[Duty::Drafter])?;
        let lift = |review: &mut Review, _| {
            let waits = review.lift(place, reason, officer.id)?;
            Ok(said(if waits { "lift_asked" } else { "mask_lifted" }, reason))
        };
        self.correct_masks(officer, id, expected, EntryType::Edit, lift).await
    }

    /// Agrees that a structured identifier is shown, as an approver who did not ask for it: a new version of a lead
    /// that is at `expected`.
    pub async fn approve_lift(
        &self,
        officer: &Officer,
        id: Uuid,
        expected: u32,
        place: (usize, usize),
    ) -> Result<NarrativeView, Error> {
        officer.require(&[Duty::Approver])?;
        let agree = |review: &mut Review, _| {
            review.approve_lift(place, officer.id)?;
            let there = |correction: &&Correction| (correction.start, correction.end) == place;
            let reason = review.corrections().iter().find(there).and_then(Correction::reason);
            Ok(said("lift_approved", reason))
        };
        self.correct_masks(officer, id, expected, EntryType::Approve, agree).await
    }

    /// Corrects the masks of a lead that is at `expected`, and logs what the correction says of itself. Whoever
    /// corrects stands as drafter of the version, except the approver of a lift, whose wish it is not.
    async fn correct_masks(
        &self,
        officer: &Officer,
        id: Uuid,
        expected: u32,
        t: EntryType,
        correct: impl FnOnce(&mut Review, usize) -> Result<String, CorrectionFault>,
    ) -> Result<NarrativeView, Error> {
        let mut tx = self.db.node.begin().await?;
        let mut open = self.open_lead(&mut tx, id).await?;
        if open.version()? != expected {
            return Err(Error::Conflict);
        }
        open.texts = self.texts_of(&open).await?;
        let len = open.lead.value().narrative.as_ref().map_or(0, |text| text.chars().count());
        let review = open.texts.narrative.as_mut().ok_or(CorrectionFault::NoSuchMask)?;
        let code = correct(review, len)?;
        if t == EntryType::Edit {
            self.written_by(&mut tx, &mut open, officer).await?;
        }
        self.save_content(&mut tx, &mut open).await?;
        let body = Incomplete { code: Some(code), ..about(officer, &open) };
        self.log_version(&mut tx, t, body, &open).await?;
        self.commit_sequenced(tx).await?;
        view(officer, &open)
    }
}

/// What the log says: what was done, and why.
fn said(done: &str, reason: Option<LiftReason>) -> String {
    reason.map_or_else(|| done.to_owned(), |reason| format!("{done}.{reason}"))
}

fn view(officer: &Officer, open: &OpenLead) -> Result<NarrativeView, Error> {
    let outgoing = open.texts.outgoing(&open.lead, Claim::NarrativeMasked).ok_or(Error::NotFound)?;
    let review = open.texts.narrative.as_ref().ok_or(Error::NotFound)?;
    let views = |corrections: &[Correction]| corrections.iter().map(|one| correction(officer, one)).collect();
    Ok(NarrativeView {
        version: open.version()?,
        text: open.lead.value().narrative.clone().unwrap_or_default(),
        masked: outgoing.as_str().to_owned(),
        masks: review.masks(),
        doubts: review.doubts(),
        corrections: views(review.corrections()),
        dropped: views(review.dropped()),
        masking: masking(open),
    })
}

fn correction(officer: &Officer, correction: &Correction) -> CorrectionView {
    let (act, kind) = correction.does();
    CorrectionView {
        start: correction.start,
        end: correction.end,
        does: Does { act, kind, reason: correction.reason() },
        waiting: correction.waits(),
        own: correction.by == officer.id,
    }
}
