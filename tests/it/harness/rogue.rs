//! A peer with valid keys that does not keep the rules: it makes its batches by hand.

use guitu::clock::{Clock, OsEntropy, uuid_v4};
use guitu::domain::digest::Digest;
use guitu::domain::lead::Lead;
use guitu::domain::node::NodeId;
use guitu::exchange::batch::{Batch, BatchHeader, Item};
use guitu::exchange::chain::ChainEnd;
use guitu::exchange::inbox::BatchRefusal;
use guitu::exchange::message::{Header, Lane, Unsequenced};
use guitu::exchange::receipt::{Receipt, ReceiptBody};
use guitu::node::Error;
use guitu::node::views::AgreementView;
use guitu::peer::identity::PeerCertificate;
use guitu::statement::sd_jwt::{self, Plain};
use guitu::statement::{canonical, jws};
use serde_json::Value;
use serde_json::value::RawValue;
use uuid::Uuid;

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

/// What one node could say to another with its keys.
pub(crate) struct Rogue<'a> {
    nodes: &'a Nodes,
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    /// Where the receiver stands.
    pub(crate) end: ChainEnd,
    /// A message that the receiver would store.
    honest: Message,
}

impl<'a> Rogue<'a> {
    /// One lead crosses honestly; the other is what all messages of the rogue are made from.
    pub(crate) async fn open(
        nodes: &'a Nodes,
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
        let prepared = here.node.prepare(to, Lane::Normal, 0).await.unwrap().unwrap();
        let mut batch: Batch = serde_json::from_slice(&prepared.bytes).unwrap();
        assert_eq!(batch.items.len(), 1);
        let item = batch.items.remove(0);
        let header: Header = serde_json::from_str(item.header.get()).unwrap();
        let end = ChainEnd { epoch: Some(header.epoch), seq: header.seq - 1, x: header.prev };
        let honest = Message {
            said: unplaced(header),
            statement: item.statement.unwrap(),
            person_refs: item.person_refs,
            respelt: None,
        };
        Self { nodes, from, to, end, honest }
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
        let iat = guitu::domain::date::CivilDate::of(self.nodes.clock.now());
        let plain = Plain { iss: signer, sub, ver, kind, iat, classification: "internal".to_owned() };
        let named = claims.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let key = self.nodes.node(signer).node.keys().signing();
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
        let key = self.nodes.node(self.from).node.keys().signing();
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
        let here = self.nodes.node(self.from);
        let (now, epoch) = (self.nodes.clock.now(), end.epoch.unwrap());
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
            iss: here.node.id(),
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
        let key = self.nodes.node(self.from).node.keys().signing();
        let signed = jws::sign(key, jws::typ::BATCH, &made.header).unwrap();
        self.send_signed(signed, made.items).await
    }

    /// Hands a batch over under that signed header.
    pub(crate) async fn send_signed(
        &mut self,
        header: String,
        items: Vec<Item>,
    ) -> Result<ReceiptBody, BatchRefusal> {
        let here = self.nodes.node(self.from);
        let mut tx = here.node.databases().node.snapshot().await.unwrap();
        let checkpoint = here.node.checkpoint(&mut tx).await.unwrap().map(|signed| signed.note);
        tx.rollback().await.unwrap();
        let batch = Batch { header, items, checkpoint, consistency: Vec::new(), your_head: None };
        let bytes = serde_json::to_vec(&batch).unwrap();
        let connection = PeerCertificate { node: self.from, pin: pin(self.from) };
        match self.nodes.node(self.to).node.receive(&connection, &bytes).await {
            Ok(receipt) => {
                let receipt: Receipt = serde_json::from_str(&receipt).unwrap();
                let body: ReceiptBody = serde_json::from_str(receipt.body.get()).unwrap();
                self.end = body.settled;
                Ok(body)
            }
            Err(Error::Batch(refusal)) => Err(refusal),
            Err(other) => panic!("{other}"),
        }
    }
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
