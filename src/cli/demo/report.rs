//! What each region sees of one lead, field by field: the demo's one deliberate look at data.
//!
//! Invariant: of a field closed to a recipient its column shows only the reason; the owner's column shows every
//! field, but of what identifies somebody and goes to nobody only that it is on file.

use serde_json::Value;

use super::federation::{Region, name};
use super::scenario::Shared;
use crate::cli::failure::Failure;
use crate::cli::output::table as aligned;
use crate::domain::access::Closed;
use crate::domain::agreement::Role;
use crate::domain::claim::{Claim, Class};
use crate::domain::lead::codes::{Exploitation, LeadKind, LegalBasis, Means, Priority, Purpose, Sex};
use crate::domain::lead::{Lead, Raw};
use crate::domain::node::NodeId;
use crate::domain::region::{LATEST_LIST, table};
use crate::domain::unit::{SourceType, UnitType};
use crate::redaction::{Claims, Texts, claims};

/// One lead as its owner and its recipients see it.
pub(super) struct View {
    lead: Shared,
    owner: NodeId,
    /// What the owner signed of it; none if it cannot be read.
    own: Option<Claims>,
    columns: Vec<Column>,
}

struct Column {
    node: NodeId,
    received: Value,
    preview: Value,
}

/// Reads the owner's lead and preview, and what each recipient holds.
pub(super) async fn view(regions: &[Region], owner: &Region, lead: &Shared) -> Result<View, Failure> {
    let path = format!("/office/v1/leads/{}/preview?agreement={}", lead.id, lead.agreement);
    let previews = owner.approver.get(&path).await?;
    let mut columns = Vec::new();
    for region in regions.iter().filter(|region| lead.recipients.contains(&region.node)) {
        let received = region.approver.get(&format!("/office/v1/received/{}", lead.sub)).await?;
        columns.push(Column { node: region.node, received, preview: preview_of(&previews, region.node) });
    }
    let own = owner.approver.get(&format!("/office/v1/leads/{}", lead.id)).await?;
    let own = own.get("lead").cloned().unwrap_or_default();
    let own = serde_json::from_value::<Lead>(own).ok().map(|lead| {
        let lead = Raw::new(lead);
        claims(&lead, &Texts::of(&lead).unwrap_or_default())
    });
    Ok(View { lead: lead.clone(), owner: owner.node, own, columns })
}

/// The preview for one recipient.
pub(super) fn preview_of(previews: &Value, node: NodeId) -> Value {
    let list = previews.get("items").unwrap_or(previews).as_array().cloned().unwrap_or_default();
    let node = Value::from(node.to_string());
    list.into_iter().find(|preview| preview.get("node") == Some(&node)).unwrap_or_default()
}

impl View {
    /// The table: a row for each field that is open to somebody or closed for a reason.
    pub(super) fn table(&self) -> String {
        let mut rows = vec![self.head()];
        for claim in self.columns.first().map(|column| listed(&column.preview)).unwrap_or_default() {
            let code = text(&claim, "claim");
            let seen = self.columns.iter().map(|column| column.cell(&code));
            rows.push([text(&claim, "label"), self.own_cell(&code)].into_iter().chain(seen).collect());
        }
        let narratives: String = self.columns.iter().filter_map(Column::narrative).collect();
        let (kind, owner) = (self.kind(), name(self.owner));
        format!("{kind} {}（{owner}）各地所见：\n{}{narratives}", self.lead.sub, aligned(&rows))
    }

    fn kind(&self) -> &'static str {
        let kind = self.columns.first().map(|column| text(&column.received, "kind")).unwrap_or_default();
        kind.parse::<LeadKind>().map_or("线索", LeadKind::label)
    }

    fn head(&self) -> Vec<String> {
        let columns = self.columns.iter().map(|column| {
            let roles = column.preview.get("roles").and_then(Value::as_array).cloned().unwrap_or_default();
            let roles: Vec<&str> = roles.iter().filter_map(Value::as_str).map(role).collect();
            format!("{}（{}）", name(column.node), roles.join("、"))
        });
        ["字段".to_owned(), format!("{}（所有者）", name(self.owner))].into_iter().chain(columns).collect()
    }

    /// What the owner has: the value, or of what identifies somebody and goes to nobody that it is there.
    fn own_cell(&self, code: &str) -> String {
        let claim = code.parse::<Claim>().ok();
        let value = self.own.as_ref().zip(claim).map_or(&Value::Null, |(own, claim)| own.value(claim));
        let identifies = claim.is_none_or(|claim| claim.class() == Class::Identifier);
        let kept = identifies && !value.is_null() && self.columns.iter().all(|column| !column.has(code));
        if kept { ON_FILE.to_owned() } else { cell_of(code, value) }
    }
}

/// In the owner's column in place of what is nobody else's to see, not even over a shoulder.
const ON_FILE: &str = "（留存，不显示）";

impl Column {
    fn cell(&self, code: &str) -> String {
        if let Some(claim) = claim_of(&self.received, code) {
            return cell_of(code, claim.get("value").unwrap_or(&Value::Null));
        }
        let reason = claim_of(&self.preview, code).map(|claim| text(&claim, "closed"));
        format!("— {}", why(&reason.unwrap_or_default()))
    }

    /// Whether the recipient received that claim.
    fn has(&self, code: &str) -> bool {
        claim_of(&self.received, code).is_some()
    }
}

fn cell_of(code: &str, value: &Value) -> String {
    let whole = named(code, value);
    if code == NARRATIVE { excerpt(&whole) } else { whole }
}

fn claim_of(view: &Value, code: &str) -> Option<Value> {
    listed(view).into_iter().find(|claim| text(claim, "claim") == code)
}

const NARRATIVE: &str = "narrative.masked";

/// So much of a narrative stands in the table.
const EXCERPT: usize = 16;

fn excerpt(text: &str) -> String {
    let mut chars = text.chars();
    let start: String = chars.by_ref().take(EXCERPT).collect();
    if chars.next().is_some() { start + "…" } else { start }
}

impl Column {
    /// The whole narrative as this recipient sees it, if it does, below the table.
    fn narrative(&self) -> Option<String> {
        let claim = claim_of(&self.received, NARRATIVE)?;
        Some(format!("{} 所见案情：{}\n", name(self.node), claim.get("value")?.as_str()?))
    }
}

fn listed(view: &Value) -> Vec<Value> {
    view.get("claims").and_then(Value::as_array).cloned().unwrap_or_default()
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A value of a code list by its Chinese term.
fn named(claim: &str, value: &Value) -> String {
    let label: fn(&str) -> Option<&'static str> = match claim {
        "sex" => |code| code.parse().ok().map(Sex::label),
        "means" => |code| code.parse().ok().map(Means::label),
        "exploitation" => |code| code.parse().ok().map(Exploitation::label),
        "priority" => |code| code.parse().ok().map(Priority::label),
        "purpose" => |code| code.parse().ok().map(Purpose::label),
        "legal_basis" => |code| code.parse().ok().map(LegalBasis::label),
        "source_unit" => |code| code.parse().ok().map(SourceType::label),
        "handling_unit" => |code| code.parse().ok().map(UnitType::label),
        _ => |_| None,
    };
    let word = |value: &Value| value.as_str().and_then(label).map_or_else(|| shown(value), str::to_owned);
    match value {
        Value::Array(list) if !list.is_empty() => list.iter().map(word).collect::<Vec<_>>().join("、"),
        value => word(value),
    }
}

fn shown(value: &Value) -> String {
    let member = |name: &str| value.get(name).map(shown);
    match value {
        Value::Null => "（不详）".to_owned(),
        Value::Bool(true) => "是".to_owned(),
        Value::Bool(false) => "否".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(list) if list.is_empty() => "（无）".to_owned(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join("、"),
        Value::Object(_) if value.get("code").is_some() => place(value),
        Value::Object(map) => match (member("min"), member("max")) {
            (Some(min), Some(max)) => format!("{min}–{max}"),
            _ => map.values().map(shown).collect::<Vec<_>>().join(" "),
        },
    }
}

fn place(value: &Value) -> String {
    let code = text(value, "code");
    let year = value.get("year").and_then(Value::as_u64).and_then(|year| u16::try_from(year).ok());
    code.parse().map_or(code.clone(), |region| table().full_name(region, year.unwrap_or(LATEST_LIST)))
}

fn role(code: &str) -> &str {
    code.parse::<Role>().map_or(code, |role| role.label())
}

fn why(code: &str) -> &str {
    code.parse::<Closed>().map_or(code, |reason| reason.label())
}
