//! The texts of own leads on their way through the engine: judged when saved, looked at once more when approved
//! and at every dispatch.
//!
//! Invariant: nothing is signed that tells an identifier by its form, or a value of its own record.

use std::collections::HashMap;

use uuid::Uuid;

use super::lead_seal::{OpenLead, lead_of};
use super::views::{HeldView, MaskingView};
use super::{Error, Node, key};
use crate::audit::{EntryType, Incomplete};
use crate::domain::agreement::{Terms, TermsError};
use crate::domain::claim::{Claim, Door};
use crate::domain::digest::Digest;
use crate::domain::lead::check::FieldError;
use crate::domain::lead::{Lead, Raw};
use crate::domain::node::NodeId;
use crate::exchange::gate::{self, Held, is_stale};
use crate::exchange::message::Header;
use crate::exchange::presentation::SignedLead;
use crate::exchange::problem::ItemCode;
use crate::exchange::schema::MAX_MASKED;
use crate::redaction::Texts;
use crate::redaction::narrative::{Correction, Gate, OutgoingText, RawText};
use crate::redaction::texts::gate as gate_of;
use crate::store::db::Tx;
use crate::store::keystore::Keys;
use crate::store::outbox::Waiting;
use crate::store::{lead as leads, state};

impl Node {
    /// Runs the engine on the texts of a lead, beside the threads that serve requests. The officer is at fault if
    /// one of them cannot go as it is.
    pub(super) async fn judge_texts(&self, lead: &Raw<Lead>) -> Result<Texts, Error> {
        let judged = lead.clone();
        let texts = tokio::task::spawn_blocking(move || Texts::of(&judged)).await.map_err(|_| Error::Busy)?;
        let texts = texts.map_err(|telling| {
            let hint = "it tells who someone is: choose another";
            field(telling.pointer, "identifies", hint, Some(telling.hit.offset))
        })?;
        check_size(&texts, lead)?;
        Ok(texts)
    }

    /// What was made of the texts of an opened lead; judged now, with what officers corrected, if it was saved before
    /// the rules of today were made.
    pub(super) async fn texts_of(&self, open: &OpenLead) -> Result<Texts, Error> {
        if open.texts.cover(&open.lead) {
            return Ok(open.texts.clone());
        }
        let texts = self.judge_texts(&open.lead).await?;
        Ok(texts.carrying(&open.lead, &open.texts, &open.lead))
    }

    /// The same, into the opened lead and its row.
    pub(super) async fn judge_by_today(&self, open: &mut OpenLead) -> Result<(), Error> {
        if !open.texts.cover(&open.lead) {
            open.texts = self.texts_of(open).await?;
            open.row.raw = self.seal_lead(open.row.id, open.salt, (&open.lead, &open.texts), &open.key)?;
        }
        Ok(())
    }

    /// Tells that a text was held back: from whom, in which message, where and what, never the value.
    pub(super) async fn alarm_held(
        &self,
        tx: &mut Tx,
        peer: NodeId,
        x: Digest,
        held: &Held,
    ) -> Result<(), Error> {
        let code = ItemCode::TextHeld.code();
        tracing::warn!(peer.id = %peer, code, "a text for {peer} was held back at {}", held.place());
        let body =
            Incomplete { peer: Some(peer), code: Some(code.into()), x: Some(x), ..Incomplete::default() };
        self.note(tx, EntryType::Alarm, body).await?;
        Ok(state::alarm_at(tx, self.now().0, code, key(peer), x, &held.place()).await?)
    }
}

/// Refuses names of governments, offices and profiles that tell who someone is: they go as they were typed.
pub(super) async fn judge_names(terms: &Terms) -> Result<(), Error> {
    let mut typed = vec![("/profile/id".to_owned(), terms.profile.id().to_owned())];
    for (index, party) in terms.parties.iter().enumerate() {
        typed.push((format!("/parties/{index}/government"), party.government.clone()));
        typed.push((format!("/parties/{index}/office"), party.office.clone()));
    }
    let tells = |(pointer, text)| {
        let hit = OutgoingText::as_typed(&RawText::new(text), &[]).err()?;
        let (code, hint) = ("identifies", "名称不得含个人标识");
        Some(TermsError { code, pointer, hint, offset: Some(hit.offset) })
    };
    let work = move || typed.into_iter().find_map(tells);
    let telling = tokio::task::spawn_blocking(work).await.map_err(|_| Error::Busy)?;
    telling.map_or(Ok(()), |telling| Err(Error::Terms(vec![telling])))
}

/// Has the engine judge again, beside the threads that serve requests, what it judged by other rules than those of
/// today among the versions that wait to go with free text.
pub(super) async fn judge_again(
    opened: &mut HashMap<(Uuid, i64), Option<SignedLead>>,
    waiting: &[(Waiting, Header)],
) -> Result<(), Error> {
    let free = waiting.iter().filter(|(_, header)| has_free_text(&header.disclosed));
    let versions = free.filter_map(|(row, _)| row.lead);
    let is_stale =
        |version: &(Uuid, i64)| opened.get(version).is_some_and(|one| one.as_ref().is_some_and(is_stale));
    let stale: Vec<(Uuid, i64)> = versions.filter(is_stale).collect();
    let taken = stale.into_iter().filter_map(|version| Some((version, opened.remove(&version).flatten()?)));
    let judged = judged_again(taken.collect()).await?;
    opened.extend(judged.into_iter().map(|(version, signed)| (version, Some(signed))));
    Ok(())
}

/// The same of these versions, each with what names it.
pub(super) async fn judged_again<T: Send + 'static>(
    mut versions: Vec<(T, SignedLead)>,
) -> Result<Vec<(T, SignedLead)>, Error> {
    if versions.iter().all(|(_, signed)| !is_stale(signed)) {
        return Ok(versions);
    }
    let work = move || {
        for (_, signed) in &mut versions {
            gate::judge_again(signed);
        }
        versions
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Busy)
}

/// The gates of the records of these leads as they stand, unless they were erased; none for one that does not open.
pub(super) async fn gates(
    tx: &mut Tx,
    ids: &[Uuid],
    keys: &Keys,
) -> Result<HashMap<Uuid, Option<Gate>>, Error> {
    let rows = leads::find_all(tx, ids).await?;
    let opened = rows.iter().filter_map(|row| {
        let key = keys.get(&row.data_key)?;
        Some((row.id, key.as_ref().ok().and_then(|key| lead_of(row, key).ok()).map(|lead| gate_of(&lead))))
    });
    Ok(opened.collect())
}

/// Whether any of these claims carries what a person typed.
pub(super) fn has_free_text(claims: &[Claim]) -> bool {
    claims.iter().any(|claim| claim.door() == Door::FreeText)
}

/// Refuses a narrative that, masked, no message could carry.
pub(super) fn check_size(texts: &Texts, lead: &Raw<Lead>) -> Result<(), Error> {
    let masked = texts.outgoing(lead, Claim::NarrativeMasked);
    if masked.is_none_or(|text| text.as_str().len() <= MAX_MASKED) {
        return Ok(());
    }
    Err(field("/narrative", "too_long", "with its masks it is longer than a message carries", None))
}

/// Refuses a version that would tell an identifier by its form, or a value of its own record.
pub(super) fn check_left(open: &OpenLead) -> Result<(), Error> {
    match open.texts.left(&open.lead) {
        None => Ok(()),
        Some((Claim::CaseAlias, hit)) => {
            Err(field("/case_alias", "identifier_left", "choose another alias", Some(hit.offset)))
        }
        Some((_, hit)) => {
            let hint = "mask it: the place is that in the masked text";
            Err(field("/narrative", "identifier_left", hint, Some(hit.offset)))
        }
    }
}

fn field(path: &str, code: &'static str, hint: &'static str, offset: Option<usize>) -> Error {
    Error::Fields(vec![FieldError { path: path.to_owned(), code, hint, offset }])
}

/// How the narrative stands, in numbers.
pub(super) fn masking(open: &OpenLead) -> Option<MaskingView> {
    let review = open.texts.narrative.as_ref()?;
    let held = open.texts.left(&open.lead);
    Some(MaskingView {
        masks: review.masks().len(),
        doubts: review.doubts().len(),
        waiting: review.corrections().iter().filter(|correction: &&Correction| correction.waits()).count(),
        dropped: review.dropped().len(),
        held: held.map(|(claim, hit)| HeldView { claim, offset: hit.offset, kind: hit.kind }),
    })
}
