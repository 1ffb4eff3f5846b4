//! `guitu audit trust`: from which descriptors a trust file is made, and who witnesses by it.

use std::fs;

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use guitu::domain::date::CivilDate;
use guitu::exchange::descriptor::Descriptor;
use guitu::statement::keys::KeyRecord;
use serde_json::Value;

use crate::harness::federation::Site;
use crate::harness::process::run;
use crate::harness::two_logs::Identity;

#[test]
fn the_trust_file_names_the_witnesses() {
    let root = tempfile::tempdir().unwrap();
    let sites = [LINCANG, CHONGQING, SHUOZHOU].map(|node| Site::init(root.path(), node, &[]));
    let [own, peer, third] = sites.each_ref().map(|site| site.file("descriptor.jws"));
    let out = root.path().join("trust").to_str().unwrap().to_owned();
    let named = |more: &[&str]| {
        let outcome = run([&["--json", "audit", "trust", "--out", &out][..], more].concat());
        let said: Value = serde_json::from_str(&outcome.stdout).unwrap_or_default();
        let count = |name: &str| said[name].as_array().map(Vec::len);
        let file: Value = serde_json::from_str(&fs::read_to_string(&out).unwrap()).unwrap();
        (outcome.code(), count("nodes"), count("witnesses"), file["witnesses"].as_array().map(Vec::len))
    };
    assert_eq!(named(&["--from", &own, &peer]), (Some(0), Some(2), Some(2), None));
    let both = ["--from", &own, &peer, "--witness", &peer, &third];
    assert_eq!(named(&both), (Some(0), Some(3), Some(2), Some(2)));
    assert_eq!(named(&["--from", &own, "--witness", &third, &third]).0, Some(2), "named twice");
    assert_eq!(named(&["--from", &own, "--witness", &out]).0, Some(2), "no descriptor");
}

/// A log is kept for years: the descriptors of its time are then older than their keys hold.
#[test]
fn a_descriptor_is_read_as_of_its_own_day() {
    let root = tempfile::tempdir().unwrap();
    let path = |name: &str| root.path().join(name).to_str().unwrap().to_owned();
    let who = Identity::new("530900", 10, 1);
    let days = ["2021-01-01", "2021-12-31", "2022-03-31"].map(|day| day.parse::<CivilDate>().unwrap());
    let trusted = |day: &str, lost: Option<&str>| {
        let mut key = KeyRecord::new(who.id, who.signing.verifying_key(), days[0], days[1], days[2]).unwrap();
        if let Some(since) = lost {
            key = key.compromised(since.parse::<CivilDate>().unwrap().start());
        }
        let iat = day.parse::<CivilDate>().unwrap().start().seconds();
        let said = Descriptor { iat, signing_keys: vec![key], ..who.descriptor() };
        fs::write(path("descriptor"), said.sign(&who.signing).unwrap()).unwrap();
        run(["audit", "trust", "--from", &path("descriptor"), "--out", &path("trust")]).code()
    };
    assert_eq!(trusted("2021-05-05", None), Some(0));
    assert_eq!(trusted("2021-05-05", Some("2021-05-06")), Some(0), "it was lost later");
    for (day, lost) in [("2020-12-31", None), ("2022-01-01", None), ("2021-05-05", Some("2021-05-05"))] {
        assert_eq!(trusted(day, lost), Some(2), "{day}");
    }
}
