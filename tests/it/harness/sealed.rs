//! What a node keeps sealed, opened, changed and sealed again, as an earlier program would have left it.

use guitu::exchange::presentation::SignedLead;
use guitu::node::Node;
use guitu::node::lead_seal::open_version;
use guitu::store::lead;
use serde_json::Value;
use uuid::Uuid;

/// Changes what can be disclosed of the current version of a lead.
pub(crate) async fn change_version(node: &Node, id: Uuid, change: impl FnOnce(&mut SignedLead)) {
    let mut tx = node.databases().node.begin().await.unwrap();
    let open = node.open_lead(&mut tx, id).await.unwrap();
    let versions = lead::versions(&mut tx, &[id]).await.unwrap();
    let row = versions.iter().find(|row| row.ver == row.current).unwrap();
    let mut signed = open_version(row, &open.key).unwrap();
    change(&mut signed);
    let sealed = node.seal_version(id, row.ver, &signed, &open.key).unwrap();
    let set = tx
        .query("/* change_version */ UPDATE lead_versions SET disclosures = $1 WHERE lead = $2 AND ver = $3");
    assert_eq!(set.bind(sealed).bind(id).bind(row.ver).execute().await.unwrap(), 1);
    tx.commit().await.unwrap();
}

/// Changes what was made of the texts of a lead.
pub(crate) async fn change_texts(node: &Node, id: Uuid, change: impl FnOnce(&mut Value)) {
    let mut tx = node.databases().node.begin().await.unwrap();
    let open = node.open_lead(&mut tx, id).await.unwrap();
    let mut texts = serde_json::to_value(&open.texts).unwrap();
    change(&mut texts);
    let texts = serde_json::from_value(texts).unwrap();
    let sealed = node.seal_lead(id, open.salt, (&open.lead, &texts), &open.key).unwrap();
    let set = tx.query("/* change_texts */ UPDATE leads SET raw = $1 WHERE id = $2");
    assert_eq!(set.bind(sealed).bind(id).execute().await.unwrap(), 1);
    tx.commit().await.unwrap();
}

/// A disclosure of that claim that no statement names.
pub(crate) fn disclosure(claim: &str, value: &Value) -> String {
    use base64::Engine as _;
    let text = serde_json::json!(["c2FsdHNhbHRzYWx0c2FsdA", claim, value]).to_string();
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}
