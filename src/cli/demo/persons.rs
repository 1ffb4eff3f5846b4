//! The invented people of the demo leads, and when things happened to them.
//!
//! Invariant: an identity number says the person's birth date, and birth lies before the event.

use super::draw::Draw;
use super::names::{self, Family};
use super::places;
use crate::domain::date::CivilDate;
use crate::domain::lead::codes::{
    AccentRegion, Build, ClothingItem, Disability, DnaStatus, InstitutionType, LeadKind, Mark, Need,
    Relation, Sex,
};
use crate::domain::lead::person::{Described, Person, Relative, Shelter};
use crate::domain::lead::place::{DateInterval, EventInterval, Place, PlaceRole, Precision};
use crate::domain::region::RegionCode;

/// What a person's fields depend on.
pub(super) struct Case<'a> {
    pub(super) kind: LeadKind,
    pub(super) places: &'a [Place],
    pub(super) event: EventInterval,
    pub(super) police: bool,
    pub(super) foreign: bool,
    pub(super) draw: &'a Draw,
}

/// When a case of that kind happened: up to 20 years ago, always before `today`.
pub(super) fn event(kind: LeadKind, today: CivilDate, draw: &Draw) -> EventInterval {
    let (nearest, farthest) = match kind {
        LeadKind::Interception => (1, 20),
        LeadKind::MissingChild => (2, 700),
        LeadKind::KinSearch => (1_900, 7_000),
        _ => (40, 3_600),
    };
    let day = today.plus_days(-i64::from(draw.between(nearest, farthest)));
    let age = today.days_since(day);
    let precision = match draw.below(10) {
        0..=1 if age > 40 => Precision::Month,
        2 if age > 400 => Precision::Year,
        _ => Precision::Day,
    };
    let hour = draw.chance(70).then(|| u8::try_from(draw.below(24)).unwrap_or(0));
    let interval = |from, to| EventInterval { from, to, precision, hour: None };
    match precision {
        Precision::Day => EventInterval { hour, ..interval(day, day) },
        Precision::Month => {
            interval(month_start(day), month_start(month_start(day).plus_days(32)).plus_days(-1))
        }
        Precision::Year => {
            let edge = |month, of_month| CivilDate::new(day.year(), month, of_month).unwrap_or(day);
            interval(edge(1, 1), edge(12, 31))
        }
    }
}

fn month_start(day: CivilDate) -> CivilDate {
    day.plus_days(1 - i64::from(day.day()))
}

/// The person of a case.
pub(super) fn person(case: &Case<'_>) -> Person {
    let draw = case.draw;
    let home = household(case);
    let family = names::family(home, draw);
    let male = draw.chance(if adult_only(case.kind) { 30 } else { 50 });
    let known = identity_known(case.kind);
    let birth = birth(case, known);
    let age = case.event.from.years_since(birth.to);
    let exact = known && !case.foreign && birth.from == birth.to;
    let sex = if male { Sex::Male } else { Sex::Female };
    let names = called(&family, male, known, draw);
    Person {
        sex: Some(if known || draw.chance(85) { sex } else { Sex::Unstated }),
        birth: Some(birth),
        ethnicity: (!case.foreign && (known || draw.chance(60))).then(|| family.ethnicity.to_owned()),
        nationality: (known || case.foreign || draw.chance(60))
            .then(|| if case.foreign { "MMR" } else { "CHN" }.to_owned()),
        height_cm: draw.chance(85).then(|| height(age, draw)),
        build: draw.chance(60).then(|| draw.pick(Build::ALL)),
        languages: family.languages(),
        parents: if known { parents(&family, home, case, &names) } else { Vec::new() },
        names,
        id_number: exact.then(|| names::id_number(home, birth.from, male, draw)),
        phones: if known && age >= 9 {
            (0..=draw.below(2)).map(|_| names::phone(draw)).collect()
        } else {
            Vec::new()
        },
        ..circumstances(case, home, age)
    }
}

/// Everything that does not depend on who the person is.
fn circumstances(case: &Case<'_>, home: RegionCode, age: u8) -> Person {
    let draw = case.draw;
    let dna_status = case.police.then(|| draw.pick(DnaStatus::ALL));
    let in_database =
        matches!(dna_status, Some(DnaStatus::Registered | DnaStatus::Matched | DnaStatus::Excluded));
    Person {
        accent: accent(case, home),
        marks: marks(draw),
        clothing: clothing(draw),
        disability: draw.chance(80).then(|| draw.codes(Disability::ALL, draw.below(2) as usize)),
        needs: draw.chance(75).then(|| needs(age, draw)),
        photo_available: draw.chance(90).then(|| draw.chance(65)),
        interview_done: draw.chance(80).then(|| places::was_found(case.kind) && draw.chance(70)),
        hukou_hold: (age < 18 || draw.chance(40)).then(|| case.kind == LeadKind::ChildUnknownOrigin),
        dna_status,
        dna_reference: in_database.then(|| format!("DEMO-{:06}", draw.below(1_000_000))),
        shelter: shelter(case, age),
        ..Person::default()
    }
}

fn household(case: &Case<'_>) -> RegionCode {
    let known = case.places.iter().find(|place| place.role == PlaceRole::Household);
    let county = known.map(|place| place.code).filter(|code| !code.number().is_multiple_of(100));
    county.unwrap_or_else(|| {
        let same_province = known.is_some_and(|place| place.code.number() == 530_000);
        if same_province { places::county_of_lincang(case.draw) } else { places::any_county(case.draw) }
    })
}

const fn identity_known(kind: LeadKind) -> bool {
    !matches!(kind, LeadKind::ChildUnknownOrigin | LeadKind::UnidentifiedPerson)
}

const fn adult_only(kind: LeadKind) -> bool {
    matches!(kind, LeadKind::MissingAdult | LeadKind::UnidentifiedPerson)
}

/// Born so that the age at the event fits the kind; an interval for those who cannot say.
fn birth(case: &Case<'_>, known: bool) -> DateInterval {
    let draw = case.draw;
    let age = match case.kind {
        LeadKind::ChildUnknownOrigin => draw.between(1, 6),
        LeadKind::MissingChild => draw.between(4, 11),
        LeadKind::KinSearch => draw.between(2, 11),
        kind if adult_only(kind) => draw.between(19, 45),
        _ if draw.chance(50) => draw.between(5, 11),
        _ => draw.between(17, 34),
    };
    let day = case.event.from.plus_days(-i64::from(age * 365 + age / 4 + draw.between(30, 330)));
    if known && draw.chance(85) {
        return DateInterval { from: day, to: day };
    }
    let start = month_start(day);
    let to = month_start(start.plus_days(if known { 32 } else { 160 })).plus_days(-1);
    let from = if known || draw.chance(50) { start } else { month_start(start.plus_days(-200)) };
    DateInterval { from, to: to.min(case.event.from) }
}

fn called(family: &Family, male: bool, known: bool, draw: &Draw) -> Vec<String> {
    let mut called = Vec::new();
    if known {
        called.push(family.member(male, draw));
    }
    if !known || draw.chance(25) {
        called.push(names::nickname(male, draw));
    }
    called
}

fn height(age: u8, draw: &Draw) -> u16 {
    let usual = if age >= 17 { 158 } else { 74 + 6 * u32::from(age) };
    u16::try_from(usual + draw.below(14)).unwrap_or(160)
}

fn parents(family: &Family, home: RegionCode, case: &Case<'_>, child: &[String]) -> Vec<Relative> {
    let draw = case.draw;
    let relation = draw.pick(&[Relation::Father, Relation::Mother, Relation::Guardian]);
    let male = relation != Relation::Mother;
    let born = case.event.from.plus_days(-i64::from(draw.between(50 * 365, 60 * 365)));
    let id = names::id_number(home, born, male, draw);
    let name = std::iter::repeat_with(|| family.member(male, draw)).find(|name| !child.contains(name));
    vec![Relative {
        relation,
        name: name.unwrap_or_default(),
        id_number: (!case.foreign && draw.chance(70)).then_some(id),
        phone: draw.chance(85).then(|| names::phone(draw)),
    }]
}

fn accent(case: &Case<'_>, home: RegionCode) -> Described<Option<AccentRegion>> {
    let (region, text) = match home.number() / 10_000 {
        _ if case.foreign => (AccentRegion::Foreign, "说缅语，汉语只会几句"),
        53 if case.draw.chance(40) => (AccentRegion::Minority, "汉语不流利，夹杂民族语"),
        14 => (AccentRegion::Jin, "雁北口音"),
        _ => (AccentRegion::Southwestern, "云南或重庆一带口音"),
    };
    Described {
        codes: case.draw.chance(80).then_some(region),
        text: case.draw.chance(50).then(|| text.to_owned()),
    }
}

fn marks(draw: &Draw) -> Described<Vec<Mark>> {
    let codes = draw.codes(Mark::ALL, draw.below(3) as usize);
    Described { text: codes.first().map(|mark| as_typed(*mark).to_owned()), codes }
}

const fn as_typed(mark: Mark) -> &'static str {
    match mark {
        Mark::Scar => "左眉上方有缝针疤",
        Mark::Birthmark => "右手背有褐色胎记",
        Mark::Mole => "左耳后有黑痣",
        Mark::Tattoo => "右臂纹有小鸟",
        Mark::MissingFinger => "左手缺小指",
        Mark::Limp => "走路右脚跛",
        Mark::Glasses => "戴黑框眼镜",
        Mark::Dental => "门牙缺一角",
        Mark::Other => "头发自来卷",
    }
}

fn clothing(draw: &Draw) -> Described<Vec<ClothingItem>> {
    let codes = draw.codes(ClothingItem::ALL, draw.below(3) as usize);
    let text = draw.pick(&["红色外套，黑色布鞋", "蓝白校服", "深色长裤，背花布包"]);
    Described { text: (!codes.is_empty()).then(|| text.to_owned()), codes }
}

fn needs(age: u8, draw: &Draw) -> Vec<Need> {
    let fitting = if age < 4 {
        [Need::InfantCare, Need::Medical, Need::FemaleEscort]
    } else {
        [Need::Psychological, Need::Interpreter, Need::FemaleEscort]
    };
    draw.codes(&fitting, draw.below(3) as usize)
}

fn shelter(case: &Case<'_>, age: u8) -> Option<Shelter> {
    let cared_for = matches!(
        case.kind,
        LeadKind::ChildUnknownOrigin | LeadKind::UnidentifiedPerson | LeadKind::RescuedVictim
    );
    let institution_type = match age {
        0..=5 => InstitutionType::ChildWelfare,
        6..=17 => InstitutionType::MinorProtection,
        _ => InstitutionType::RescueStation,
    };
    let place = case.places.iter().find(|place| place.role == PlaceRole::Found)?;
    cared_for.then(|| Shelter { institution_type, address: Some(places::address(place.code, case.draw)) })
}
