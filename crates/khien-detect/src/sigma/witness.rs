//! What an event must hold for a rule to match, as words that can be looked for beforehand.
//!
//! A gate only ever says less than the rule: of several things that must hold one is taken, of
//! several that may hold all are, and what cannot be said as a word (a negation, a number, absence)
//! opens the gate. An open gate costs time; a wrong one would cost detections.
//!
//! Words and texts are compared as [`folded`]. A word is a faithful stand-in there only where
//! folding does not depend on its surroundings, which is so for ASCII and for what the rule's
//! compilation brought to lower case itself.

use std::borrow::Cow;

use regex_syntax::hir::{Class, Hir, HirKind};
use rsigma_eval::CompiledMatcher;
use rsigma_eval::matcher::{GroupMode, ascii_lowercase_cow};

use super::program::{Item, Node, Program};

/// Something of which an event can be seen to have it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Witness {
    /// The field is there.
    Present(u32),
    /// A value of the field is this text, folded.
    Equal(u32, String),
    /// A value of the field holds this word, folded, at this place.
    Word(u32, String, Anchor),
    /// Any value holds this word, folded.
    Anywhere(String),
}

/// Where in a value a word must stand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Anchor {
    Any,
    Start,
    End,
}

/// At least one of these holds in every event that the rule matches; `None` when nothing can be
/// said.
pub(super) type Gate = Option<Vec<Witness>>;

/// The form in which words and texts are compared.
///
/// The long s is in lower case already, but a pattern that ignores case takes it for an `s`.
pub(super) fn folded(text: &str) -> Cow<'_, str> {
    let lower = ascii_lowercase_cow(text);
    if lower.contains('ſ') { Cow::Owned(lower.replace('ſ', "s")) } else { lower }
}

/// The gate of a rule.
pub(super) fn gate(program: &Program) -> Gate {
    match program {
        Program::Plain(conditions) => any(conditions.iter().map(of_node)),
        Program::Whole(_) => None,
    }
}

/// All alternatives, unless one of them is open.
fn any(parts: impl Iterator<Item = Gate>) -> Gate {
    parts.collect::<Option<Vec<_>>>().map(|parts| parts.into_iter().flatten().collect())
}

/// The narrowest of several gates.
fn all(parts: impl Iterator<Item = Gate>) -> Gate {
    parts.flatten().min_by_key(|gate| gate.iter().map(width).sum::<u64>())
}

/// How many of a thousand events something is expected to be seen in, more or less.
///
/// Words that are short stand in many values, and the names of the shells in the fields that every
/// process has. A field alone is wider than any list of words for it.
fn width(witness: &Witness) -> u64 {
    match witness {
        Witness::Present(_) => 100_000,
        Witness::Equal(..) => 10,
        Witness::Word(_, word, Anchor::Any) => width_of_word(word),
        Witness::Word(_, word, Anchor::Start | Anchor::End) => width_of_word(word) / 2,
        Witness::Anywhere(word) => width_of_word(word).saturating_mul(2),
    }
}

fn width_of_word(word: &str) -> u64 {
    let shells = ["cmd.exe", "powershell.exe", "pwsh.exe", "svchost.exe", "explorer.exe"];
    if shells.iter().any(|shell| word.ends_with(shell)) {
        return 80;
    }
    match word.len() {
        0..=1 => 700,
        2 => 400,
        3 => 150,
        4 => 70,
        5..=7 => 25,
        _ => 12,
    }
}

fn of_node(node: &Node) -> Gate {
    match node {
        Node::All(parts) => all(parts.iter().map(of_node)),
        Node::Any(parts) => any(parts.iter().map(of_node)),
        Node::Not(_) => None,
        Node::Selection(_, inner) => of_node(inner),
        Node::Item(item) => of_item(item),
        Node::Keywords(matcher) => of_matcher(matcher, None),
        Node::Never => Some(Vec::new()),
    }
}

fn of_item(item: &Item) -> Gate {
    if item.holds_when_absent() {
        return None;
    }
    let present = || Some(vec![Witness::Present(item.slot)]);
    if item.exists.is_some() {
        return present();
    }
    of_matcher(&item.matcher, Some(item.slot)).or_else(present)
}

/// The gate of a comparison with a field, or (without one) with any value.
fn of_matcher(matcher: &CompiledMatcher, slot: Option<u32>) -> Gate {
    use CompiledMatcher as M;
    let one = |value: &str, exact: bool, anchor| Some(vec![witness(slot, value, exact, anchor)?]);
    match matcher {
        M::Exact { value, case_insensitive } => match slot {
            Some(slot) => Some(vec![Witness::Equal(slot, stand_in(value, !case_insensitive)?)]),
            None => one(value, !case_insensitive, Anchor::Any),
        },
        M::Contains { value, case_insensitive } => one(value, !case_insensitive, Anchor::Any),
        M::StartsWith { value, case_insensitive } => one(value, !case_insensitive, Anchor::Start),
        M::EndsWith { value, case_insensitive } => one(value, !case_insensitive, Anchor::End),
        M::AhoCorasickSet { needles, case_insensitive, .. } => {
            any(needles.iter().map(|needle| one(needle, !case_insensitive, Anchor::Any)))
        }
        M::Regex(regex) => of_pattern(regex.as_str(), slot),
        M::RegexSetMatch { set, mode } => {
            let parts = set.patterns().iter().map(|pattern| of_pattern(pattern, slot));
            if *mode == GroupMode::Any { any(parts) } else { all(parts) }
        }
        M::AnyOf(parts) | M::CaseInsensitiveGroup { children: parts, mode: GroupMode::Any } => {
            any(parts.iter().map(|part| of_matcher(part, slot)))
        }
        M::AllOf(parts) | M::CaseInsensitiveGroup { children: parts, mode: GroupMode::All } => {
            all(parts.iter().map(|part| of_matcher(part, slot)))
        }
        _ => None,
    }
}

fn witness(slot: Option<u32>, value: &str, cased: bool, anchor: Anchor) -> Option<Witness> {
    let word = stand_in(value, cased)?;
    Some(match slot {
        Some(slot) => Witness::Word(slot, word, anchor),
        None => Witness::Anywhere(word),
    })
}

/// A word as it can be looked for, or `None` when folding would not be faithful to it.
fn stand_in(value: &str, cased: bool) -> Option<String> {
    let faithful = !value.is_empty() && (!cased || value.is_ascii());
    faithful.then(|| folded(value).into_owned())
}

fn of_pattern(pattern: &str, slot: Option<u32>) -> Gate {
    let hir = regex_syntax::ParserBuilder::new().utf8(false).build().parse(pattern).ok()?;
    let words = words_of(&hir)?;
    any(words.iter().map(|word| Some(vec![witness(slot, word, true, Anchor::Any)?])))
}

/// Words of which every text that the pattern matches holds at least one, in lower case.
///
/// Bound: patterns come from rules, and the parser bounds how deep they nest.
fn words_of(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(_) | HirKind::Class(_) => words_of_list(std::slice::from_ref(hir)),
        HirKind::Concat(parts) => words_of_list(parts),
        HirKind::Alternation(parts) => {
            let parts = parts.iter().map(words_of).collect::<Option<Vec<_>>>()?;
            Some(parts.into_iter().flatten().collect())
        }
        HirKind::Repetition(repetition) if repetition.min >= 1 => words_of(&repetition.sub),
        HirKind::Capture(capture) => words_of(&capture.sub),
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => None,
    }
}

/// The same for parts that follow each other: a run of single characters is a word, and of all words
/// that must be there the best is taken.
fn words_of_list(parts: &[Hir]) -> Option<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut run = String::new();
    for part in parts {
        match part.kind() {
            HirKind::Literal(literal) => {
                for byte in &literal.0 {
                    // Folding may depend on the surroundings beyond ASCII.
                    if byte.is_ascii() {
                        run.push(char::from(byte.to_ascii_lowercase()));
                    } else {
                        found.push(vec![std::mem::take(&mut run)]);
                    }
                }
            }
            HirKind::Class(class) => match only_letter(class) {
                Some(letter) => run.push(letter),
                None => found.push(vec![std::mem::take(&mut run)]),
            },
            _ => {
                found.push(vec![std::mem::take(&mut run)]);
                found.extend(words_of(part));
            }
        }
    }
    found.push(vec![run]);
    // One character selects nothing.
    found.retain(|words| words.iter().all(|word| word.len() > 1));
    let best = |words: &Vec<String>| words.iter().map(|w| width_of_word(w)).sum::<u64>();
    found.into_iter().min_by_key(best)
}

/// The letter that all members of a class are folded to, where that is one of ASCII.
fn only_letter(class: &Class) -> Option<char> {
    let Class::Unicode(class) = class else { return None };
    let mut letter = None;
    for range in class.ranges() {
        // A letter has at most three forms, and no two of them are neighbours.
        if range.start() != range.end() {
            return None;
        }
        let text = range.start().to_string();
        let text = folded(&text);
        let form = text.parse::<char>().ok().filter(char::is_ascii)?;
        if *letter.get_or_insert(form) != form {
            return None;
        }
    }
    letter
}
