//! Names of means as data of a script: a list that nothing reads, behind what leaves the script.
//! What vets a script reads its words; no script of a fixture does anything with them.

use super::payload::LINE;

/// A list of texts in double quotes, as JavaScript, Python and Ruby all write it.
fn quoted(names: &[&str]) -> String {
    assert!(!names.iter().any(|name| name.contains(['"', '\\', '\n', '#'])), "{names:?}");
    format!("\"{}\"", names.join("\", \""))
}

/// A module in JavaScript that ends before it begins.
pub(super) fn script(body: &str) -> Vec<u8> {
    format!("// {LINE}\n\"use strict\";\nif (false) {{\n{body}\n}}\n").into_bytes()
}

/// A list in JavaScript.
pub(super) fn javascript(names: &[&str]) -> String {
    format!("  const named = [{}];", quoted(names))
}

/// A function in JavaScript that leaves at once.
pub(super) fn javascript_function(function: &str, names: &[&str]) -> String {
    format!("\nfunction {function}() {{\n  return;\n{}\n}}\n{function}();\n", javascript(names))
}

/// A function in Python that leaves at once.
pub(super) fn python(function: &str, names: &[&str]) -> String {
    format!(
        "\n\ndef {function}():\n    return\n    named = ({})\n\n\n{function}()\n",
        quoted(names)
    )
}

/// A method in Ruby that leaves at once.
pub(super) fn ruby(method: &str, names: &[&str]) -> String {
    format!("\ndef {method}\n  return\n  named = [{}]\nend\n\n{method}\n", quoted(names))
}

/// A variable of a shell or of its macros: one text in single quotes.
pub(super) fn shell(names: &[&str]) -> String {
    assert!(!names.iter().any(|name| name.contains(['\'', '\n'])), "{names:?}");
    format!("named='{}'", names.join(" "))
}

/// A variable of a batch file: `set` takes the text between the quotes as it stands.
pub(super) fn batch(names: &[&str]) -> String {
    assert!(!names.iter().any(|name| name.contains(['"', '%', '\n'])), "{names:?}");
    format!("@echo off\r\nrem {LINE}\r\nexit /b 0\r\nset \"named={}\"\r\n", names.join(" "))
}
