//! The two agreements of the demo, and which of them a lead travels under.
//!
//! A1: 临沧 origin, 重庆 transit, 朔州 destination. A2: 临沧 origin, 重庆 destination. Plain data: the
//! nodes draft, sign and check the real agreements. Invariant: no party is named twice.

use crate::domain::lead::Lead;
use crate::domain::lead::codes::{LeadKind, Purpose};
use crate::domain::lead::place::{Place, PlaceRole};
use crate::domain::node::NodeId;
use crate::domain::region::RegionCode;

/// 临沧, where most of the demo's missing people come from.
pub const LINCANG: NodeId = NodeId(code(530_900));
/// 重庆, through which they pass.
pub const CHONGQING: NodeId = NodeId(code(500_000));
/// 朔州, where they are found.
pub const SHUOZHOU: NodeId = NodeId(code(140_600));

/// 云南, above 临沧.
pub const YUNNAN: NodeId = NodeId(code(530_000));
/// 山西, above 朔州.
pub const SHANXI: NodeId = NodeId(code(140_000));

/// One party of a demo agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoParty {
    /// The node.
    pub node: NodeId,
    /// `origin`, `transit`, `destination`: the roles that the agreement gives the party.
    pub roles: &'static [&'static str],
    /// The government that signs.
    pub government: &'static str,
    /// The office that implements.
    pub office: &'static str,
}

/// What an agreement of the demo says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoAgreement {
    /// `A1` or `A2`.
    pub name: &'static str,
    /// The Chinese title.
    pub title: &'static str,
    /// Who signs it.
    pub parties: &'static [DemoParty],
    /// For which purposes.
    pub purposes: &'static [Purpose],
    /// For which kinds of lead.
    pub kinds: &'static [LeadKind],
    /// For how many years it is in force.
    pub valid_years: u8,
    /// How long received data are kept, in days.
    pub retention_days: u16,
}

/// How one lead is shared in the demo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sharing {
    /// The agreement it travels under.
    pub agreement: &'static DemoAgreement,
    /// Every other party with a role in this lead, with the roles it holds.
    pub recipients: Vec<(NodeId, Vec<&'static str>)>,
}

const fn lincang(roles: &'static [&'static str]) -> DemoParty {
    DemoParty {
        node: LINCANG,
        roles,
        government: "临沧市人民政府",
        office: "临沧市反对拐卖人口工作联席会议办公室",
    }
}

const fn chongqing(roles: &'static [&'static str]) -> DemoParty {
    DemoParty {
        node: CHONGQING,
        roles,
        government: "重庆市人民政府",
        office: "重庆市反对拐卖人口工作联席会议办公室",
    }
}

const fn shuozhou(roles: &'static [&'static str]) -> DemoParty {
    DemoParty {
        node: SHUOZHOU,
        roles,
        government: "朔州市人民政府",
        office: "朔州市反对拐卖人口工作联席会议办公室",
    }
}

/// A1: the three regions.
pub static A1: DemoAgreement = DemoAgreement {
    name: "A1",
    title: "临沧市、重庆市、朔州市反对拐卖人口合作协议",
    parties: &[lincang(&["origin"]), chongqing(&["transit"]), shuozhou(&["destination"])],
    purposes: &[Purpose::Crackdown, Purpose::Rescue, Purpose::Relief, Purpose::Resettlement],
    kinds: LeadKind::ALL,
    valid_years: 5,
    retention_days: 365,
};

/// A2: 临沧 and 重庆.
pub static A2: DemoAgreement = DemoAgreement {
    name: "A2",
    title: "临沧市、重庆市预防拐卖人口和被拐卖受害人康复合作协议",
    parties: &[lincang(&["origin"]), chongqing(&["destination"])],
    purposes: &[Purpose::Prevention, Purpose::Rescue, Purpose::Rehabilitation],
    kinds: LeadKind::ALL,
    valid_years: 3,
    retention_days: 180,
};

/// The agreement that reaches most recipients with a role in `lead` (A1 if equal); `None` if no
/// agreement of `owner` covers its kind and purpose for anybody.
pub fn agreement_for(owner: NodeId, lead: &Lead) -> Option<Sharing> {
    let mut best: Option<Sharing> = None;
    for agreement in [&A1, &A2] {
        let recipients = recipients(agreement, owner, lead);
        if recipients.len() > best.as_ref().map_or(0, |sharing| sharing.recipients.len()) {
            best = Some(Sharing { agreement, recipients });
        }
    }
    best
}

fn recipients(agreement: &DemoAgreement, owner: NodeId, lead: &Lead) -> Vec<(NodeId, Vec<&'static str>)> {
    let covered = agreement.purposes.contains(&lead.purpose)
        && agreement.kinds.contains(&lead.kind)
        && agreement.parties.iter().any(|party| party.node == owner);
    let others = agreement.parties.iter().filter(|party| covered && party.node != owner);
    others
        .map(|party| (party.node, held(party, &lead.places)))
        .filter(|(_, roles)| !roles.is_empty())
        .collect()
}

fn held(party: &DemoParty, places: &[Place]) -> Vec<&'static str> {
    let inside = |place: &&Place| party.node.region().contains(place.code);
    let holds = |role: &str| places.iter().filter(inside).any(|place| role_of(place.role) == role);
    party.roles.iter().copied().filter(|role| holds(role)).collect()
}

/// The role that a place gives the region it lies in.
const fn role_of(place: PlaceRole) -> &'static str {
    match place {
        PlaceRole::Origin | PlaceRole::Household => "origin",
        PlaceRole::Transit => "transit",
        PlaceRole::Destination | PlaceRole::Found => "destination",
    }
}

/// A code known to be good while compiling.
#[allow(clippy::panic, reason = "evaluated while compiling, never at run time")]
pub(super) const fn code(number: u32) -> RegionCode {
    match RegionCode::new(number) {
        Ok(code) => code,
        Err(_) => panic!("not a region code"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_holds_only_roles_that_the_agreement_gives_it() {
        let place = |role, number| Place { role, code: code(number), list_year: 2023 };
        let both = [place(PlaceRole::Transit, 500_112), place(PlaceRole::Found, 500_103)];
        assert_eq!(held(&A1.parties[1], &both), ["transit"]);
        assert_eq!(held(&A2.parties[1], &both), ["destination"]);
        assert!(held(&A1.parties[2], &both).is_empty());
        assert!(held(&A1.parties[0], &[place(PlaceRole::Household, 530_000)]).is_empty());
    }
}
