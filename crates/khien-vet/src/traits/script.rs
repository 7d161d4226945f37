//! Traits of scripts: what their code, comments left out, is means of, and how it is written.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use khien_unpack::Format;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::MatchersError;
use super::collect::{Collector, clipped, place};
use super::file::ScriptSummary;
use super::lasting;
use super::tables::ScriptWord;

mod comment;
mod fetched;
mod markup;
mod shape;

/// The languages that are told apart.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Language {
    Batch,
    Js,
    /// JavaScript with markup in it, whose text no rule for comments holds for.
    Jsx,
    Lua,
    /// HTML and its kin: JavaScript in elements and attributes.
    Markup,
    Perl,
    Php,
    PowerShell,
    Python,
    /// Lines of a `.pth`, some of which are run: what ends a line there ends none of Python's comments.
    #[serde(skip)]
    PythonPath,
    Ruby,
    /// Build scripts only, whose ordinary work is left out.
    Rust,
    Shell,
    VbScript,
}

impl Language {
    /// By the name's ending, else by the first line.
    pub(crate) fn of(path: &str, format: Format, bytes: &[u8]) -> Option<Self> {
        let text = matches!(
            format,
            Format::Script | Format::Text | Format::Data | Format::Xml | Format::Json
        );
        // `GIF89a=1;` begins a picture and a script: the name says who will read it.
        let posing = matches!(
            format,
            Format::Image | Format::Font | Format::Plist | Format::Certificate | Format::Database
        );
        let in_front_of_archive = format == Format::SelfExtracting && bytes.starts_with(b"#!");
        if !text && !posing && !in_front_of_archive {
            return None;
        }
        let name = path.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        // TypeScript's declarations tell of code and are none.
        if [".d.ts", ".d.mts", ".d.cts"].iter().any(|ending| name.ends_with(ending)) {
            return None;
        }
        let by_name = match ending {
            "bat" | "cmd" => Self::Batch,
            "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" | "jse" => Self::Js,
            "jsx" | "tsx" => Self::Jsx,
            "lua" => Self::Lua,
            "htm" | "html" | "xhtml" | "vue" | "svelte" | "svg" => {
                return (text && !super::install::is_documentation(path)).then_some(Self::Markup);
            }
            "pl" | "pm" => Self::Perl,
            "php" => Self::Php,
            "ps1" | "psm1" | "psd1" => Self::PowerShell,
            "py" | "pyw" => Self::Python,
            "pth" => Self::PythonPath,
            "rb" | "gemspec" => Self::Ruby,
            "sh" | "bash" | "zsh" | "ksh" | "command" | "m4" | "ac" => Self::Shell,
            "bashrc" | "bash_profile" | "profile" | "zshenv" | "zshrc" => Self::Shell,
            "vbs" | "vbe" | "wsf" | "hta" => Self::VbScript,
            _ if name == "pkgbuild" => Self::Shell,
            _ if name == "build.rs" => Self::Rust,
            _ => return Self::of_first_line(bytes).filter(|_| text),
        };
        // A picture under a name that some script has is still one.
        let held = bytes.get(..POSING_MAX).unwrap_or(bytes);
        (text || !held.contains(&0)).then_some(by_name)
    }

    fn of_first_line(bytes: &[u8]) -> Option<Self> {
        let line = bytes.strip_prefix(b"#!")?.split(|b| *b == b'\n').next()?;
        let line = String::from_utf8_lossy(line.get(..line.len().min(200))?).into_owned();
        let words = line.split(['/', ' ', '\t', '\r']);
        words.rev().find_map(|word| {
            Some(match word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.') {
                "bun" | "deno" | "node" | "nodejs" => Self::Js,
                "lua" => Self::Lua,
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

    /// Under whose words it is looked at.
    const fn words(self) -> Self {
        match self {
            Self::Jsx | Self::Markup => Self::Js,
            Self::PythonPath => Self::Python,
            own => own,
        }
    }

    const fn ignores_case(self) -> bool {
        matches!(self, Self::Batch | Self::PowerShell | Self::VbScript)
    }
}

/// Bound: bytes of what passes for a picture in which a zero is looked for.
const POSING_MAX: usize = 1 << 20;

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
        let language = language.words();
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
        let mut lines = Lines::default();
        for found in automaton.find_overlapping_iter(code) {
            let Some(word) = self.words.get(found.pattern().as_usize()) else { continue };
            if !word.languages.contains(&language) || !stands_alone(code, &found) {
                continue;
            }
            if !classes.contains(&word.means.class) {
                classes.insert(word.means.class.clone());
            }
            let line = lines.take(code, found.start(), found.end());
            if let Some(out) = out.as_deref_mut() {
                let evidence = place(found.start(), found.len(), &line);
                let value = format!("script-{}", word.means.value());
                out.add(word.means.kind(), &value, 1, evidence);
            }
        }
        // In shells, starting a program takes no word: what is fetched and then run is told.
        if language == Language::Shell
            && classes.contains("network")
            && let Some(run) = fetched::and_run(code)
        {
            classes.insert("exec".to_owned());
            lines.add(&run);
            if let Some(out) = out {
                out.add_text(khien_lineage::TraitKind::GainsExec, "script-run-fetched", &run);
            }
        }
        let mut hosts = BTreeSet::new();
        for at in memchr::memmem::find_iter(code, b"://").take(HITS_MAX) {
            let (_, line) = line_around(code, at, at.saturating_add(3));
            lasting::hosts(&line, &mut hosts);
            // What fetches may keep its addresses on lines of their own.
            if classes.contains("network") {
                lines.add(&line);
            }
        }
        let lines = if classes.is_empty() { String::new() } else { lines.finish() };
        let hosts = hosts.into_iter().collect();
        ScriptSummary { classes: classes.into_iter().collect(), lines, hosts }
    }
}

/// A digest of the lines that tell what a script does, while they are found.
#[derive(Default)]
struct Lines {
    digest: Sha256,
    told_until: usize,
    hits: usize,
}

impl Lines {
    /// Takes up the line around a word, each once, and returns it; empty once there were too many.
    fn take(&mut self, code: &[u8], from: usize, to: usize) -> String {
        self.hits = self.hits.saturating_add(1);
        if self.hits > HITS_MAX {
            return String::new();
        }
        if self.hits == HITS_MAX {
            self.digest.update(code.get(from..).unwrap_or_default());
            return String::new();
        }
        let (start, line) = line_around(code, from, to);
        if start >= self.told_until {
            self.told_until = to;
            self.add(&line);
        }
        line
    }

    fn add(&mut self, line: &str) {
        self.digest.update(lasting::lasting(line));
    }

    fn finish(self) -> String {
        self.digest.finalize().iter().take(4).map(|b| format!("{b:02x}")).collect()
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
