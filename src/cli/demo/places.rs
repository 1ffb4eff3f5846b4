//! The territories of the demo and the routes that its cases take through them.
//!
//! Codes are of the 2023 list. Invariant: every route gives another party of A1 or A2 a role.

use super::agreements::{CHONGQING, LINCANG, code};
use super::draw::Draw;
use crate::domain::lead::codes::LeadKind;
use crate::domain::lead::place::{Place, PlaceRole};
use crate::domain::node::NodeId;
use crate::domain::region::RegionCode;

const LIST_YEAR: u16 = 2023;

const LINCANG_COUNTIES: &[(u32, &str)] = &[
    (530_902, "临翔区"),
    (530_921, "凤庆县"),
    (530_922, "云县"),
    (530_923, "永德县"),
    (530_924, "镇康县"),
    (530_925, "双江县"),
    (530_926, "耿马县"),
    (530_927, "沧源县"),
];
const CHONGQING_COUNTIES: &[(u32, &str)] = &[
    (500_101, "万州区"),
    (500_102, "涪陵区"),
    (500_103, "渝中区"),
    (500_105, "江北区"),
    (500_106, "沙坪坝区"),
    (500_107, "九龙坡区"),
    (500_112, "渝北区"),
    (500_113, "巴南区"),
    (500_118, "永川区"),
];
const SHUOZHOU_COUNTIES: &[(u32, &str)] = &[
    (140_602, "朔城区"),
    (140_603, "平鲁区"),
    (140_621, "山阴县"),
    (140_622, "应县"),
    (140_623, "右玉县"),
    (140_681, "怀仁市"),
];

/// Where a stop of a route lies.
#[derive(Clone, Copy)]
enum At {
    /// A county of 临沧, 重庆, 朔州.
    L,
    C,
    S,
    /// Known as far as this code only.
    Coarse(u32),
}

/// One way that a case runs.
pub(super) struct Route {
    stops: &'static [(PlaceRole, At)],
    /// Whether the route is one of A2 (else of A1).
    pub(super) second_agreement: bool,
}

const fn first(stops: &'static [(PlaceRole, At)]) -> Route {
    Route { stops, second_agreement: false }
}

const fn second(stops: &'static [(PlaceRole, At)]) -> Route {
    Route { stops, second_agreement: true }
}

use At::{C, Coarse, L, S};
use PlaceRole::{Destination, Found, Household, Origin, Transit};

static FROM_LINCANG: &[Route] = &[
    first(&[(Origin, L), (Household, L), (Transit, C), (Destination, S)]),
    second(&[(Origin, L), (Household, L), (Destination, C), (Found, C)]),
    first(&[(Origin, L), (Household, L), (Found, S)]),
    // 重庆 is both a transit and a found place; each agreement gives it one role.
    first(&[(Origin, L), (Household, L), (Transit, C), (Found, C)]),
    second(&[(Origin, L), (Household, L), (Transit, C), (Found, C)]),
    // Lost in the recipient's own territory.
    first(&[(Origin, S), (Household, L), (Transit, C), (Destination, S)]),
    second(&[(Origin, C), (Household, L), (Destination, C)]),
    first(&[(Origin, L), (Household, C), (Transit, C), (Found, L)]),
    first(&[(Origin, L), (Household, L), (Transit, Coarse(500_000)), (Destination, Coarse(140_600))]),
];

static FROM_CHONGQING: &[Route] = &[
    first(&[(Origin, L), (Household, L), (Transit, C), (Destination, S)]),
    second(&[(Origin, L), (Household, L), (Found, C)]),
    first(&[(Origin, C), (Household, L), (Transit, C), (Found, C)]),
    second(&[(Origin, C), (Household, L), (Destination, C), (Found, C)]),
    first(&[(Origin, Coarse(530_900)), (Found, C)]),
    first(&[(Origin, C), (Household, C), (Transit, C), (Found, S)]),
    second(&[(Origin, L), (Household, L), (Transit, C), (Found, L)]),
    first(&[(Origin, S), (Household, L), (Transit, C), (Found, S)]),
];

static FROM_SHUOZHOU: &[Route] = &[
    first(&[(Origin, L), (Household, L), (Transit, C), (Found, S)]),
    first(&[(Origin, L), (Household, L), (Destination, S), (Found, S)]),
    first(&[(Origin, C), (Household, L), (Transit, C), (Found, S)]),
    first(&[(Origin, Coarse(530_900)), (Destination, S), (Found, S)]),
    first(&[(Origin, S), (Household, C), (Transit, C), (Found, C)]),
    first(&[(Origin, L), (Household, Coarse(530_000)), (Transit, Coarse(500_000)), (Found, S)]),
    first(&[(Household, L), (Transit, C), (Destination, S)]),
];

/// The `n`th route of that owner's leads.
pub(super) fn route(owner: NodeId, n: usize) -> &'static Route {
    let routes = match owner {
        LINCANG => FROM_LINCANG,
        CHONGQING => FROM_CHONGQING,
        _ => FROM_SHUOZHOU,
    };
    &routes[n % routes.len()]
}

/// The places of a lead of that kind on that route. Nobody who is missing has been found.
pub(super) fn along(route: &Route, kind: LeadKind, draw: &Draw) -> Vec<Place> {
    let found_known = route.stops.iter().any(|(role, _)| *role == Found);
    let mut places: Vec<Place> = Vec::new();
    for (role, at) in route.stops {
        let role = match role {
            Found if !was_found(kind) => Destination,
            Destination if was_found(kind) && !found_known => Found,
            other => *other,
        };
        if role != Destination || places.iter().all(|place| place.role != Destination) {
            places.push(Place { role, code: settle(*at, draw), list_year: LIST_YEAR });
        }
    }
    places
}

/// Whether a lead of that kind is about somebody who is there.
pub(super) const fn was_found(kind: LeadKind) -> bool {
    !matches!(kind, LeadKind::MissingChild | LeadKind::MissingAdult | LeadKind::Interception)
}

fn settle(at: At, draw: &Draw) -> RegionCode {
    match at {
        L => code(draw.pick(LINCANG_COUNTIES).0),
        C => code(draw.pick(CHONGQING_COUNTIES).0),
        S => code(draw.pick(SHUOZHOU_COUNTIES).0),
        Coarse(number) => code(number),
    }
}

/// A county of 临沧 or 重庆, for people whose household is not known to the county.
pub(super) fn any_county(draw: &Draw) -> RegionCode {
    settle(draw.pick(&[L, L, C]), draw)
}

/// A county of 临沧.
pub(super) fn county_of_lincang(draw: &Draw) -> RegionCode {
    settle(L, draw)
}

/// The name of a place as a report writes it, with its prefecture.
pub(super) fn name(place: RegionCode) -> String {
    let (province, counties) = match place.number() / 10_000 {
        53 => ("云南省临沧市", LINCANG_COUNTIES),
        50 => ("重庆市", CHONGQING_COUNTIES),
        _ => ("山西省朔州市", SHUOZHOU_COUNTIES),
    };
    if place.number() == 530_000 {
        return "云南省".into();
    }
    let county = counties.iter().find(|(number, _)| *number == place.number());
    format!("{province}{}", county.map_or("", |(_, name)| *name))
}

/// An invented address inside a place.
pub(super) fn address(place: RegionCode, draw: &Draw) -> String {
    name(place) + &village(draw)
}

/// An invented village with a house number.
pub(super) fn village(draw: &Draw) -> String {
    let village =
        draw.pick(&["青竹坪村", "白岩寨村", "上水井村", "石榴湾村", "旧窑沟村", "双柏社区", "北桥社区"]);
    format!("{village}{}组{}号", draw.between(1, 9), draw.between(1, 199))
}

/// The letters of a plate of the region.
pub(super) const fn plate_prefix(place: RegionCode) -> &'static str {
    match place.number() / 10_000 {
        53 => "云S",
        50 => "渝A",
        _ => "晋F",
    }
}
