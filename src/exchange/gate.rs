//! The outbound gate (`redaction.md`): a last, linear look at the free text of a lead about to leave.
//!
//! Knows the disclosures, the verdicts bound to their digests, and the values that the record has by now; runs the
//! tagger only on what other rules than those of today judged. Invariant: what stops a text is named by claim, code point and kind, never by its value.

use super::presentation::SignedLead;
use crate::domain::claim::{Claim, Door};
use crate::domain::digest::Digest;
use crate::redaction::Again;
use crate::redaction::narrative::{Gate, Kind};
use crate::redaction::texts::{judge_again as again, left_in};
use crate::statement::sd_jwt;

/// What holds a message back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The claim.
    pub claim: Claim,
    /// The code point in its text.
    pub offset: usize,
    /// What stands there; none: nobody judged this text.
    pub kind: Option<Kind>,
}

impl Held {
    /// Where and what, as an alarm says it.
    pub fn place(&self) -> String {
        let kind = self.kind.map_or("unjudged", Kind::name);
        format!("{} {} {kind}", self.claim, self.offset)
    }
}

/// Whether every free text among `disclosed` was judged by the rules of today, with the values of the record that the
/// version was signed from. While the record stays at that version it has no others, so they are not looked for again. Where the lead says
/// nothing there is nothing to judge.
pub fn is_judged(signed: &SignedLead, disclosed: &[Claim]) -> bool {
    let judged = |disclosure: &String| {
        let judged = signed.judged.get(&Digest::of(disclosure.as_bytes()));
        judged.is_some_and(|judged| judged.verdict.is_current())
            || sd_jwt::disclosed(disclosure).is_ok_and(|(_, value)| value.is_null())
    };
    free(disclosed).filter_map(|claim| signed.disclosures.get(&claim)).all(judged)
}

/// Whether any text of the version was judged by other rules than those of today.
pub fn is_stale(signed: &SignedLead) -> bool {
    signed.judged.values().any(|judged| !judged.verdict.is_current())
}

/// Has the engine judge again what it judged by other rules: without that, none of it leaves. Takes about 10 ms on a
/// long narrative, and as long again each time, for nothing is kept.
pub fn judge_again(signed: &mut SignedLead) {
    let SignedLead { disclosures, judged, .. } = signed;
    for (&claim, disclosure) in disclosures.iter().filter(|(claim, _)| claim.door() == Door::FreeText) {
        let verdict = judged.get_mut(&Digest::of(disclosure.as_bytes()));
        let Some(judged) = verdict.filter(|judged| !judged.verdict.is_current()) else { continue };
        let text = sd_jwt::disclosed(disclosure).ok().map(|(_, value)| value);
        judged.again =
            text.as_ref().and_then(serde_json::Value::as_str).map(|text| again(claim, text, &judged.lifted));
    }
}

fn free(claims: &[Claim]) -> impl Iterator<Item = Claim> {
    claims.iter().copied().filter(|claim| claim.door() == Door::FreeText)
}

/// The first thing in the free text among `disclosed` that must not leave. `gate` is that of the record as it stands.
pub fn held(signed: &SignedLead, disclosed: &[Claim], gate: &Gate) -> Option<Held> {
    free(disclosed)
        .filter_map(|claim| Some((claim, signed.disclosures.get(&claim)?)))
        .find_map(|(claim, disclosure)| held_in(signed, claim, disclosure, gate))
}

fn held_in(signed: &SignedLead, claim: Claim, disclosure: &str, gate: &Gate) -> Option<Held> {
    let unjudged = Some(Held { claim, offset: 0, kind: None });
    let Ok((_, value)) = sd_jwt::disclosed(disclosure) else { return unjudged };
    let text = value.as_str()?;
    let judged = signed.judged.get(&Digest::of(disclosure.as_bytes()));
    match judged {
        None if claim == Claim::NarrativeMasked => return unjudged,
        Some(judged) if !judged.verdict.is_current() => match judged.again {
            None => return unjudged,
            Some(Again::Left(hit)) => return Some(Held { claim, offset: hit.offset, kind: Some(hit.kind) }),
            Some(Again::Clean) => {}
        },
        _ => {}
    }
    let lifted = judged.map_or(&[][..], |judged| judged.lifted.as_slice());
    let hit = left_in(text, lifted, gate)?;
    Some(Held { claim, offset: hit.offset, kind: Some(hit.kind) })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::clock::SeededEntropy;
    use crate::domain::lead::{Raw, sample};
    use crate::exchange::presentation::Facts;
    use crate::redaction::narrative::{Known, LiftReason, RawText};
    use crate::redaction::{Texts, claims};
    use crate::statement::keys::SigningKey;
    use crate::statement::sd_jwt::{Plain, issue};

    const TEXT: &str = "请拨打13800138009联系，岩建国知情。";

    fn plain() -> Plain {
        Plain {
            iss: "530900".parse().unwrap(),
            sub: crate::clock::uuid_v4(&SeededEntropy::new(1)),
            ver: 1,
            kind: "missing_child".into(),
            iat: "2026-05-05".parse().unwrap(),
            classification: "internal".into(),
        }
    }

    fn signed(texts: &Texts, lead: &Raw<crate::domain::lead::Lead>) -> SignedLead {
        let node = "530900".parse().unwrap();
        let key = SigningKey::from_seed(node, &[1; 32]).unwrap();
        let plain = plain();
        let claims = claims(lead, texts);
        let named = claims.iter().map(|(claim, value)| (claim.to_string(), value.clone()));
        let typ = crate::statement::jws::typ::LEAD;
        let issued = issue(&key, typ, &plain, named, &SeededEntropy::new(2)).unwrap();
        let value = lead.value();
        let facts = Facts {
            kind: value.kind,
            purpose: value.purpose,
            classification: value.classification,
            places: value.places.clone(),
        };
        SignedLead::new(issued, &claims, facts).unwrap()
    }

    fn lead() -> Raw<crate::domain::lead::Lead> {
        Raw::new(sample::with(&[("/narrative", json!(TEXT))]))
    }

    #[test]
    fn a_judged_text_passes_until_the_record_knows_more() {
        let lead = lead();
        let texts = Texts::of(&lead).unwrap();
        let signed = signed(&texts, &lead);
        let all = [Claim::Sex, Claim::CaseAlias, Claim::NarrativeMasked];
        assert_eq!(held(&signed, &all, &crate::redaction::texts::gate(&lead)), None);
        let known = Gate::new(&[Known::new("联系")]);
        assert_eq!(held(&signed, &all, &known).map(|held| held.claim), Some(Claim::NarrativeMasked));
        assert_eq!(held(&signed, &[Claim::Sex], &known), None);
        assert!(is_judged(&signed, &all));
    }

    #[test]
    fn a_lifted_identifier_passes_by_the_consent_of_two() {
        let lead = lead();
        let mut texts = Texts::of(&lead).unwrap();
        let review = texts.narrative.as_mut().unwrap();
        let officer = uuid::Uuid::from_u128;
        review.lift((3, 14), Some(LiftReason::PublicContact), officer(1)).unwrap();
        review.approve_lift((3, 14), officer(2)).unwrap();
        assert!(review.outgoing(&RawText::new(TEXT.to_owned())).as_str().contains("13800138009"));
        let mut signed = signed(&texts, &lead);
        let all = [Claim::NarrativeMasked];
        assert_eq!(held(&signed, &all, &Gate::new(&[])), None);
        let now = held(&signed, &all, &Gate::new(&[Known::new("13800138009")])).unwrap();
        assert_eq!((now.offset, now.kind), (3, Some(Kind::Phone)));
        signed.judged = BTreeMap::new();
        assert!(!is_judged(&signed, &all));
        assert_eq!(held(&signed, &all, &Gate::new(&[])).unwrap().kind, None, "nobody judged it");
    }

    /// The version as if older rules had let out `text`.
    fn judged_before(mut signed: SignedLead, text: &str) -> SignedLead {
        let claim = Claim::NarrativeMasked;
        let named = [(claim.to_string(), json!(text))];
        let key = SigningKey::from_seed("530900".parse().unwrap(), &[1; 32]).unwrap();
        let typ = crate::statement::jws::typ::LEAD;
        let issued = issue(&key, typ, &plain(), named.into_iter(), &SeededEntropy::new(3)).unwrap();
        let disclosure = issued.disclosures.into_iter().next().unwrap().1;
        let mut judged = signed.judged.values().next().unwrap().clone();
        judged.verdict.rules -= 1;
        signed.judged = BTreeMap::from([(Digest::of(disclosure.as_bytes()), judged)]);
        signed.disclosures.insert(claim, disclosure);
        signed
    }

    #[test]
    fn what_older_rules_judged_is_judged_again() {
        let lead = lead();
        let signed = signed(&Texts::of(&lead).unwrap(), &lead);
        assert!(!is_stale(&signed));
        let all = [Claim::NarrativeMasked];
        let forms = Gate::new(&[]);
        for (text, left) in [
            ("知情人王小明称孩子已回家，〔人名1〕不在场。", Some((3, Some(Kind::Person)))),
            ("〔人名1〕称孩子已回家。", None),
        ] {
            let mut older = judged_before(signed.clone(), text);
            assert!(is_stale(&older) && !is_judged(&older, &all));
            let now = |older: &SignedLead| held(older, &all, &forms).map(|held| (held.offset, held.kind));
            assert_eq!(now(&older), Some((0, None)), "not before somebody judged it");
            judge_again(&mut older);
            assert_eq!(now(&older), left, "{text}");
            assert!(!is_judged(&older, &all), "the values of the record are looked for as well");
        }
    }

    #[test]
    fn where_nothing_is_said_nothing_is_to_be_judged() {
        let lead = Raw::new(sample::with(&[("/narrative", json!(null))]));
        let signed = signed(&Texts::of(&lead).unwrap(), &lead);
        assert!(
            signed.disclosures.contains_key(&Claim::NarrativeMasked),
            "a closed claim is there all the same"
        );
        assert!(is_judged(&signed, &[Claim::NarrativeMasked, Claim::CaseAlias]));
        assert_eq!(held(&signed, &[Claim::NarrativeMasked], &Gate::new(&[])), None);
    }
}
