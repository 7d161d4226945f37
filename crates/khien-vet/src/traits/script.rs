//! Traits of scripts: what their code, comments left out, is means of, and how it is written.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use khien_unpack::Format;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::MatchersError;
use super::collect::{Collector, clipped, place};
use super::file::ScriptSummary;
use super::image::without_numbers;
use super::tables::ScriptWord;

mod comment;
mod shape;

/// The languages that are told apart.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    Batch,
    Js,
    Perl,
    Php,
    PowerShell,
    Python,
    Ruby,
    Shell,
    VbScript,
}

impl Language {
    /// By the name's ending, else by the first line.
    pub(crate) fn of(path: &str, format: Format, bytes: &[u8]) -> Option<Self> {
        let in_front_of_archive = format == Format::SelfExtracting && bytes.starts_with(b"#!");
        let readable = matches!(format, Format::Script | Format::Text | Format::Data | Format::Xml);
        if !readable && !in_front_of_archive {
            return None;
        }
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let by_name = match ending {
            "bat" | "cmd" => Self::Batch,
            "js" | "mjs" | "cjs" | "jsx" | "ts" | "jse" => Self::Js,
            "pl" | "pm" => Self::Perl,
            "php" => Self::Php,
            "ps1" | "psm1" | "psd1" => Self::PowerShell,
            "py" | "pyw" | "pth" => Self::Python,
            "rb" | "gemspec" => Self::Ruby,
            "sh" | "bash" | "zsh" | "command" | "m4" | "ac" => Self::Shell,
            "vbs" | "vbe" | "wsf" | "hta" => Self::VbScript,
            _ => return Self::of_first_line(bytes),
        };
        Some(by_name)
    }

    fn of_first_line(bytes: &[u8]) -> Option<Self> {
        let line = bytes.strip_prefix(b"#!")?.split(|b| *b == b'\n').next()?;
        let line = String::from_utf8_lossy(line.get(..line.len().min(200))?).into_owned();
        let words = line.split(['/', ' ', '\t', '\r']);
        words.rev().find_map(|word| {
            Some(match word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
                "bun" | "deno" | "node" | "nodejs" => Self::Js,
                "perl" => Self::Perl,
                "php" => Self::Php,
                "pwsh" | "powershell" => Self::PowerShell,
                "pypy" | "python" => Self::Python,
                "ruby" => Self::Ruby,
                "ash" | "bash" | "dash" | "ksh" | "sh" | "zsh" => Self::Shell,
                _ => return None,
            })
        })
    }

    const fn ignores_case(self) -> bool {
        matches!(self, Self::Batch | Self::PowerShell | Self::VbScript)
    }
}

/// Finds the words of scripts.
#[derive(Debug)]
pub(crate) struct ScriptWords {
    words: Vec<ScriptWord>,
    exact: AhoCorasick,
    any_case: AhoCorasick,
}

impl ScriptWords {
    /// Builds the automata.
    ///
    /// # Errors
    /// Ours: too many words.
    pub(crate) fn new(words: Vec<ScriptWord>) -> Result<Self, MatchersError> {
        let build = |any_case| {
            AhoCorasick::builder()
                .ascii_case_insensitive(any_case)
                .match_kind(MatchKind::Standard)
                .kind(Some(AhoCorasickKind::DFA))
                .build(words.iter().map(|word| &word.text))
                .map_err(|why| MatchersError::Table { table: "scripts", why: why.to_string() })
        };
        let (exact, any_case) = (build(false)?, build(true)?);
        Ok(Self { words, exact, any_case })
    }

    /// Looks at a script and adds its traits.
    pub(crate) fn scan(
        &self,
        bytes: &[u8],
        language: Language,
        out: &mut Collector,
    ) -> ScriptSummary {
        let code = comment::blanked(bytes, language);
        let findings = self.find(&code, language, Some(out));
        shape::measure(&code, language, out);
        findings
    }

    /// What a single command line does, as shell code.
    pub(crate) fn command(&self, command: &str) -> ScriptSummary {
        self.find(command.as_bytes(), Language::Shell, None)
    }

    fn find(
        &self,
        code: &[u8],
        language: Language,
        mut out: Option<&mut Collector>,
    ) -> ScriptSummary {
        let automaton = if language.ignores_case() { &self.any_case } else { &self.exact };
        let mut classes = BTreeSet::new();
        let mut digest = Sha256::new();
        let mut told_until = 0;
        let mut hits = 0_usize;
        for found in automaton.find_overlapping_iter(code) {
            let Some(word) = self.words.get(found.pattern().as_usize()) else { continue };
            if !word.languages.contains(&language) || !stands_alone(code, &found) {
                continue;
            }
            if !classes.contains(&word.means.class) {
                classes.insert(word.means.class.clone());
            }
            hits = hits.saturating_add(1);
            if hits == HITS_MAX {
                digest.update(code.get(found.start()..).unwrap_or_default());
            }
            let (start, line) = match hits {
                ..HITS_MAX => line_around(code, found.start(), found.end()),
                _ => (0, String::new()),
            };
            if start >= told_until && hits < HITS_MAX {
                told_until = found.end();
                digest.update(without_numbers(&line));
            }
            if let Some(out) = out.as_deref_mut() {
                let evidence = place(found.start(), found.len(), &line);
                let value = format!("script-{}", word.means.value());
                out.add(word.means.kind(), &value, 1, evidence);
            }
        }
        let lines = match classes.is_empty() {
            true => String::new(),
            false => digest.finalize().iter().take(4).map(|b| format!("{b:02x}")).collect(),
        };
        ScriptSummary { classes: classes.into_iter().collect(), lines }
    }
}

/// A word that starts or ends with a letter has none beside it.
fn stands_alone(code: &[u8], found: &aho_corasick::Match) -> bool {
    let word = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || b"_$".contains(b));
    let first = code.get(found.start());
    let last = found.end().checked_sub(1).and_then(|at| code.get(at));
    let before = found.start().checked_sub(1).and_then(|at| code.get(at));
    let after = code.get(found.end());
    let joined = (word(first) && word(before)) || (word(last) && word(after));
    !joined
}

/// Bound: hits whose lines are looked at; from there on the whole rest counts as one line.
const HITS_MAX: usize = 4096;

/// Bound: bytes of a line on each side of a word.
const LINE_MAX: usize = 120;

/// Where the line (or what is near, of a long one) starts, and its text.
fn line_around(code: &[u8], start: usize, end: usize) -> (usize, String) {
    let from = start.saturating_sub(LINE_MAX);
    let before = code.get(from..start).unwrap_or_default();
    let first = before
        .iter()
        .rposition(|b| *b == b'\n')
        .map_or(from, |at| from.saturating_add(at).saturating_add(1));
    let until = end.saturating_add(LINE_MAX).min(code.len());
    let after = code.get(end..until).unwrap_or_default();
    let last = after.iter().position(|b| *b == b'\n').map_or(until, |at| end.saturating_add(at));
    let text = String::from_utf8_lossy(code.get(first..last).unwrap_or_default());
    (first, clipped(text.trim(), 2 * LINE_MAX))
}

#[cfg(test)]
mod tests;
