//! The terms of an agreement as they are signed.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Role;
use crate::clock::Timestamp;
use crate::domain::date::CivilDate;
use crate::domain::digest::Digest;
use crate::domain::lead::codes::{LeadKind, Purpose};
use crate::domain::node::NodeId;
use crate::domain::profile::Profile;

/// A government that signs, and the office that carries the agreement out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// The node of the party; its region is the party's territory.
    pub node: NodeId,
    /// What the party is to the cases; one or more, each once.
    pub roles: Vec<Role>,
    /// The signing government (签署政府), 1–100 characters.
    pub government: String,
    /// The implementing office (实施办公室), 1–100 characters.
    pub office: String,
}

/// One version of an agreement, as every party signs it: the payload of a plain JWS. Deserialising
/// checks the form; [`Terms::check`] checks the rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The agreement, the same in all its versions; a `UUIDv4` (RFC 9562 §5.4).
    pub id: Uuid,
    /// The version, from 1; an amendment is the next one.
    pub version: u32,
    /// Two to [`MAX_PARTIES`](super::MAX_PARTIES) parties, each node once.
    pub parties: Vec<Party>,
    /// What leads may be used for; one or more, each once.
    pub purposes: Vec<Purpose>,
    /// Which leads may travel; one or more, each once.
    pub kinds: Vec<LeadKind>,
    /// What each role may see of them.
    pub profile: Profile,
    /// The first day in force, from midnight in China.
    pub valid_from: CivilDate,
    /// The last day in force, to midnight in China.
    pub valid_until: CivilDate,
    /// How long received data are kept, in days, 1–3650.
    pub retention_days: u32,
    /// The digest of the signed letter (合作函).
    pub text_digest: Digest,
    /// The party that proposed this version.
    pub proposer: NodeId,
    /// The version that this one amends, by the digest of its terms; none for the first version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Digest>,
    /// The proposal that this one answers (对案), by the digest of its terms; none if it answers none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<Digest>,
}

impl Terms {
    /// The party of that node.
    pub fn party(&self, node: NodeId) -> Option<&Party> {
        self.parties.iter().find(|party| party.node == node)
    }

    /// The instant at which the last day in force is over, in China.
    pub fn end(&self) -> Timestamp {
        self.valid_until.start().plus(Timestamp::DAY)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn party(code: &str, roles: &[Role]) -> Party {
        Party {
            node: code.parse().unwrap(),
            roles: roles.to_vec(),
            government: "甲市人民政府".to_owned(),
            office: "反拐联席会议办公室".to_owned(),
        }
    }

    /// Terms of 2026 among those parties, all purposes and kinds; the first party proposes.
    pub(crate) fn terms(parties: &[(&str, &[Role])], profile: Profile) -> Terms {
        let parties: Vec<_> = parties.iter().map(|(code, roles)| party(code, roles)).collect();
        Terms {
            id: uuid::Builder::from_random_bytes([7; 16]).into_uuid(),
            version: 1,
            proposer: parties[0].node,
            parties,
            purposes: Purpose::ALL.to_vec(),
            kinds: LeadKind::ALL.to_vec(),
            profile,
            valid_from: CivilDate::new(2026, 1, 1).unwrap(),
            valid_until: CivilDate::new(2026, 12, 31).unwrap(),
            retention_days: 365,
            text_digest: Digest::of(b"letter"),
            previous: None,
            answers: None,
        }
    }

    #[test]
    fn terms_are_read_strictly() {
        let terms = terms(
            &[("140600", &[Role::Origin]), ("500000", &[Role::Destination, Role::Transit])],
            Profile::default_matrix(),
        );
        let value = serde_json::to_value(&terms).unwrap();
        assert_eq!(serde_json::from_value::<Terms>(value.clone()).unwrap(), terms);
        let next = Terms {
            version: 2,
            previous: Some(Digest::of(b"1")),
            answers: Some(Digest::of(b"2")),
            ..terms.clone()
        };
        assert_eq!(serde_json::from_str::<Terms>(&serde_json::to_string(&next).unwrap()).unwrap(), next);
        for pointer in ["", "/parties/0", "/profile", "/profile/cells/0"] {
            let mut more = value.clone();
            more.pointer_mut(pointer).unwrap().as_object_mut().unwrap().insert("note".into(), 1.into());
            assert!(serde_json::from_value::<Terms>(more).is_err(), "{pointer}");
        }
    }
}
