//! The texts of a lead that people typed and others may see: judged once, when they are saved.
//!
//! Knows the lead and its own values; must not know who may see what. Invariant: nothing but the engine
//! makes the text that a claim of free text carries.

use std::borrow::Cow;
use std::cell::LazyCell;

use serde::{Deserialize, Serialize};

use super::claims::Again;
use super::narrative::{Gate, Hit, Known, OutgoingText, RawText, Review, Verdict, masks_in};
use crate::domain::claim::Claim;
use crate::domain::lead::person::{Described, Person, Relative, Shelter};
use crate::domain::lead::place::DateInterval;
use crate::domain::lead::{Lead, Raw, Reporter};

/// What the engine and the officers decided about the texts of one lead. Kept sealed with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Texts {
    /// Of the narrative (案情), if there is one.
    pub narrative: Option<Review>,
    /// Of the case's alias, which goes as it was typed, if there is one.
    alias: Option<Verdict>,
}

/// A field that surely names what it must not. The officer is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telling {
    /// The field, as a JSON pointer into the lead.
    pub pointer: &'static str,
    /// Where in it, and what.
    pub hit: Hit,
}

impl Texts {
    /// Runs the engine on every text, with the lead's own values as known. Takes about 10 ms on a long
    /// narrative.
    pub fn of(lead: &Raw<Lead>) -> Result<Self, Telling> {
        let Lead { narrative, case_alias, case_number, .. } = lead.value();
        let said = narrative.is_some() || case_alias.is_some() || case_number.is_some();
        let known = if said { known(lead) } else { Vec::new() };
        let lead = lead.value();
        let narrative = lead.narrative.as_ref().map(|text| Review::of(&RawText::new(text.clone()), &known));
        let alias = lead.case_alias.as_ref().map(|text| {
            let outgoing = OutgoingText::as_alias(&RawText::new(text.clone()), &known);
            outgoing.map_err(|hit| Telling { pointer: "/case_alias", hit })
        });
        let alias = alias.transpose()?.map(|outgoing| outgoing.verdict());
        if let Some(hit) = case_number.as_deref().and_then(|number| in_case_number(lead, number, &known)) {
            return Err(Telling { pointer: "/case_number", hit });
        }
        Ok(Self { narrative, alias })
    }

    /// What a claim of free text carries; none if the lead says nothing there, or nobody judged it.
    pub fn outgoing(&self, lead: &Raw<Lead>, claim: Claim) -> Option<OutgoingText> {
        let lead = lead.value();
        match claim {
            Claim::NarrativeMasked => {
                let text = RawText::new(lead.narrative.clone()?);
                Some(self.narrative.as_ref()?.outgoing(&text))
            }
            Claim::CaseAlias => Some(OutgoingText::judged(lead.case_alias.clone()?, self.alias?)),
            _ => None,
        }
    }

    /// Whether every text of the lead was judged by the rules of today: not so if it was saved before they were made.
    pub fn cover(&self, lead: &Raw<Lead>) -> bool {
        let lead = lead.value();
        lead.narrative.is_some() == self.narrative.is_some()
            && lead.case_alias.is_some() == self.alias.is_some()
            && self.narrative.as_ref().is_none_or(Review::is_current)
            && self.alias.is_none_or(Verdict::is_current)
    }

    /// The first identifier that its free text would still tell, and where.
    pub fn left(&self, lead: &Raw<Lead>) -> Option<(Claim, Hit)> {
        let gate = LazyCell::new(|| gate(lead));
        [Claim::NarrativeMasked, Claim::CaseAlias].into_iter().find_map(|claim| {
            let text = self.outgoing(lead, claim)?;
            Some((claim, left_in(text.as_str(), text.lifted(), &gate)?))
        })
    }

    /// Takes over the officers' corrections of the narrative that was there before.
    #[must_use]
    pub fn carrying(self, lead: &Raw<Lead>, before: &Self, old: &Raw<Lead>) -> Self {
        let text = |lead: &Raw<Lead>| RawText::new(lead.value().narrative.clone().unwrap_or_default());
        let narrative = match (self.narrative, &before.narrative) {
            (Some(review), Some(before)) => Some(review.carrying(before, &text(old), &text(lead))),
            (narrative, _) => narrative,
        };
        Self { narrative, ..self }
    }
}

/// Stands for a shown identifier while the rest is looked at: no rule reads anything into it, nor does it cover a
/// letter.
const FILLER: char = '\u{fffc}';

/// The first identifier left in a text about to leave. What two officers agreed to show passes, unless the record
/// itself knows it. Linear.
pub fn left_in(text: &str, lifted: &[(usize, usize)], gate: &Gate) -> Option<Hit> {
    let masked = without(text, &[]);
    if lifted.is_empty() {
        return gate.scan(&masked);
    }
    gate.known_in(&masked).or_else(|| gate.scan(&without(text, lifted)))
}

/// The text without its masks and what officers lifted, at its length: the number of a mask and the figures beside it
/// are not one number.
fn without(text: &str, lifted: &[(usize, usize)]) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let lifted = lifted.iter().map(|&(start, end)| start..end);
    for hidden in masks_in(&chars).into_iter().chain(lifted) {
        chars.get_mut(hidden).unwrap_or_default().fill(FILLER);
    }
    chars.into_iter().collect()
}

/// What the engine says by the rules of today of the text of a claim that it let out under others. Takes as long as
/// judging it did.
pub fn judge_again(claim: Claim, text: &str, lifted: &[(usize, usize)]) -> Again {
    let raw = RawText::new(without(text, lifted));
    let judged = match claim {
        Claim::CaseAlias => OutgoingText::as_alias(&raw, &[]),
        _ => OutgoingText::as_typed(&raw, &[]),
    };
    judged.map_or_else(Again::Left, |_| Again::Clean)
}

/// The first value of the lead (`known` in their order) in the number of its case. Figures count in full only: half a
/// telephone number stands in many a case number. And the first thing in it that no number of a case has.
fn in_case_number(lead: &Lead, number: &str, known: &[Known]) -> Option<Hit> {
    let figures = |value: &str| value.chars().filter(char::is_ascii_digit).count() > value.len() / 2;
    let tells = |value: &str| value != number && (!figures(value) || number.contains(value));
    let values = values(lead);
    let others = values.iter().zip(known).filter(|(value, _)| tells(&value.text));
    let others: Vec<&Known> = others.map(|(_, known)| known).collect();
    let foreign = || OutgoingText::as_case_number(&RawText::new(number.to_owned())).err();
    Gate::of(&others).known_in(number).or_else(foreign)
}

/// The values of a lead that none of its texts may tell, in every written form.
fn known(lead: &Raw<Lead>) -> Vec<Known> {
    values(lead.value()).iter().map(|value| (value.sort)(&value.text)).collect()
}

/// The gate of a lead's record as it stands.
pub fn gate(lead: &Raw<Lead>) -> Gate {
    Gate::new(&known(lead))
}

/// A value of a lead, and how its field's sort makes it known.
struct Value<'a> {
    text: Cow<'a, str>,
    sort: fn(&str) -> Known,
}

impl<'a> Value<'a> {
    fn all(
        sort: fn(&str) -> Known,
        texts: impl IntoIterator<Item = &'a String>,
    ) -> impl Iterator<Item = Self> {
        texts.into_iter().map(move |text| Self { text: Cow::Borrowed(text), sort })
    }
}

/// No wildcard: a new field does not compile until someone has said whether it names somebody.
fn values(lead: &Lead) -> Vec<Value<'_>> {
    let Lead {
        kind: _,
        priority: _,
        purpose: _,
        classification: _,
        legal_basis: _,
        minor: _,
        handling_unit: _,
        source_unit: _,
        cross_border: _,
        places: _,
        event: _,
        person,
        means: _,
        exploitation: _,
        plate,
        case_number,
        // Goes to partners as it is.
        case_alias: _,
        narrative: _,
        remarks: _,
        reporter,
        review_by: _,
        expires_at: _,
    } = lead;
    let mut values = of_person(person);
    values.extend(Value::all(Known::number, plate));
    values.extend(Value::all(Known::new, case_number));
    if let Some(Reporter { name, phone }) = reporter {
        values.extend(Value::all(Known::name, name));
        values.extend(Value::all(Known::number, phone));
    }
    values
}

fn of_person(person: &Person) -> Vec<Value<'_>> {
    let Person {
        sex: _,
        birth,
        ethnicity: _,
        nationality: _,
        height_cm: _,
        build: _,
        accent: Described { codes: _, text: _ },
        marks: Described { codes: _, text: _ },
        clothing: Described { codes: _, text: _ },
        disability: _,
        needs: _,
        languages: _,
        names,
        id_number,
        phones,
        parents,
        photo_available: _,
        interview_done: _,
        hukou_hold: _,
        dna_status: _,
        dna_reference,
        shelter,
    } = person;
    let address = shelter.as_ref().and_then(|Shelter { institution_type: _, address }| address.as_ref());
    let mut values: Vec<Value<'_>> = Value::all(Known::name, names).collect();
    values.extend(Value::all(Known::number, phones));
    for Relative { relation: _, name, id_number, phone } in parents {
        values.extend(Value::all(Known::name, [name]));
        values.extend(Value::all(Known::number, id_number.iter().chain(phone)));
    }
    values.extend(Value::all(Known::number, id_number.iter().chain(dna_reference)));
    values.extend(Value::all(Known::place, address));
    let birth = birth.and_then(born).map(Cow::Owned);
    values.extend(birth.map(|text| Value { text, sort: Known::birth }));
    values
}

/// The day of birth, or its month if that is what is known.
fn born(DateInterval { from, to }: DateInterval) -> Option<String> {
    let months = (from.year(), from.month()) == (to.year(), to.month());
    let day = if from == to { format!("-{:02}", from.day()) } else { String::new() };
    months.then(|| format!("{:04}-{:02}{day}", from.year(), from.month()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::lead::sample;

    #[test]
    fn a_narrative_full_of_the_lead_s_own_values_tells_none() {
        let lead = sample::with(&[]);
        let all: Vec<String> = values(&lead).into_iter().map(|value| value.text.into_owned()).collect();
        assert_eq!(all.len(), 13);
        let narrative = all.iter().fold(String::new(), |told, value| told + "据查" + value + "属实。");
        let lead = Raw::new(sample::with(&[("/narrative", json!(narrative))]));
        let texts = Texts::of(&lead).unwrap();
        let outgoing = texts.outgoing(&lead, Claim::NarrativeMasked).unwrap();
        assert!(all.iter().all(|value| !outgoing.as_str().contains(value.as_str())));
        assert!(gate(&lead).known_in(outgoing.as_str()).is_none());
    }

    #[test]
    fn an_alias_and_a_case_number_that_name_somebody_are_refused() {
        let telling = |pointer: &str, value: &str| {
            let lead = Raw::new(sample::with(&[(pointer, json!(value))]));
            Texts::of(&lead).err().map(|telling| telling.pointer)
        };
        assert_eq!(telling("/case_alias", "岩某某案"), Some("/case_alias"));
        assert_eq!(telling("/case_alias", "13800138000"), Some("/case_alias"));
        assert_eq!(telling("/case_alias", "晨光-1"), None);
        for alias in ["王小红案", "李志强被拐案", "张伟专案"] {
            assert_eq!(telling("/case_alias", alias), Some("/case_alias"), "{alias}");
        }
        for alias in ["青松-0001", "远山-0002", "长桥-0033", "春雨", "净网2026", "团圆行动", "3·12专案"]
        {
            assert_eq!(telling("/case_alias", alias), None, "{alias}");
        }
        for number in ["岩父某0001", "王小红被拐案", "13912345678", "11010119900307123X", "被害人李志强"]
        {
            assert_eq!(telling("/case_number", number), Some("/case_number"), "{number}");
        }
        for number in [
            "公刑立字0002",
            "临公（刑）立字〔2020〕12号",
            "（2018）粤6793刑初669号",
            "公（万）立字〔2022〕4234号",
            "粤检刑诉[2024]79号",
            "A5309260001",
            "A5301000000002026050001",
            "临公刑立字[2026]10012号",
        ] {
            assert_eq!(telling("/case_number", number), None, "{number}");
        }
    }

    #[test]
    fn the_sort_of_a_field_says_what_its_value_is() {
        let told = |changes: &[(&str, serde_json::Value)], text: &str| {
            let mut changes = changes.to_vec();
            changes.push(("/narrative", json!(text)));
            let lead = Raw::new(sample::with(&changes));
            Texts::of(&lead).unwrap().outgoing(&lead, Claim::NarrativeMasked).unwrap().as_str().to_owned()
        };
        let names = |value: &str| [("/person/names", json!([value]))];
        assert_eq!(
            told(&names("李建国（绰号：黑皮）"), "据了解，建国当天外出。"),
            "据了解，〔人名1〕当天外出。"
        );
        assert_eq!(told(&names("阿卜杜热合曼"), "据了解，热合曼当天外出。"), "据了解，〔人名1〕当天外出。");
        for day in ["2015年3月9日", "二〇一五年三月九日", "15年3月9日"] {
            assert_eq!(told(&[], &format!("孩子{day}在县医院")), "孩子〔出生日期1〕在县医院");
        }
        assert_eq!(told(&[], "生日0309。另有证人说3月9日到达"), "生日〔出生日期1〕。另有证人说3月9日到达");
        assert_eq!(told(&[], "2015年3月15日报案，2015年走访"), "2015年3月15日报案，2015年走访");
    }

    #[test]
    fn a_mask_covers_no_letter() {
        let gate = Gate::new(&[Known::name("李天明")]);
        assert_eq!(left_in("行李〔电话1〕明显", &[], &gate), None);
    }

    #[test]
    fn the_number_of_a_mask_is_no_part_of_a_number() {
        let gate = Gate::new(&[Known::new("13812025779")]);
        let left = |text| left_in(text, &[], &gate).map(|hit| hit.offset);
        assert_eq!(left("〔人名1〕2025年到过，〔电话12〕025号"), None);
        assert_eq!(left("〔人名1〕打了13812025779"), Some(7));
        assert_eq!(left("〔电话13812025779〕"), Some(3), "no mask has such a number");
    }

    #[test]
    fn nothing_goes_that_nobody_judged() {
        let lead = Raw::new(sample::with(&[]));
        for claim in [Claim::NarrativeMasked, Claim::CaseAlias, Claim::Names] {
            assert!(Texts::default().outgoing(&lead, claim).is_none());
        }
    }
}
