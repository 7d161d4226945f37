//! A type's schema as a value, so that the table of operations can name it.

use std::borrow::Cow;

use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

type Schemas = Vec<(String, RefOr<Schema>)>;

/// The schema of a type, and of those inside it.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    name: fn() -> Cow<'static, str>,
    schema: fn() -> RefOr<Schema>,
    inside: fn(&mut Schemas),
}

impl Shape {
    /// The shape of a type.
    pub const fn of<T: ToSchema>() -> Self {
        Self { name: T::name, schema: T::schema, inside: T::schemas }
    }

    /// The name in the document.
    pub fn name(&self) -> Cow<'static, str> {
        (self.name)()
    }

    /// This schema and all inside it, by name.
    pub fn schemas(&self) -> Schemas {
        let mut all = vec![(self.name().into_owned(), (self.schema)())];
        (self.inside)(&mut all);
        all
    }
}
