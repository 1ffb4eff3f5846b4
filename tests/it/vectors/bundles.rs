//! Example bundles: an honest pair, and each with one planted fault. `GUITU_WRITE_VECTORS=1` writes them anew;
//! else what the generator makes must be what lies there.

use std::fs;
use std::path::PathBuf;

use guitu::audit::trust::Trust;
use guitu::exchange::message::Lane;

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

/// Every file: its name and its bytes.
fn made() -> Vec<(&'static str, Vec<u8>)> {
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
    let single = |more: &[&str]| {
        let own = at("530900.bundle");
        run([&["audit", "verify", &own][..], more].concat()).code()
    };
    assert_eq!((single(&["--trust", &at("trust.json")]), single(&[])), (Some(0), Some(1)));
    let twice =
        run(["audit", "reconcile", &at("530900.bundle"), &at("530900.bundle"), "--trust", &at("trust.json")]);
    assert_eq!(twice.code(), Some(2), "one node is no pair");
}
