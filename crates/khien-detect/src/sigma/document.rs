//! The documents of a rule file one by one, for people: where each stands, and what it says of itself.
//!
//! Nothing here decides whether a rule is loaded; [`RuleSet::load`](super::RuleSet::load) does, from the whole file.

use yaml_serde::Value;

use super::prepare;

/// Bound: characters of one text that is told, and items of one list.
const TEXT_MAX: usize = 8000;
const ITEMS_MAX: usize = 200;
const WORD_MAX: usize = 300;

/// One document of a rule file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document<'t> {
    /// The line of the file on which it begins, the first being 1.
    pub line: usize,
    /// Its text, without the separator before it.
    pub text: &'t str,
}

/// What a document is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum DocumentKind {
    /// It tells others what to take over (`action:`), or is none of ours.
    #[default]
    Other,
    /// Several events that belong together.
    Correlation,
    /// What narrows other rules.
    Filter,
    /// A detection rule.
    Rule,
}

/// What a document says of itself. All of it is text from outside.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// What it is.
    pub kind: DocumentKind,
    /// Its title.
    pub title: String,
    /// Its id, or empty.
    pub id: String,
    /// The name that correlations refer to it by, or empty.
    pub name: String,
    /// Maturity, as written.
    pub status: String,
    /// Level, as written.
    pub level: String,
    /// Author.
    pub author: String,
    /// Licence, where it says one.
    pub license: String,
    /// The day it was last changed, or else written, as written.
    pub modified: String,
    /// What it looks for and why.
    pub description: String,
    /// Sources and further reading.
    pub references: Vec<String>,
    /// Known benign causes.
    pub false_positives: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Product, category and service asked for.
    pub log_source: [String; 3],
    /// Of a correlation: what it stands on, by id or name.
    pub refers_to: Vec<String>,
    /// Regular expressions in it: each takes up to some milliseconds to be made ready.
    pub patterns: usize,
}

/// Why a document cannot be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unread {
    /// The line within the document, the first being 1.
    pub line: usize,
    /// What is wrong, in English.
    pub detail: String,
}

/// The documents of a rule file, in their order; empty ones are left out.
///
/// Hostile: this looks at the beginnings of lines only, so it costs no more than reading.
pub fn documents(text: &str) -> impl Iterator<Item = Document<'_>> {
    let mut rest = Some((text, 1_usize));
    std::iter::from_fn(move || {
        let (text, line) = rest.take()?;
        let (mut at, mut lines) = (0_usize, 0_usize);
        for one in text.split_inclusive('\n') {
            if is_separator(one) {
                let behind = text.get(at.saturating_add(one.len())..).unwrap_or_default();
                rest = Some((behind, line.saturating_add(lines).saturating_add(1)));
                break;
            }
            at = at.saturating_add(one.len());
            lines = lines.saturating_add(1);
        }
        Some(Document { line, text: text.get(..at).unwrap_or_default() })
    })
    .filter(|document| document.text.lines().any(says_something))
}

fn is_separator(line: &str) -> bool {
    let line = line.trim_end();
    line == "---" || line == "..." || line.starts_with("--- #")
}

fn says_something(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

/// What one document says of itself.
///
/// # Errors
///
/// [`Unread`]: it is no YAML, or no map.
pub fn about(text: &str) -> Result<About, Unread> {
    if let Some(why) = prepare::too_much(text) {
        return Err(Unread { line: 1, detail: why.to_owned() });
    }
    let value: Value = yaml_serde::from_str(text).map_err(|error| Unread {
        line: error.location().map_or(1, |location| location.line()),
        detail: error.to_string(),
    })?;
    if !value.is_mapping() {
        return Err(Unread { line: 1, detail: "a rule is a map of keys to values".to_owned() });
    }
    let text = |key: &str, most: usize| text_of(value.get(key), most);
    let word = |key: &str| text(key, WORD_MAX);
    let source = |key: &str| text_of(value.get("logsource").and_then(|of| of.get(key)), WORD_MAX);
    let kind = if value.get("action").is_some() {
        DocumentKind::Other
    } else if value.get("correlation").is_some() {
        DocumentKind::Correlation
    } else if value.get("filter").is_some() {
        DocumentKind::Filter
    } else if value.get("detection").is_some() {
        DocumentKind::Rule
    } else {
        DocumentKind::Other
    };
    let modified = Some(word("modified")).filter(|day| !day.is_empty());
    Ok(About {
        kind,
        title: word("title"),
        id: word("id"),
        name: word("name"),
        status: word("status"),
        level: word("level"),
        author: word("author"),
        license: word("license"),
        modified: modified.unwrap_or_else(|| word("date")),
        description: text("description", TEXT_MAX),
        references: list_of(value.get("references")),
        false_positives: list_of(value.get("falsepositives")),
        tags: list_of(value.get("tags")),
        log_source: ["product", "category", "service"].map(source),
        patterns: value.get("detection").map_or(0, |detection| patterns_of(detection, false)),
        refers_to: list_of(value.get("correlation").and_then(|of| of.get("rules"))),
    })
}

/// How many texts stand below keys that ask for a regular expression. Nesting was looked at before.
fn patterns_of(value: &Value, asked: bool) -> usize {
    match value {
        Value::Mapping(map) => map.iter().fold(0, |sum: usize, (key, value)| {
            let is_pattern = |key: &str| key.split('|').skip(1).any(|word| word == "re");
            let asked = asked || key.as_str().is_some_and(is_pattern);
            sum.saturating_add(patterns_of(value, asked))
        }),
        Value::Sequence(items) => {
            items.iter().fold(0, |sum: usize, item| sum.saturating_add(patterns_of(item, asked)))
        }
        _ => usize::from(asked),
    }
}

fn text_of(value: Option<&Value>, most: usize) -> String {
    let text = match value {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    match text.char_indices().nth(most) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned(),
        None => text,
    }
}

fn list_of(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Sequence(items)) => {
            let texts = items.iter().take(ITEMS_MAX).map(|item| text_of(Some(item), TEXT_MAX));
            texts.filter(|text| !text.is_empty()).collect()
        }
        other => {
            Some(text_of(other, TEXT_MAX)).filter(|text| !text.is_empty()).into_iter().collect()
        }
    }
}

/// The line of a document that a message is about, the first being 1: the one on which a word stands that
/// the message quotes in backticks, else that of a key where such faults are.
pub fn line_of(text: &str, message: &str) -> usize {
    if let Some(line) = said_line(message) {
        return line;
    }
    let quoted = message.split('`').skip(1).step_by(2).filter(|word| !word.trim().is_empty());
    let keys = ["    condition:", "detection:", "correlation:", "filter:"];
    for wanted in quoted.chain(keys) {
        if let Some((line, _)) =
            (1_usize..).zip(text.lines()).find(|(_, line)| line.contains(wanted))
        {
            return line;
        }
    }
    1
}

/// The line that a parser of YAML names by itself.
fn said_line(message: &str) -> Option<usize> {
    let (_, behind) = message.split_once("at line ")?;
    let digits: String = behind.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|line| *line > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_told_apart_with_their_lines() {
        let text = "# a file\n---\ntitle: A\nid: x\n---\n\n# only a remark\n---\ntitle: B\n...\n";
        let found: Vec<_> = documents(text).map(|one| (one.line, one.text)).collect();
        assert_eq!(found, [(3, "title: A\nid: x\n"), (9, "title: B\n")]);
        // A line that begins so inside of a text is no separator.
        assert_eq!(documents("a: |\n  ---\n  b\nc: --- d\n").count(), 1);
        assert_eq!(documents("title: A").next().unwrap().line, 1);
        assert_eq!(documents(" \n\n").count(), 0);
        assert_eq!(documents(&"---\na: 1\n".repeat(100_000)).count(), 100_000);
    }

    #[test]
    fn a_document_says_what_it_is() {
        let text = "title: T\nid: 1\ndate: 2026-11-22\nlicense: MIT\nlogsource:\n  product: windows\n\
                    detection:\n  a: 1\nreferences: one\n";
        let about = about(text).unwrap();
        assert_eq!((about.title.as_str(), about.id.as_str()), ("T", "1"));
        assert_eq!((about.modified.as_str(), about.license.as_str()), ("2026-11-22", "MIT"));
        assert_eq!((about.kind, &about.log_source[0][..]), (DocumentKind::Rule, "windows"));
        assert_eq!(about.references, ["one"]);
        let correlation = super::about("correlation:\n  rules: [a, b]\n").unwrap();
        assert_eq!(correlation.kind, DocumentKind::Correlation);
        assert_eq!(correlation.refers_to, ["a", "b"]);
        assert_eq!(super::about("- 1\n").unwrap_err().line, 1);
        // The bracket stays open to the end.
        assert_eq!(super::about("a: 1\nb: [\nc: 2\n").map(|_| ()).unwrap_err().line, 4);
    }

    #[test]
    fn bombs_end_soon() {
        let mut aliases = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for (one, before) in ('b'..='p').zip('a'..) {
            aliases.push_str(&format!(
                "{one}: &{one} [{}]\n",
                vec![format!("*{before}"); 9].join(", ")
            ));
        }
        assert!(about(&aliases).is_err());
        assert!(about(&"[".repeat(100_000)).is_err());
        assert!(about(&format!("a: {}", "{b: ".repeat(4000))).is_err());
        assert!(about("a: &a\n  b: *a\n").is_err());
    }

    #[test]
    fn a_message_is_put_on_its_line() {
        let text = "title: T\ndetection:\n    selection:\n        A|foo: 1\n    condition: selection and other\n";
        assert_eq!(line_of(text, "unknown modifier `foo`"), 4);
        assert_eq!(line_of(text, "the condition names `other`"), 5);
        assert_eq!(line_of(text, "something"), 5);
        assert_eq!(line_of(text, "did not find expected key at line 3 column 2"), 3);
    }
}
