//! A redirect (HTTP 307, 308) of a peer leads nowhere: nobody but the recipient of a batch takes it, and from its
//! sender alone.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::http::StatusCode;
use actix_web::{App, HttpResponse, web};
use arc_swap::ArcSwap;
use guitu::api::listener::{Serving, serve_tls};
use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::{Clock as _, SystemClock};
use guitu::domain::date::CivilDate;
use guitu::peer::identity::{PeerCertificate, peer_server_config};
use guitu::peer::transport::{HttpsTransport, PeerAddress, SHORT_ANSWER, Transport as _};
use guitu::peer::verifier::{PeerVerifier, Standing};

use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, leads_for, pin};
use crate::harness::pki::{Region, identity, trust};

const PATH: &str = "/peer/v1/batches";

/// A peer that counts calls and answers each with a redirect to another, if it has one.
struct Server {
    home: Region,
    url: String,
    calls: Arc<AtomicUsize>,
    handle: actix_server::ServerHandle,
}

impl Server {
    fn start(code: &str, caller: &Region, elsewhere: Option<(u16, String)>) -> Self {
        let home = Region::new(code);
        let verifier = PeerVerifier::new();
        verifier.replace(trust([caller.trusted(Standing::Active, vec![])]));
        let certificate = identity(&home.certify(code));
        let config = peer_server_config(&certificate, verifier, Arc::new(SystemClock)).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let calls = Arc::new(AtomicUsize::new(0));
        let seen = web::Data::from(Arc::clone(&calls));
        let elsewhere = web::Data::new(elsewhere);
        let app = move || {
            App::new().app_data(seen.clone()).app_data(elsewhere.clone()).route(PATH, web::post().to(answer))
        };
        let serving = Serving { workers: 1, shutdown_seconds: 1, ..Serving::default() };
        let server = serve_tls(listener, Arc::new(ArcSwap::from_pointee(config)), serving, app).unwrap();
        let handle = server.handle();
        tokio::spawn(server);
        Self { home, url, calls, handle }
    }
}

async fn answer(seen: web::Data<AtomicUsize>, elsewhere: web::Data<Option<(u16, String)>>) -> HttpResponse {
    seen.fetch_add(1, Ordering::SeqCst);
    match elsewhere.as_ref() {
        Some((status, url)) => HttpResponse::build(StatusCode::from_u16(*status).unwrap())
            .insert_header(("location", format!("{url}{PATH}")))
            .finish(),
        None => HttpResponse::Ok().finish(),
    }
}

#[tokio::test]
async fn a_call_does_not_follow_a_redirect() {
    let caller = Region::new("530900");
    let third = Server::start("140600", &caller, None);
    for status in [307, 308] {
        let peer = Server::start("500000", &caller, Some((status, third.url.clone())));
        let verifier = PeerVerifier::new();
        let both = [&peer.home, &third.home].map(|home| home.trusted(Standing::Active, vec![]));
        verifier.replace(trust(both));
        let shown = identity(&caller.certify("530900"));
        let transport = HttpsTransport::new(shown, verifier, Arc::new(SystemClock));
        let address = PeerAddress { node: peer.home.node, base_url: peer.url.clone() };
        let answer = transport.post(&address, PATH, b"a batch".to_vec(), SHORT_ANSWER).await.unwrap();
        assert_eq!((answer.status, peer.calls.load(Ordering::SeqCst)), (status, 1));
        peer.handle.stop(true).await;
    }
    assert_eq!(third.calls.load(Ordering::SeqCst), 0, "the third node hears nothing");
    third.handle.stop(true).await;
}

on_both_engines! {
    async fn a_batch_is_taken_by_its_recipient_from_its_sender_only(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let here = nodes.node(LINCANG);
        let lead = leads_for(LINCANG, CHONGQING, CivilDate::of(nodes.clock.now())).remove(0);
        let id = here.approved(lead).await;
        here.node.share(&here.drafter, id, agreement.id, Some(vec![CHONGQING])).await.unwrap();
        here.transport.posted.lock().unwrap().clear();
        nodes.settle().await;
        let batch = here.transport.posted.lock().unwrap().last().unwrap().clone();
        let third = nodes.node(SHUOZHOU);
        // As if the redirect had been followed; as if the redirecting peer passed the batch on.
        for (caller, code) in [(LINCANG, "not_for_me"), (CHONGQING, "signature_invalid")] {
            let connection = PeerCertificate { node: caller, pin: pin(caller) };
            let refused = third.node.receive(&connection, &batch).await.err().unwrap();
            assert_eq!(refused.code(), code);
        }
        let held = third.node.list_received(&third.drafter, -1, 200).await.unwrap();
        assert!(held.items.is_empty());
        let again = PeerCertificate { node: SHUOZHOU, pin: pin(SHUOZHOU) };
        let passed_on = nodes.node(CHONGQING).node.receive(&again, &batch).await.err().unwrap();
        assert_eq!(passed_on.code(), "signature_invalid");
    }
}
