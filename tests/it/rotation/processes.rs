//! Running nodes whose keys and certificates change while messages wait.

use guitu::cli::demo::agreements::{CHONGQING, LINCANG};
use guitu::cli::folder::NodeFolder;
use guitu::exchange::descriptor::Descriptor;
use guitu::statement::jws;

use crate::harness::database::Engine;
use crate::harness::federation::{LIMIT, Site, assert_done};
use crate::harness::instances::{Place, with_places};
use crate::harness::pair::Duo;
use crate::harness::process::{Signal, run};
use crate::harness::wait;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn running_nodes_change_keys_and_certificates() {
    with_places(Engine::Sqlite, 2, scenario).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn running_nodes_change_them_on_postgres() {
    with_places(Engine::Postgres, 2, scenario).await;
}

async fn scenario(places: Vec<Place>) {
    let root = tempfile::tempdir().unwrap();
    let mut duo = Duo::start(Duo::init(root.path(), &places, [&[], &[]]), |_| ()).await;
    duo.share(1).await;
    duo.stop(1).process.stop(Signal::Kill, LIMIT);
    duo.share(2).await;
    assert_done(&duo.sites[0].run(["pki", "rotate"]));
    reloaded(&mut duo, 0, "signing key and descriptor reloaded");
    duo.share(2).await;
    assert!(duo.waiting().await >= 4);
    duo.start_again(1);
    duo.offices[0].settled().await;
    assert_eq!(held(&duo.sites[1], LINCANG).await.signing_keys.len(), 2);

    // The receiver's next key signs its receipts, the sender's next certificate opens its connections.
    assert_done(&duo.sites[1].run(["pki", "rotate"]));
    reloaded(&mut duo, 1, "signing key and descriptor reloaded");
    let sender = duo.sites[0].clone();
    let next = root.path().join("next");
    let (region, next_dir) = (LINCANG.to_string(), next.to_str().unwrap().to_owned());
    let ca = sender.dir.to_str().unwrap();
    assert_done(&run(["pki", "node", "--region", &region, "--ca", ca, "--out", &next_dir]));
    let certificate = next.join("node.pem");
    assert_done(&sender.run(["pki", "descriptor", "--also", certificate.to_str().unwrap()]));
    wait::until_async("the next pin at the peer", LIMIT, async || {
        held(&duo.sites[1], LINCANG).await.tls_pins.len() == 2
    })
    .await;
    for file in ["node.key", "node.pem"] {
        std::fs::rename(next.join(file), sender.dir.join(file)).unwrap();
    }
    reloaded(&mut duo, 0, "certificates reloaded");
    duo.share(3).await;
    duo.all_arrived().await;
    assert_eq!(held(&duo.sites[0], CHONGQING).await.signing_keys.len(), 2);
    assert_eq!(duo.shared.len(), 8);
}

/// Waits until one of the two says so in its log.
fn reloaded(duo: &mut Duo, who: usize, words: &str) {
    duo.serving[who].as_mut().unwrap().process.line_with(words, LIMIT);
}

/// What a node's register says of a peer.
async fn held(site: &Site, peer: guitu::domain::node::NodeId) -> Descriptor {
    let node = NodeFolder::read(&site.dir).unwrap().open_node().await.unwrap();
    let text = node.descriptor_of(peer).await.unwrap();
    node.databases().close().await;
    serde_json::from_value(jws::claimed_payload(&text).unwrap()).unwrap()
}

#[test]
fn wrong_input_to_rotate_is_the_callers_fault() {
    let root = tempfile::tempdir().unwrap();
    let site = Site::at(LINCANG, root.path().join("node"));
    let region = LINCANG.to_string();
    assert_eq!(site.run(["pki", "rotate"]).code(), Some(2), "there is no folder");
    assert_done(&site.run(["init", "--region", &region]));
    let before = std::fs::read_to_string(site.file("descriptor.jws")).unwrap();
    for since in ["2999-01-01", "yesterday", "2026-02-30", ""] {
        let refused = site.run(["pki", "rotate", "--compromised-since", since]);
        assert_eq!(refused.code(), Some(2), "{since}");
    }
    assert_eq!(std::fs::read_to_string(site.file("descriptor.jws")).unwrap(), before);
    let done = site.run(["pki", "rotate", "--compromised-since", "2026-01-01"]);
    assert_done(&done);
    assert!(done.stdout.contains("\"fingerprint\""), "{}", done.stdout);
    assert!(
        std::fs::read_dir(&site.dir)
            .unwrap()
            .all(|entry| { !entry.unwrap().file_name().to_string_lossy().ends_with(".next") })
    );
}
