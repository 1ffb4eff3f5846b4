//! `guitu peer list` and `guitu peer show`: what the register has of each peer.

use guitu::cli::demo::agreements::{CHONGQING, LINCANG, SHUOZHOU};
use serde_json::json;

use super::{refused, said};
use crate::harness::federation::{Site, assert_done};
use crate::harness::process::run;

#[test]
fn the_register_is_listed_and_shown() {
    let folder = tempfile::tempdir().unwrap();
    let [here, there, third] =
        [LINCANG, CHONGQING, SHUOZHOU].map(|node| Site::init(folder.path(), node, &[]));
    assert_eq!(said(&here.run(["peer", "list"])), json!([]));
    here.enrol(&there);
    here.enrol(&third);
    here.change("suspend", SHUOZHOU);
    let listed = here.run(["peer", "list"]);
    assert_done(&listed);
    let listed = said(&listed);
    let standing: Vec<_> =
        listed.as_array().unwrap().iter().map(|peer| (&peer["node"], &peer["status"])).collect();
    let expected =
        [("140600", "suspended"), ("500000", "active")].map(|(node, status)| (json!(node), json!(status)));
    assert_eq!(standing, expected.iter().map(|(node, status)| (node, status)).collect::<Vec<_>>());
    for peer in listed.as_array().unwrap() {
        let shown = here.run(["peer", "show", peer["node"].as_str().unwrap()]);
        assert_done(&shown);
        assert_eq!(&said(&shown), peer);
        assert!(peer["peer_url"].as_str().unwrap().starts_with("https://"));
        let words =
            run(["peer", "show", peer["node"].as_str().unwrap(), "--dir", here.dir.to_str().unwrap()]);
        let told: Vec<&str> = words.stdout.lines().collect();
        let lines = ["node", "status", "fingerprint", "peer_url", "name"]
            .map(|member| peer[member].as_str().unwrap());
        assert_eq!(told, lines, "one a line");
    }
    let read_out = said(&there.run(["pki", "descriptor"]))["fingerprint"].clone();
    assert_eq!(listed[1]["fingerprint"], read_out, "what the other operator reads out");
    let table = run(["peer", "list", "--dir", here.dir.to_str().unwrap()]);
    assert!(table.stdout.lines().count() == 2 && table.stdout.contains("suspended"), "{}", table.stdout);

    refused(&here.run(["peer", "show", "220000"]), 1, "220000 is not in the register");
    refused(&here.run(["peer", "show", "53"]), 2, "code of six digits");
    refused(&here.run(["peer", "show"]), 2, "<NODE>");
    for command in [["peer", "list"].as_slice(), &["peer", "show", "500000"]] {
        let none = folder.path().join("none");
        let arguments = command.iter().copied().chain(["--dir", none.to_str().unwrap()]);
        refused(&run(arguments), 2, "guitu init");
    }
}
