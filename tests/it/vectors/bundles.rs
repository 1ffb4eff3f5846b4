//! Example bundles: an honest pair, and each with one planted fault; a restored node with two witnesses. `GUITU_WRITE_VECTORS=1` writes them anew;
//! else what the generator makes must be what lies there.

use std::fs;
use std::path::PathBuf;

use guitu::audit::trust::Trust;
use guitu::exchange::message::Lane;
use serde_json::Value;

use crate::harness::exports::Export;
use crate::harness::process::run;
use crate::harness::two_logs::{Side, deliver};
use crate::reconcile::tamper::{entries, rebuild, swap_payload};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/vectors/bundles")
}

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
/// One of the messages goes as void.
fn restored() -> [Side; 3] {
    let [mut a, mut b] = played();
    let mut c = Side::new("520000", 30);
    a.send(b.who.id, Lane::Normal);
    a.send(b.who.id, Lane::Normal);
    deliver(&mut a, &mut b, Lane::Normal, 2, false);
    let backup = a.backup();
    a.send(b.who.id, Lane::Urgent);
    deliver(&mut a, &mut b, Lane::Urgent, 1, false);
    a.restore(backup, &mut b);
    a.send(b.who.id, Lane::Normal);
    deliver(&mut a, &mut b, Lane::Normal, 1, false);
    deliver(&mut b, &mut a, Lane::Normal, 5, false);
    a.push_head(&mut b);
    a.push_head(&mut c);
    b.push_head(&mut c);
    b.push_head(&mut a);
    [a, b, c]
}

/// The three nodes' files: bundles in which each names the two others as its witnesses, and the trust file that does.
fn witnessed() -> Vec<(&'static str, Vec<u8>)> {
    let [mut a, mut b, c] = restored();
    let descriptors = [&a, &b, &c].map(|side| side.who.descriptor());
    let trust =
        Trust::of(&descriptors).unwrap().witnessed_by(descriptors.iter().map(|said| said.iss).collect());
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
        ("witnessed_530900.bundle", of_a.write(&a.who.log)),
        ("witnessed_500000.bundle", of_b.write(&b.who.log)),
        ("weak_policy.bundle", weak.write(&a.who.log)),
    ]
}

/// Every file: its name and its bytes.
fn made() -> Vec<(&'static str, Vec<u8>)> {
    [pair(), witnessed()].concat()
}

/// The pair's files.
fn pair() -> Vec<(&'static str, Vec<u8>)> {
    let [mut a, mut b] = played();
    let honest = a.export(&b.who, 1_000);
    let peer = b.export(&a.who, 1_000).write(&b.who.log);
    let tampered = |change: fn(&mut Export, &Side)| {
        let mut export = honest.clone();
        change(&mut export, &a);
        export.write(&a.who.log)
    };
    let trust = Trust::of(&[a.who.descriptor(), b.who.descriptor()]).unwrap();
    vec![
        ("trust.json", trust.to_bytes().unwrap()),
        ("530900.bundle", honest.write(&a.who.log)),
        ("500000.bundle", peer),
        ("removed_entry.bundle", tampered(|export, _| drop(export.entries.remove(2)))),
        (
            "rewritten_head.bundle",
            tampered(|export, a| {
                let mut all = entries(export);
                all[0].at = all[0].at.plus(-1);
                rebuild(export, &a.who, all);
            }),
        ),
        (
            "swapped_payload.bundle",
            tampered(|export, a| {
                let mut all = entries(export);
                swap_payload(&mut all, 1);
                rebuild(export, &a.who, all);
            }),
        ),
        ("missing_receipt.bundle", tampered(|export, _| drop(export.receipts.remove(0)))),
        ("trailing_byte.bundle", [tampered(|_, _| {}), vec![0]].concat()),
    ]
}

#[test]
fn the_example_bundles_are_what_the_generator_makes() {
    let write = std::env::var_os("GUITU_WRITE_VECTORS").is_some();
    for (name, bytes) in made() {
        let path = folder().join(name);
        if write {
            fs::create_dir_all(folder()).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        assert!(fs::read(&path).unwrap() == bytes, "{name} is another: see the head of this file");
    }
}

#[test]
fn the_example_bundles_come_out_as_their_names_say() {
    let at = |name: &str| folder().join(name).to_string_lossy().into_owned();
    let page = tempfile::tempdir().unwrap();
    let page = page.path().join("page.html").to_string_lossy().into_owned();
    let reconciled = |name: &str| {
        let (own, peer, trust) = (at(name), at("500000.bundle"), at("trust.json"));
        let _ = fs::remove_file(&page);
        let outcome =
            run(["--json", "audit", "reconcile", &own, &peer, "--trust", &trust, "--report", &page]);
        (outcome.code(), outcome.stdout)
    };
    let (code, said) = reconciled("530900.bundle");
    assert_eq!(code, Some(0), "{said}");
    let printed = fs::read_to_string(&page).unwrap();
    assert!(printed.contains("第 1 至 3 号的每一条消息均见于双方日志") && printed.contains("无需处置"));
    for (name, code, fault) in [
        ("removed_entry.bundle", 1, "leaf_wrong"),
        ("rewritten_head.bundle", 1, "head_mismatch"),
        ("swapped_payload.bundle", 1, "same_seq_other_x"),
        ("missing_receipt.bundle", 1, "receipt_missing"),
        ("trailing_byte.bundle", 2, ""),
    ] {
        let (exit, said) = reconciled(name);
        assert_eq!(exit, Some(code), "{name}");
        assert!(said.contains(fault), "{name}: {said}");
    }
    let since = |time: &str| {
        let (own, peer, trust) = (at("530900.bundle"), at("500000.bundle"), at("trust.json"));
        let outcome =
            run(["--json", "audit", "reconcile", &own, &peer, "--trust", &trust, "--made-since", time]);
        (outcome.code(), outcome.stdout.matches("bundle_stale").count())
    };
    assert_eq!(since("2000-01-01T00:00:00Z"), (Some(0), 0));
    assert_eq!(since("2999-01-01T00:00:00Z"), (Some(1), 2), "both may leave out what came since");
    assert_eq!(since("yesterday"), (Some(2), 0));
    let single = |more: &[&str]| {
        let own = at("530900.bundle");
        run([&["audit", "verify", &own][..], more].concat()).code()
    };
    assert_eq!((single(&["--trust", &at("trust.json")]), single(&[])), (Some(0), Some(1)));
    let twice =
        run(["audit", "reconcile", &at("530900.bundle"), &at("530900.bundle"), "--trust", &at("trust.json")]);
    assert_eq!(twice.code(), Some(2), "one node is no pair");
}

#[test]
fn the_example_of_a_restored_node_with_two_witnesses_holds() {
    let at = |name: &str| folder().join(name).to_string_lossy().into_owned();
    let verified = |name: &str| {
        let outcome = run(["--json", "audit", "verify", &at(name), "--trust", &at("witnessed_trust.json")]);
        let report: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let notices: Vec<String> = report["notices"]["listed"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["code"].as_str().unwrap().to_owned())
            .collect();
        (outcome.code(), report["witnessing"]["grade"].as_str().unwrap().to_owned(), notices)
    };
    let (code, grade, notices) = verified("witnessed_530900.bundle");
    assert_eq!((code, &*grade), (Some(0), "witnessed"));
    assert_eq!(notices, ["epoch_opened"]);
    assert_eq!(verified("witnessed_500000.bundle"), (Some(0), "witnessed".to_owned(), Vec::new()));
    // It says that one cosignature is enough; the trust file wants two.
    let (code, grade, notices) = verified("weak_policy.bundle");
    assert_eq!((code, &*grade), (Some(0), "pair_witnessed"));
    assert_eq!(notices, ["policy_differs", "epoch_opened"]);
    let (own, peer, trust) =
        (at("witnessed_530900.bundle"), at("witnessed_500000.bundle"), at("witnessed_trust.json"));
    let joint = run(["--json", "audit", "reconcile", &own, &peer, "--trust", &trust]);
    assert_eq!(joint.code(), Some(0), "{}", joint.stdout);
    let said = std::fs::read(at("witnessed_500000.bundle")).unwrap();
    assert!(String::from_utf8_lossy(&said).contains(r#""result":"void""#), "one message went as void");
}
