//! Words of the wire that this program does not know yet.

use serde_json::json;

use super::*;

fn kind(value: Value) -> Option<Word<Kind>> {
    serde_json::from_value(value).ok()
}

fn basis(value: Value) -> Option<Word<Basis>> {
    serde_json::from_value(value).ok()
}

#[test]
fn every_known_word_is_known() {
    for word in Kind::ALL {
        assert_eq!(kind(json!(word)), Some(Word::Known(*word)));
    }
    let agreement =
        json!({"digest": Digest::of(b""), "id": Uuid::nil(), "roles": [], "type": "agreement", "version": 1});
    for value in [json!({"type": "control"}), agreement] {
        let known = basis(value.clone()).unwrap();
        assert!(known.known().is_some() && BASES.contains(&value["type"].as_str().unwrap()));
        assert_eq!(serde_json::to_value(known).unwrap(), value);
    }
}

#[test]
fn a_foreign_word_is_kept_as_written() {
    let order = json!({"by": "500000", "digest": Digest::of(b""), "id": Uuid::nil(), "of": ["a", 7], "type": "order"});
    assert!(matches!(kind(json!("alert")), Some(Word::Foreign(_))));
    let foreign = basis(order.clone()).unwrap();
    assert!(foreign.known().is_none());
    assert_eq!(serde_json::to_value(foreign).unwrap(), order);
}

#[test]
fn nothing_that_tells_of_a_person_is_a_foreign_word() {
    for bad in
        [json!("小明"), json!("Zhang San"), json!("13800000000"), json!(""), json!("x".repeat(33)), json!(7)]
    {
        assert_eq!(kind(bad.clone()), None, "{bad}");
    }
    for bad in [
        json!("小明"),
        json!("Zhang San"),
        json!("13800000000"),
        json!(13_800_000_000_u64),
        json!(-1),
        json!(0.5),
        json!("D8S1179"),
        json!({"a": 1}),
        json!([[1]]),
    ] {
        assert_eq!(basis(json!({"type": "order", "with": bad})), None, "{bad}");
    }
    assert_eq!(basis(json!({"type": "order", "小明": 1})), None);
    assert_eq!(basis(json!({"type": "control", "more": 1})), None, "a known basis has its own members");
    assert_eq!(basis(json!(["order"])), None);
}
