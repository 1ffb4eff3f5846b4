//! A peer with valid keys that does not keep the rules: it makes its batches by hand, and hands them to a node of this
//! process, or to the peer listener of another one over mutual TLS.

use std::collections::HashMap;
use std::sync::Arc;

use guitu::clock::{Clock, OsEntropy, SystemClock, Timestamp, uuid_v4};
use guitu::domain::digest::Digest;
use guitu::domain::lead::Lead;
use guitu::domain::node::NodeId;
use guitu::exchange::batch::{Batch, BatchHeader, Item};
use guitu::exchange::chain::ChainEnd;
use guitu::exchange::inbox::BatchRefusal;
use guitu::exchange::message::{Header, Lane, Unsequenced};
use guitu::exchange::problem::BatchCode;
use guitu::exchange::receipt::{Receipt, ReceiptBody};
use guitu::node::views::AgreementView;
use guitu::node::{Error, Node};
use guitu::peer::identity::PeerCertificate;
use guitu::statement::sd_jwt::{self, Plain};
use guitu::statement::{canonical, jws};
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::federation::Site;
use super::line::Line;
use super::nodes::{Nodes, pin};

/// A message before it gets its place.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) said: Unsequenced,
    pub(crate) statement: String,
    pub(crate) person_refs: Vec<String>,
    /// What stands in its header in place of something else, as a newer version would write it.
    pub(crate) respelt: Option<(&'static str, &'static str)>,
}

/// A batch before its header is signed.
pub(crate) struct Made {
    pub(crate) header: BatchHeader,
    pub(crate) items: Vec<Item>,
}

/// How its batches reach the receiver.
enum Way {
    /// From hand to hand.
    Directly(Arc<Node>),
    /// To this peer listener, under the certificate of the first folder; the second is the receiver's.
    Tls { url: String, ends: Box<[Site; 2]> },
}

/// What one node could say to another with its keys.
pub(crate) struct Rogue {
    keys: HashMap<NodeId, Arc<Node>>,
    clock: Arc<dyn Clock>,
    /// How far its clock is ahead, in milliseconds.
    pub(crate) ahead: i64,
    way: Way,
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    /// Where the receiver stands.
    pub(crate) end: ChainEnd,
    /// A message that the receiver would store.
    honest: Message,
}

impl Rogue {
    /// One lead crosses honestly; the other is what all messages of the rogue are made from.
    pub(crate) async fn open(
        nodes: &Nodes,
        (from, to): (NodeId, NodeId),
        agreement: &AgreementView,
        leads: [Lead; 2],
    ) -> Self {
        let here = nodes.node(from);
        let [first, second] = leads;
        let id = here.approved(first).await;
        here.node.share(&here.drafter, id, agreement.id, Some(vec![to])).await.unwrap();
        nodes.settle().await;
        let id = here.approved(second).await;
        here.node.share(&here.drafter, id, agreement.id, Some(vec![to])).await.unwrap();
        let (honest, end) = ready(&here.node, to).await;
        let keys = nodes.all.iter().map(|(id, known)| (*id, Arc::clone(&known.node))).collect();
        let (clock, way) = (Arc::clone(&nodes.clock), Way::Directly(Arc::clone(&nodes.node(to).node)));
        Self { keys, clock, ahead: 0, way, from, to, end, honest }
    }

    /// With the keys of these nodes, of which the first has a message ready for the receiver: over mutual TLS, under
    /// its certificate.
    pub(crate) async fn over_tls(keys: Vec<Arc<Node>>, ends: [Site; 2], url: String) -> Self {
        let (from, to) = (ends[0].node, ends[1].node);
        let (honest, end) = ready(&keys[0], to).await;
        let keys = keys.into_iter().map(|node| (node.id(), node)).collect();
        let way = Way::Tls { url, ends: Box::new(ends) };
        Self { keys, clock: Arc::new(SystemClock), ahead: 0, way, from, to, end, honest }
    }

    fn now(&self) -> Timestamp {
        self.clock.now().plus(self.ahead)
    }

    pub(crate) fn honest(&self) -> Message {
        Message {
            said: Unsequenced { id: uuid_v4(&OsEntropy), ..self.honest.said.clone() },
            ..self.honest.clone()
        }
    }

    /// A lead that `signer` signs, on the honest message's basis, with exactly these claims disclosed.
    pub(crate) fn lead(&self, signer: NodeId, sub: Uuid, ver: u32, claims: &[(&str, Value)]) -> Message {
        let jws_text = self.honest.statement.split('~').next().unwrap();
        let kind = jws::claimed_payload(jws_text).unwrap()["kind"].as_str().unwrap().to_owned();
        let iat = guitu::domain::date::CivilDate::of(self.now());
        let plain = Plain { iss: signer, sub, ver, kind, iat, classification: "internal".to_owned() };
        let named = claims.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let key = self.keys[&signer].keys().signing();
        let issued = sd_jwt::issue(key, jws::typ::LEAD, &plain, named, &OsEntropy).unwrap();
        let open: Vec<&str> = claims.iter().map(|(name, _)| issued.disclosures[*name].as_str()).collect();
        let mut message = self.honest();
        message.statement = sd_jwt::present(&issued.jws, &open);
        message.said.statement_digest = Digest::of(issued.jws.as_bytes());
        message.said.disclosed = claims.iter().map(|(name, _)| name.parse().unwrap()).collect();
        message.said.disclosed.sort();
        message
    }

    /// A plain statement of the rogue in place of the honest one.
    pub(crate) fn plain(&self, typ: &str, form: &impl serde::Serialize) -> Message {
        let key = self.keys[&self.from].keys().signing();
        let mut message = self.honest();
        message.statement = jws::sign(key, typ, form).unwrap();
        message.said.statement_digest = Digest::of(message.statement.as_bytes());
        message.said.disclosed.clear();
        message.said.person_refs_digest = None;
        message.person_refs.clear();
        message
    }

    /// The messages as the next numbers of the lane.
    pub(crate) fn batch(&self, messages: Vec<Message>) -> Made {
        self.batch_from(self.end, messages)
    }

    /// The messages as the numbers after `end`.
    pub(crate) fn batch_from(&self, end: ChainEnd, messages: Vec<Message>) -> Made {
        let (now, epoch) = (self.now(), end.epoch.unwrap());
        let (mut seq, mut x) = (end.seq, end.x);
        let lane = messages[0].said.lane;
        let mut items = Vec::new();
        for Message { said, statement, person_refs, respelt } in messages {
            seq += 1;
            let header = Header::place(said, self.from, epoch, seq, x, now);
            let (text, _) = header.seal().unwrap();
            let text = respelt.map_or(text.clone(), |(from, to)| text.replace(from, to));
            x = Digest::of(text.as_bytes());
            let header = RawValue::from_string(text).unwrap();
            items.push(Item { header, statement: Some(statement), person_refs, void: None });
        }
        let header = BatchHeader {
            iss: self.from,
            iat: now.seconds(),
            to: self.to,
            epoch,
            lane,
            first: end.seq + 1,
            last: seq,
            first_prev: end.x,
            last_x: x,
            made_at: now,
        };
        Made { header, items }
    }

    /// Signs the batch and hands it to the receiver: its receipt, or why it refused the whole.
    pub(crate) async fn send(&mut self, made: Made) -> Result<ReceiptBody, BatchRefusal> {
        let key = self.keys[&self.from].keys().signing();
        let signed = jws::sign(key, jws::typ::BATCH, &made.header).unwrap();
        self.send_signed(signed, made.items).await
    }

    /// Hands a batch over under that signed header.
    pub(crate) async fn send_signed(
        &mut self,
        header: String,
        items: Vec<Item>,
    ) -> Result<ReceiptBody, BatchRefusal> {
        let here = &self.keys[&self.from];
        let mut tx = here.databases().node.snapshot().await.unwrap();
        let checkpoint = here.checkpoint(&mut tx).await.unwrap().map(|signed| signed.note);
        tx.rollback().await.unwrap();
        let batch = Batch { header, items, checkpoint, consistency: Vec::new(), your_head: None };
        let bytes = serde_json::to_vec(&batch).unwrap();
        let receipt = match &self.way {
            Way::Directly(there) => directly(there, self.from, &bytes).await,
            Way::Tls { url, ends } => over_tls(url, ends, &bytes).await,
        }?;
        let receipt: Receipt = serde_json::from_str(&receipt).unwrap();
        let body: ReceiptBody = serde_json::from_str(receipt.body.get()).unwrap();
        self.end = body.settled;
        Ok(body)
    }
}

async fn directly(there: &Node, from: NodeId, bytes: &[u8]) -> Result<String, BatchRefusal> {
    let connection = PeerCertificate { node: from, pin: pin(from) };
    match there.receive(&connection, bytes).await {
        Ok(receipt) => Ok(receipt),
        Err(Error::Batch(refusal)) => Err(refusal),
        Err(other) => panic!("{other}"),
    }
}

async fn over_tls(url: &str, [from, to]: &[Site; 2], bytes: &[u8]) -> Result<String, BatchRefusal> {
    #[derive(serde::Deserialize)]
    struct Problem {
        code: BatchCode,
        expected: Option<ChainEnd>,
    }
    let mut line = Line::open(from, to, url).await.expect("its certificate is valid");
    let head = format!(
        "POST /peer/v1/batches HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n",
        bytes.len()
    );
    line.say(&[head.as_bytes(), bytes].concat()).await.unwrap();
    let answer = line.hear().await.unwrap();
    if answer.status == 200 {
        return Ok(answer.body);
    }
    let Problem { code, expected } = serde_json::from_str(&answer.body).expect(&answer.body);
    Err(BatchRefusal { code, expected })
}

/// The one message that a node has ready for a peer, and where the peer stands.
async fn ready(here: &Node, to: NodeId) -> (Message, ChainEnd) {
    let prepared = here.prepare(to, Lane::Normal, 0).await.unwrap().unwrap();
    let mut batch: Batch = serde_json::from_slice(&prepared.bytes).unwrap();
    assert_eq!(batch.items.len(), 1);
    let item = batch.items.remove(0);
    let header: Header = serde_json::from_str(item.header.get()).unwrap();
    let end = ChainEnd { epoch: Some(header.epoch), seq: header.seq - 1, x: header.prev };
    let (said, statement) = (unplaced(header), item.statement.unwrap());
    (Message { said, statement, person_refs: item.person_refs, respelt: None }, end)
}

impl Message {
    /// With these person references, and their digest in the header.
    pub(crate) fn refer(mut self, refs: &[&str]) -> Self {
        self.person_refs = refs.iter().map(|text| (*text).to_owned()).collect();
        self.said.person_refs_digest = Some(canonical::digest(&self.person_refs).unwrap());
        self
    }
}

/// What a header of ours says, under its own id.
pub(crate) fn unplaced(header: Header) -> Unsequenced {
    let (kind, basis) = header.known().map(|(kind, basis)| (kind, basis.clone())).unwrap();
    let Header { id, to, lane, purpose, statement_digest, disclosed, person_refs_digest, .. } = header;
    Unsequenced { id, to, lane, kind, basis, purpose, statement_digest, disclosed, person_refs_digest }
}
