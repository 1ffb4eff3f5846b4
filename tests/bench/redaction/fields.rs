//! The fields of one lead on their way out: its claims at every precision, one signed statement, and for each of ten
//! recipients the decision what it may see and the presentation of exactly that.

use guitu::cli::demo::agreements::{A1, LINCANG, SHUOZHOU};
use guitu::cli::demo::leads::{agreement_for, leads};
use guitu::clock::{OsEntropy, Timestamp, uuid_v4};
use guitu::domain::access::{Request, permit};
use guitu::domain::agreement::{Agreement, Dossier, Draft, Party, Said, Signed, Terms};
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::lead::{Lead, Raw};
use guitu::domain::profile::Profile;
use guitu::exchange::presentation::{Facts, SignedLead, present};
use guitu::redaction::{Texts, claims};
use guitu::statement::canonical;
use guitu::statement::jws::{self, typ};
use guitu::statement::keys::SigningKey;
use guitu::statement::sd_jwt::{Plain, issue};
use serde_json::json;
use uuid::Uuid;

/// How many nodes get the lead.
pub(crate) const RECIPIENTS: usize = 10;

/// A lead, whoever signs it, and the agreement under which it goes.
pub(crate) struct Desk {
    lead: Raw<Lead>,
    key: SigningKey,
    agreement: Agreement,
    sub: Uuid,
    today: CivilDate,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let today: CivilDate = "2026-05-05".parse().unwrap();
        let goes = |lead: &Lead| {
            agreement_for(LINCANG, lead).is_some_and(|sharing| {
                sharing.agreement.name == A1.name
                    && sharing.recipients.iter().any(|(node, _)| *node == SHUOZHOU)
            })
        };
        let lead = leads(LINCANG, 1, today).into_iter().find(goes).unwrap();
        Self {
            lead: Raw::new(lead),
            key: SigningKey::from_seed(LINCANG, &[7; 32]).unwrap(),
            agreement: agreement(today),
            sub: uuid_v4(&OsEntropy),
            today,
        }
    }

    /// Redacts, signs and presents once; how many bytes leave.
    pub(crate) fn send(&self) -> usize {
        let claims = claims(&self.lead, &Texts::default());
        let named = claims.iter().map(|(claim, value)| (claim.code().to_owned(), value.clone()));
        let issued = issue(&self.key, typ::LEAD, &self.plain(), named, &OsEntropy).unwrap();
        let signed = SignedLead::new(issued, &claims, self.facts()).unwrap();
        let request = self.request(&signed.facts);
        (0..RECIPIENTS).map(|_| present(&signed, &permit(&request).unwrap()).unwrap().into_text().len()).sum()
    }

    /// The floor: one signature over a few words.
    pub(crate) fn sign(&self) -> usize {
        let said = json!({ "iss": LINCANG, "iat": self.today.start().0 / 1000 });
        jws::sign(&self.key, typ::ANSWER, &said).unwrap().len()
    }

    fn plain(&self) -> Plain {
        Plain {
            iss: LINCANG,
            sub: self.sub,
            ver: 1,
            kind: self.lead.value().kind.code().into(),
            iat: self.today,
            classification: self.lead.value().classification.code().into(),
        }
    }

    fn facts(&self) -> Facts {
        let lead = self.lead.value();
        Facts {
            kind: lead.kind,
            purpose: lead.purpose,
            classification: lead.classification,
            places: lead.places.clone(),
        }
    }

    fn request<'a>(&'a self, facts: &'a Facts) -> Request<'a> {
        Request {
            owner: LINCANG,
            sender: LINCANG,
            peer: SHUOZHOU,
            agreement: &self.agreement,
            purpose: facts.purpose,
            kind: facts.kind,
            classification: facts.classification,
            places: &facts.places,
            already: None,
            active_alert: false,
            now: self.today.start().plus(Timestamp::DAY),
        }
    }
}

/// The first agreement of the demo, signed by both of its parties that are measured.
fn agreement(today: CivilDate) -> Agreement {
    let parties = A1.parties.iter().filter(|party| [LINCANG, SHUOZHOU].contains(&party.node));
    let terms = Terms {
        id: uuid_v4(&OsEntropy),
        version: 1,
        parties: parties
            .map(|party| Party {
                node: party.node,
                roles: party.roles.iter().map(|role| role.parse().unwrap()).collect(),
                government: party.government.to_owned(),
                office: party.office.to_owned(),
            })
            .collect(),
        purposes: A1.purposes.to_vec(),
        kinds: A1.kinds.to_vec(),
        profile: Profile::default_matrix(),
        valid_from: today,
        valid_until: today.plus_days(365),
        retention_days: 365,
        text_digest: Digest::of(b"letter"),
        proposer: LINCANG,
        previous: None,
        answers: None,
    };
    let digest = canonical::digest(&terms).unwrap();
    let id = terms.id;
    let draft = Draft::new(terms, digest).unwrap();
    let key = draft.key();
    let said = [(LINCANG, Said::Proposal(draft)), (SHUOZHOU, Said::Countersignature(key))];
    let signed = said.into_iter().map(|(signer, said)| Signed { signer, said }).collect();
    Dossier::replay(id, signed).0.version(key).unwrap()
}
