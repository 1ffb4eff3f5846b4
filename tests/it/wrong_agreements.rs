//! What is no agreement: refused with its own code, and nothing changes. And what is one survives JSON and reads as a
//! page.

use guitu::cli::demo::agreements::{A1, CHONGQING, LINCANG, SHUOZHOU};
use guitu::clock::Clock as _;
use guitu::domain::agreement::{Act, Role};
use guitu::domain::claim::Claim;
use guitu::domain::date::CivilDate;
use guitu::domain::node::NodeId;
use guitu::domain::profile::{Cell, Condition, Profile, Row};
use guitu::node::Error;
use guitu::node::agree::Proposal;

use crate::harness::database::on_both_engines;
use crate::harness::nodes::{Nodes, leads_for, proposal};

const PARTIES: [NodeId; 3] = [LINCANG, CHONGQING, SHUOZHOU];

fn terms(nodes: &Nodes) -> Proposal {
    proposal(&A1, CivilDate::of(nodes.clock.now()))
}

fn opening(row: Row, role: Role, claim: Claim) -> Profile {
    let cell = Cell::Open { claim, condition: Condition::Always };
    Profile::default_matrix().named("wider", 2).with(row, role, cell)
}

/// The codes of the rules that a proposal breaks.
fn broken<T>(refused: Result<T, Error>) -> Vec<&'static str> {
    match refused {
        Err(Error::Terms(errors)) => errors.iter().map(|error| error.code).collect(),
        Err(other) => vec![other.code()],
        Ok(_) => vec!["proposed"],
    }
}

on_both_engines! {
    async fn terms_that_break_a_rule_are_refused_by_it_and_leave_nothing(db) {
        let nodes = Nodes::open(db.engine, &PARTIES).await;
        let here = nodes.node(LINCANG);
        let with_profile = |profile| Proposal { profile: Some(profile), ..terms(&nodes) };
        let first_day = terms(&nodes).valid_from;
        let mut twice = terms(&nodes);
        twice.parties[1] = twice.parties[0].clone();
        let mut typed = terms(&nodes);
        typed.parties[0].government = "TH01 6,9.3".to_owned();
        let wrong = [
            (Proposal { valid_until: first_day.plus_days(-1), ..terms(&nodes) }, "end_before_start"),
            (Proposal { purposes: Vec::new(), ..terms(&nodes) }, "purposes_missing"),
            (Proposal { kinds: Vec::new(), ..terms(&nodes) }, "kinds_missing"),
            (Proposal { retention_days: 0, ..terms(&nodes) }, "retention_range"),
            (twice, "party_repeated"),
            (typed, "genotype"),
            (with_profile(opening(Row::Names, Role::Origin, Claim::Names)), "identity_opened"),
            (with_profile(opening(Row::IdNumber, Role::Destination, Claim::IdNumber)), "identity_opened"),
            (with_profile(opening(Row::Birth, Role::Transit, Claim::BirthYear)), "raised"),
            (with_profile(opening(Row::Birth, Role::Origin, Claim::Means)), "claim_not_of_row"),
        ];
        for (proposal, code) in wrong {
            let refused = broken(here.node.propose(Some(&here.approver), proposal).await);
            assert!(refused.contains(&code), "{code}: {refused:?}");
        }
        nodes.settle().await;
        for node in PARTIES {
            assert!(nodes.node(node).node.agreements().await.unwrap().is_empty());
        }
        assert!(here.transport.posted.lock().unwrap().is_empty(), "nothing was said");
    }

    async fn nothing_travels_before_everybody_has_signed(db) {
        let nodes = Nodes::open(db.engine, &PARTIES).await;
        let here = nodes.node(LINCANG);
        let proposed = here.node.propose(Some(&here.approver), terms(&nodes)).await.unwrap();
        let lead = leads_for(LINCANG, SHUOZHOU, terms(&nodes).valid_from).remove(0);
        let lead = here.approved(lead).await;
        let share = async || match here.node.share(&here.drafter, lead, proposed.id, None).await {
            Ok(view) => view.recipients.len().to_string(),
            Err(error) => error.code().to_owned(),
        };
        for signer in [CHONGQING, SHUOZHOU] {
            assert_eq!(share().await, "agreement_not_countersigned", "before {signer} has signed");
            let early = here.node.act(&here.approver, proposed.id, Act::Suspend).await;
            assert_eq!(early.err().unwrap().code(), "agreement_not_countersigned");
            nodes.settle().await;
            let party = nodes.node(signer);
            party.node.countersign(Some(&party.approver), proposed.id, 1, proposed.digest).await.unwrap();
            nodes.settle().await;
        }
        assert_eq!(share().await, "2", "both others have a role in it");
    }

    async fn whoever_is_no_party_and_whatever_overlaps_is_refused(db) {
        let above: NodeId = "530000".parse().unwrap();
        let nodes = Nodes::open(db.engine, &[LINCANG, CHONGQING, SHUOZHOU, above]).await;
        let agreement = nodes.agree(&A1, LINCANG).await;
        let (here, upper) = (nodes.node(LINCANG), nodes.node(above));
        here.node.file(&here.approver, agreement.id, None).await.unwrap();
        nodes.settle().await;
        assert_eq!(upper.node.agreements().await.unwrap().len(), 1, "the upper node knows it, and is no party");
        let (version, digest) = (agreement.version, agreement.digest);
        let signed = upper.node.countersign(Some(&upper.approver), agreement.id, version, digest).await;
        assert_eq!(broken(signed), ["not_a_party"]);
        assert_eq!(broken(upper.node.act(&upper.approver, agreement.id, Act::Terminate).await), ["not_a_party"]);
        let amended = upper.node.amend(&upper.approver, agreement.id, terms(&nodes)).await;
        assert_eq!(broken(amended), ["proposer_not_a_party"]);

        let shorter = |days| Proposal { retention_days: days, ..terms(&nodes) };
        here.node.amend(&here.approver, agreement.id, shorter(30)).await.unwrap();
        assert_eq!(broken(here.node.amend(&here.approver, agreement.id, shorter(20)).await), ["duplicate_version"]);
        nodes.settle().await;
        for node in PARTIES {
            let known = nodes.node(node).node.agreements().await.unwrap();
            let states: Vec<_> = known.iter().map(|it| (it.version, it.state)).collect();
            assert_eq!(states, [(1, "in_force"), (2, "proposed")]);
        }
    }

    async fn text_and_matrix_survive_json_and_read_as_one_page_at_every_party(db) {
        let nodes = Nodes::open(db.engine, &PARTIES).await;
        let profile = Profile::default_matrix().named("narrower", 2).lowered(Row::Birth, Role::Destination);
        let written = Proposal { profile: Some(profile.clone()), ..terms(&nodes) };
        let json = serde_json::to_string(&written).unwrap();
        let read: Proposal = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
        let here = nodes.node(LINCANG);
        let proposed = here.node.propose(Some(&here.approver), read).await.unwrap();
        nodes.settle().await;
        let mut pages = Vec::new();
        for node in PARTIES {
            let party = nodes.node(node);
            let known = party.node.agreements().await.unwrap().remove(0);
            let json = serde_json::to_value(&known.terms).unwrap();
            assert_eq!((known.digest, serde_json::from_value(json).ok()), (proposed.digest, Some(known.terms)));
            pages.push(party.node.agreement_page(proposed.id, proposed.digest).await.unwrap());
        }
        assert!(pages.iter().all(|page| *page == pages[0]), "every party reads the same page");
        let page = &pages[0];
        for text in ["临沧市人民政府", "重庆市人民政府", "朔州市人民政府", "narrower", "状态：已提出", "<td>未签</td>"] {
            assert!(page.contains(text), "{text}");
        }
        for (row, role, ..) in profile.open_cells() {
            let cell = profile.cell(row, role).to_string();
            assert!(page.contains(row.label()) && page.contains(&cell), "{} {cell}", row.label());
        }
    }
}
