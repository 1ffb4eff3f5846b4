//! What an officer may correct: add a mask, lift one, agree to a lift that another officer asked for.
//!
//! Invariant: a lift of a structured identifier rests until somebody else than whoever asked agrees.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Kind, Review, Stretch};

/// Most corrections of one text.
const MOST: usize = 500;

codes! {
    /// Why a mask is lifted, as a code: a reason in words could repeat the value.
    pub enum LiftReason {
        NotAnIdentifier = "not_an_identifier" "并非个人标识",
        PublicContact = "public_contact" "对外公开的联系方式",
        DocumentNumber = "document_number" "文书或案件编号",
        Unrelated = "unrelated" "与任何人无关的号码",
    }
}

codes! {
    /// Why a correction is refused. The officer is at fault.
    pub enum CorrectionFault {
        OutOfText = "mask_out_of_text" "位置不在文本内",
        NoSuchMask = "no_such_mask" "此处没有脱敏标记",
        KnownValue = "known_value" "本线索自身的标识不得显示",
        ReasonMissing = "lift_reason_missing" "取消该类标记须说明理由",
        NothingAsked = "no_such_lift" "无人申请取消此标记",
        OwnLift = "lift_is_own" "申请人不得自行批准",
        TooMany = "too_many_corrections" "更正过多",
    }
}

/// What one correction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Masks what the engine left.
    Add {
        /// What it is.
        kind: Kind,
    },
    /// Shows what the engine masked.
    Lift {
        /// What it is.
        kind: Kind,
        /// Why, if whoever lifted it said so.
        reason: Option<LiftReason>,
        /// Who agreed to it; nobody yet, or nobody needs to.
        approved_by: Option<Uuid>,
    },
}

/// One correction by an officer, in code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// The first code point.
    pub start: usize,
    /// Behind the last code point.
    pub end: usize,
    /// What it does.
    #[serde(flatten)]
    pub act: Act,
    /// Who made it.
    pub by: Uuid,
}

impl Correction {
    /// The mask that it adds.
    pub(super) const fn added(&self) -> Option<Stretch> {
        let (start, end) = (self.start, self.end);
        match self.act {
            Act::Add { kind } => Some(Stretch { start, end, kind, score: 1.0, known: false }),
            Act::Lift { .. } => None,
        }
    }

    /// What it does, in a word, and to what.
    pub const fn does(&self) -> (&'static str, Kind) {
        match self.act {
            Act::Add { kind } => ("add", kind),
            Act::Lift { kind, .. } => ("lift", kind),
        }
    }

    /// Why a mask is lifted, if anybody said so.
    pub const fn reason(&self) -> Option<LiftReason> {
        match self.act {
            Act::Add { .. } => None,
            Act::Lift { reason, .. } => reason,
        }
    }

    /// Whether it lifts that mask now.
    pub(super) fn lifts(&self, mask: &Stretch) -> bool {
        let same = matches!(self.act, Act::Lift { kind, .. } if kind == mask.kind);
        same && mask.is_at((self.start, self.end)) && !self.waits()
    }

    /// Whether it waits for a second officer.
    pub const fn waits(&self) -> bool {
        match self.act {
            Act::Add { .. } => false,
            Act::Lift { kind, approved_by, .. } => kind.is_structured() && approved_by.is_none(),
        }
    }
}

impl Review {
    /// Masks `start..end` of a text of `len` code points. A mask that it meets becomes part of it; whatever
    /// was lifted there is masked again.
    pub fn add(
        &mut self,
        len: usize,
        (start, end): (usize, usize),
        kind: Kind,
        by: Uuid,
    ) -> Result<(), CorrectionFault> {
        if start >= end || end > len {
            return Err(CorrectionFault::OutOfText);
        }
        let mut added = Stretch { start, end, kind, score: 1.0, known: false };
        for mask in self.masks().iter().chain(&self.found) {
            if mask.meets(&added) {
                (added.start, added.end) = (added.start.min(mask.start), added.end.max(mask.end));
            }
        }
        let kept = self.corrections.iter().copied().filter(|correction| {
            let (start, end) = (correction.start, correction.end);
            !Stretch { start, end, ..added }.meets(&added)
        });
        let mut corrections: Vec<Correction> = kept.collect();
        if corrections.len() >= MOST {
            return Err(CorrectionFault::TooMany);
        }
        if !self.found.iter().any(|mask| mask.is_at((added.start, added.end)) && mask.kind == kind) {
            corrections.push(Correction { start: added.start, end: added.end, act: Act::Add { kind }, by });
        }
        self.corrections = corrections;
        Ok(())
    }

    /// Lifts the mask that stands at `place`. One that an officer added goes at once; a structured identifier
    /// needs a reason and then waits for [`Self::approve_lift`]; a value of the record stays. Whether it waits.
    pub fn lift(
        &mut self,
        place: (usize, usize),
        reason: Option<LiftReason>,
        by: Uuid,
    ) -> Result<bool, CorrectionFault> {
        if !self.masks().iter().any(|mask| mask.is_at(place)) {
            return Err(CorrectionFault::NoSuchMask);
        }
        // Behind an officer's own mask the engine's may stand: that one counts.
        let Some(mask) = self.found.iter().find(|mask| mask.is_at(place)).copied() else {
            self.corrections.retain(|correction| (correction.start, correction.end) != place);
            return Ok(false);
        };
        if mask.known {
            return Err(CorrectionFault::KnownValue);
        }
        if mask.kind.is_structured() && reason.is_none() {
            return Err(CorrectionFault::ReasonMissing);
        }
        self.corrections.retain(|correction| (correction.start, correction.end) != place);
        if self.corrections.len() >= MOST {
            return Err(CorrectionFault::TooMany);
        }
        let act = Act::Lift { kind: mask.kind, reason, approved_by: None };
        let correction = Correction { start: place.0, end: place.1, act, by };
        self.corrections.push(correction);
        Ok(correction.waits())
    }

    /// Agrees to the lift that waits at `place`, as another officer than the one who asked.
    pub fn approve_lift(&mut self, place: (usize, usize), officer: Uuid) -> Result<(), CorrectionFault> {
        let mut waiting = self.corrections.iter_mut();
        let correction = waiting
            .find(|correction| (correction.start, correction.end) == place && correction.waits())
            .ok_or(CorrectionFault::NothingAsked)?;
        if correction.by == officer {
            return Err(CorrectionFault::OwnLift);
        }
        if let Act::Lift { approved_by, .. } = &mut correction.act {
            *approved_by = Some(officer);
        }
        Ok(())
    }
}
