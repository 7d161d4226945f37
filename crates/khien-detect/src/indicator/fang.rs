//! Values as they were before someone made them unclickable.
//!
//! Publishers write `hxxps[:]//evil[.]example` so that nobody opens it by accident. The marks also
//! say something: what was defanged is meant as dangerous. So a line is made whole again together
//! with the places where marks stood.
//!
//! Dots that are spelled out or stand apart (`evil dot example`, `evil . example`) are only taken for
//! marks where nothing else can be meant: behind a defanged scheme, or when a text consists of
//! nothing else.

use super::fold::fold;

/// A line made whole.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Whole {
    /// The text without marks.
    pub(super) text: String,
    /// The bytes of `text` that a mark stood for, in order.
    pub(super) marks: Vec<usize>,
}

impl Whole {
    /// Whether a mark stood for a byte of a range.
    pub(super) fn is_marked(&self, start: usize, end: usize) -> bool {
        let first = self.marks.partition_point(|at| *at < start);
        self.marks.get(first).is_some_and(|at| *at < end)
    }
}

/// A single value made whole.
pub(super) fn refang(value: &str) -> String {
    let value = value.trim();
    spelled_out(value).unwrap_or_else(|| refang_line(value)).text
}

/// A line made whole.
pub(super) fn refang_line(line: &str) -> Whole {
    let mut line = Line { rest: line, ..Line::default() };
    while line.step() {}
    line.whole
}

/// A text that is nothing but a name or address with its dots spelled out or standing apart.
pub(super) fn spelled_out(text: &str) -> Option<Whole> {
    if text.len() > SPELLED_BYTES_MAX || !text.contains(char::is_whitespace) {
        return None;
    }
    let mut whole = Whole::default();
    let mut wants_label = true;
    for word in text.split_whitespace() {
        let is_dot = word == "." || is_dot_word(word);
        if is_dot == wants_label {
            return None;
        }
        if is_dot {
            whole.marks.push(whole.text.len());
            whole.text.push('.');
        } else if word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_')) {
            whole.text.push_str(word);
        } else {
            return None;
        }
        wants_label = is_dot;
    }
    (!wants_label && !whole.marks.is_empty()).then_some(whole)
}

/// Bound: a longer text is no name.
const SPELLED_BYTES_MAX: usize = 512;

fn is_dot_word(word: &str) -> bool {
    matches!(fold(word).as_str(), "dot" | "cham")
}

/// A line on its way to whole.
#[derive(Default)]
struct Line<'l> {
    rest: &'l str,
    whole: Whole,
    /// Whether we are in the host of a URL whose scheme was defanged.
    in_host: bool,
    /// What the current run without blanks says about its backslashes.
    backslashes: Option<Backslashes>,
}

/// What backslashes in a run of characters mean.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Backslashes {
    /// They escape dots (`evil\.example`).
    BeforeDots,
    /// They escape slashes, as JSON does (`http:\/\/`).
    BeforeSlashes,
    /// They are themselves, in a path as a rule.
    Themselves,
}

impl Line<'_> {
    /// Takes in the next character or mark; false at the end.
    fn step(&mut self) -> bool {
        let Some(c) = self.rest.chars().next() else { return false };
        if c.is_whitespace() {
            self.backslashes = None;
        }
        let taken = match c {
            '[' | '(' | '{' | '<' => self.bracket(),
            '\\' => self.backslash(),
            '.' => self.half_bracket(".]"),
            '\u{ff0e}' | '\u{3002}' | '\u{2024}' => self.between_labels(c.len_utf8()),
            c if c.is_whitespace() => self.blank(),
            c if c.is_ascii_alphabetic() && !self.ends_in_label() => self.scheme(),
            _ => false,
        };
        if !taken {
            if matches!(c, '/' | '"' | '?') && !self.whole.text.ends_with([':', '/']) {
                self.in_host = false;
            }
            self.whole.text.push(c);
            self.skip(c.len_utf8());
        }
        true
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn put(&mut self, meant: &str, length: usize) {
        self.whole.marks.push(self.whole.text.len());
        self.whole.text.push_str(meant);
        self.skip(length);
    }

    /// What stands before us since the last blank; of a long run only the end.
    fn run_before(&self) -> &str {
        let text = &self.whole.text;
        let mut from = text.len().saturating_sub(RUN_BYTES_MAX);
        while !text.is_char_boundary(from) {
            from = from.saturating_add(1);
        }
        let tail = text.get(from..).unwrap_or_default();
        tail.rsplit(char::is_whitespace).next().unwrap_or_default()
    }

    fn ends_in_label(&self) -> bool {
        self.whole.text.chars().next_back().is_some_and(is_of_label)
    }

    /// `[.]` and its kin, also with blanks around, and `[.` without its other half.
    fn bracket(&mut self) -> bool {
        let inner = self.rest.get(1..).unwrap_or_default();
        if let Some((meant, length)) = bracketed(inner) {
            // Blanks go with the mark where they stand between labels.
            let head = self.whole.text.trim_end();
            let is_wide = head.len() < self.whole.text.len();
            if is_wide && meant == "@" && !self.rest.starts_with('[') {
                return false;
            }
            if is_wide && head.chars().next_back().is_some_and(|c| is_of_label(c) || c == ':') {
                let length = head.len();
                self.whole.text.truncate(length);
            }
            self.put(meant, length.saturating_add(1));
            let next = self.rest.trim_start();
            if next.len() < self.rest.len() && next.chars().next().is_some_and(is_of_label) {
                self.rest = next;
            }
            return true;
        }
        let is_half = inner.strip_prefix('.').is_some_and(|rest| rest.starts_with(is_of_label));
        if is_half && self.ends_in_label() {
            self.put(".", 2);
            return true;
        }
        false
    }

    /// `.]` without its other half.
    fn half_bracket(&mut self, mark: &str) -> bool {
        let after = self.rest.strip_prefix(mark);
        let is_half = after.is_some_and(|rest| rest.starts_with(is_of_label))
            && self.ends_in_label()
            && !self.run_before().contains('[');
        if is_half {
            self.put(".", mark.len());
        }
        is_half
    }

    /// A dot of another script between two labels.
    fn between_labels(&mut self, length: usize) -> bool {
        let next = self.rest.get(length..).unwrap_or_default();
        let is_mark = self.ends_in_label() && next.starts_with(is_of_label);
        if is_mark {
            self.put(".", length);
        }
        is_mark
    }

    fn backslash(&mut self) -> bool {
        let what = self.backslashes.unwrap_or_else(|| {
            // A drive or a share in front says that the run is a path.
            let run = self.rest.split(char::is_whitespace).next().unwrap_or_default();
            meaning_of_backslashes(self.run_before(), run)
        });
        self.backslashes = Some(what);
        let next = self.rest.get(1..).unwrap_or_default();
        match what {
            Backslashes::BeforeSlashes if next.starts_with('/') => self.skip(1),
            Backslashes::BeforeDots
                if next.strip_prefix('.').is_some_and(|rest| rest.starts_with(is_of_label)) =>
            {
                self.put(".", 2);
            }
            _ => return false,
        }
        true
    }

    /// Behind a defanged scheme, a dot that stands apart or is spelled out.
    fn blank(&mut self) -> bool {
        if !self.in_host {
            return false;
        }
        let next = self.rest.trim_start();
        if self.whole.text.ends_with("://") && next.starts_with(is_of_label) {
            self.rest = next;
            return true;
        }
        let word = next.split(char::is_whitespace).next().unwrap_or_default();
        let behind = next.get(word.len()..).unwrap_or_default().trim_start();
        let is_dot = (word == "." || is_dot_word(word)) && behind.starts_with(is_of_label);
        self.in_host = is_dot && self.ends_in_label();
        if self.in_host {
            self.put(".", 0);
            self.rest = behind;
        }
        self.in_host
    }

    /// `hxxp` and its kin, up to the colon.
    fn scheme(&mut self) -> bool {
        let head = |text: &str, name: &str| {
            text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        };
        let Some((name, meant)) = SCHEMES.into_iter().find(|(name, _)| head(self.rest, name))
        else {
            return false;
        };
        let rest = self.rest.get(name.len()..).unwrap_or_default();
        let secure = ["[s]", "(s)", "{s}", "s"].into_iter().find(|mark| head(rest, mark));
        let rest = rest.get(secure.map_or(0, str::len)..).unwrap_or_default();
        let is_real = name == "http" || name == "ftp";
        if is_real && secure.is_none_or(|mark| mark.len() == 1) {
            return false;
        }
        let colons = [":\\\\", "[:\\\\]", "//"].into_iter().find(|colon| head(rest, colon));
        let is_scheme = colons.is_some()
            || rest.starts_with("://")
            || rest.starts_with(":[")
            || rest
                .strip_prefix(['[', '(', '{'])
                .is_some_and(|rest| rest.trim_start().starts_with(':'));
        if !is_scheme {
            return false;
        }
        let skipped = self.rest.len().saturating_sub(rest.len());
        self.put(meant, skipped);
        if secure.is_some() {
            self.whole.text.push('s');
        }
        if let Some(colons) = colons {
            self.put("://", colons.len());
        }
        self.in_host = true;
        true
    }
}

/// Bound: how far back a run is looked at, or a long one would cost its square.
const RUN_BYTES_MAX: usize = 512;

/// Schemes and what they stand for. Real ones count only with a bracketed `s`.
const SCHEMES: [(&str, &str); 13] = [
    ("hxxp", "http"),
    ("h**p", "http"),
    ("hxtp", "http"),
    ("htxp", "http"),
    ("hyyp", "http"),
    ("hzzp", "http"),
    ("h__p", "http"),
    ("h--p", "http"),
    ("meow", "http"),
    ("http", "http"),
    ("fxp", "ftp"),
    ("fxxp", "ftp"),
    ("ftp", "ftp"),
];

/// What a bracketed mark stands for, and how long it is with its closing bracket.
fn bracketed(inner: &str) -> Option<(&'static str, usize)> {
    let end = inner.char_indices().take(MARK_CHARS_MAX).find(|(_, c)| is_closing(*c))?.0;
    let mark = fold(inner.get(..end)?.trim());
    let meant = match mark.as_str() {
        "." | "dot" | "d0t" | "cham" => ".",
        ":" => ":",
        "::" => "::",
        "://" => "://",
        "/" => "/",
        "@" | "at" | "a cong" => "@",
        _ => return None,
    };
    Some((meant, end.saturating_add(1)))
}

/// The longest mark, in characters: `chấm` decomposed, with blanks around and the bracket.
const MARK_CHARS_MAX: usize = 12;

const fn is_closing(c: char) -> bool {
    matches!(c, ']' | ')' | '}' | '>')
}

fn meaning_of_backslashes(before: &str, run: &str) -> Backslashes {
    if run.contains(r"\/") && (before.ends_with(':') || run.contains(r":\/\/")) {
        return Backslashes::BeforeSlashes;
    }
    let mut pieces = run.split('\\');
    let is_before_dots = !before.ends_with(':')
        && !before.contains(['\\', '%'])
        && pieces.next() == Some("")
        && pieces.all(|piece| piece.starts_with('.'));
    if is_before_dots { Backslashes::BeforeDots } else { Backslashes::Themselves }
}

fn is_of_label(c: char) -> bool {
    c.is_alphanumeric()
}

#[cfg(test)]
mod tests;
