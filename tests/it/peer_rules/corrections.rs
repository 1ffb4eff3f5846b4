//! A shared lead that is corrected, who may do what with it, and what a file of the databases tells.

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock;
use guitu::domain::date::CivilDate;
use guitu::domain::lead::codes::{Classification, Priority};
use guitu::domain::lead::status::{RecipientStatus, Status};
use guitu::domain::unit::Duty;
use guitu::node::{Error, Officer};
use uuid::Uuid;

use crate::harness::database::{Engine, on_both_engines};
use crate::harness::nodes::{Nodes, leads_for};

on_both_engines! {
    async fn a_correction_goes_to_holders_only_and_their_answer_comes_back(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let (here, there) = (nodes.node(LINCANG), nodes.node(SHUOZHOU));
        let mut lead = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).remove(0);
        let id = here.approved(lead.clone()).await;
        here.node.share(&here.drafter, id, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
        nodes.settle().await;
        lead.priority = if lead.priority == Priority::Urgent { Priority::High } else { Priority::Urgent };
        let stale = here.node.correct(&here.drafter, id, 2, lead.clone()).await;
        assert!(matches!(stale, Err(Error::Conflict)));
        here.node.correct(&here.drafter, id, 1, lead).await.unwrap();
        nodes.settle().await;
        let listed = there.node.list_received(&there.drafter, -1, 10).await.unwrap().items;
        assert_eq!(listed.iter().map(|lead| lead.version).collect::<Vec<_>>(), [1], "not before approval");
        here.node.approve(&here.approver, id).await.unwrap();
        nodes.settle().await;
        let listed = there.node.list_received(&there.drafter, -1, 10).await.unwrap().items;
        assert_eq!(listed.iter().map(|lead| lead.version).collect::<Vec<_>>(), [2]);
        let unshared = nodes.node(CHONGQING);
        assert!(unshared.node.list_received(&unshared.drafter, -1, 10).await.unwrap().items.is_empty());
        there.node.answer(&there.drafter, listed[0].sub, RecipientStatus::Acknowledged, None).await.unwrap();
        nodes.settle().await;
        let read = here.node.read(&here.drafter, id).await.unwrap();
        assert_eq!(read.recipients.len(), 1);
        assert_eq!((read.recipients[0].status, read.recipients[0].version), (RecipientStatus::Acknowledged, 2));
    }

    async fn what_an_officer_may_not_do_is_refused(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let here = nodes.node(LINCANG);
        let mut leads = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now()));
        let made = here.node.create(&here.drafter, leads[0].clone(), Some("key")).await.unwrap();
        let again = here.node.create(&here.drafter, leads[0].clone(), Some("key")).await.unwrap();
        assert_eq!(made.id, again.id);
        let reused = here.node.create(&here.drafter, leads[1].clone(), Some("key")).await;
        assert!(matches!(reused, Err(Error::KeyReused)));
        here.node.submit(&here.drafter, made.id).await.unwrap();
        let both = Officer { duties: here.approver.duties.clone(), ..here.drafter.clone() };
        let own = here.node.approve(&both, made.id).await;
        assert!(matches!(own, Err(error) if error.code() == "approver_is_drafter"));
        assert!(matches!(here.node.approve(&here.drafter, made.id).await, Err(Error::Forbidden)));
        // The drafter changes what the approver has read.
        let read = made.version;
        let changed = here.node.correct(&here.drafter, made.id, read, leads[1].clone()).await.unwrap();
        let unread = here.node.approve_as_read(&here.approver, made.id, Some(read)).await;
        assert!(matches!(unread, Err(Error::Conflict)));
        let approved = here.node.approve_as_read(&here.approver, made.id, Some(changed.version)).await.unwrap();
        assert_eq!(approved.status, Status::Approved);
        leads[2].classification = Classification::StateSecret;
        let secret = here.approved(leads[2].clone()).await;
        let shared = here.node.share(&here.drafter, secret, agreement.id, None).await;
        assert!(matches!(shared, Err(error) if error.code() == "classified"));
        leads[1].remarks = Some("D8S1179: 12,13 D21S11: 29,30 D7S820: 8,11".to_owned());
        let genotype = here.node.create(&here.drafter, leads[1].clone(), None).await;
        assert!(matches!(genotype, Err(Error::Genotype)));
        here.node.sequence().await.unwrap();
        let entries = here.log().await;
        assert!(entries.iter().any(|entry| entry.entry["code"] == "genotype"));
    }

    async fn nobody_approves_what_they_wrote_since_the_last_approval(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let here = nodes.node(LINCANG);
        let leads = leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now()));
        let both = |officer: &Officer| Officer { duties: vec![Duty::Drafter, Duty::Approver], ..officer.clone() };
        let (first, second) = (both(&here.drafter), both(&here.approver));
        let third = Officer { id: Uuid::from_u128(33), ..first.clone() };
        let made = here.node.create(&first, leads[0].clone(), None).await.unwrap();
        here.node.correct(&second, made.id, 1, leads[1].clone()).await.unwrap();
        let last = here.node.correct(&third, made.id, 2, leads[2].clone()).await.unwrap();
        here.node.submit(&third, made.id).await.unwrap();
        for writer in [&first, &second, &third] {
            let own = here.node.approve(writer, made.id).await;
            assert!(matches!(own, Err(error) if error.code() == "approver_is_drafter"));
        }
        let fourth = Officer { id: Uuid::from_u128(34), ..first.clone() };
        here.node.approve(&fourth, made.id).await.unwrap();
        // What is approved counts no more: only the correction is.
        here.node.correct(&second, made.id, last.version, leads[0].clone()).await.unwrap();
        assert!(here.node.approve(&second, made.id).await.is_err());
        here.node.approve(&third, made.id).await.unwrap();
    }

    async fn no_plain_person_data_is_at_rest(db) {
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let here = nodes.node(LINCANG);
        let mut words = Vec::new();
        for lead in leads_for(LINCANG, SHUOZHOU, CivilDate::of(nodes.clock.now())).into_iter().take(5) {
            words.extend(lead.person.names.iter().cloned());
            words.extend(lead.narrative.clone());
            words.extend(lead.reporter.iter().flat_map(|known| [known.name.clone(), known.phone.clone()]).flatten());
            let id = here.approved(lead).await;
            here.node.share(&here.drafter, id, agreement.id, Some(vec![SHUOZHOU])).await.unwrap();
        }
        nodes.settle().await;
        assert!(words.len() > 5);
        for id in [LINCANG, SHUOZHOU] {
            let bytes = at_rest(&nodes, id).await;
            assert!(bytes.windows(9).any(|window| window == b"agreement"), "the dump has content");
            for word in &words {
                let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
                assert!(!found, "{} bytes of a person are at rest", word.len());
            }
        }
    }
}

/// Everything that a node's databases hold.
async fn at_rest(nodes: &Nodes, id: guitu::domain::node::NodeId) -> Vec<u8> {
    let database = nodes.database(id);
    if database.engine == Engine::Sqlite {
        let files = std::fs::read_dir(database.folder()).unwrap();
        return files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
    }
    let databases = nodes.node(id).node.databases();
    let mut all = Vec::new();
    for pool in [&databases.node, &databases.keystore] {
        let mut tx = pool.snapshot().await.unwrap();
        let dump = tx.query("/* dump */ SELECT database_to_xml(true, false, '')::text");
        let (text,) = dump.one::<(String,)>().await.unwrap();
        for value in text.split(['<', '>']) {
            use base64::Engine as _;
            let joined: String = value.split_whitespace().collect();
            if let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(&joined) {
                all.extend(bytes);
            }
        }
        all.extend(text.into_bytes());
    }
    all
}
