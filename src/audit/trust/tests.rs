//! Trust files: what they say, what is refused, and which keys hold until when.

use super::*;
use crate::audit::samples::World;

#[test]
fn a_trust_file_reads_back() {
    let trust = Trust::of(&World::new().descriptors()).unwrap();
    assert_eq!(Trust::open(&trust.to_bytes().unwrap()), Ok(trust.clone()));
    let codes: Vec<String> = trust.nodes().iter().map(|trusted| trusted.node.to_string()).collect();
    assert_eq!(codes, ["500000", "510000", "530900"]);
}

#[test]
fn wrong_trust_files_are_refused() {
    let world = World::new();
    let mut descriptors = world.descriptors();
    let good = serde_json::to_value(Trust::of(&descriptors).unwrap()).unwrap();
    let refused = |change: fn(&mut serde_json::Value)| {
        let mut file = good.clone();
        change(&mut file);
        Trust::open(&serde_json::to_vec(&file).unwrap()).unwrap_err()
    };
    assert_eq!(refused(|file| file["guitu_trust"] = 2.into()), TrustError::Malformed);
    assert_eq!(refused(|file| file["more"] = 2.into()), TrustError::Malformed);
    assert_eq!(refused(|file| file["nodes"][0]["more"] = 2.into()), TrustError::Malformed);
    assert_eq!(refused(|file| file["nodes"] = serde_json::json!([])), TrustError::Malformed);
    let other = refused(|file| file["nodes"][0]["signing_keys"] = file["nodes"][1]["signing_keys"].clone());
    assert_eq!(other, TrustError::WrongKeys(world.parties[1].id));
    descriptors[1] = descriptors[0].clone();
    assert_eq!(Trust::of(&descriptors), Err(TrustError::Doubled(world.parties[0].id)));
    descriptors.truncate(1);
    descriptors[0].log_key = "AAAA".into();
    assert_eq!(Trust::of(&descriptors), Err(TrustError::WrongKeys(world.parties[0].id)));
}

#[test]
fn descriptors_of_earlier_epochs_go_together() {
    let world = World::new();
    let now = world.descriptors()[0].clone();
    let later = Descriptor { epoch: Epoch { counter: now.epoch.counter + 1, nonce: 7 }, ..now.clone() };
    let trust = Trust::of(&[now.clone(), later.clone()]).unwrap();
    assert_eq!(Trust::open(&trust.to_bytes().unwrap()), Ok(trust.clone()));
    let [node] = trust.nodes() else { panic!("one node") };
    assert_eq!((node.epoch, &node.fingerprint), (later.epoch, &later.fingerprint()));
    assert!(node.was_in(now.epoch) && !node.was_in(later.epoch));
    assert!([&now, &later].iter().all(|said| node.is_described_by(&said.fingerprint())));
    assert_eq!(Trust::of(&[later.clone(), later.clone()]), Err(TrustError::Doubled(now.iss)));
    let other = Descriptor { log_key: world.descriptors()[1].log_key.clone(), ..later };
    assert_eq!(Trust::of(&[now.clone(), other]), Err(TrustError::WrongKeys(now.iss)));
    let mut file = serde_json::to_value(&trust).unwrap();
    file["nodes"][0]["epoch"] = file["nodes"][0]["earlier"][0]["epoch"].clone();
    assert_eq!(Trust::open(&serde_json::to_vec(&file).unwrap()), Err(TrustError::Doubled(now.iss)));
}

#[test]
fn a_named_witness_set_reads_back_and_is_of_the_nodes() {
    let world = World::new();
    let [own, peer, third] = [0, 1, 2].map(|at| world.parties[at].id);
    let every = Trust::of(&world.descriptors()).unwrap();
    assert!(!every.names_witnesses() && every.is_witness(third));
    let named = every.clone().witnessed_by(vec![peer, own]).unwrap();
    assert_eq!(Trust::open(&named.to_bytes().unwrap()), Ok(named.clone()));
    assert_eq!([own, peer, third].map(|node| named.is_witness(node)), [true, true, false]);
    let stranger: NodeId = "410000".parse().unwrap();
    let wrong = |witnesses| every.clone().witnessed_by(witnesses);
    assert_eq!(wrong(vec![peer, stranger]), Err(TrustError::WrongWitness(stranger)));
    assert_eq!(wrong(vec![peer, own, peer]), Err(TrustError::WrongWitness(peer)));
    assert_eq!(wrong(vec![]), Err(TrustError::Malformed));
}

#[test]
fn a_log_key_is_only_for_logs_of_its_node() {
    let world = World::new();
    let trust = Trust::of(&world.descriptors()).unwrap();
    let own = trust.node(world.parties[0].id).unwrap();
    assert_eq!(own.log_key(&world.parties[0].origin()).as_ref(), Some(world.parties[0].log.verifier()));
    assert_eq!(own.cosigner().as_ref(), Some(world.parties[0].cosigner.verifier()));
    for origin in [world.parties[1].origin(), "guitu.530900/log/1-a".into(), String::new(), "/".into()] {
        assert_eq!(own.log_key(&origin), None, "{origin}");
    }
}
