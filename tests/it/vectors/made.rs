//! What the example bundles are made of: an honest pair, one of them with one planted fault each, and a restored node
//! with two witnesses.

use guitu::audit::bundle::records::{PeerHead, ReceiptRecord};
use guitu::audit::entry::{Entry, EntryType};
use guitu::audit::trust::Trust;
use guitu::domain::digest::Digest;
use guitu::exchange::descriptor::Descriptor;
use guitu::exchange::message::Lane;
use guitu::exchange::receipt::{Outcome, ReceiptBody, ReceiptHeader};
use guitu::statement::jws;
use guitu::statement::keys::SigningKey;
use guitu::tlog::key::{KeyUse, Signer};

use crate::harness::exports::Export;
use crate::harness::two_logs::{Side, deliver};
use crate::reconcile::tamper::{entries, head, rebuild, swap_payload};

/// Two nodes with four messages each way, one of them on its way.
fn played() -> [Side; 2] {
    let (mut a, mut b) = (Side::new("530900", 10), Side::new("500000", 20));
    a.read();
    for _ in 0..3 {
        a.send(b.who.id, Lane::Normal);
        b.send(a.who.id, Lane::Normal);
    }
    a.send(b.who.id, Lane::Urgent);
    for _ in 0..2 {
        deliver(&mut a, &mut b, Lane::Normal, 2, false);
        deliver(&mut b, &mut a, Lane::Normal, 3, false);
    }
    deliver(&mut a, &mut b, Lane::Urgent, 1, false);
    b.read();
    b.send(a.who.id, Lane::Normal);
    [a, b]
}

/// The same two and a third node, which only witnesses; the first of them goes back to a backup and on in a new epoch.
/// One of the messages goes as void. Also what it exported before: the bundle, and who it was.
fn restored() -> ([Side; 3], (Vec<u8>, Descriptor)) {
    let [mut a, mut b] = played();
    let mut c = Side::new("520000", 30);
    a.send(b.who.id, Lane::Normal);
    a.send(b.who.id, Lane::Normal);
    deliver(&mut a, &mut b, Lane::Normal, 2, false);
    let backup = a.backup();
    a.send(b.who.id, Lane::Urgent);
    deliver(&mut a, &mut b, Lane::Urgent, 1, false);
    let before = (a.export(&b.who, 1_000).write(&a.who.log), a.who.descriptor());
    a.restore(backup, &mut b);
    a.send(b.who.id, Lane::Normal);
    deliver(&mut a, &mut b, Lane::Normal, 1, false);
    deliver(&mut b, &mut a, Lane::Normal, 5, false);
    a.push_head(&mut b);
    a.push_head(&mut c);
    b.push_head(&mut c);
    b.push_head(&mut a);
    ([a, b, c], before)
}

/// The three nodes' files: bundles in which each names the two others as its witnesses, and the trust file that does.
fn witnessed() -> Vec<(&'static str, Vec<u8>)> {
    let ([mut a, mut b, c], (before, then)) = restored();
    let descriptors = [&a, &b, &c].map(|side| side.who.descriptor());
    let witnesses = || descriptors.iter().map(|said| said.iss).collect();
    let trust = Trust::of(&descriptors).unwrap().witnessed_by(witnesses());
    let both = Trust::of(&[&descriptors[..], &[then]].concat()).unwrap().witnessed_by(witnesses());
    let third = c.who.descriptor().sign(&c.who.signing).unwrap();
    let export = |own: &mut Side, peer: &Side| {
        let mut export = own.export(&peer.who, 1_000);
        export.keys.push(third.clone());
        export.policy.witnesses = vec![peer.who.id, c.who.id];
        export.policy.witnesses.sort_unstable();
        export
    };
    let (of_a, of_b) = (export(&mut a, &b), export(&mut b, &a));
    let mut weak = of_a.clone();
    weak.policy.witnesses = vec![b.who.id];
    weak.policy.quorum = 1;
    weak.cosignatures.retain(|said| said.peer == b.who.id);
    vec![
        ("witnessed_trust.json", trust.unwrap().to_bytes().unwrap()),
        ("both_epochs_trust.json", both.unwrap().to_bytes().unwrap()),
        ("earlier_epoch.bundle", before),
        ("witnessed_530900.bundle", of_a.write(&a.who.log)),
        ("witnessed_500000.bundle", of_b.write(&b.who.log)),
        ("weak_policy.bundle", weak.write(&a.who.log)),
    ]
}

/// Every file: its name and its bytes.
pub(super) fn made() -> Vec<(&'static str, Vec<u8>)> {
    [pair(), witnessed()].concat()
}

/// The pair's files, and one of them with one planted fault each.
fn pair() -> Vec<(&'static str, Vec<u8>)> {
    let [mut a, mut b] = played();
    let honest = a.export(&b.who, 1_000);
    let peer = b.export(&a.who, 1_000);
    let tampered = |change: fn(&mut Export, &Side)| {
        let mut export = honest.clone();
        change(&mut export, &a);
        export.write(&a.who.log)
    };
    let rewritten = |change: fn(&mut Vec<Entry>)| {
        let mut export = honest.clone();
        let mut all = entries(&export);
        change(&mut all);
        rebuild(&mut export, &a.who, all);
        export.write(&a.who.log)
    };
    let trust = Trust::of(&[a.who.descriptor(), b.who.descriptor()]).unwrap();
    vec![
        ("trust.json", trust.to_bytes().unwrap()),
        ("others_trust.json", Trust::of(&[b.who.descriptor()]).unwrap().to_bytes().unwrap()),
        ("530900.bundle", honest.write(&a.who.log)),
        ("500000.bundle", peer.write(&b.who.log)),
        ("removed_entry.bundle", tampered(|export, _| drop(export.entries.remove(2)))),
        ("altered_entry.bundle", tampered(|export, _| export.entries[2][40] ^= 1)),
        ("doubled_entry.bundle", tampered(|export, _| export.entries.insert(2, export.entries[2].clone()))),
        ("reordered_entries.bundle", tampered(|export, _| export.entries.swap(2, 3))),
        ("rewritten_head.bundle", rewritten(|all| all[0].at = all[0].at.plus(-1))),
        ("swapped_payload.bundle", rewritten(|all| swap_payload(all, 1))),
        (
            "header_not_of_its_x.bundle",
            rewritten(|all| {
                let header = all[1].body.header.as_mut().unwrap();
                header.statement_digest = Digest::of(b"another payload");
            }),
        ),
        ("missing_receipt.bundle", tampered(|export, _| drop(export.receipts.remove(0)))),
        ("forged_receipt.bundle", tampered(forge_receipt)),
        ("two_heads.bundle", two_heads(&peer, &a, false).write(&b.who.log)),
        ("two_heads_at_once.bundle", two_heads(&peer, &a, true).write(&b.who.log)),
        ("forged_keys.bundle", forged(&a, &b)),
        ("trailing_byte.bundle", [tampered(|_, _| {}), vec![0]].concat()),
    ]
}

/// A receipt that says something else, signed with a key of the node's own make; its log names this one.
fn forge_receipt(export: &mut Export, own: &Side) {
    let ReceiptRecord { header, body } = export.receipts[0].clone();
    let mut said: ReceiptHeader = serde_json::from_value(jws::claimed_payload(&header).unwrap()).unwrap();
    let mut inner: ReceiptBody = serde_json::from_str(&body).unwrap();
    inner.entries[0].result = Outcome::Void;
    let body = serde_json::to_string(&inner).unwrap();
    said.body = Digest::of(body.as_bytes());
    let key = SigningKey::from_seed(said.iss, &[99; 32]).unwrap();
    let forged = jws::sign(&key, jws::typ::RECEIPT, &said).unwrap();
    let digests = [&header, &forged].map(|header| Some(Digest::of(header.as_bytes())));
    export.receipts[0] = ReceiptRecord { header: forged, body };
    let mut all = entries(export);
    all.iter_mut()
        .filter(|entry| entry.body.digest == digests[0])
        .for_each(|entry| entry.body.digest = digests[1]);
    rebuild(export, &own.who, all);
}

/// What `seer` exports if `shown` showed it, instead of or beside its real first head, another one of the same size.
fn two_heads(seer: &Export, shown: &Side, beside: bool) -> Export {
    let mut export = seer.clone();
    let mut other = head(&export.heads[0].note);
    other.root = Digest::of(b"another history");
    let note = other.sign(&shown.who.log).unwrap().to_string();
    let mut all = entries(&export);
    for entry in
        all.iter_mut().filter(|entry| entry.t == EntryType::PeerHead && entry.body.size == Some(other.size))
    {
        entry.body.digest = Some(other.root);
    }
    let seen = PeerHead { note, peer: shown.who.id };
    if beside {
        export.heads.insert(1, seen);
    } else {
        export.heads[0] = seen;
        let seer = Side::new("500000", 20);
        rebuild(&mut export, &seer.who, all);
    }
    export
}

/// A log that somebody made up under the name of `real`, with keys of the forger's own.
fn forged(real: &Side, peer: &Side) -> Vec<u8> {
    let mut forger = Side::new("530900", 70);
    forger.who.epoch = real.who.epoch;
    forger.who.log = Signer::from_seed(&real.who.origin(), KeyUse::Log, &[71; 32]).unwrap();
    forger.read();
    forger.send(peer.who.id, Lane::Normal);
    forger.export(&peer.who, 1_000).write(&forger.who.log)
}
