//! Leads that differ only in their ids: each about 1 kB, without a narrative.

use std::sync::OnceLock;

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::cli::demo::leads::{agreement_for, leads};
use guitu::domain::agreement::Party;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::lead::Lead;
use guitu::node::agree::Proposal;

/// The sender.
pub(crate) const A: guitu::domain::node::NodeId = LINCANG;
/// The receiver.
pub(crate) const B: guitu::domain::node::NodeId = SHUOZHOU;
/// Another peer of the sender.
pub(crate) const C: guitu::domain::node::NodeId = CHONGQING;

/// One that A may share with B under [`agreement`]: made once, so that making it is no part of what is measured.
pub(crate) fn lead(today: CivilDate) -> Lead {
    static MADE: OnceLock<Lead> = OnceLock::new();
    MADE.get_or_init(|| made(today)).clone()
}

fn made(today: CivilDate) -> Lead {
    let goes = |lead: &Lead| {
        agreement_for(A, lead).is_some_and(|sharing| {
            sharing.agreement.name == A1.name && sharing.recipients.iter().any(|(node, _)| *node == B)
        })
    };
    let lead = leads(A, 1, today).into_iter().find(goes).unwrap();
    Lead { narrative: None, ..lead }
}

/// What A and B agree on.
pub(crate) fn agreement(today: CivilDate) -> Proposal {
    let parties = A1.parties.iter().filter(|party| [A, B].contains(&party.node)).map(|party| Party {
        node: party.node,
        roles: party.roles.iter().map(|role| role.parse().unwrap()).collect(),
        government: party.government.to_owned(),
        office: party.office.to_owned(),
    });
    Proposal {
        parties: parties.collect(),
        purposes: A1.purposes.to_vec(),
        kinds: A1.kinds.to_vec(),
        profile: None,
        valid_from: today,
        valid_until: today.plus_days(365),
        retention_days: 365,
        text_digest: Digest::of(b"letter"),
    }
}
