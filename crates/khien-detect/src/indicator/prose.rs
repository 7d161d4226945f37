//! Advisories as people write them: running text, as a file, a mail or a page from the web.
//!
//! An author defangs what is dangerous and links what is to be read. So in a text that defangs, what
//! is not defanged is a reference; in one that does not, something must say that a value is an
//! indicator: the heading above, a label, a word in the line. Hashes need neither. What looks like
//! an indicator and is not taken is kept as [`Omitted`] with the reason.
//!
//! English and Vietnamese, with or without accents. Nothing here knows a publisher.

use std::collections::HashMap;

use khien_model::{Indicator, IndicatorKind, Timestamp};

use super::affected::{self, Listed};
use super::fang::{Whole, refang_line, spelled_out};
use super::fold::{has_phrase, words};
use super::list::{NO_MAIL, Word, kinds_of, typed_line};
use super::sheet::Table;
use super::{Advisory, Form, Omitted, OmittedReason, Problem, origin_name, tlp};

mod cue;
mod find;
mod host;
mod path_text;
mod published;
mod section;
mod wrap;

use find::{Candidate, Shape};
use section::Section;

/// A line of a text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) text: String,
    pub(super) kind: LineKind,
}

/// What a line is in its text.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum LineKind {
    /// A heading, marked as such.
    Heading,
    /// An item of a list, or a row of a table.
    Item,
    /// Any other.
    #[default]
    Text,
    /// The title of a page.
    Title,
}

/// The confidence in what running text mentions without a mark, beside a word for its badness.
const MENTIONED_CONFIDENCE: u8 = 30;

/// The confidence in a file's name in running text: honest files have names, too.
const NAME_CONFIDENCE: u8 = 20;

/// How many lines the head of a mail may have.
const HEAD_LINES: usize = 20;

/// How far back a word may stand that says that files are bad.
const NEAR_BYTES: usize = 300;

/// The most characters of a line that describe its indicators.
const DESCRIPTION_CHARS_MAX: usize = 300;

/// The lines of a plain text. Invisible characters go: pages break long words with them.
pub(super) fn lines_of(text: &str) -> Vec<Line> {
    let line = |(text, number): (&str, u64)| {
        let text = text.trim_end();
        let heading = text.trim_start_matches('#');
        if heading.len() < text.len() && heading.starts_with(' ') {
            let kind = LineKind::Heading;
            return Line { number, text: heading.trim().to_owned(), kind };
        }
        let is_item = text.trim_start().starts_with(['-', '*', '•', '·', '+', '|', '–'])
            || text.trim_start().starts_with(|c: char| c.is_ascii_digit())
                && text.trim_start().split_once(". ").is_some_and(|(n, _)| n.len() < 3);
        let kind = if is_item { LineKind::Item } else { LineKind::Text };
        Line { number, text: text.to_owned(), kind }
    };
    text.lines().zip(1_u64..).map(line).collect()
}

/// Whether a line is one of running text and of no list.
pub(super) fn is_prose(line: &str) -> bool {
    let line = visible(line);
    line.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count() > 3
        || section::of(&Line { text: line.clone(), ..Line::default() }).is_some()
        || labelled(&line).is_some()
}

/// Reads the lines of a text or page.
pub(super) fn read(lines: &[Line], form: Form, origin: &str) -> Advisory {
    let clean = |line: &Line| Line { text: visible(&line.text), ..*line };
    let lines = wrap::joined(lines.iter().map(clean).collect());
    let wholes: Vec<Whole> = lines.iter().map(|line| refang_line(&line.text)).collect();
    let mut reader = Reader {
        advisory: Advisory { name: origin_name(origin), form, ..Advisory::default() },
        section: Section::Other,
        defangs: wholes.iter().any(find::has_marked),
        listed: Listed::default(),
        paragraph: String::new(),
        heading: String::new(),
        table: None,
        known: HashMap::new(),
    };
    reader.about(&lines);
    for (line, whole) in lines.iter().zip(&wholes) {
        reader.line(line, whole);
    }
    reader.end_paragraph();
    reader.finished()
}

/// A text on its way to an advisory.
struct Reader {
    advisory: Advisory,
    section: Section,
    /// Whether the text defangs what it calls dangerous.
    defangs: bool,
    listed: Listed,
    /// The running text since the last blank line, for sentences across lines.
    paragraph: String,
    /// The last heading.
    heading: String,
    /// The table that we are in.
    table: Option<Table>,
    /// Where each indicator is among those of the advisory.
    known: HashMap<IndicatorKind, usize>,
}

/// What decides whether a candidate is an indicator.
struct Surroundings<'l> {
    line: &'l Line,
    section: Section,
    /// A label in front says what the value is.
    labelled: bool,
    /// The line says in words that it is about something bad.
    cued: bool,
    /// The text up to here says so about files.
    cued_file: bool,
    has_hash: bool,
}

enum Decision {
    Take(Option<u8>),
    Omit(OmittedReason),
    Unmatched(&'static str),
}

impl Reader {
    /// Title, date and label of the whole text.
    fn about(&mut self, lines: &[Line]) {
        let first =
            |kind: LineKind| lines.iter().find(|line| line.kind == kind && !line.text.is_empty());
        let subject = |line: &&Line| {
            matches!(words(&line.text).split(' ').next(), Some("subject"))
                && line.text.contains(':')
        };
        let mail = lines.iter().take(HEAD_LINES).find(subject);
        if let Some((_, subject)) = mail.and_then(|line| line.text.split_once(':')) {
            self.advisory.title = subject.trim().to_owned();
        }
        let title = first(LineKind::Title).or_else(|| {
            let any = lines.iter().find(|line| !line.text.trim().is_empty())?;
            Some(
                first(LineKind::Heading)
                    .filter(|heading| heading.number < any.number.saturating_add(10))
                    .unwrap_or(any),
            )
        });
        if self.advisory.title.is_empty() {
            self.advisory.title = title
                .map_or_else(|| self.advisory.name.clone(), |line| line.text.trim().to_owned());
        }
        self.advisory.published = published::date(lines).and_then(|date| Timestamp::parse(&date));
        let label = lines.iter().filter_map(|line| tlp::in_text(&line.text)).map(Some);
        self.advisory.tlp = tlp::strictest_of(label.flatten()).map(str::to_owned);
    }

    fn line(&mut self, line: &Line, whole: &Whole) {
        let text = line.text.trim();
        if text.is_empty() {
            self.table = None;
            return self.end_paragraph();
        }
        if self.table_row(line) {
            return;
        }
        if let Some(found) = section::of(line) {
            self.end_paragraph();
            self.section = found;
            self.heading = text.trim_end_matches(':').to_owned();
            if found == Section::Affected {
                self.listed = Listed::default();
            }
            return;
        }
        // "Affected versions: 1.0, 1.1" is a section of one line.
        let inline = section::inline(text);
        let section = inline.unwrap_or(self.section);
        self.affected(line, section);
        if let Some(Ok((kinds, description))) = typed_line(text).filter(|_| !text.contains(", ")) {
            let description =
                if description.is_empty() { self.heading.clone() } else { description };
            for kind in kinds {
                self.add(kind, None, description.clone());
            }
            return;
        }
        let has_hash = find::hashes(&whole.text).next().is_some();
        let cued = cue::is_cued(&words(&whole.text));
        let near = format!("{} {}", find::tail_of(&self.paragraph, NEAR_BYTES), whole.text);
        let cued_file = cue::is_cued_file(&words(&near));
        let mut before_was_label = false;
        for (start, end) in find::cells(&whole.text) {
            let cell = whole.text.get(start..end).unwrap_or_default();
            let word = labelled(cell).map(|(word, _)| word);
            let labelled = word.is_some() || before_was_label;
            before_was_label = Word::of(cell).is_some();
            let around = Surroundings { line, section, labelled, cued, cued_file, has_hash };
            if self.whole_value(cell, &around) {
                continue;
            }
            for candidate in find::candidates(whole, start, end) {
                self.candidate(candidate, &around);
            }
        }
    }

    /// Reads a line as a row of a table with a known header; false when it is none, or says nothing.
    fn table_row(&mut self, line: &Line) -> bool {
        let cells = table_cells(&line.text);
        if cells.len() < 2 {
            self.table = None;
            return false;
        }
        let is_rule = cells.iter().all(|cell| cell.chars().all(|c| matches!(c, '-' | ':' | '=')));
        let Some(table) = &mut self.table else {
            self.table = Table::of(&cells, &self.advisory.name);
            return self.table.is_some();
        };
        if is_rule {
            return true;
        }
        let Some(said) = table.row(&cells, line.number) else { return false };
        for indicator in said.indicators {
            self.add_indicator(Indicator {
                tlp: indicator.tlp.or_else(|| self.advisory.tlp.clone()),
                ..indicator
            });
        }
        for product in said.affected {
            affected::add(&mut self.advisory.affected, product);
        }
        for omitted in said.omitted {
            Omitted::push(
                &mut self.advisory.omitted,
                &omitted.place,
                &omitted.text,
                omitted.reason,
            );
        }
        true
    }

    /// A cell that is one value as a whole: behind a label that no shape tells, or spelled out.
    fn whole_value(&mut self, cell: &str, around: &Surroundings<'_>) -> bool {
        if let Some((word, value)) = labelled(cell)
            && matches!(
                word,
                Word::Mutex | Word::UserAgent | Word::Signer | Word::Serial | Word::Registry
            )
        {
            let value = value.trim().trim_matches(['"', '“', '”', '\'', '`']);
            match kinds_of(word, value) {
                Ok(kinds) => {
                    for kind in kinds {
                        self.take(kind, None, around);
                    }
                }
                Err(detail) => self.problem(around.line, &detail),
            }
            return true;
        }
        let value =
            labelled(cell).map_or(cell, |(_, value)| value).trim_start_matches(BULLETS).trim();
        let Some(spelled) = spelled_out(value) else { return false };
        let candidates = find::candidates(&spelled, 0, spelled.text.len());
        let is_one = candidates.len() == 1;
        for candidate in candidates {
            self.candidate(candidate, around);
        }
        is_one
    }

    /// What the line says about affected products.
    fn affected(&mut self, line: &Line, section: Section) {
        let text = line.text.trim();
        if section != Section::Affected {
            if line.kind == LineKind::Item {
                self.end_paragraph();
            }
            if self.paragraph.len() < PARAGRAPH_BYTES_MAX {
                self.paragraph.push_str(text);
                self.paragraph.push(' ');
            }
            return;
        }
        let text = if self.section == section { text } else { section::behind_label(text) };
        let read = self.listed.line(text, &mut self.advisory.affected);
        if read.is_err() {
            // In running text the name may stand elsewhere in the sentence.
            let products = affected::in_prose(&line.text);
            if products.is_empty() {
                self.problem(line, "affected versions, and no product that they are of");
            }
            for product in products {
                affected::add(&mut self.advisory.affected, product);
            }
        }
    }

    fn end_paragraph(&mut self) {
        for product in affected::in_prose(&self.paragraph) {
            affected::add(&mut self.advisory.affected, product);
        }
        self.paragraph.clear();
    }

    fn candidate(&mut self, candidate: Candidate, around: &Surroundings<'_>) {
        match self.decide(&candidate, around) {
            Decision::Take(confidence) => {
                for kind in candidate.kinds {
                    self.take(kind, confidence, around);
                }
            }
            Decision::Omit(reason) => {
                let place = format!("line {}", around.line.number);
                Omitted::push(&mut self.advisory.omitted, &place, &candidate.text, reason);
            }
            Decision::Unmatched(detail) => self.problem(around.line, detail),
        }
    }

    fn decide(&self, candidate: &Candidate, around: &Surroundings<'_>) -> Decision {
        let in_list = around.section == Section::Indicators;
        let in_references = around.section == Section::References;
        let is_listed = in_list || around.labelled;
        match candidate.shape {
            Shape::Hash if candidate.is_of_other => Decision::Omit(OmittedReason::NotOfFile),
            Shape::Hash => Decision::Take(None),
            Shape::Mail if candidate.marked || in_list => Decision::Unmatched(NO_MAIL),
            Shape::Mail => Decision::Omit(OmittedReason::Contact),
            Shape::CodeName => Decision::Omit(OmittedReason::FileName),
            Shape::FileName | Shape::Path if around.has_hash => {
                Decision::Omit(OmittedReason::BesideHash)
            }
            _ if candidate.marked => Decision::Take(None),
            _ if in_references => Decision::Omit(OmittedReason::Reference),
            Shape::FileName | Shape::Path if is_listed => Decision::Take(None),
            Shape::FileName | Shape::Path if around.cued_file || candidate.alone => {
                Decision::Take(Some(NAME_CONFIDENCE))
            }
            Shape::FileName | Shape::Path => Decision::Omit(OmittedReason::RunningText),
            Shape::Address if candidate.is_version || around.section == Section::Affected => {
                Decision::Omit(OmittedReason::Version)
            }
            Shape::Address if is_listed || candidate.alone => Decision::Take(None),
            Shape::Address => Decision::Take(Some(MENTIONED_CONFIDENCE)),
            Shape::Domain | Shape::Url if self.defangs => {
                // Authors miss one now and then; alone in a list it is still one of the list.
                let is_missed = is_listed && candidate.alone;
                if is_missed {
                    Decision::Take(None)
                } else {
                    Decision::Omit(OmittedReason::Reference)
                }
            }
            Shape::Domain | Shape::Url if is_listed => Decision::Take(None),
            Shape::Domain | Shape::Url if around.cued => Decision::Take(Some(MENTIONED_CONFIDENCE)),
            Shape::Domain if candidate.alone => Decision::Take(Some(MENTIONED_CONFIDENCE)),
            Shape::Domain | Shape::Url => Decision::Omit(OmittedReason::RunningText),
        }
    }

    fn take(&mut self, kind: IndicatorKind, confidence: Option<u8>, around: &Surroundings<'_>) {
        // Hostile: a long line has many candidates, and each must cost little.
        let text = around.line.text.trim().trim_start_matches(BULLETS);
        let head: String = text.chars().take(DESCRIPTION_CHARS_MAX).collect();
        let is_bare = text.len() < kind.value().len().saturating_add(4);
        let description = if is_bare { self.heading.clone() } else { head.replace('\t', " | ") };
        self.add(kind, confidence, description);
    }

    fn add(&mut self, kind: IndicatorKind, confidence: Option<u8>, description: String) {
        self.add_indicator(Indicator {
            description,
            sources: vec![self.advisory.name.clone()],
            confidence,
            tlp: self.advisory.tlp.clone(),
            ..Indicator::bare(kind)
        });
    }

    fn add_indicator(&mut self, indicator: Indicator) {
        if let Some(at) = self.known.get(&indicator.kind) {
            // The surer of two mentions counts.
            if let Some(earlier) = self.advisory.indicators.get_mut(*at)
                && indicator.confidence.is_none()
            {
                earlier.confidence = None;
            }
            return;
        }
        self.known.insert(indicator.kind.clone(), self.advisory.indicators.len());
        self.advisory.indicators.push(indicator);
    }

    fn problem(&mut self, line: &Line, detail: &str) {
        Problem::push(&mut self.advisory.problems, &format!("line {}", line.number), detail);
    }

    /// What was taken elsewhere is not omitted.
    fn finished(mut self) -> Advisory {
        let taken: std::collections::HashSet<String> =
            self.advisory.indicators.iter().map(|indicator| indicator.kind.value()).collect();
        self.advisory.omitted.retain(|omitted| !taken.contains(&omitted.text.to_lowercase()));
        self.advisory
    }
}

/// Bound: the rest of a longer paragraph is not searched for affected products.
const PARAGRAPH_BYTES_MAX: usize = 64 << 10;

/// What stands before the items of a list.
const BULLETS: [char; 11] = ['-', '*', '•', '·', '–', '+', '|', ' ', '\t', '▪', '●'];

/// The cells of a line in a table: between tabs, or between bars.
fn table_cells(text: &str) -> Vec<String> {
    let drawn = text.trim().strip_prefix('|').map(|rest| rest.strip_suffix('|').unwrap_or(rest));
    let clean = |cell: &str| {
        let marks = |c: char| c.is_whitespace() || matches!(c, '`' | '*' | '"' | '“' | '”');
        cell.trim_matches(marks).to_owned()
    };
    match drawn {
        Some(drawn) => drawn.split('|').map(clean).collect(),
        None if text.contains('\t') => text.split('\t').map(clean).collect(),
        None if text.contains(" | ") => text.split(" | ").map(clean).collect(),
        None => Vec::new(),
    }
}

/// A line that begins with a word for a kind, and what is behind the colon.
fn labelled(text: &str) -> Option<(Word, &str)> {
    let text = text.trim_start_matches(BULLETS);
    let (label, value) = text.split_once([':', '='])?;
    // `C:\…` and `http://…` have colons, too.
    let is_label = !value.starts_with(['/', '\\']) && !value.trim().is_empty();
    let label = label.rsplit_once('.').map_or(label, |(number, rest)| {
        if number.bytes().all(|b| b.is_ascii_digit()) { rest } else { label }
    });
    Word::of(label).filter(|_| is_label).map(|word| (word, value))
}

/// Text without characters that are not seen.
fn visible(text: &str) -> String {
    let is_seen = |c: &char| !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    text.chars().filter(is_seen).map(|c| if c == '\u{a0}' { ' ' } else { c }).collect()
}

/// Whether a folded line holds one of some phrases.
fn holds_any(words: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| has_phrase(words, phrase))
}

#[cfg(test)]
mod tests;
