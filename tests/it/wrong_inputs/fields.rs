//! The fields of a JSON value, and the value with one of them spoilt.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// What is wrong with a field.
#[derive(Clone, Debug)]
pub(super) enum Wrong {
    /// It is not there.
    Missing,
    /// It holds a member that no object of its kind has.
    More,
    /// It is this.
    Is(Value),
}

/// The value with one field spoilt.
pub(super) fn spoilt(good: &Value, pointer: &str, wrong: &Wrong) -> Value {
    let mut value = good.clone();
    match wrong {
        Wrong::Missing => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let parent = value.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            assert!(parent.remove(name).is_some(), "{pointer}");
        }
        Wrong::More => value.pointer_mut(pointer).unwrap()["note"] = json!("x"),
        Wrong::Is(other) => *value.pointer_mut(pointer).unwrap() = other.clone(),
    }
    value
}

/// The pointers of all fields; of a list only its first entry.
pub(super) fn fields(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    walk(value, "", &mut found);
    found
}

fn walk(value: &Value, pointer: &str, found: &mut BTreeSet<String>) {
    if !pointer.is_empty() {
        found.insert(pointer.to_owned());
    }
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| walk(member, &format!("{pointer}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().take(1).for_each(|item| walk(item, &format!("{pointer}/0"), found));
        }
        _ => {}
    }
}

/// Of each field what is wrong whatever it means: it is missing, null, of another type, or has a member too many.
/// Entries of lists cannot be missing.
pub(super) fn shapeless(good: &Value) -> Vec<(String, Wrong)> {
    let mut rows = vec![(String::new(), Wrong::More)];
    for pointer in fields(good) {
        let value = good.pointer(&pointer).unwrap();
        let parent = pointer.rsplit_once('/').unwrap().0;
        if good.pointer(parent).unwrap().is_object() {
            rows.push((pointer.clone(), Wrong::Missing));
        }
        if value.is_object() {
            rows.push((pointer.clone(), Wrong::More));
        }
        let other = if value.is_string() { json!(7) } else { json!("seven") };
        rows.extend([Value::Null, json!(true), other].map(|other| (pointer.clone(), Wrong::Is(other))));
    }
    rows
}

/// Every field of `good` is among those that the rows are about.
pub(super) fn assert_covered<'a>(good: &Value, rows: impl Iterator<Item = &'a str>) {
    let covered: BTreeSet<&str> = rows.collect();
    let missing: Vec<String> =
        fields(good).into_iter().filter(|field| !covered.contains(field.as_str())).collect();
    assert!(missing.is_empty(), "no wrong input: {missing:?}");
}
