//! Headings: what the lines below them are about.

use super::super::fold::words;
use super::{Line, LineKind, holds_any};

/// What a part of a text is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Section {
    /// Affected products and versions.
    Affected,
    /// Indicators, in a list as a rule.
    Indicators,
    /// Anything else.
    Other,
    /// Links to other publications, and the publisher's own.
    References,
}

/// The section that a line opens; `None` when it is no heading.
pub(super) fn of(line: &Line) -> Option<Section> {
    let text = line.text.trim();
    if text.len() > HEADING_BYTES_MAX || line.kind == LineKind::Title {
        return None;
    }
    let (is_marked, text) = without_marks(text, line.kind);
    let ends_open = text.ends_with(':');
    let words = words(text);
    let count = words.split(' ').count();
    let named = named(&words);
    if is_marked {
        return Some(named.unwrap_or(Section::Other));
    }
    let is_numbered = text.split_once(['.', ')']).is_some_and(|(number, rest)| {
        number.len() < 4 && is_number(number) && rest.starts_with(' ')
    });
    let is_capital = text.chars().any(char::is_alphabetic) && !text.chars().any(char::is_lowercase);
    let exact_name = exact(&words);
    if exact_name.is_some() && line.kind != LineKind::Item {
        return exact_name;
    }
    let ends_sentence = text.ends_with(['.', ',', ';', '!', '?']);
    let exact = exact(&words);
    if exact.is_some() {
        return exact;
    }
    let goes_on = text.split_once(':').is_some_and(|(_, rest)| !rest.trim().is_empty());
    if goes_on || (line.kind == LineKind::Item && !is_numbered) {
        return None;
    }
    match named {
        Some(section) if ends_open && count <= 15 => Some(section),
        Some(section) if count <= 8 && !ends_sentence && !has_value(text) => Some(section),
        None if (is_numbered || is_capital)
            && count <= 10
            && count > 1
            && !ends_sentence
            && !has_value(text) =>
        {
            Some(Section::Other)
        }
        _ => None,
    }
}

/// The section of a line that names it before a colon and goes on behind.
pub(super) fn inline(text: &str) -> Option<Section> {
    let (label, rest) = text.split_once(':')?;
    let is_label = rest.starts_with([' ', '\t'])
        && !rest.trim().is_empty()
        && label.len() <= HEADING_BYTES_MAX;
    let words = words(label);
    let is_short = words.split(' ').count() <= 6;
    if !is_label || !is_short {
        return None;
    }
    exact(&words).or_else(|| named(&words).filter(|section| *section == Section::Affected))
}

/// What is behind the label of [`inline`].
pub(super) fn behind_label(text: &str) -> &str {
    text.split_once(':').map_or(text, |(_, rest)| rest.trim())
}

const HEADING_BYTES_MAX: usize = 200;

/// A line without signs of a heading, and whether it had any.
fn without_marks(text: &str, kind: LineKind) -> (bool, &str) {
    let bold = text
        .strip_prefix("**")
        .and_then(|rest| rest.strip_suffix("**").or(rest.strip_suffix("**:")));
    let framed = text.strip_prefix("==").map(|rest| rest.trim_matches('='));
    let inner = bold.or(framed);
    (kind == LineKind::Heading || inner.is_some(), inner.unwrap_or(text).trim())
}

fn is_number(text: &str) -> bool {
    let is_roman = !text.is_empty() && text.bytes().all(|b| matches!(b, b'I' | b'V' | b'X'));
    is_roman || (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a line holds something that could be a value: headings are words.
fn has_value(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        let is_dotted = word.contains('.') || word.contains("://") || word.contains('\\');
        is_dotted || (word.len() >= 32 && word.bytes().all(|b| b.is_ascii_hexdigit()))
    })
}

/// The section that a few words are exactly the name of.
fn exact(words: &str) -> Option<Section> {
    let words = words.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    if REFERENCES.contains(&words) {
        Some(Section::References)
    } else if OTHERS.contains(&words) {
        Some(Section::Other)
    } else {
        None
    }
}

fn named(words: &str) -> Option<Section> {
    if exact(words).is_some() {
        return exact(words);
    }
    if holds_any(words, &NOT_AFFECTED) {
        Some(Section::Other)
    } else if holds_any(
        words,
        &["references", "further reading", "related links", "tham khao", "see also"],
    ) {
        Some(Section::References)
    } else if holds_any(words, &AFFECTED) {
        Some(Section::Affected)
    } else if holds_any(words, &INDICATORS) {
        Some(Section::Indicators)
    } else {
        None
    }
}

const NOT_AFFECTED: [&str; 6] = [
    "not affected",
    "unaffected",
    "not vulnerable",
    "khong bi anh huong",
    "khong anh huong",
    "khong chiu anh huong",
];

/// Folded, as all words below.
const REFERENCES: [&str; 25] = [
    "references",
    "reference",
    "further reading",
    "sources",
    "source",
    "related links",
    "see also",
    "links",
    "read more",
    "related articles",
    "contact",
    "contact us",
    "about us",
    "tham khao",
    "tai lieu tham khao",
    "lien ket",
    "lien ket tham khao",
    "nguon",
    "nguon tham khao",
    "doc them",
    "xem them",
    "bai viet lien quan",
    "lien he",
    "ve chung toi",
    "external links",
];

const OTHERS: [&str; 42] = [
    "recommendations",
    "recommendation",
    "mitigation",
    "mitigations",
    "remediation",
    "summary",
    "overview",
    "background",
    "analysis",
    "technical analysis",
    "timeline",
    "conclusion",
    "description",
    "solution",
    "detection",
    "introduction",
    "details",
    "technical details",
    "khuyen nghi",
    "khuyen cao",
    "giai phap",
    "mo ta",
    "tong quan",
    "tom tat",
    "phan tich",
    "phan tich ky thuat",
    "ket luan",
    "bien phap",
    "bien phap khac phuc",
    "xu ly",
    "gioi thieu",
    "thanks",
    "thank you",
    "regards",
    "best regards",
    "kind regards",
    "tran trong",
    "cam on",
    "xin cam on",
    "chi tiet",
    "dien bien",
    "cach khac phuc",
];

const AFFECTED: [&str; 5] =
    ["affected", "impacted", "vulnerable versions", "anh huong", "vulnerable products"];

const INDICATORS: [&str; 46] = [
    "indicators",
    "indicator of compromise",
    "ioc",
    "iocs",
    "observables",
    "hashes",
    "file hashes",
    "malicious files",
    "malicious domains",
    "malicious urls",
    "malicious ips",
    "domains",
    "urls",
    "c2",
    "c2 servers",
    "command and control",
    "ip addresses",
    "network infrastructure",
    "artifacts",
    "artefacts",
    "following domains",
    "following hosts",
    "following addresses",
    "mutexes",
    "block the following",
    "please block",
    "can chan",
    "chan cac",
    "chi bao",
    "dau hieu nhan biet",
    "dau hieu tan cong",
    "dau hieu xam nhap",
    "chi so xam nhap",
    "chi dau",
    "dau hieu",
    "ten mien",
    "may chu dieu khien",
    "dia chi ip",
    "ma bam",
    "ma hash",
    "tep doc hai",
    "tap tin doc hai",
    "file doc hai",
    "danh sach ioc",
    "duong dan doc hai",
    "malware samples",
];
