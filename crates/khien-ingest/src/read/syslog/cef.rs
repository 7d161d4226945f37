//! Common Event Format and LEEF: alerts of appliances, sent as syslog messages.
//!
//! Sources: ArcSight CEF implementation standard 26; IBM QRadar LEEF guide.

use khien_model::{Event, Scalar};

use crate::normalize::generic;

/// Names under which a line says its time, best first.
const TIMES: [&str; 4] = ["rt", "devTime", "end", "start"];

/// Whether a line seems to say a time of its own.
pub(super) fn says_time(line: &str) -> bool {
    let mut words = line.split([' ', '|', '\t']);
    words.any(|word| word.split_once('=').is_some_and(|(name, _)| TIMES.contains(&name)))
}

/// Names of the header's parts; those of the extension are the producer's own.
const HEADER: [&str; 6] = [
    "device_vendor",
    "device_product",
    "device_version",
    "signature_id",
    "event_name",
    "device_severity",
];

/// Second names of extension keys, in Sigma's words.
const ALIASES: [(&str, &str); 19] = [
    ("src", "src_ip"),
    ("spt", "src_port"),
    ("srcPort", "src_port"),
    ("dst", "dst_ip"),
    ("dpt", "dst_port"),
    ("dstPort", "dst_port"),
    ("dhost", "DestinationHostname"),
    ("act", "action"),
    ("suser", "User"),
    ("usrName", "User"),
    ("request", "c-uri"),
    ("url", "c-uri"),
    ("requestClientApplication", "c-useragent"),
    ("requestMethod", "cs-method"),
    ("fname", "Filename"),
    ("filePath", "TargetFilename"),
    ("fileHash", "Hashes"),
    ("sproc", "Image"),
    ("msg", "message"),
];

/// Fills the event when the message is CEF or LEEF; says whether it is.
pub(super) fn fill(event: &mut Event, message: &str) -> bool {
    let found = fill_cef(event, message) || fill_leef(event, message);
    if found {
        offer(event);
        if event.host().is_empty() {
            generic::set_host(event, &["shost", "dvchost", "identHostName", "dvc"]);
        }
        event.time = event.time.or_else(|| generic::first_time(event, &TIMES));
    }
    found
}

/// Offers the extension's keys in Sigma's words.
pub(super) fn offer(event: &mut Event) {
    for (from, to) in ALIASES {
        event.alias(from, to);
    }
}

fn fill_cef(event: &mut Event, message: &str) -> bool {
    let Some((before, rest)) = message.split_once("CEF:") else { return false };
    let Some((version, mut rest)) = rest.split_once('|') else { return false };
    if !version.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    push_text(event, "message", before.trim());
    for name in HEADER {
        let (value, tail) = header_part(rest);
        push_text(event, name, &value);
        rest = tail;
    }
    let starts = key_starts(rest);
    let mut ends = starts.iter().skip(1).copied().chain([rest.len()]);
    push_text(
        event,
        "message",
        rest.get(..starts.first().copied().unwrap_or(rest.len())).unwrap_or_default().trim(),
    );
    for start in &starts {
        let Some(pair) = ends.next().and_then(|end| rest.get(*start..end)) else { break };
        let Some((key, value)) = pair.split_once('=') else { continue };
        event.push(key, Scalar::Str(&unescape(value.trim_end())));
    }
    true
}

fn fill_leef(event: &mut Event, message: &str) -> bool {
    let Some((before, rest)) = message.split_once("LEEF:") else { return false };
    let mut parts = rest.splitn(6, '|');
    let (
        Some(version @ ("1.0" | "2.0")),
        Some(vendor),
        Some(product),
        Some(product_version),
        Some(id),
    ) = (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    push_text(event, "message", before.trim());
    for (name, value) in HEADER.into_iter().zip([vendor, product, product_version, id]) {
        push_text(event, name, value);
    }
    let rest = parts.next().unwrap_or_default();
    let (delimiter, rest) = match rest.split_once('|').filter(|_| version == "2.0") {
        Some((written, rest)) if written.len() <= 4 => (delimiter(written), rest),
        _ => ('\t', rest),
    };
    for pair in rest.split(delimiter).filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some((key, value)) if !key.is_empty() => event.push(key.trim(), Scalar::Str(value)),
            _ => push_text(event, "message", pair),
        }
    }
    true
}

/// A delimiter is one character, or its number as `x09` or `0x09`.
fn delimiter(written: &str) -> char {
    let hex = written.strip_prefix("0x").or_else(|| written.strip_prefix('x'));
    let number =
        hex.filter(|hex| !hex.is_empty()).and_then(|hex| u32::from_str_radix(hex, 16).ok());
    number.and_then(char::from_u32).or_else(|| written.chars().next()).unwrap_or('\t')
}

fn push_text(event: &mut Event, name: &str, value: &str) {
    if !value.is_empty() {
        event.push(name, Scalar::Str(value));
    }
}

/// Reads up to the next bar that no backslash protects.
fn header_part(text: &str) -> (String, &str) {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'|' if !escaped => {
                let (value, rest) = text.split_at_checked(at).unwrap_or((text, ""));
                return (
                    value.replace("\\|", "|").replace("\\\\", "\\"),
                    rest.get(1..).unwrap_or_default(),
                );
            }
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    (text.to_owned(), "")
}

/// Where the keys of an extension start: a key is a word that ends in an equals sign that no
/// backslash protects, at the start or behind a space. Values hold spaces, so this is the only way.
fn key_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut word = Some(0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b' ' => word = at.checked_add(1),
            b'=' => {
                if let Some(start) = word.take().filter(|start| *start < at) {
                    starts.push(start);
                }
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'[' | b']' => {}
            _ => word = None,
        }
    }
    starts
}

/// Decodes `\=`, `\\`, `\n` and `\r`.
fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some(c @ ('=' | '\\' | '|')) => text.push(c),
                Some(c) => text.extend(['\\', c]),
                None => text.push('\\'),
            },
            c => text.push(c),
        }
    }
    text
}
