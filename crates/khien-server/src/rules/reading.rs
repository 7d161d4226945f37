//! What is read in rules that somebody wants to add, before and when they are kept.

use std::collections::HashSet;

use khien_detect::sigma::document::{self, line_of};
use khien_detect::sigma::{About, DocumentKind, LoadOptions, RuleSet};
use khien_ops::scan::catalogue::{OWN, is_plain};
use khien_wire::{
    RULE_TEXT_BYTES_MAX, RULES_AT_ONCE_MAX, RuleDocument, RuleFault, RulePreview, Severity,
};

use super::{Shelf, cut, kind_of, word_of};

/// Bound: bytes of one document that is kept.
const DOCUMENT_BYTES_MAX: usize = 64 << 10;
/// Bound: regular expressions of one text, each of which takes time to be made ready.
const PATTERNS_MAX: usize = 300;
/// Bound: characters of what is wrong.
const DETAIL_MAX: usize = 500;
const TITLE_MAX: usize = 300;

/// A document that can be added.
#[derive(Debug)]
pub(crate) struct New {
    pub(crate) about: About,
    pub(crate) text: String,
    /// What alerts will call it.
    pub(crate) key: String,
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct RuleReading {
    pub(crate) preview: RulePreview,
    /// Those that can be added; all of them where the numbers are the same.
    pub(crate) new: Vec<New>,
}

/// Reads rules beside those that are known; `instead` is the number of one whose place the text takes. It blocks.
///
/// # Errors
///
/// Of whoever wrote it, as a stable word: `empty`, `too_long`, `too_many`.
pub(crate) fn read(
    shelf: &Shelf,
    text: &str,
    instead: Option<usize>,
) -> Result<RuleReading, &'static str> {
    if text.len() > RULE_TEXT_BYTES_MAX {
        return Err("too_long");
    }
    // Editors put it before what they save.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let found: Vec<_> = document::documents(text).take(RULES_AT_ONCE_MAX + 1).collect();
    if found.is_empty() {
        return Err("empty");
    }
    if found.len() > RULES_AT_ONCE_MAX {
        return Err("too_many");
    }
    let taken: HashSet<&str> = shelf
        .catalogue
        .entries
        .iter()
        .enumerate()
        .filter(|(number, entry)| {
            Some(*number) != instead && entry.about.kind != DocumentKind::Filter
        })
        .flat_map(|(_, entry)| [entry.key.as_str(), entry.about.id.as_str()])
        .collect();
    let mut said = HashSet::new();
    let mut patterns = 0_usize;
    let read = found.iter().map(|one| {
        let about = document::about(one.text)
            .map_err(|unread| fault("malformed", one.line + unread.line - 1, &unread.detail));
        let about = about.and_then(|about| {
            patterns = patterns.saturating_add(about.patterns);
            if patterns > PATTERNS_MAX {
                let detail = format!("at most {PATTERNS_MAX} regular expressions in one text");
                return Err(fault("too_many_patterns", one.line, &detail));
            }
            check(&about, one, &taken, &mut said)?;
            Ok(about)
        });
        (one, about)
    });
    let read: Vec<_> = read.collect();
    Ok(load(shelf, read))
}

/// Reads what may stand in nobody's way; whether it can be loaded is asked by [`load`].
fn check(
    about: &About,
    document: &document::Document<'_>,
    taken: &HashSet<&str>,
    said: &mut HashSet<String>,
) -> Result<(), RuleFault> {
    let at = |word: &str| {
        let found = document.text.lines().position(|line| line.starts_with(word));
        document.line + found.unwrap_or(0)
    };
    if document.text.len() > DOCUMENT_BYTES_MAX {
        let detail = format!("one rule is at most {DOCUMENT_BYTES_MAX} bytes");
        return Err(fault("too_long", document.line, &detail));
    }
    if about.kind == DocumentKind::Filter {
        let detail = "a filter changes rules of others; name its file when the server is started";
        return Err(fault("filter", at("filter:"), detail));
    }
    if document.text.lines().any(|line| line.starts_with("action:")) {
        let detail = "`action:` hands parts of one document to others; write each rule out";
        return Err(fault("global", at("action:"), detail));
    }
    if about.title.is_empty() {
        return Err(fault("no_title", document.line, "a rule needs a `title`"));
    }
    if !about.id.is_empty() && !is_plain(&about.id) {
        let detail = "an `id` is a UUID: letters, digits and hyphens";
        return Err(fault("malformed", at("id:"), detail));
    }
    let key = key_of(about);
    if taken.contains(key) {
        let detail =
            format!("another rule is called `{}`; give this one an `id` of its own", cut(key, 100));
        return Err(fault("id_taken", at("id:"), &detail));
    }
    if !said.insert(key.to_owned()) {
        let detail = format!("`{}` stands in this text twice", cut(key, 100));
        return Err(fault("id_twice", at("id:"), &detail));
    }
    Ok(())
}

pub(super) fn key_of(about: &About) -> &str {
    if about.id.is_empty() { &about.title } else { &about.id }
}

fn fault(code: &str, line: usize, detail: &str) -> RuleFault {
    RuleFault { code: code.to_owned(), line: line as u64, detail: cut(detail, DETAIL_MAX) }
}

type Read<'d> = (&'d document::Document<'d>, Result<About, RuleFault>);

/// Loads what was read, with those rules that it stands on, and tells of each document what came of it.
fn load(shelf: &Shelf, read: Vec<Read<'_>>) -> RuleReading {
    let sound =
        read.iter().filter_map(|(one, about)| Some((one.text.to_owned(), about.clone().ok()?)));
    let sound: Vec<(String, About)> = sound.collect();
    let texts = shelf.catalogue.beside(&sound);
    let set = RuleSet::load(texts.sources, &LoadOptions { placeholders: texts.placeholders });
    let mut number = 0_usize;
    let mut reading = RuleReading::default();
    for (one, about) in read {
        let mut shown = RuleDocument {
            line: one.line as u64,
            title: String::new(),
            kind: None,
            severity: None,
            fault: None,
        };
        match about {
            Err(fault) => {
                // What it calls itself, where it can be read at all.
                if let Ok(about) = document::about(one.text) {
                    shown.title = cut(&about.title, TITLE_MAX);
                }
                shown.fault = Some(fault);
            }
            Ok(about) => {
                let origin = format!("{OWN}{number}");
                number += 1;
                let problem = set.problems().iter().find(|p| p.origin.as_raw() == origin);
                let is_loaded = set.rules().iter().any(|rule| rule.origin.as_raw() == origin)
                    || set.correlations().iter().any(|rule| rule.origin.as_raw() == origin);
                shown.title = cut(&about.title, TITLE_MAX);
                shown.kind = Some(kind_of(about.kind));
                shown.severity = Severity::from_word(&about.level).or(Some(Severity::Medium));
                shown.fault = match problem {
                    Some(problem) => {
                        let detail = problem.detail.as_raw();
                        let line = one.line + line_of(one.text, detail) - 1;
                        Some(fault(&word_of(problem.kind), line, detail))
                    }
                    None if is_loaded => None,
                    None => Some(fault("malformed", one.line, "this is no Sigma rule")),
                };
                if shown.fault.is_none() {
                    let key = key_of(&about).to_owned();
                    reading.new.push(New { about, text: one.text.to_owned(), key });
                }
            }
        }
        reading.preview.documents.push(shown);
    }
    reading.preview.usable = reading.new.len() as u64;
    reading
}
