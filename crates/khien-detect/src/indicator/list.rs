//! Advisories as plain lists: one indicator a line, as people mail and publish them.
//!
//! A line is a value, `kind,value[,description]` or `value,description`; a header may name the
//! columns. Values may be defanged (`hxxp://evil[.]example`). What kind a bare value is shows in
//! its shape; where the shape leaves it open, the line is a [`Problem`], not a guess.

use std::net::IpAddr;

use khien_model::observable::{canonical_domain, canonical_hash, canonical_ip};
use khien_model::{Indicator, IndicatorKind};

use super::canonical::canonical_kind;
use super::fang::refang;
use super::fold::words;
use super::{Advisory, Form, Problem, excerpt, origin_name, path};

mod line;

use line::cells;

/// The longest line, in bytes.
const LINE_BYTES_MAX: usize = 8 << 10;

/// Reads a list. A bad line is a [`Problem`] with its number.
///
/// `origin` says where the text is from (a file name as a rule); it names the advisory and is the
/// source of every indicator.
pub fn parse_list(text: &str, origin: &str) -> Advisory {
    let name = origin_name(origin);
    let mut advisory =
        Advisory { title: name.clone(), name, form: Form::List, ..Advisory::default() };
    let mut columns = None;
    for (line, number) in text.trim_start_matches('\u{feff}').lines().zip(1_u64..) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) || line.starts_with("//") {
            continue;
        }
        let cells = if line.len() > LINE_BYTES_MAX { Vec::new() } else { cells(line) };
        if advisory.indicators.is_empty() && columns.is_none() {
            columns = Columns::of_header(&cells);
            if columns.is_some() {
                continue;
            }
        }
        let entry = match (&columns, cells.is_empty()) {
            (_, true) => Err(format!("a line of {} bytes", line.len())),
            (Some(columns), _) => columns.entry(&cells),
            (None, _) => entry(line, &cells),
        };
        match entry {
            Ok(entry) => take(entry, &mut advisory),
            Err(detail) => {
                Problem::push(&mut advisory.problems, &format!("line {number}"), &detail)
            }
        }
    }
    advisory
}

/// Whether a line reads as an entry of a list without a header.
pub(super) fn is_entry(line: &str) -> bool {
    let line = line.trim();
    line.len() <= LINE_BYTES_MAX && entry(line, &cells(line)).is_ok()
}

/// What a line says that names the kind of its value first (`kind,value`), with the remark behind;
/// `None` when it names none.
pub(super) fn typed_line(line: &str) -> Option<Result<(Vec<IndicatorKind>, String), String>> {
    let line = line.trim();
    let cells = if line.len() > LINE_BYTES_MAX { Vec::new() } else { cells(line) };
    let names_kind = cells.first().is_some_and(|cell| Word::of(cell).is_some());
    (cells.len() > 1 && names_kind)
        .then(|| entry(line, &cells).map(|entry| (entry.kinds, entry.description)))
}

/// What one line says.
struct Entry {
    kinds: Vec<IndicatorKind>,
    description: String,
}

fn take(entry: Entry, advisory: &mut Advisory) {
    for kind in entry.kinds {
        advisory.indicators.push(Indicator {
            description: entry.description.clone(),
            sources: vec![advisory.name.clone()],
            ..Indicator::bare(kind)
        });
    }
}

/// A line without a header to go by.
fn entry(line: &str, cells: &[String]) -> Result<Entry, String> {
    let (first, second) = (cells.first(), cells.get(1));
    match (first.and_then(|cell| Word::of(cell)), second.and_then(|cell| Word::of(cell))) {
        (Some(word), _) if second.is_some() => {
            // These hold commas of their own, so without quotes all the rest is the value.
            let is_prose = matches!(word, Word::Signer | Word::UserAgent) && !line.contains('"');
            let rest = line.split_once(',').map(|(_, rest)| rest.trim());
            let value =
                rest.filter(|_| is_prose).or(second.map(String::as_str)).unwrap_or_default();
            let description = cells.get(2).filter(|_| !is_prose);
            of_word(word, value, description.map_or("", String::as_str))
        }
        (None, Some(word)) => {
            let value = first.map_or("", String::as_str);
            of_word(word, value, cells.get(2).map_or("", String::as_str))
        }
        _ => of_shape(first.map_or("", String::as_str), second.map_or("", String::as_str)),
    }
}

/// Which cell of a line is what, as a header said.
#[derive(Debug)]
struct Columns {
    kind: Option<usize>,
    value: usize,
    description: Option<usize>,
}

impl Columns {
    fn of_header(cells: &[String]) -> Option<Self> {
        let place = |names: &[&str]| {
            cells.iter().position(|cell| names.contains(&cell.to_ascii_lowercase().as_str()))
        };
        let kind = place(&["type", "kind", "indicator_type", "ioc_type", "entity_type"]);
        let value = place(&["value", "indicator", "ioc", "data", "observable", "indicator_value"])?;
        let description = place(&["description", "comment", "note", "notes", "context", "name"]);
        (cells.len() == 1 || kind.is_some() || description.is_some()).then_some(Self {
            kind,
            value,
            description,
        })
    }

    fn entry(&self, cells: &[String]) -> Result<Entry, String> {
        let cell = |at: Option<usize>| at.and_then(|at| cells.get(at)).map_or("", String::as_str);
        let (kind, value) = (cell(self.kind), cell(Some(self.value)));
        match Word::of(kind) {
            Some(word) => of_word(word, value, cell(self.description)),
            None if kind.is_empty() => of_shape(value, cell(self.description)),
            None => Err(format!("“{}” is no kind of indicator known here", excerpt(kind))),
        }
    }
}

/// A kind, as lists name it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Word {
    Address,
    Domain,
    Email,
    File,
    Hash,
    Mutex,
    Path,
    Registry,
    Serial,
    Signer,
    Url,
    UserAgent,
}

impl Word {
    /// The kind that a word stands for, in English or Vietnamese, with or without accents.
    pub(super) fn of(text: &str) -> Option<Self> {
        if text.len() > WORD_BYTES_MAX {
            return None;
        }
        Some(match words(text).as_str() {
            "ip" | "ips" | "ipv4" | "ipv6" | "ip address" | "ip addresses" | "ip addr"
            | "ip dst" | "ip src" | "ipv4 addr" | "ipv6 addr" | "ip port" | "cidr" | "network"
            | "net" | "dia chi ip" => Self::Address,
            "domain" | "domains" | "domain name" | "domain names" | "hostname" | "hostnames"
            | "host" | "fqdn" | "ten mien" | "ten may chu" => Self::Domain,
            "email" | "e mail" | "email addr" | "email address" | "email src" | "email dst"
            | "thu dien tu" => Self::Email,
            "file" | "tep" | "tap tin" => Self::File,
            "hash" | "hashes" | "file hash" | "filehash" | "md5" | "md5 hash" | "md5sum"
            | "sha1" | "sha 1" | "sha1 hash" | "sha1sum" | "sha224" | "sha256" | "sha 256"
            | "sha256 hash" | "sha256sum" | "sha384" | "sha512" | "sha 512" | "sha512 hash"
            | "filehash md5" | "filehash sha1" | "filehash sha256" | "filehash sha512"
            | "imphash" | "authentihash" | "ma bam" | "gia tri bam" | "ma hash" => Self::Hash,
            "mutex" | "mutexes" | "named event" => Self::Mutex,
            "path" | "paths" | "file path" | "file paths" | "filepath" | "filename"
            | "file name" | "file names" | "filenames" | "duong dan tep" | "duong dan tap tin"
            | "ten tep" | "ten tap tin" | "ten file" | "duong dan file" => Self::Path,
            "registry" | "registry key" | "registry keys" | "regkey" | "khoa registry" => {
                Self::Registry
            }
            "serial" | "serial number" | "signer serial" | "certificate serial" | "x509 serial" => {
                Self::Serial
            }
            "signer" | "code signer" | "publisher" => Self::Signer,
            "url" | "urls" | "uri" | "link" | "duong dan url" | "dia chi url" | "lien ket url" => {
                Self::Url
            }
            "user agent" | "useragent" | "ua" => Self::UserAgent,
            _ => return None,
        })
    }
}

/// The longest text that may be a word for a kind.
const WORD_BYTES_MAX: usize = 64;

/// A value of a kind that the line names.
fn of_word(word: Word, value: &str, description: &str) -> Result<Entry, String> {
    let kinds = kinds_of(word, value)?;
    Ok(Entry { kinds, description: description.trim().to_owned() })
}

/// The indicators, in canonical form, that a value of a named kind stands for.
pub(super) fn kinds_of(word: Word, value: &str) -> Result<Vec<IndicatorKind>, String> {
    let plain = value.trim().to_owned();
    let value = refang(value);
    let kinds = match word {
        Word::Address => {
            vec![address(&value).ok_or_else(|| format!("“{}” is no address", excerpt(&value)))?]
        }
        Word::Domain => vec![IndicatorKind::Domain(value)],
        Word::Email => return Err(NO_MAIL.to_owned()),
        Word::File if canonical_hash(&value).is_some() => vec![IndicatorKind::Hash(value)],
        Word::File | Word::Path => vec![IndicatorKind::Path(value)],
        Word::Hash => vec![IndicatorKind::Hash(value)],
        Word::Mutex => vec![IndicatorKind::Mutex(plain)],
        Word::Registry => registry(&plain),
        Word::Serial => vec![IndicatorKind::SignerSerial(plain)],
        Word::Signer => vec![IndicatorKind::Signer(plain)],
        Word::Url => urls(&value),
        Word::UserAgent => vec![IndicatorKind::UserAgent(plain)],
    };
    canonical(kinds)
}

/// A registry key and what is below it, whichever way its hive is written.
pub(super) fn registry(key: &str) -> Vec<IndicatorKind> {
    let key = key.trim().trim_end_matches(['/', '\\']);
    let (hive, rest) = key.split_once('\\').unwrap_or(("", key));
    let rest = if hive.to_ascii_uppercase().starts_with("HK") { rest } else { key };
    let pattern = format!("/{}", rest.trim_start_matches(['*', '\\', '/']));
    vec![IndicatorKind::Path(format!("{pattern}/*")), IndicatorKind::Path(pattern)]
}

/// A value whose kind shows in its shape.
fn of_shape(value: &str, description: &str) -> Result<Entry, String> {
    let whole = refang(value);
    let (head, tail) = whole.split_once(char::is_whitespace).unwrap_or((&whole, ""));
    let tail = tail.trim();
    let is_hosts_file = matches!(head, "0.0.0.0" | "127.0.0.1" | "::" | "::1") && !tail.is_empty();
    if is_hosts_file {
        return finished(guess(tail)?, description);
    }
    // A checksum list has a name behind the hash; people put remarks behind addresses.
    let is_path = path::looks_like_path(&whole);
    if !tail.is_empty() && !is_path {
        let remark =
            if description.is_empty() { tail.trim_start_matches('*') } else { description };
        return finished(guess(head)?, remark);
    }
    finished(guess(&whole)?, description)
}

/// The indicators that a value stands for by its shape.
pub(super) fn guess(value: &str) -> Result<Vec<IndicatorKind>, String> {
    let unknown = || format!("cannot tell what kind of indicator “{}” is", excerpt(value));
    if canonical_hash(value).is_some() {
        return Ok(vec![IndicatorKind::Hash(value.to_owned())]);
    }
    if value.contains("://") {
        return Ok(vec![IndicatorKind::Url(value.to_owned())]);
    }
    if let Some(address) = address(value) {
        return Ok(vec![address]);
    }
    if value.contains('@') {
        return Err(NO_MAIL.to_owned());
    }
    let wildcard = value.strip_prefix("*.").is_some_and(is_host);
    if wildcard || is_host(value) {
        return Ok(vec![IndicatorKind::Domain(value.to_owned())]);
    }
    let host = value.split(['/', ':']).next().unwrap_or_default();
    if value.contains('/') && (is_host(host) || host.parse::<IpAddr>().is_ok()) {
        return Ok(urls(value));
    }
    let is_path = value.contains(['/', '\\']) || has_file_extension(value);
    is_path.then(|| vec![IndicatorKind::Path(value.to_owned())]).ok_or_else(unknown)
}

/// An address, a network, or an address with a port.
pub(super) fn address(value: &str) -> Option<IndicatorKind> {
    if let Some((address, bits)) = value.split_once('/') {
        return Some(IndicatorKind::Cidr(address.parse().ok()?, bits.parse().ok()?));
    }
    let with_port = || {
        let (address, port) = value.rsplit_once(':')?;
        port.parse::<u16>().ok()?;
        (!address.contains(':') || address.starts_with('[')).then(|| canonical_ip(address))?
    };
    canonical_ip(value).or_else(with_port).map(IndicatorKind::Ip)
}

/// A URL; one without a scheme is meant with either.
pub(super) fn urls(value: &str) -> Vec<IndicatorKind> {
    let schemes: &[&str] = if value.contains("://") { &[""] } else { &["http://", "https://"] };
    schemes.iter().map(|scheme| IndicatorKind::Url(format!("{scheme}{value}"))).collect()
}

/// Whether a text is a name with a top level that can be one, and none of a file.
pub(super) fn is_host(value: &str) -> bool {
    let top_level = value.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let shaped = top_level.chars().count() >= 2
        && (top_level.chars().all(char::is_alphabetic) || top_level.starts_with("xn--"));
    shaped && canonical_domain(value).is_some() && !has_file_extension(value)
}

/// Whether a name ends like a file's. Extensions that are top-level domains too are not here: a
/// domain is found in a path as well.
pub(super) fn has_file_extension(value: &str) -> bool {
    let extension = value.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    extension.is_some_and(|extension| FILE_EXTENSIONS.binary_search(&extension.as_str()).is_ok())
}

/// Sorted.
const FILE_EXTENSIONS: [&str; 77] = [
    "7z", "apk", "asp", "aspx", "bat", "bin", "bmp", "bz2", "cer", "cfg", "cmd", "conf", "cpl",
    "crt", "csv", "dat", "deb", "dll", "dmg", "doc", "docm", "docx", "drv", "dylib", "elf", "exe",
    "gif", "gz", "hta", "htm", "html", "ico", "img", "ini", "iso", "jar", "jpg", "js", "jse",
    "json", "jsp", "lnk", "log", "msi", "msix", "msp", "mst", "nupkg", "ocx", "pdf", "php", "pkg",
    "plist", "png", "ppt", "pptx", "ps1", "psm1", "pth", "rar", "reg", "rpm", "rtf", "scr", "sys",
    "tar", "tgz", "tmp", "txt", "vbe", "vbs", "whl", "wsf", "xls", "xlsm", "xlsx", "xml",
];

pub(super) const NO_MAIL: &str = "cannot be matched here: mail addresses";

fn finished(kinds: Vec<IndicatorKind>, description: &str) -> Result<Entry, String> {
    Ok(Entry { kinds: canonical(kinds)?, description: description.trim().to_owned() })
}

/// The canonical forms; an error when one value has not the form of its kind.
pub(super) fn canonical(kinds: Vec<IndicatorKind>) -> Result<Vec<IndicatorKind>, String> {
    let canonical = kinds.into_iter().map(|kind| {
        let (word, value) = (kind.word(), kind.value());
        canonical_kind(kind)
            .ok_or_else(|| format!("“{}” has not the form of kind {word}", excerpt(&value)))
    });
    canonical.collect()
}

#[cfg(test)]
mod tests;
