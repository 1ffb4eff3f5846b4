//! Certificates that end while two nodes exchange: an open connection ends with them, the next one says so, and a new
//! certificate heals it.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use actix_web::{App, HttpResponse, web};
use arc_swap::ArcSwap;
use guitu::api::listener::{Serving, serve_tls};
use guitu::cli::demo::agreements::LINCANG;
use guitu::clock::{Clock, ManualClock, Timestamp};
use guitu::peer::identity::{Identity, peer_server_config};
use guitu::peer::pki::make_node_certificate;
use guitu::peer::refusal::Reason;
use guitu::peer::transport::{HttpsTransport, PeerAddress, Transport as _, TransportError};
use guitu::peer::verifier::{PeerVerifier, Standing};

use crate::harness::database::Engine;
use crate::harness::federation::{LIMIT, assert_done};
use crate::harness::instances::{Place, with_places};
use crate::harness::line::{Answer, Line};
use crate::harness::pair::Duo;
use crate::harness::pki::{Region, identity, trust};
use crate::harness::process::run;
use crate::harness::shifted::ShiftedClock;
use crate::harness::wait;

const HOME: &str = "520000";
const PEER: &str = "530900";

/// A certificate of the region that is valid from `from` for so many days.
fn certificate(region: &Region, from: Timestamp, days: u32) -> Identity {
    identity(&make_node_certificate(&region.ca, region.node, &[], from, days).unwrap())
}

#[tokio::test]
async fn a_certificate_that_ends_in_the_middle_is_renewed_without_a_restart() {
    let (home, peer) = (Region::new(HOME), Region::new(PEER));
    let clock = Arc::new(ManualClock::at(home.born.plus(Timestamp::DAY)));
    let tell = || trust([home.trusted(Standing::Active, vec![]), peer.trusted(Standing::Active, vec![])]);
    let time: Arc<dyn Clock> = Arc::<ManualClock>::clone(&clock);
    let verifier = PeerVerifier::new();
    assert_eq!(verifier.replace(tell()), []);
    let config = |days| {
        let shown = certificate(&home, home.born, days);
        peer_server_config(&shown, Arc::clone(&verifier), Arc::clone(&time)).unwrap()
    };
    let tls = Arc::new(ArcSwap::from_pointee(config(10)));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address =
        PeerAddress { node: home.node, base_url: format!("https://{}", listener.local_addr().unwrap()) };
    let app = || App::new().route("/", web::get().to(HttpResponse::Ok));
    let server =
        serve_tls(listener, Arc::clone(&tls), Serving { workers: 1, ..Serving::default() }, app).unwrap();
    let handle = server.handle();
    tokio::spawn(server);

    let register = PeerVerifier::new();
    register.replace(tell());
    let transport =
        HttpsTransport::new(certificate(&peer, peer.born, 20), Arc::clone(&register), Arc::clone(&time));
    let call = async || transport.get(&address, "/").await.map(|answer| answer.status);
    assert!(matches!(call().await, Ok(200)));
    clock.set(home.born.plus(11 * Timestamp::DAY));
    assert!(matches!(call().await, Err(TransportError::Tls(Reason::CertificateExpired))));
    tls.store(Arc::new(config(100)));
    assert!(matches!(call().await, Ok(200)));

    clock.set(home.born.plus(21 * Timestamp::DAY));
    let refused = call().await;
    assert!(matches!(refused, Err(TransportError::Tls(Reason::RefusedByPeer))), "now the caller's has ended");
    transport.replace_identity(certificate(&peer, peer.born, 100));
    assert!(matches!(call().await, Ok(200)));
    handle.stop(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_whose_certificate_ends_delivers_with_the_next_one() {
    with_places(Engine::Sqlite, 2, scenario).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_does_on_postgres() {
    with_places(Engine::Postgres, 2, scenario).await;
}

/// A day and an hour later, for both: their clocks agree, and a certificate of one day has ended.
const LATER: i64 = 25 * 60 * 60;

async fn scenario(places: Vec<Place>) {
    let root = tempfile::tempdir().unwrap();
    let mut sites = Duo::init(root.path(), &places, [&[], &[]]);
    let clock = ShiftedClock::new(root.path(), "both");
    for site in &mut sites {
        site.clock = Some(clock.clone());
    }
    // What it shows for a day, and what after that: announced in time, as an operator would.
    let ca = sites[0].file("");
    let [short, next] = [("short", "1"), ("next", "397")].map(|(name, days)| {
        let out = root.path().join(name);
        let region = LINCANG.to_string();
        let to = ["--out", out.to_str().unwrap(), "--days", days];
        assert_done(&run(["pki", "node", "--region", &region, "--ca", &ca].into_iter().chain(to)));
        out
    });
    let also = [&short, &next].map(|folder| folder.join("node.pem").to_str().unwrap().to_owned());
    assert_done(&sites[0].run(["pki", "descriptor", "--also", &also[0], "--also", &also[1]]));
    let sender = sites[0].clone();
    let shows = |folder: &Path| {
        for file in ["node.key", "node.pem"] {
            std::fs::rename(folder.join(file), sender.dir.join(file)).unwrap();
        }
    };
    sites[1].enrol(&sites[0]);
    shows(&short);
    let mut duo = Duo::start(sites, |_| ()).await;
    duo.share(2).await;
    duo.offices[0].settled().await;
    let receiver = duo.serving[1].as_ref().unwrap().url("peer");
    let mut line = Line::open(&duo.sites[0], &duo.sites[1], &receiver).await.unwrap();
    assert_eq!(called(&mut line).await.status, 204);

    clock.be_off(LATER);
    for who in [0, 1] {
        duo.log_in_again(who).await;
    }
    duo.share(2).await;
    let process = &mut duo.serving[0].as_mut().unwrap().process;
    process.line_with("refused_by_peer", LIMIT);
    let answer = called(&mut line).await;
    assert!(answer.status == 403 && answer.body.contains("certificate_expired"), "{answer:?}");
    wait::until_async("what waits", LIMIT, async || duo.waiting().await >= 2).await;

    shows(&next);
    let process = &mut duo.serving[0].as_mut().unwrap().process;
    process.line_with("certificates reloaded", LIMIT);
    duo.all_arrived().await;
    assert_eq!(duo.shared.len(), 4);
}

/// What a hello on an open connection is answered with.
async fn called(line: &mut Line) -> Answer {
    line.say(b"POST /peer/v1/hello HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    line.hear().await.unwrap()
}
