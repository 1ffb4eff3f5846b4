//! What 临沧 says to 重庆 in these tests: a lead under an agreement in force, with every part replaceable.

use std::collections::{BTreeMap, HashMap};

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::{SeededEntropy, Timestamp, uuid_v4};
use guitu::domain::agreement::{self, Dossier, Party, Role, Signed, Terms};
use guitu::domain::claim::Claim;
use guitu::domain::date::CivilDate;
use guitu::domain::digest::Digest;
use guitu::domain::lead::codes::{LeadKind, Purpose};
use guitu::domain::lead::status::RecipientStatus;
use guitu::domain::node::NodeId;
use guitu::domain::profile::Profile;
use guitu::exchange::inbox::{Content, OpenedItem};
use guitu::exchange::judge::{Hierarchy, Record, Verdict, View, judge};
use guitu::exchange::message::{Basis, Epoch, GENESIS, Header, Kind, Unsequenced};
use guitu::statement::keys::{KeyRecord, KeySet, SigningKey};
use guitu::statement::sd_jwt::{self, Plain};
use guitu::statement::{canonical, jws};
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn day(text: &str) -> CivilDate {
    text.parse().unwrap()
}

pub(super) fn now() -> Timestamp {
    day("2026-05-06").start().plus(10 * 3_600 * Timestamp::SECOND)
}

pub(super) fn sub() -> Uuid {
    uuid_v4(&SeededEntropy::new(40))
}

/// A lead of 重庆 that 临沧 holds in version 2.
pub(super) fn theirs() -> Uuid {
    uuid_v4(&SeededEntropy::new(41))
}

pub(super) fn key(node: NodeId) -> SigningKey {
    let seed = node.region().number().to_be_bytes();
    SigningKey::from_seed(node, &[seed; 8].concat().try_into().unwrap()).unwrap()
}

pub(super) fn keys(node: NodeId) -> KeySet {
    let [from, until, accept] = ["2026-01-01", "2026-12-31", "2027-03-31"].map(day);
    let record = KeyRecord::new(node, key(node).verifying_key(), from, until, accept).unwrap();
    KeySet::new(node, vec![record]).unwrap()
}

pub(super) fn terms() -> Terms {
    let party = |node, role| Party {
        node,
        roles: vec![role],
        government: "甲市人民政府".to_owned(),
        office: "反拐联席会议办公室".to_owned(),
    };
    Terms {
        id: uuid_v4(&SeededEntropy::new(42)),
        version: 1,
        parties: vec![party(LINCANG, Role::Origin), party(CHONGQING, Role::Transit)],
        purposes: vec![Purpose::Rescue],
        kinds: vec![LeadKind::MissingChild],
        profile: Profile::default_matrix(),
        valid_from: day("2026-01-01"),
        valid_until: day("2026-12-31"),
        retention_days: 365,
        text_digest: Digest::of(b"letter"),
        proposer: LINCANG,
        previous: None,
        answers: None,
    }
}

/// What 重庆 knows: all keys, the agreement in force, no lead yet.
pub(super) fn view() -> View {
    let mut view = View {
        me: CHONGQING,
        peer: LINCANG,
        now: now(),
        keys: [LINCANG, CHONGQING, SHUOZHOU].into_iter().map(|node| (node, keys(node))).collect(),
        dossiers: HashMap::new(),
        carried: BTreeMap::new(),
        already: HashMap::new(),
        held: HashMap::new(),
        withdrawn: HashMap::new(),
        shared: HashMap::from([(theirs(), (2, RecipientStatus::Acknowledged))]),
        hierarchy: Hierarchy::default(),
    };
    know(&mut view, terms(), &[LINCANG, CHONGQING]);
    view
}

/// The view knows these terms, signed by these and nobody else.
pub(super) fn know(view: &mut View, terms: Terms, signers: &[NodeId]) {
    let id = terms.id;
    view.dossiers.insert(id, Dossier::replay(id, statements(terms, signers)).0);
}

/// The proposal of these terms, and the countersignatures of these.
pub(super) fn statements(terms: Terms, signers: &[NodeId]) -> Vec<Signed> {
    let digest = canonical::digest(&terms).unwrap();
    let draft = agreement::Draft::new(terms, digest).unwrap();
    let (proposer, key) = (draft.terms().proposer, draft.key());
    let countersigned = signers.iter().filter(|node| **node != proposer);
    let countersigned =
        countersigned.map(|node| Signed { signer: *node, said: agreement::Said::Countersignature(key) });
    let proposed = Signed { signer: proposer, said: agreement::Said::Proposal(draft) };
    std::iter::once(proposed).chain(countersigned).collect()
}

pub(super) fn basis(terms: &Terms) -> Basis {
    let digest = canonical::digest(terms).unwrap();
    Basis::Agreement { id: terms.id, version: terms.version, digest, roles: vec![Role::Transit] }
}

/// A lead before it is signed.
pub(super) struct Draft {
    pub(super) signer: NodeId,
    pub(super) ver: u32,
    pub(super) kind: &'static str,
    pub(super) classification: &'static str,
    pub(super) claims: Vec<(&'static str, Value)>,
}

impl Draft {
    pub(super) fn new() -> Self {
        let claims = vec![
            ("birth.age", json!({ "min": 9, "max": 11 })),
            ("names", json!(["小明"])),
            ("place.lost.prefecture", json!({ "code": "530900", "year": 2023 })),
            ("sex", json!("2")),
        ];
        Self { signer: LINCANG, ver: 3, kind: "missing_child", classification: "internal", claims }
    }

    pub(super) fn with(mut self, name: &'static str, value: Value) -> Self {
        self.claims.retain(|(claim, _)| *claim != name);
        self.claims.push((name, value));
        self
    }

    /// The lead as a message that opens these claims.
    pub(super) fn open(&self, open: &[&str]) -> Said {
        let plain = Plain {
            iss: self.signer,
            sub: sub(),
            ver: self.ver,
            kind: self.kind.to_owned(),
            iat: day("2026-05-05"),
            classification: self.classification.to_owned(),
        };
        let claims = self.claims.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let entropy = SeededEntropy::new(u64::from(self.ver));
        let issued = sd_jwt::issue(&key(self.signer), jws::typ::LEAD, &plain, claims, &entropy).unwrap();
        let disclosures: Vec<&str> = open.iter().map(|name| issued.disclosures[*name].as_str()).collect();
        let mut said = Said::new(Kind::Lead, sd_jwt::present(&issued.jws, &disclosures));
        said.header.disclosed = open.iter().filter_map(|name| name.parse().ok()).collect();
        said.header.disclosed.sort();
        said.refer(&["0123456789abcdefghijkl"]);
        said
    }
}

/// The claims that a transit node may see.
pub(super) const OPEN: &[&str] = &["birth.age", "place.lost.prefecture", "sex"];

/// A message before it gets its place.
pub(super) struct Said {
    pub(super) header: Unsequenced,
    pub(super) statement: String,
    pub(super) person_refs: Vec<String>,
}

impl Said {
    pub(super) fn new(kind: Kind, statement: String) -> Self {
        let case = matches!(kind, Kind::Lead | Kind::Answer | Kind::Withdrawal | Kind::PurgeReceipt);
        let header = Unsequenced {
            id: uuid_v4(&SeededEntropy::new(43)),
            to: CHONGQING,
            lane: kind.lane(),
            kind,
            basis: if case { basis(&terms()) } else { Basis::Control },
            purpose: (case && !kind.recalls()).then_some(Purpose::Rescue),
            statement_digest: sd_jwt::statement_digest(&statement),
            disclosed: Vec::<Claim>::new(),
            person_refs_digest: None,
        };
        Self { header, statement, person_refs: Vec::new() }
    }

    pub(super) fn lead() -> Self {
        Draft::new().open(OPEN)
    }

    pub(super) fn refer(&mut self, refs: &[&str]) {
        self.person_refs = refs.iter().map(|text| (*text).to_owned()).collect();
        self.header.person_refs_digest = Some(canonical::digest(&self.person_refs).unwrap());
    }

    pub(super) fn placed(self, seq: u64, prev: Digest) -> OpenedItem {
        let epoch = Epoch { counter: 1, nonce: 7 };
        let header = Header::place(self.header, LINCANG, epoch, seq, prev, now());
        let (header_text, x) = header.seal().unwrap();
        OpenedItem { header, header_text, x, content: Content::Statement(self.statement, self.person_refs) }
    }

    /// The wire value of the verdict.
    pub(super) fn judged(self, view: &mut View) -> String {
        outcome(&judge(&self.placed(1, GENESIS), view))
    }
}

pub(super) fn outcome(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Stored(_) => "stored".to_owned(),
        Verdict::Void(code) => format!("void:{code}"),
        Verdict::Refused(code) => code.to_string(),
    }
}

/// Everything that a record brings, as text.
pub(super) fn content(record: &Record) -> String {
    match record {
        Record::Agreement(statement) => format!("{:?} {}", statement.signed, statement.text),
        Record::Lead(lead) => {
            format!("{} {} {} {} {:?}", lead.sub, lead.ver, lead.kind, lead.presentation, lead.person_refs)
        }
        Record::Repeated => String::new(),
        Record::Answer(form) => format!("{form:?}"),
        Record::Withdrawal(form, text) => format!("{form:?} {text}"),
        Record::PurgeReceipt(form, text) => format!("{form:?} {text}"),
        Record::Filing(form, text) => format!("{form:?} {text}"),
        Record::FilingAnswer(form, text) => format!("{form:?} {text}"),
        Record::Statistics(form, text) => format!("{form:?} {text}"),
    }
}
