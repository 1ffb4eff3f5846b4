//! What the binary embeds: counted in bytes, each file once.

use std::collections::BTreeMap;
use std::path::Path;

use super::source::Source;

/// Every file that `source` embeds by its literal path, with its size.
pub(crate) fn files(source: &Source) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    for call in ["include_bytes!(\"", "include_str!(\""] {
        for rest in source.text.split(call).skip(1) {
            let Some((name, _)) = rest.split_once('"') else { continue };
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(&source.path);
            let file = folder.parent().unwrap().join(name).canonicalize().unwrap();
            found.insert(file.display().to_string(), file.metadata().unwrap().len());
        }
    }
    found
}
