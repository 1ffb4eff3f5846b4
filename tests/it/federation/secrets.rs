//! Looking for what must stand nowhere: as written, and inside base64url such as disclosures.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Shorter pieces of base64url occur by chance.
const SHORTEST: usize = 7;

/// Everything in a lead that names or reaches somebody.
pub(crate) fn of_lead(lead: &Value) -> BTreeSet<String> {
    let person = &lead["person"];
    let mut found = BTreeSet::new();
    for value in
        [&person["names"], &person["id_number"], &person["phones"], &lead["reporter"], &lead["plate"]]
    {
        strings(value, &mut found);
    }
    for parent in person["parents"].as_array().into_iter().flatten() {
        for field in ["name", "id_number", "phone"] {
            strings(&parent[field], &mut found);
        }
    }
    found
}

fn strings(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => _ = found.insert(text.clone()),
        Value::Array(list) => list.iter().for_each(|item| strings(item, found)),
        Value::Object(members) => members.values().for_each(|item| strings(item, found)),
        _ => {}
    }
}

/// Many texts, looked for at once.
pub(crate) struct Search {
    patterns: HashMap<[u8; 4], Vec<Vec<u8>>>,
}

impl Search {
    pub(crate) fn for_all(texts: &BTreeSet<String>) -> Self {
        let mut patterns: HashMap<[u8; 4], Vec<Vec<u8>>> = HashMap::new();
        for pattern in texts.iter().flat_map(|text| forms(text.as_bytes())) {
            patterns.entry(*pattern.first_chunk().unwrap()).or_default().push(pattern);
        }
        Self { patterns }
    }

    /// Whether any of them stands in `bytes`.
    pub(crate) fn finds_in(&self, bytes: &[u8]) -> bool {
        bytes.windows(4).enumerate().any(|(at, window)| {
            let starting = self.patterns.get(window).into_iter().flatten();
            starting.into_iter().any(|pattern| bytes[at..].starts_with(pattern))
        })
    }

    /// The number of files below `folder`, none of which contains any of them.
    pub(crate) fn assert_absent_below(&self, folder: &Path) -> usize {
        let mut files = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files += self.assert_absent_below(&path);
            } else {
                let found = self.finds_in(&std::fs::read(&path).unwrap());
                assert!(!found, "{} holds raw personal data", path.display());
                files += 1;
            }
        }
        files
    }
}

/// The bytes themselves, and what is certain of their base64url at each of the three offsets.
fn forms(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![bytes.to_vec()];
    for offset in 0..3 {
        let text = URL_SAFE_NO_PAD.encode([vec![0; offset], bytes.to_vec()].concat());
        let (first, last) = ((offset * 8).div_ceil(6), (offset + bytes.len()) * 8 / 6);
        let certain = &text.as_bytes()[first..last];
        if certain.len() >= SHORTEST {
            forms.push(certain.to_vec());
        }
    }
    forms
}

#[test]
fn the_search_finds_every_form() {
    let search = Search::for_all(&BTreeSet::from(["田尼块".to_owned()]));
    assert!(search.finds_in("姓名：田尼块。".as_bytes()));
    assert!(!search.finds_in("姓名：田尼。".as_bytes()));
    for before in ["", "a", "ab"] {
        let disclosure = URL_SAFE_NO_PAD.encode(format!("{before}[\"salt\",\"names\",[\"田尼块\"]]"));
        assert!(search.finds_in(disclosure.as_bytes()), "{before:?}");
    }
    assert!(!search.finds_in(URL_SAFE_NO_PAD.encode("[\"salt\",\"names\"]").as_bytes()));
}
