//! No order of arrival changes a dossier; no form of writing changes terms.

use proptest::prelude::*;

use super::*;

/// Everything two parties could ever say about three versions, sensible or not.
fn sayings() -> Vec<Signed> {
    let one = draft(sample());
    let [two, cross] = [draft(next(&one, a(), 100)), draft(next(&one, b(), 200))];
    let counter = draft(Terms { answers: Some(two.key().digest), ..next(&one, b(), 250) });
    let three = draft(next(&cross, a(), 300));
    let mut all: Vec<_> = [one, two, cross, counter, three].iter().flat_map(signatures).collect();
    for (signer, number) in [a(), b(), node("330000")].into_iter().flat_map(|n| (0..4).map(move |i| (n, i))) {
        all.extend(Act::ALL.iter().map(|act| status(signer, number, *act)));
    }
    all
}

/// What statements make that come in that order, each again until it is taken.
fn in_order_of_arrival(mut waiting: Vec<Signed>) -> (Dossier, Vec<Signed>) {
    let mut dossier = Dossier::new(sample().id);
    loop {
        let before = waiting.len();
        waiting.retain(|statement| matches!(dossier.admit(statement), Admission::Refused(_)));
        if waiting.is_empty() || waiting.len() == before {
            return (dossier, waiting);
        }
    }
}

fn lowered_profiles() -> impl Strategy<Value = Profile> {
    let cell = (proptest::sample::select(Row::ALL), proptest::sample::select(Role::ALL));
    proptest::collection::vec(cell, 0..60).prop_map(|cells| {
        cells.into_iter().fold(Profile::default_matrix(), |profile, (row, role)| profile.lowered(row, role))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn equal_sets_make_equal_dossiers(
        some in proptest::sample::subsequence(sayings(), 0..40),
        seed in any::<[u8; 32]>(),
        twice in any::<bool>(),
    ) {
        let mut shuffled = some.clone();
        shuffled.sort_by_key(|said| Digest::of(format!("{seed:?}{said:?}").as_bytes()));
        if twice { shuffled.extend(some.clone()); }
        let (one, refused) = Dossier::replay(sample().id, some);
        let (other, again) = in_order_of_arrival(shuffled);
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(refused.is_empty(), again.is_empty());
        let mut same = one.clone();
        let versions: Vec<_> = one.versions().collect();
        for said in sayings().into_iter().filter(|_| twice) {
            if same.admit(&said) == Admission::Known { prop_assert_eq!(&same, &one); } else { same = one.clone(); }
        }
        prop_assert!(versions.iter().filter(|version| version.may_send(NOON).is_ok()).count() <= 1);
        let held = |standing: &Standing| {
            !standing.suspended_by.is_empty() || !standing.terminated_by.is_empty()
        };
        for version in versions {
            prop_assert!(version.may_send(NOON).is_err() || !held(version.standing()));
            prop_assert!(version.may_send(NOON).is_err() || version.may_receive(None, NOON).is_ok());
        }
    }

    #[test]
    fn text_and_matrix_survive_json_and_print(
        profile in lowered_profiles(),
        office in "\\PC{1,100}",
        purposes in proptest::sample::subsequence(Purpose::ALL.to_vec(), 1..=6),
        kinds in proptest::sample::subsequence(LeadKind::ALL.to_vec(), 1..=10),
        retention_days in 1_u32..=3_650,
    ) {
        let mut terms = Terms { purposes, kinds, profile, retention_days, ..sample() };
        terms.parties[0].office = format!("办{office}").chars().take(100).collect();
        let text = serde_json::to_string(&terms).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Terms>(&text).unwrap(), &terms);
        let Ok(draft) = Draft::new(terms, Digest::of(text.as_bytes())) else { return Ok(()) };
        let agreement = dossier(signatures(&draft)).version(draft.key()).unwrap();
        let printed = page(&agreement, Some(&sample()), NOON);
        prop_assert!(printed.starts_with("<!DOCTYPE html>") && printed.ends_with("</html>"));
        prop_assert_eq!(printed.matches("<script").count(), 0);
        prop_assert_eq!(printed.matches("<td").count(), 2 * 5 + 8 + Row::ALL.len() * Role::ALL.len());
    }
}
