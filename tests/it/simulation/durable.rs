//! What the checker looks at, taken from the databases and logs of real nodes.

use std::collections::BTreeMap;

use guitu::clock::Timestamp;
use guitu::domain::access::{Already, Request, permit};
use guitu::domain::agreement::{Agreement, VersionKey};
use guitu::domain::digest::Digest;
use guitu::domain::lead::status::Status;
use guitu::domain::node::NodeId;
use guitu::domain::region::RegionCode;
use guitu::exchange::batch::Batch;
use guitu::exchange::message::Header;
use guitu::exchange::presentation::Facts;
use guitu::exchange::receipt::Outcome;
use guitu::node::dossiers::{self, Dossiers};
use guitu::store::agreement;
use guitu::store::db::Tx;
use uuid::Uuid;

use super::checker::{Checker, Dispatch, Due, Given, Holding, Observed, Stored, Version};
use crate::harness::nodes::Nodes;

/// What each version of each lead asks of access, as it was written.
pub(crate) type Cases = BTreeMap<Version, Facts>;

const HELD: &str = "/* simulation::held */ SELECT r.sub, r.peer, r.ver, r.x, r.claims, s.status FROM received r \
    JOIN inbox i ON i.x = r.x JOIN received_status s ON s.sub = r.sub AND s.peer = r.peer ORDER BY i.leaf";
const GIVEN: &str = "/* simulation::given */ SELECT l.sub, s.peer, s.status, l.status, l.ver, s.agreement, s.roles, \
    s.claims FROM shares s JOIN leads l ON l.id = s.lead";
const SENT: &str = "/* simulation::sent */ SELECT o.x, l.sub, o.ver, o.state FROM outbox o \
    LEFT JOIN leads l ON l.id = o.lead";
const TAKEN_BACK: &str = "/* simulation::taken_back */ SELECT coalesce(max(w.below), 0) FROM withdrawals w \
    JOIN leads l ON l.id = w.lead WHERE l.sub = $1 AND w.peer = $2";

fn node(code: i64) -> NodeId {
    NodeId(RegionCode::new(u32::try_from(code).unwrap()).unwrap())
}

fn number(ver: i64) -> u32 {
    u32::try_from(ver).unwrap()
}

fn digest(bytes: &[u8]) -> Digest {
    Digest::try_from(bytes).unwrap()
}

const STORY: &str = "/* simulation::story */ SELECT l.sub, o.peer, o.lane, o.seq, o.ver, o.attempts, o.state, \
    coalesce(s.renew_at, -1), s.status FROM outbox o JOIN leads l ON l.id = o.lead \
    JOIN shares s ON s.lead = o.lead AND s.peer = o.peer ORDER BY l.sub, o.peer, o.lane, o.seq";

/// One row of [`STORY`].
type Chapter = (Uuid, i64, String, i64, i64, i64, String, i64, String);

/// What became of every message about a lead of this node: for whoever reads why a history failed.
pub(crate) async fn story(nodes: &Nodes, id: NodeId) -> String {
    let here = &nodes.node(id).node;
    let mut tx = here.databases().node.snapshot().await.unwrap();
    let rows = tx.query(STORY).all::<Chapter>().await.unwrap();
    let line = |(sub, peer, lane, seq, ver, attempts, state, renew_at, status): Chapter| {
        format!(
            "{id}: {sub} to {peer}, {lane} {seq}: version {ver}, attempt {attempts}: {state}; again at {renew_at}, {status}\n"
        )
    };
    let standing = known(&mut tx).await.into_values().map(|dossier| {
        format!("{id}: {:?}\n", dossier.current(here.now()).map(|it| it.state_at(here.now())))
    });
    rows.into_iter().map(line).chain(standing).chain([format!("{id}: now {}\n", here.now().0)]).collect()
}

async fn known(tx: &mut Tx) -> Dossiers {
    let ids = agreement::all(tx).await.unwrap();
    dossiers::load(tx, &ids).await.unwrap()
}

/// Everything durable of one node.
pub(crate) async fn observe(nodes: &Nodes, id: NodeId, cases: &Cases) -> Observed {
    let (bundle, _) = nodes.exported(id).await;
    let here = &nodes.node(id).node;
    let mut tx = here.databases().node.snapshot().await.unwrap();
    let dossiers = known(&mut tx).await;
    let held = held(&mut tx).await;
    let given = given(&mut tx, id, &dossiers, cases, here.now()).await;
    let sent = tx.query(SENT).all::<(Vec<u8>, Option<Uuid>, Option<i64>, String)>().await.unwrap();
    let carried = sent
        .into_iter()
        .map(|(x, sub, ver, state)| (digest(&x), (sub.zip(ver.map(number)), state.parse::<Outcome>().ok())));
    let codes = tx.query("/* simulation::refusals */ SELECT code FROM refusals").all::<(String,)>();
    let refusals = codes.await.unwrap().into_iter().map(|(code,)| code.parse().unwrap()).collect();
    let alarms =
        tx.query("/* simulation::alarms */ SELECT code FROM alarms").all::<(String,)>().await.unwrap();
    Observed {
        node: id,
        bundle,
        peers: nodes.all.keys().copied().filter(|peer| *peer != id).collect(),
        held,
        given,
        cases: cases.iter().map(|(version, facts)| (*version, facts.places.clone())).collect(),
        carried: carried.collect(),
        dossiers: dossiers.into_iter().collect(),
        refusals,
        alarms: alarms.into_iter().map(|(code,)| code).collect(),
    }
}

async fn held(tx: &mut Tx) -> Vec<Holding> {
    let rows = tx.query(HELD).all::<(Uuid, i64, i64, Vec<u8>, String, String)>().await.unwrap();
    let mut held: BTreeMap<(NodeId, Uuid), Holding> = BTreeMap::new();
    for (sub, peer, ver, x, claims, status) in rows {
        let owner = node(peer);
        let empty = || Holding { owner, sub, status: status.parse().unwrap(), rows: Vec::new() };
        let claims = serde_json::from_str(&claims).unwrap();
        let row = Stored { ver: number(ver), x: digest(&x), claims };
        held.entry((owner, sub)).or_insert_with(empty).rows.push(row);
    }
    held.into_values().collect()
}

/// One row of [`GIVEN`].
type Share = (Uuid, i64, String, String, i64, Uuid, String, String);

async fn given(tx: &mut Tx, me: NodeId, dossiers: &Dossiers, cases: &Cases, now: Timestamp) -> Vec<Given> {
    let rows = tx.query(GIVEN).all::<Share>().await.unwrap();
    let given = |(sub, peer, there, status, ver, agreement, roles, claims): Share| {
        let (to, ver) = (node(peer), number(ver));
        let already = Already {
            roles: serde_json::from_str(&roles).unwrap(),
            claims: serde_json::from_str(&claims).unwrap(),
        };
        let current = dossiers.get(&agreement).and_then(|dossier| dossier.current(now));
        let open = current.is_some_and(|current| {
            permit(&request((me, to), &current, &cases[&(sub, ver)], &already, now)).is_ok()
        });
        let due = match status.parse().unwrap() {
            Status::Withdrawn => Due::Nothing,
            Status::Shared if open => Due::Holds(ver),
            _ => Due::Whatever,
        };
        Given { sub, to, due, status: there.parse().unwrap() }
    };
    rows.into_iter().map(given).collect()
}

fn request<'a>(
    (me, peer): (NodeId, NodeId),
    agreement: &'a Agreement,
    facts: &'a Facts,
    already: &'a Already,
    now: Timestamp,
) -> Request<'a> {
    let Facts { purpose, kind, classification, places } = facts;
    let (purpose, kind, classification) = (*purpose, *kind, *classification);
    let (owner, sender, already, active_alert) = (me, me, Some(already), false);
    Request {
        owner,
        sender,
        peer,
        agreement,
        purpose,
        kind,
        classification,
        places,
        already,
        active_alert,
        now,
    }
}

/// Shows the checker a batch as it went out of that node, by what its database says right after.
pub(crate) async fn dispatched(
    checker: &mut Checker,
    nodes: &Nodes,
    from: NodeId,
    cases: &Cases,
    body: &[u8],
) {
    let batch: Batch = serde_json::from_slice(body).unwrap();
    let here = &nodes.node(from).node;
    let mut tx = here.databases().node.snapshot().await.unwrap();
    let dossiers = known(&mut tx).await;
    let sent = tx.query(SENT).all::<(Vec<u8>, Option<Uuid>, Option<i64>, String)>().await.unwrap();
    let carried: BTreeMap<Digest, Version> =
        sent.into_iter().filter_map(|(x, sub, ver, _)| Some((digest(&x), (sub?, number(ver?))))).collect();
    for item in batch.items {
        let (header, x) = Header::open(item.header.get()).unwrap();
        let Some((sub, ver)) = carried.get(&x) else { continue };
        let (id, version, terms) = header.basis.known().unwrap().agreement().unwrap();
        let key = VersionKey { version, digest: terms };
        let peer = i64::from(header.to.region().number());
        let below = tx.query(TAKEN_BACK).bind(*sub).bind(peer).one::<(i64,)>().await.unwrap().0;
        let dispatch = Dispatch {
            header: &header,
            x,
            lead: (*sub, *ver),
            void: item.void,
            agreement: dossiers.get(&id).and_then(|dossier| dossier.version(key)),
            taken_back: i64::from(*ver) < below,
            corrected: cases.keys().any(|(one, later)| one == sub && later > ver),
            places: &cases[&(*sub, *ver)].places,
        };
        checker.dispatched(&dispatch, here.now());
    }
}
