//! Small libraries in script languages, as registries carry them: enough honest code that one
//! change is a small change.

use std::fmt::Write;

use super::payload::LINE;
use super::software::{Edition, Files};

/// Thirty functions in some language, made by `one`; a new release changes two of them.
fn many(edition: Edition, one: fn(usize, usize) -> String) -> String {
    let mut text = String::new();
    for number in 1..=30 {
        let changed = edition == Edition::New && number % 13 == 0;
        text.push_str(&one(number, number * 7 + usize::from(changed)));
    }
    text
}

/// The manifest of an npm package, with its lifecycle scripts.
pub(crate) fn manifest(name: &str, edition: Edition, scripts: &[(&str, &str)]) -> Vec<u8> {
    let mut lines = vec!["    \"test\": \"node test.js\"".to_owned()];
    lines.extend(scripts.iter().map(|(hook, command)| format!("    \"{hook}\": \"{command}\"")));
    format!(
        "{{\n  \"name\": \"{name}\",\n  \"version\": \"{}\",\n  \"description\": \"{LINE}\",\n  \
         \"main\": \"index.js\",\n  \"license\": \"MIT\",\n  \"scripts\": {{\n{}\n  }}\n}}\n",
        edition.version(),
        lines.join(",\n")
    )
    .into_bytes()
}

/// An npm package without lifecycle scripts.
pub(crate) fn javascript(name: &str, edition: Edition) -> Files {
    vec![
        ("package.json".to_owned(), manifest(name, edition, &[])),
        ("index.js".to_owned(), javascript_module(edition).into_bytes()),
        ("README.md".to_owned(), format!("# {name}\n\n{LINE}\n").into_bytes()),
    ]
}

pub(crate) fn javascript_module(edition: Edition) -> String {
    let mut text = "\"use strict\";\n\n".to_owned();
    text.push_str(&many(edition, |number, constant| {
        format!("function step{number}(value) {{\n  return (value * {constant} + {number}) % 9973;\n}}\n\n")
    }));
    text.push_str("module.exports = {");
    for number in 1..=30 {
        let _ = write!(text, " step{number},");
    }
    text.push_str(" };\n");
    text
}

/// A module in Python.
pub(crate) fn python_module(edition: Edition) -> String {
    let mut text = "\"\"\"Arithmetic of a fixture.\"\"\"\n\n".to_owned();
    text.push_str(&many(edition, |number, constant| {
        format!("\ndef step{number}(value):\n    return (value * {constant} + {number}) % 9973\n\n")
    }));
    text
}

/// A Python package.
pub(crate) fn python(name: &str, edition: Edition) -> Files {
    let version = edition.version();
    vec![
        (
            format!("{name}/__init__.py"),
            format!("from .steps import *\n\n__version__ = \"{version}\"\n").into_bytes(),
        ),
        (format!("{name}/steps.py"), python_module(edition).into_bytes()),
    ]
}

/// A Ruby library.
pub(crate) fn ruby(name: &str, edition: Edition) -> Files {
    let text = many(edition, |number, constant| {
        format!("  def step{number}(value)\n    (value * {constant} + {number}) % 9973\n  end\n\n")
    });
    vec![
        (format!("lib/{name}.rb"), format!("require \"{name}/request\"\n").into_bytes()),
        (format!("lib/{name}/request.rb"), format!("class Request\n{text}end\n").into_bytes()),
        ("README.md".to_owned(), format!("{LINE}\n").into_bytes()),
    ]
}

/// A shell script that builds or uploads something.
pub(crate) fn shell(edition: Edition, more: &str) -> Vec<u8> {
    let text = many(edition, |number, constant| {
        format!("step{number}() {{\n  echo $(( ($1 * {constant} + {number}) % 9973 ))\n}}\n")
    });
    format!(
        "#!/bin/bash\n# {LINE}\nset -e\nVERSION=\"{}\"\n{text}\nstep1 \"$VERSION\" 2>/dev/null || true\n{more}",
        edition.version()
    )
    .into_bytes()
}
