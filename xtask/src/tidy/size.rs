//! The longest files and functions, told and never complained about.

use super::tree::Tree;

const FILE_LINES: usize = 600;
const FUNCTION_LINES: usize = 70;

/// Lines about files and functions that are longer than the guide, the longest first.
pub(super) fn report(tree: &Tree) -> Vec<String> {
    let mut long = Vec::new();
    for (path, text) in tree.ending(".rs").filter(|(path, _)| !is_test(path)) {
        let lines = production(text);
        if lines.len() > FILE_LINES {
            long.push((lines.len(), path.to_owned()));
        }
        for (name, at, length) in functions(&lines) {
            if length > FUNCTION_LINES {
                long.push((length, format!("{path}:{at} fn {name}")));
            }
        }
    }
    long.sort_by(|a, b| (b.0, &a.1).cmp(&(a.0, &b.1)));
    long.into_iter().map(|(length, what)| format!("long: {length:>5} lines  {what}")).collect()
}

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs")
}

/// The lines before a test module at the end of the file.
fn production(text: &str) -> Vec<&str> {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| {
        pair.first() == Some(&"#[cfg(test)]") && pair.last() == Some(&"mod tests {")
    });
    lines.into_iter().take(tests.unwrap_or(usize::MAX)).collect()
}

/// Name, first line from 1, and length of each function. rustfmt closes a function with a brace as
/// far in as its first line.
fn functions<'t>(lines: &[&'t str]) -> Vec<(&'t str, usize, usize)> {
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = line.len().saturating_sub(code.len());
        let Some(name) = function_name(code) else { continue };
        let length = lines.iter().skip(start).position(|line| {
            let rest = line.get(indent..).unwrap_or_default();
            let level = line.len().saturating_sub(line.trim_start().len()) == indent;
            let last = ["}", ";"].iter().any(|end| rest.ends_with(end));
            level && last
        });
        if let Some(length) = length {
            found.push((name, start.saturating_add(1), length.saturating_add(1)));
        }
    }
    found
}

fn function_name(code: &str) -> Option<&str> {
    let (before, after) = code.split_once("fn ")?;
    let modifiers = ["pub", "const", "async", "unsafe", "extern", "\"C\""];
    let plain = before
        .split_whitespace()
        .all(|word| modifiers.contains(&word) || word.starts_with("pub(") || word.ends_with(')'));
    let end = after.find(['(', '<'])?;
    plain.then(|| after.get(..end)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_functions_by_indentation() {
        let text = "impl A {\n    pub(crate) fn one(\n        a: u8,\n    ) -> u8 {\n        a\n    }\n\n    fn two() {}\n}\n";
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(functions(&lines), [("one", 2, 5), ("two", 8, 1)]);
        let lines = ["fn three() -> u8 { 1 }", "// fn four() is prose"];
        assert_eq!(functions(&lines), [("three", 1, 1)]);
    }
}
