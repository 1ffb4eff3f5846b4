//! What must hold of every decision, whatever became of the agreement, and whenever it is asked.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::properties::{Case, SENDER, case};
use super::*;
use crate::domain::agreement::samples::{dossier, draft, proposal, signatures, status, terms};
use crate::domain::agreement::{Act, Draft};

const MINUTE: i64 = 60 * Timestamp::SECOND;

/// What happened to the agreement before the lead goes.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Signed,
    Unsigned,
    Suspended,
    Resumed,
    Terminated,
}

const TURNS: [Turn; 5] = [Turn::Signed, Turn::Unsigned, Turn::Suspended, Turn::Resumed, Turn::Terminated];

/// The one version of the case's agreement after that turn.
fn after(case: &Case, drafted: &Draft, turn: Turn) -> Agreement {
    let mut said = signatures(drafted);
    match turn {
        Turn::Signed => {}
        Turn::Unsigned => said = vec![proposal(drafted)],
        Turn::Suspended => said.push(status(case.peer, 1, Act::Suspend)),
        Turn::Resumed => said.extend(
            [Act::Suspend, Act::Resume].iter().zip(1..).map(|(act, number)| status(case.peer, number, *act)),
        ),
        Turn::Terminated => said.push(status(SENDER.parse().unwrap(), 1, Act::Terminate)),
    }
    dossier(said).version(drafted.key()).unwrap()
}

/// Instants around both dates and between them.
fn instants() -> impl Strategy<Value = i64> {
    let year = 365 * Timestamp::DAY;
    let near = |at: i64| (at - 10 * MINUTE..at + 10 * MINUTE).boxed();
    prop_oneof![near(0), near(year), (-year..2 * year).boxed()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_passes_outside_the_dates_or_against_a_party(
        case in case(),
        turn in proptest::sample::select(&TURNS[..]),
        at in instants(),
        skew in -4 * MINUTE..=4 * MINUTE,
        redirected in any::<bool>(),
    ) {
        let peer = case.peer.to_string();
        let drafted = draft(terms(&[(SENDER, Role::ALL), (&peer, &case.given)], case.profile.clone()));
        let agreement = after(&case, &drafted, turn);
        let (start, end) = (drafted.terms().valid_from.start(), drafted.terms().end());
        let now = start.plus(at);
        let (sender, places) = (SENDER.parse().unwrap(), case.places());
        let owner = if redirected { "330000".parse().unwrap() } else { sender };
        let permit = permit(&Request {
            owner, sender, peer: case.peer, agreement: &agreement, purpose: case.purpose, kind: case.kind,
            classification: Classification::Internal, places: &places, already: None,
            active_alert: case.active_alert, now,
        });
        let open = matches!(turn, Turn::Signed | Turn::Resumed) && !redirected;
        let role = !roles_of(&places, case.peer.region(), &case.given).is_empty();
        prop_assert_eq!(permit.is_ok(), open && role && start <= now && now < end);
        let receive = |now| admissible(&Received {
            owner, sender, recipient: case.peer, agreement: &agreement, carried: None, already: None,
            roles: &case.given, disclosed: &BTreeMap::new(), purpose: case.purpose, kind: case.kind,
            classification: Classification::Internal, active_alert: case.active_alert, now,
        });
        prop_assert!(permit.is_err() || receive(now.plus(skew)).is_ok());
        let tolerance = Agreement::RECEIPT_TOLERANCE_MS;
        let dated = start.plus(-tolerance) <= now && now < end.plus(tolerance);
        prop_assert_eq!(receive(now).is_ok(), open && dated);
    }
}
