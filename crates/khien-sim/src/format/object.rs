//! A JSON object written in the order in which its fields are added.
//!
//! `serde_json`'s own map keeps or sorts its keys depending on a feature that any crate of a build
//! can switch on; the bytes of a scenario must not depend on who else is built.

use serde_json::Value;

/// Builds one JSON object; the caller adds each name once.
#[derive(Debug)]
pub(crate) struct Object(String);

impl Object {
    pub(crate) fn new() -> Self {
        Self("{".to_owned())
    }

    pub(crate) fn text(self, name: &str, value: &str) -> Self {
        self.field(name, &quoted(value))
    }

    pub(crate) fn number(self, name: &str, value: impl Into<i128>) -> Self {
        self.field(name, &value.into().to_string())
    }

    pub(crate) fn flag(self, name: &str, value: bool) -> Self {
        self.field(name, if value { "true" } else { "false" })
    }

    pub(crate) fn null(self, name: &str) -> Self {
        self.field(name, "null")
    }

    pub(crate) fn object(self, name: &str, value: Self) -> Self {
        self.field(name, &value.finish())
    }

    pub(crate) fn texts(self, name: &str, values: &[&str]) -> Self {
        let values: Vec<String> = values.iter().copied().map(quoted).collect();
        self.field(name, &format!("[{}]", values.join(",")))
    }

    pub(crate) fn objects(self, name: &str, values: Vec<Self>) -> Self {
        let values: Vec<String> = values.into_iter().map(Self::finish).collect();
        self.field(name, &format!("[{}]", values.join(",")))
    }

    pub(crate) fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn field(mut self, name: &str, value: &str) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&quoted(name));
        self.0.push(':');
        self.0.push_str(value);
        self
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
