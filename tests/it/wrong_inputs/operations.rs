//! The operations of an OpenAPI document, and what does not fit each of them: read from the document alone, so that
//! a new operation is covered by itself.

use serde_json::{Value, json};

/// Deeper than any schema of ours.
const DEEPEST: usize = 12;

/// What a listener says of itself.
pub(super) struct Contract(Value);

/// One method of one path.
pub(super) struct Operation {
    pub(super) method: String,
    pub(super) path: String,
    /// Media type and schema of its body, if it has one.
    pub(super) body: Option<(String, Value)>,
    pub(super) parameters: Vec<Parameter>,
    responses: Value,
}

/// One parameter of a path or a query.
pub(super) struct Parameter {
    pub(super) name: String,
    /// `path` or `query`.
    pub(super) place: String,
    pub(super) schema: Value,
}

/// A place in a body.
#[derive(Clone, Debug, Default)]
pub(super) struct Place(Vec<Step>);

#[derive(Clone, Debug)]
enum Step {
    Member(String),
    Item,
}

impl Place {
    fn below(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }

    /// Its JSON pointer; of a list it is the first entry.
    pub(super) fn pointer(&self) -> String {
        let token = |step: &Step| match step {
            Step::Member(name) => format!("/{name}"),
            Step::Item => "/0".to_owned(),
        };
        self.0.iter().map(token).collect()
    }

    /// The smallest body that has this value there.
    pub(super) fn with(&self, value: &Value) -> Value {
        self.0.iter().rev().fold(value.clone(), |inner, step| match step {
            Step::Member(name) => json!({ name: inner }),
            Step::Item => json!([inner]),
        })
    }
}

impl Contract {
    pub(super) fn read(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap())
    }

    pub(super) fn operations(&self) -> Vec<Operation> {
        let items = self.0["paths"].as_object().unwrap().iter();
        let of = |(path, item): (&String, &Value)| {
            let methods = item.as_object().unwrap().iter();
            methods.map(|(method, said)| operation(method, path, said)).collect::<Vec<_>>()
        };
        items.flat_map(of).collect()
    }

    /// Whether the document names the code: with that status of the operation, or, where it lists none for one, at the
    /// top, among those of whatever cannot be read.
    pub(super) fn names(&self, operation: &Operation, status: u16, code: &str) -> bool {
        let own = operation.responses[status.to_string()]["description"].as_str();
        let top = operation.responses.get("default").and(self.0["info"]["description"].as_str());
        own.or(top).is_some_and(|said| {
            said.split(|at: char| !at.is_ascii_alphanumeric() && at != '_').any(|word| word == code)
        })
    }

    /// Every place of a body with that schema, and the schema there; of a list its entries.
    pub(super) fn places(&self, schema: &Value) -> Vec<(Place, Value)> {
        let mut found = Vec::new();
        self.walk(schema, &Place::default(), &mut found);
        found
    }

    fn walk(&self, schema: &Value, place: &Place, found: &mut Vec<(Place, Value)>) {
        assert!(place.0.len() < DEEPEST, "the schema has no end at {}", place.pointer());
        let schema = self.resolved(schema);
        let members = schema["properties"].as_object().into_iter().flatten();
        let members = members.map(|(name, inner)| (Step::Member(name.clone()), inner));
        for (step, inner) in members.chain(schema.get("items").map(|inner| (Step::Item, inner))) {
            let below = place.below(step);
            found.push((below.clone(), inner.clone()));
            self.walk(inner, &below, found);
        }
    }

    /// The schema behind references and choices between null and another.
    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let choices = schema["oneOf"].as_array();
        let schema = choices.and_then(|all| all.iter().find(|one| one["type"] != "null")).unwrap_or(schema);
        match schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
            Some(name) => self.resolved(&self.0["components"]["schemas"][name]),
            None => schema,
        }
    }

    /// Whether a value has the type that the schema asks for.
    pub(super) fn has_type(&self, schema: &Value, value: &Value) -> bool {
        let nullable = |choice: &Value| choice["type"] == "null";
        if value.is_null() && schema["oneOf"].as_array().is_some_and(|all| all.iter().any(nullable)) {
            return true;
        }
        let types = match &self.resolved(schema)["type"] {
            Value::String(one) => vec![one.as_str()],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            // Any value.
            _ => return true,
        };
        let name = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        types.contains(&name) || name == "integer" && types.contains(&"number")
    }

    /// Values of each type that the schema does not ask for.
    pub(super) fn of_other_types(&self, schema: &Value) -> Vec<Value> {
        let all = [Value::Null, json!(true), json!(7), json!("seven"), json!([]), json!({})];
        all.into_iter().filter(|value| !self.has_type(schema, value)).collect()
    }
}

fn operation(method: &str, path: &str, said: &Value) -> Operation {
    let content = said["requestBody"]["content"].as_object();
    let body = content.and_then(|content| content.iter().next());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let parameters = said["parameters"].as_array().into_iter().flatten();
    let parameter = |one: &Value| Parameter {
        name: text(&one["name"]),
        place: text(&one["in"]),
        schema: one["schema"].clone(),
    };
    Operation {
        method: method.to_uppercase(),
        path: path.to_owned(),
        body: body.map(|(kind, content)| (kind.clone(), content["schema"].clone())),
        parameters: parameters.map(parameter).filter(|one| one.place != "header").collect(),
        responses: said["responses"].clone(),
    }
}
