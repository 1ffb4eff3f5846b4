//! The one checker of the invariants, for simulated and for real nodes alike.
//!
//! It looks at what is durable in the end and at what every dispatch put on the wire, and knows nothing of how a
//! node came there: logs through the auditor's own tools, holdings against what access allows, owners against
//! recipients.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use guitu::audit::bundle::{Part, Reader};
use guitu::audit::entry::Entry;
use guitu::audit::reconcile::{Reconciliation, reconcile};
use guitu::audit::trust::Trust;
use guitu::audit::verify::gather;
use guitu::audit::words::AlarmKind;
use guitu::clock::Timestamp;
use guitu::domain::access::{roles_of, row_claims};
use guitu::domain::agreement::{Agreement, Dossier, Role, VersionKey};
use guitu::domain::claim::Claim;
use guitu::domain::digest::Digest;
use guitu::domain::lead::place::{Place, PlaceField, PlaceRole};
use guitu::domain::lead::status::RecipientStatus;
use guitu::domain::node::NodeId;
use guitu::domain::profile::Row;
use guitu::exchange::message::{Header, Kind};
use guitu::exchange::problem::{BatchCode, ItemCode};
use guitu::exchange::receipt::Outcome;
use uuid::Uuid;

/// A lead in one version.
pub(crate) type Version = (Uuid, u32);

/// One stored presentation.
pub(crate) struct Stored {
    pub(crate) ver: u32,
    pub(crate) x: Digest,
    pub(crate) claims: BTreeSet<Claim>,
}

/// What a recipient holds of a lead.
pub(crate) struct Holding {
    pub(crate) owner: NodeId,
    pub(crate) sub: Uuid,
    pub(crate) status: RecipientStatus,
    pub(crate) rows: Vec<Stored>,
}

/// What must be true of a lead at a recipient, once all is quiet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// It holds that version, and no newer one.
    Holds(u32),
    /// It holds nothing: the owner took it back.
    Nothing,
    /// Its basis is gone: it keeps what it had, if it had it.
    Whatever,
}

/// What an owner gave.
pub(crate) struct Given {
    pub(crate) sub: Uuid,
    pub(crate) to: NodeId,
    pub(crate) due: Due,
    /// What the owner believes of the recipient.
    pub(crate) status: RecipientStatus,
}

/// What is durable of one node.
pub(crate) struct Observed {
    pub(crate) node: NodeId,
    pub(crate) bundle: Vec<u8>,
    /// Its peers.
    pub(crate) peers: BTreeSet<NodeId>,
    pub(crate) held: Vec<Holding>,
    pub(crate) given: Vec<Given>,
    /// The places of each own lead's versions.
    pub(crate) cases: BTreeMap<Version, Vec<Place>>,
    /// What each message about a lead carries, and what its receipt said.
    pub(crate) carried: BTreeMap<Digest, (Option<Version>, Option<Outcome>)>,
    pub(crate) dossiers: BTreeMap<Uuid, Dossier>,
    pub(crate) refusals: Vec<ItemCode>,
    pub(crate) alarms: Vec<String>,
}

/// A lead that goes out, or goes void.
pub(crate) struct Dispatch<'a> {
    pub(crate) header: &'a Header,
    pub(crate) x: Digest,
    /// What it carries.
    pub(crate) lead: Version,
    pub(crate) void: Option<ItemCode>,
    /// The version that it cites, as its sender knows it.
    pub(crate) agreement: Option<Agreement>,
    /// Whether its owner took that version back before.
    pub(crate) taken_back: bool,
    /// Whether the record was corrected since: it may know what the text of the version tells.
    pub(crate) corrected: bool,
    pub(crate) places: &'a [Place],
}

/// What was found to break an invariant.
#[derive(Default)]
pub(crate) struct Checker {
    pub(crate) found: Vec<String>,
    /// By sender, recipient and lead: the roles each of whose rows holds all that was sent.
    rows: BTreeMap<(NodeId, NodeId, Uuid), Vec<Role>>,
}

/// Final refusals that an honest history has: what crossed the end of an agreement or a withdrawal.
const HONEST: [ItemCode; 3] =
    [ItemCode::AgreementTerminated, ItemCode::Withdrawn, ItemCode::AgreementExpired];

/// What is alarmed in an honest history too: its clocks jump, and a basis may end while a message has no receipt.
const REGULAR: [&str; 3] =
    [BatchCode::ClockSkew.code(), ItemCode::AgreementExpired.code(), AlarmKind::PossiblyDisclosed.code()];

impl Checker {
    /// A dispatch: void if and only if nothing allows it, and never beyond the role's row.
    pub(crate) fn dispatched(&mut self, dispatch: &Dispatch<'_>, now: Timestamp) {
        let Dispatch { header, x, void, .. } = *dispatch;
        let to = header.to;
        let Some(agreement) = &dispatch.agreement else {
            return self.add(format!("{x} cites an agreement that its sender does not know"));
        };
        let closed = agreement.may_send(now).is_err() || dispatch.taken_back;
        let allowed = allowed(agreement, dispatch.places, to);
        let beyond: Vec<_> = header.disclosed.iter().filter(|claim| !allowed.contains(claim)).collect();
        match void {
            None if closed => self.add(format!("{x} went to {to} although its basis was closed")),
            None if !beyond.is_empty() => {
                self.add(format!("{x} discloses {beyond:?}, which {to} may not have"));
            }
            None => self.in_one_row(dispatch, agreement),
            Some(ItemCode::TextHeld) if dispatch.corrected => {}
            Some(code) if !closed && beyond.is_empty() && code != ItemCode::NoLongerPermitted => {
                self.add(format!("{x} went void ({code}) without need"));
            }
            Some(_) => {}
        }
    }

    /// All that is sent to one peer of a lead stays inside one role's row, whatever becomes of each message.
    fn in_one_row(&mut self, dispatch: &Dispatch<'_>, agreement: &Agreement) {
        let header = dispatch.header;
        let inside = |role: &Role| {
            let opened = opened(agreement, dispatch.places, header.to, &[*role]);
            header.disclosed.iter().all(|claim| opened.contains(claim))
        };
        let given = || agreement.roles_given(header.to).unwrap_or_default().to_vec();
        let roles = self.rows.entry((header.from, header.to, dispatch.lead.0)).or_insert_with(given);
        roles.retain(inside);
        if roles.is_empty() {
            let (x, to) = (dispatch.x, header.to);
            self.add(format!("with {x} what was sent to {to} of one lead fits no row"));
        }
    }

    pub(crate) fn add(&mut self, what: String) {
        self.found.push(what);
    }

    /// Checks everything that is durable once all is quiet. The nodes hold one another's newest keys.
    pub(crate) fn check(&mut self, nodes: &[Observed], trust: &Trust) {
        self.logs(nodes, trust);
        let by_node: BTreeMap<NodeId, &Observed> = nodes.iter().map(|node| (node.node, node)).collect();
        let settled: BTreeMap<NodeId, Vec<CoreOf>> =
            nodes.iter().map(|node| (node.node, settled(&node.bundle))).collect();
        for node in nodes {
            // A corrected record may know what the text of a version before tells.
            let corrected = node.cases.keys().any(|(_, ver)| *ver > 1);
            let strange = node.alarms.iter().filter(|alarm| {
                !(REGULAR.contains(&alarm.as_str()) || corrected && *alarm == ItemCode::TextHeld.code())
            });
            self.found.extend(strange.map(|alarm| format!("{}: alarm: {alarm}", node.node)));
            let strange = node.refusals.iter().filter(|code| !HONEST.contains(code));
            self.found.extend(strange.map(|code| format!("{}: refused for good: {code}", node.node)));
            for given in &node.given {
                self.given(node, given, &by_node);
            }
            self.holdings(node, &settled[&node.node], &by_node);
            self.receipts(&settled[&node.node], &by_node);
        }
    }

    /// Each log verifies, each pair reconciles, and no receipt is outstanding.
    fn logs(&mut self, nodes: &[Observed], trust: &Trust) {
        let mut sides = Vec::new();
        for node in nodes {
            match gather(Cursor::new(&node.bundle), trust, &mut |_| {}) {
                Ok(side) => sides.push((&node.peers, side)),
                Err(error) => self.add(format!("{}: the bundle cannot be read: {error}", node.node)),
            }
        }
        for (at, (peers, one)) in sides.iter().enumerate() {
            for finding in &one.0.findings.listed {
                self.add(format!("{}: {finding:?}", one.0.node));
            }
            for (_, other) in sides[at + 1..].iter().filter(|(_, other)| peers.contains(&other.0.node)) {
                self.pair(&reconcile(one, other).unwrap());
            }
        }
    }

    fn pair(&mut self, joint: &Reconciliation) {
        for finding in &joint.findings.listed {
            self.add(format!("reconcile: {finding:?}"));
        }
        for lane in &joint.lanes {
            let open = lane.in_flight + lane.after_export + lane.gaps + lane.other_log;
            if open > 0 || lane.receipted != lane.matched || lane.matched != lane.sent {
                self.add(format!("not every message is receipted: {lane:?}"));
            }
        }
    }

    /// No loss: what may still be there is there, what was taken back is not.
    fn given(&mut self, owner: &Observed, given: &Given, nodes: &BTreeMap<NodeId, &Observed>) {
        let (sub, to) = (given.sub, given.to);
        let held = nodes[&to].held.iter().find(|held| held.owner == owner.node && held.sub == sub);
        let newest = held.and_then(|held| held.rows.iter().map(|row| row.ver).max());
        match (given.due, newest) {
            (Due::Holds(ver), Some(held)) if held == ver => {}
            (Due::Nothing, None) | (Due::Whatever, _) => {}
            (due, held) => self.add(format!("{to} holds {held:?} of {sub}, and should: {due:?}")),
        }
        let (Due::Holds(_), Some(held)) = (given.due, held) else { return };
        if held.status != given.status {
            let (there, here) = (held.status, given.status);
            self.add(format!("{to} answered {there} to {sub}, its owner knows of {here}"));
        }
    }

    /// At most one effect, versions in order, and nothing beyond what was allowed.
    fn holdings(&mut self, node: &Observed, settled: &[CoreOf], nodes: &BTreeMap<NodeId, &Observed>) {
        let stored: BTreeMap<Digest, &Header> =
            settled.iter().filter(|one| one.is_lead()).map(|one| (one.x, &one.header)).collect();
        for held in &node.held {
            let owner = nodes[&held.owner];
            let (mut seen, mut last) = (BTreeSet::new(), 0);
            for row in &held.rows {
                if !seen.insert(row.x) || row.ver <= last {
                    self.add(format!(
                        "{} holds {} twice: version {} after {last}",
                        node.node, held.sub, row.ver
                    ));
                }
                last = last.max(row.ver);
                match stored.get(&row.x) {
                    Some(header) => self.disclosed(owner, header, (held.sub, row)),
                    None => self.add(format!("{} holds {} without an entry for it", node.node, row.x)),
                }
            }
        }
        self.in_order(node, settled, nodes);
    }

    /// The versions of each lead came in their order.
    fn in_order(&mut self, node: &Observed, settled: &[CoreOf], nodes: &BTreeMap<NodeId, &Observed>) {
        let mut last: BTreeMap<Uuid, u32> = BTreeMap::new();
        for one in settled.iter().filter(|one| one.is_lead()) {
            let Some((Some((sub, ver)), _)) = nodes[&one.header.from].carried.get(&one.x) else { continue };
            let before = last.insert(*sub, *ver);
            if before.is_some_and(|before| before >= *ver) {
                self.add(format!("{} stored version {ver} of {sub} after {before:?}", node.node));
            }
        }
    }

    fn disclosed(&mut self, owner: &Observed, header: &Header, (sub, row): (Uuid, &Stored)) {
        let cited = header.basis.known().and_then(guitu::exchange::message::Basis::agreement);
        let agreement = cited.and_then(|(id, version, digest)| {
            owner.dossiers.get(&id)?.version(VersionKey { version, digest })
        });
        let (Some(agreement), Some(places)) = (agreement, owner.cases.get(&(sub, row.ver))) else {
            return self.add(format!("{} came under nothing that its owner knows", row.x));
        };
        let allowed = allowed(&agreement, places, header.to);
        if !row.claims.iter().eq(&header.disclosed) || !row.claims.iter().all(|claim| allowed.contains(claim))
        {
            self.add(format!("{} holds claims of {sub} that it may not have", header.to));
        }
    }

    /// What the sender filed is what the receiver's log says.
    fn receipts(&mut self, settled: &[CoreOf], nodes: &BTreeMap<NodeId, &Observed>) {
        for CoreOf { header, x, result } in settled {
            let filed = nodes[&header.from].carried.get(x).and_then(|sent| sent.1);
            if filed != Some(*result) {
                self.add(format!("{} settled {x} as {result:?}, its sender filed {filed:?}", header.to));
            }
        }
    }
}

/// What a receiver's log says of a message.
struct CoreOf {
    header: Header,
    x: Digest,
    result: Outcome,
}

impl CoreOf {
    /// Whether it stored a lead.
    fn is_lead(&self) -> bool {
        self.result == Outcome::Stored && self.header.kind.known() == Some(&Kind::Lead)
    }
}

/// What a log settled, in its order.
fn settled(bundle: &[u8]) -> Vec<CoreOf> {
    let mut reader = Reader::new(Cursor::new(bundle)).unwrap();
    let mut settled = Vec::new();
    while let Ok(Some(record)) = reader.next_record() {
        let Some(entry) = (record.part == Part::Entries).then(|| Entry::open(&record.bytes).ok()).flatten()
        else {
            continue;
        };
        if let (Some(header), Some(x), Some(result)) = (entry.body.header, entry.body.x, entry.body.result) {
            settled.push(CoreOf { header, x, result });
        }
    }
    settled
}

/// Everything that a recipient may have of a case: its roles' narrower row, its own places to the county, and of
/// each ladder the coarser steps.
fn allowed(agreement: &Agreement, places: &[Place], to: NodeId) -> BTreeSet<Claim> {
    let roles = roles_of(places, to.region(), agreement.roles_given(to).unwrap_or_default());
    if roles.is_empty() { BTreeSet::new() } else { opened(agreement, places, to, &roles) }
}

/// The same for given roles.
fn opened(agreement: &Agreement, places: &[Place], to: NodeId, roles: &[Role]) -> BTreeSet<Claim> {
    let mut claims = row_claims(&agreement.terms().profile, roles, false);
    let fields = [
        (PlaceRole::Household, PlaceField::Household),
        (PlaceRole::Origin, PlaceField::Lost),
        (PlaceRole::Found, PlaceField::Found),
    ];
    for (role, field) in fields {
        let mut codes = places.iter().filter(|place| place.role == role).map(|place| place.code).peekable();
        if codes.peek().is_some() && codes.all(|code| to.region().contains(code)) {
            claims.insert(Claim::county_of(field));
        }
    }
    let coarser = |claim: Claim| {
        let row = Row::of(claim).unwrap();
        row.claims().iter().copied().filter(move |step| row.level(*step) <= row.level(claim))
    };
    claims.iter().flat_map(|claim| coarser(*claim)).collect()
}
