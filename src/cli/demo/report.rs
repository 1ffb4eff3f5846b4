//! What each region sees of one lead, field by field: the demo's one deliberate look at data.
//!
//! Invariant: of a closed field only the reason is shown, never the value, not even in the owner's column.

use serde_json::Value;

use super::federation::{Region, name};
use super::scenario::Shared;
use crate::cli::failure::Failure;
use crate::cli::output::table as aligned;
use crate::domain::agreement::Role;
use crate::domain::lead::codes::{Exploitation, LeadKind, LegalBasis, Means, Priority, Purpose, Sex};
use crate::domain::node::NodeId;
use crate::domain::region::{LATEST_LIST, table};
use crate::domain::unit::{SourceType, UnitType};

/// One lead as its recipients see it.
pub(super) struct View {
    lead: Shared,
    owner: NodeId,
    columns: Vec<Column>,
}

struct Column {
    node: NodeId,
    received: Value,
    preview: Value,
}

/// Reads the owner's preview and what each recipient holds.
pub(super) async fn view(regions: &[Region], owner: &Region, lead: &Shared) -> Result<View, Failure> {
    let path = format!("/office/v1/leads/{}/preview?agreement={}", lead.id, lead.agreement);
    let previews = owner.approver.get(&path).await?;
    let mut columns = Vec::new();
    for region in regions.iter().filter(|region| lead.recipients.contains(&region.node)) {
        let received = region.approver.get(&format!("/office/v1/received/{}", lead.sub)).await?;
        columns.push(Column { node: region.node, received, preview: preview_of(&previews, region.node) });
    }
    Ok(View { lead: lead.clone(), owner: owner.node, columns })
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
        for claim in self.columns.first().map(|column| claims(&column.preview)).unwrap_or_default() {
            let label = text(&claim, "label");
            let code = text(&claim, "claim");
            rows.push(
                std::iter::once(label).chain(self.columns.iter().map(|column| column.cell(&code))).collect(),
            );
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
        std::iter::once("字段".to_owned()).chain(columns).collect()
    }
}

impl Column {
    fn cell(&self, code: &str) -> String {
        let received = claims(&self.received).into_iter().find(|claim| text(claim, "claim") == code);
        if let Some(claim) = received {
            let whole = named(code, claim.get("value").unwrap_or(&Value::Null));
            return if code == NARRATIVE { excerpt(&whole) } else { whole };
        }
        let reason = claims(&self.preview).into_iter().find(|claim| text(claim, "claim") == code);
        format!("— {}", why(&reason.map(|claim| text(&claim, "closed")).unwrap_or_default()))
    }
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
        let claim = claims(&self.received).into_iter().find(|claim| text(claim, "claim") == NARRATIVE)?;
        Some(format!("{} 所见案情：{}\n", name(self.node), claim.get("value")?.as_str()?))
    }
}

fn claims(view: &Value) -> Vec<Value> {
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
    match code {
        "grant_only" => "须经批准",
        "other_precision_given" => "另给其他精度",
        "alert_only" => "仅预警期间",
        "closed_for_role" => "该角色不开放",
        "never" => "从不披露",
        other => other,
    }
}
