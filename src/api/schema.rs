//! Building blocks of the schemas of types that lower rooms own and that may not know OpenAPI.

use utoipa::openapi::schema::{AdditionalProperties, SchemaFormat};
use utoipa::openapi::{ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, Ref, RefOr, Schema, Type};

use super::shape;

/// The schema of a code list, made of the list itself.
macro_rules! listed {
    ($list:ty) => {
        $crate::api::schema::codes(<$list>::ALL.iter().map(|code| (code.code(), code.label())))
    };
}

pub(in crate::api) use listed;

/// The members of an object that has no others.
pub(in crate::api) struct Fields(ObjectBuilder);

impl Fields {
    pub(in crate::api) fn of(description: &str) -> Self {
        let open = ObjectBuilder::new().schema_type(Type::Object).description(Some(description));
        Self(open.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false))))
    }

    /// A member that must be there.
    pub(in crate::api) fn must(self, name: &str, schema: impl Into<RefOr<Schema>>) -> Self {
        Self(self.0.property(name, schema).required(name))
    }

    /// A member that may be left out.
    pub(in crate::api) fn may(self, name: &str, schema: impl Into<RefOr<Schema>>) -> Self {
        Self(self.0.property(name, schema))
    }

    /// A member that may be left out or null.
    pub(in crate::api) fn maybe(self, name: &str, schema: impl Into<RefOr<Schema>>) -> Self {
        self.may(name, or_null(schema))
    }

    pub(in crate::api) fn schema(self) -> RefOr<Schema> {
        self.0.into()
    }
}

impl From<Fields> for RefOr<Schema> {
    fn from(fields: Fields) -> Self {
        fields.schema()
    }
}

/// A string of a closed list, with the Chinese terms in its description.
pub(in crate::api) fn codes(list: impl Iterator<Item = (&'static str, &'static str)>) -> RefOr<Schema> {
    let (codes, terms): (Vec<_>, Vec<_>) =
        list.map(|(code, label)| (code, format!("{code} {label}"))).unzip();
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(codes))
        .description(Some(terms.join(" · ")))
        .into()
}

/// That, or null.
pub(in crate::api) fn or_null(schema: impl Into<RefOr<Schema>>) -> RefOr<Schema> {
    let null = ObjectBuilder::new().schema_type(Type::Null);
    Schema::OneOf(OneOfBuilder::new().item(null).item(schema).build()).into()
}

/// An array.
pub(in crate::api) fn list(items: impl Into<RefOr<Schema>>) -> RefOr<Schema> {
    ArrayBuilder::new().items(items.into()).into()
}

/// A reference to another schema of the document.
pub(in crate::api) fn named(name: &str) -> RefOr<Schema> {
    Ref::from_schema_name(name).into()
}

/// Text of at most that many characters, which the node checks further.
pub(in crate::api) fn text(most: usize) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).max_length(Some(most)).into()
}

/// Text of a form.
pub(in crate::api) fn word(description: &str) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description)).into()
}

/// A whole number in a range.
pub(in crate::api) fn integer(least: i64, most: i64) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(least)).maximum(Some(most)).into()
}

pub(in crate::api) fn flag() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::Boolean).into()
}

/// Any JSON value.
pub(in crate::api) fn anything(description: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(utoipa::openapi::schema::SchemaType::AnyValue)
        .description(Some(description))
        .into()
}

/// A day of the calendar, `YYYY-MM-DD`.
pub(in crate::api) fn date() -> RefOr<Schema> {
    formatted(SchemaFormat::KnownFormat(KnownFormat::Date))
}

/// A month of the calendar, `YYYY-MM`.
pub(in crate::api) fn month() -> RefOr<Schema> {
    formatted(SchemaFormat::Custom(shape::MONTH.to_owned()))
}

pub(in crate::api) fn uuid() -> RefOr<Schema> {
    formatted(SchemaFormat::Custom("uuid".to_owned()))
}

/// The GB/T 2260 code of a region, which is also the name of its node.
pub(in crate::api) fn region() -> RefOr<Schema> {
    formatted(SchemaFormat::Custom(shape::REGION.to_owned()))
}

pub(in crate::api) fn digest() -> RefOr<Schema> {
    formatted(SchemaFormat::Custom(shape::DIGEST.to_owned()))
}

fn formatted(format: SchemaFormat) -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
}

/// An array of at most that many.
pub(in crate::api) fn bounded(items: impl Into<RefOr<Schema>>, most: usize) -> RefOr<Schema> {
    ArrayBuilder::new().items(items.into()).max_items(Some(most)).into()
}
