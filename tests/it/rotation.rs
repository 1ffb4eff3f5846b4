//! Keys that change while messages wait: peers take the next key from the last one, and a compromised key says
//! nothing any more.

mod processes;

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::{Clock, OsEntropy, Timestamp, random};
use guitu::domain::date::CivilDate;
use guitu::domain::node::NodeId;
use guitu::exchange::message::Lane;
use guitu::exchange::problem::Advice;
use guitu::exchange::succession::Announcement;
use guitu::node::Error;
use guitu::node::deliver::Step;
use guitu::node::keys::Seed;
use guitu::node::open::Presence;
use guitu::node::rotation::Handover;
use guitu::node::views::AgreementView;
use guitu::peer::identity::PeerCertificate;
use uuid::Uuid;

use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, TestNode, Weather, leads_for, pin, proposal, seeds_of};

/// What a descriptor says beside its keys.
fn presence(nodes: &Nodes, descriptor: &str) -> Presence {
    let said = nodes.node(SHUOZHOU).node.examine(descriptor).unwrap();
    let (name, peer_url) = (said.name, said.peer_url);
    Presence { name, peer_url, tls_ca: said.tls_ca, tls_pins: said.tls_pins, upper: said.upper }
}

/// 临沧 hands over to its next key, and signs with it; its seed, and the descriptor that names it.
async fn rotated(nodes: &Nodes, handover: Handover) -> (Seed, String) {
    let held = nodes.node(SHUOZHOU).node.descriptor_of(LINCANG).await.unwrap();
    let (here, seed) = (nodes.node(LINCANG), Seed::new(random(&OsEntropy)));
    here.node.follow(&seeds_of(LINCANG).signing, &held).unwrap();
    let (_, signed) = here.node.hand_over(&seed, handover, presence(nodes, &held)).await.unwrap();
    assert!(here.node.follow(&seed, &signed).unwrap());
    assert!(!here.node.follow(&seed, &signed).unwrap(), "nothing changes twice");
    (seed, signed)
}

/// Shares the lead at that place of the demo's list with 朔州.
async fn share(nodes: &Nodes, agreement: &AgreementView, at: usize) -> Uuid {
    let here = nodes.node(LINCANG);
    let lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(at);
    let id = here.approved(lead).await;
    here.node.share(&here.drafter, id, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
    here.node.sequence().await.unwrap();
    id
}

async fn introduce(nodes: &Nodes, to: NodeId) -> Result<Step, Error> {
    let here = nodes.node(LINCANG);
    here.node.introduce(here.transport.as_ref(), to).await
}

async fn state(here: &TestNode, lead: Uuid) -> String {
    here.node.receipts(&here.drafter, lead).await.unwrap().pop().unwrap().state
}

/// The changes of keys in a node's log: of whom, and what.
async fn changes(here: &TestNode) -> Vec<(String, String)> {
    here.node.sequence().await.unwrap();
    let entries = here.log().await;
    let entries = entries.into_iter().map(|item| item.entry).filter(|entry| entry["t"] == "key_change");
    let text = |entry: &serde_json::Value, name: &str| entry[name].as_str().unwrap().to_owned();
    entries.map(|entry| (text(&entry, "peer"), text(&entry, "code"))).collect()
}

on_both_engines! {
    async fn messages_wait_while_the_key_changes_and_arrive_under_both(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        *here.transport.weather.lock().unwrap() = Weather::Down;
        let old = share(&nodes, &agreement, 0).await;
        rotated(&nodes, Handover::Ordinary).await;
        let new = share(&nodes, &agreement, 1).await;
        assert_eq!(introduce(&nodes, SHUOZHOU).await.unwrap(), Step::Failed);
        *here.transport.weather.lock().unwrap() = Weather::Fair;
        let early = here.node.prepare(SHUOZHOU, Lane::Normal, 0).await.unwrap().unwrap();
        let caller = PeerCertificate { node: LINCANG, pin: pin(LINCANG) };
        assert!(there.node.receive(&caller, &early.bytes).await.is_err(), "an unknown key");
        for peer in [SHUOZHOU, CHONGQING] {
            assert_eq!(introduce(&nodes, peer).await.unwrap(), Step::Moved);
            assert_eq!(introduce(&nodes, peer).await.unwrap(), Step::Moved);
        }
        nodes.settle().await;
        for lead in [old, new] {
            assert_eq!(state(here, lead).await, "stored");
        }
        let received = there.node.list_received(&there.drafter, -1, 10).await.unwrap().items;
        assert_eq!(received.len(), 2);
        assert!(received.iter().all(|lead| !lead.disputed));
        let (us, them) = (LINCANG.to_string(), "taken".to_owned());
        assert_eq!(changes(here).await, [(us.clone(), "handed_over".to_owned())]);
        assert_eq!(changes(there).await, [(us, them)]);
        nodes.assert_log_holds(LINCANG).await;
        nodes.assert_log_holds(SHUOZHOU).await;
    }

    async fn who_missed_a_change_learns_it_with_what_came_after(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let (seed, signed) = rotated(&nodes, Handover::Ordinary).await;
        let here = nodes.node(LINCANG);
        let mut presence = presence(&nodes, &signed);
        presence.tls_pins.push(pin(CHONGQING));
        // The next key signs the next certificate.
        let later = here.node.describe(presence).unwrap().sign(here.node.keys().signing()).unwrap();
        assert!(here.node.follow(&seed, &later).unwrap());
        assert_eq!(introduce(&nodes, SHUOZHOU).await.unwrap(), Step::Moved);
        assert_eq!(nodes.node(SHUOZHOU).node.descriptor_of(LINCANG).await.unwrap(), later);
        let lead = share(&nodes, &agreement, 0).await;
        nodes.settle().await;
        assert_eq!(state(here, lead).await, "stored");
    }

    async fn nothing_new_is_taken_under_a_compromised_key(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        share(&nodes, &agreement, 0).await;
        nodes.settle().await;
        nodes.clock.set(nodes.clock.now().plus(Timestamp::DAY));
        let since = nodes.clock.now();
        share(&nodes, &agreement, 1).await;
        nodes.settle().await;
        let waiting = share(&nodes, &agreement, 2).await;
        nodes.clock.set(nodes.clock.now().plus(3_600_000));
        let (_, signed) = rotated(&nodes, Handover::Emergency(since)).await;

        // The key that others may have announces nothing: the operators do.
        assert_eq!(introduce(&nodes, SHUOZHOU).await.unwrap(), Step::Moved);
        assert_ne!(there.node.descriptor_of(LINCANG).await.unwrap(), signed);
        let said = Announcement { descriptors: vec![signed.clone()] };
        let connection = PeerCertificate { node: LINCANG, pin: pin(LINCANG) };
        let bytes = serde_json::to_vec(&said).unwrap();
        let refused = there.node.introduced(&connection, &bytes).await.unwrap_err();
        assert_eq!(refused.code(), "descriptor_not_signed");
        assert!(changes(there).await.is_empty());
        for peer in [SHUOZHOU, CHONGQING] {
            let node = &nodes.node(peer).node;
            let fingerprint = node.examine(&signed).unwrap().fingerprint();
            node.enrol(&signed, &fingerprint).await.unwrap();
        }
        assert_eq!(changes(there).await, [(LINCANG.to_string(), "compromised".to_owned())]);
        assert!(there.node.alarms().await.unwrap().iter().any(|alarm| alarm.code == "key_compromised"));

        nodes.settle().await;
        assert_eq!(state(here, waiting).await, "refused:key_not_valid");
        let new = share(&nodes, &agreement, 3).await;
        nodes.settle().await;
        assert_eq!(state(here, new).await, "stored");
        let received = there.node.list_received(&there.drafter, -1, 10).await.unwrap().items;
        let disputed: Vec<bool> = received.iter().map(|lead| lead.disputed).collect();
        assert_eq!(disputed, [false, true, false]);
        let read = there.node.read_received(&there.drafter, received[1].sub).await.unwrap();
        assert!(read.disputed);
    }

    async fn who_says_of_itself_what_its_keys_may_not_is_sent_to_all_the_same(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let theirs = here.node.descriptor_of(SHUOZHOU).await.unwrap();
        there.node.follow(&seeds_of(SHUOZHOU).signing, &theirs).unwrap();
        let held = there.node.descriptor_of(LINCANG).await.unwrap();
        let (_, signed) = rotated(&nodes, Handover::Emergency(nodes.clock.now())).await;
        // It signs with the key that is held, and announces what that key did not sign.
        here.node.follow(&seeds_of(LINCANG).signing, &signed).unwrap();
        for _ in 0..2 {
            let introduced = there.node.introduce(there.transport.as_ref(), LINCANG).await.unwrap();
            assert_eq!(introduced, Step::Moved);
        }
        assert_eq!(there.node.descriptor_of(LINCANG).await.unwrap(), held);
        there.node.propose(None, proposal(&A1, CivilDate::of(nodes.clock.now()))).await.unwrap();
        there.node.sequence().await.unwrap();
        assert_eq!(there.round(LINCANG).await, Step::Moved);
        assert_eq!(here.node.agreements().await.unwrap().len(), 1);
        let alarms = there.node.alarms().await.unwrap();
        let told: Vec<_> = alarms.iter().filter(|alarm| alarm.code == "announcement_refused").collect();
        assert_eq!(told.len(), 1, "once a day");
        assert_eq!((told[0].peer, told[0].advice), (Some(LINCANG), Advice::CompareFingerprints));
    }

    async fn what_is_no_announcement_changes_nothing(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING]).await;
        let there = nodes.node(CHONGQING);
        let connection = PeerCertificate { node: LINCANG, pin: pin(LINCANG) };
        let held = there.node.descriptor_of(LINCANG).await.unwrap();
        let foreign = nodes.node(LINCANG).node.descriptor_of(CHONGQING).await.unwrap();
        let told = |text: &str| serde_json::to_vec(&Announcement { descriptors: vec![text.to_owned()] }).unwrap();
        let many = serde_json::to_vec(&Announcement { descriptors: vec![held.clone(); 3] }).unwrap();
        for (body, code) in [
            (b"".to_vec(), "unreadable"),
            (many, "unreadable"),
            (b"{\"descriptors\":[1]}".to_vec(), "unreadable"),
            (told("x"), "descriptor_not_signed"),
            (told(&foreign), "descriptor_not_signed"),
            (told(&held[..held.len() - 4]), "descriptor_not_signed"),
        ] {
            let refused = there.node.introduced(&connection, &body).await.unwrap_err();
            assert_eq!(refused.code(), code);
        }
        let stranger = PeerCertificate { node: SHUOZHOU, pin: pin(SHUOZHOU) };
        let refused = there.node.introduced(&stranger, &told(&held)).await.unwrap_err();
        assert_eq!(refused.code(), "peer_not_active");
        assert!(there.node.introduced(&connection, &told(&held)).await.is_ok());
        assert_eq!(there.node.descriptor_of(LINCANG).await.unwrap(), held);
    }
}
