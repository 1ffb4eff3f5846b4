//! The demo's agreements and leads, as the tests use them.

use guitu::cli::demo::agreements::{A1, DemoAgreement};
use guitu::cli::demo::leads::leads;
use guitu::domain::agreement::Party;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::lead::Lead;
use guitu::domain::node::NodeId;
use guitu::node::agree::Proposal;

/// The demo's agreement as a proposal, valid from today.
pub(crate) fn proposal(terms: &DemoAgreement, today: CivilDate) -> Proposal {
    let parties = terms.parties.iter().map(|party| Party {
        node: party.node,
        roles: party.roles.iter().map(|role| role.parse().unwrap()).collect(),
        government: party.government.to_owned(),
        office: party.office.to_owned(),
    });
    Proposal {
        parties: parties.collect(),
        purposes: terms.purposes.to_vec(),
        kinds: terms.kinds.to_vec(),
        profile: None,
        valid_from: today,
        valid_until: today.plus_days(365),
        retention_days: 365,
        text_digest: Digest::of(b"letter"),
    }
}

/// Leads of the demo that go to `to` under its first agreement.
pub(crate) fn leads_for(owner: NodeId, to: NodeId, today: CivilDate) -> Vec<Lead> {
    let all = leads(owner, 1, today).into_iter();
    all.filter(|lead| {
        guitu::cli::demo::leads::agreement_for(owner, lead).is_some_and(|sharing| {
            sharing.agreement.name == A1.name && sharing.recipients.iter().any(|(node, _)| *node == to)
        })
    })
    .collect()
}
