//! What a file names: other files, hosts, places, commands.

use std::collections::BTreeSet;

use khien_model::observable::{canonical_domain, canonical_ip};
use serde::{Deserialize, Serialize};

use super::collect::clipped;
use super::scan::Anchor;
use super::text::{Run, View, is_print};

/// Names that stand in a file's bytes, as ASCII or as UTF-16LE text.
///
/// Each list is sorted, without repeats and bounded by [`LIST_MAX`]. They are what `NamesHost`,
/// `NamesSibling` and `NamesProgram` are made of once releases are compared.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Names {
    /// Files by their last component, lower case: `ffmpeg.dll`, `libz.so`, `setup.ps1`.
    pub files: Vec<String>,
    /// Hosts of URLs and bare domains, lower case, without port and user.
    pub hosts: Vec<String>,
    /// URLs without fragment and user, at most [`TEXT_MAX`] bytes.
    pub urls: Vec<String>,
    /// Windows registry paths, lower case, with `hkey_local_machine` and the like as `hklm`.
    pub registry: Vec<String>,
    /// Command lines that start an interpreter, fetch, register or schedule.
    pub commands: Vec<String>,
    /// Names that were left out because a list was full or the file held more candidates than are
    /// looked at: the lists are incomplete when this is not 0.
    pub left_out: u64,
    /// Hashes of the files' names that were left out, until it is known which files there are.
    #[serde(skip)]
    more_files: BTreeSet<u64>,
}

impl Names {
    /// Whether no file's name was left out.
    pub(crate) fn is_whole(&self) -> bool {
        self.more_files.is_empty()
    }

    /// Takes up the names among `present` that were left out, and forgets the others.
    pub(crate) fn keep_present(&mut self, present: &[String]) {
        let more = std::mem::take(&mut self.more_files);
        if more.is_empty() {
            return;
        }
        self.files.extend(present.iter().filter(|name| more.contains(&hash(name))).cloned());
        self.files.sort();
        self.files.dedup();
    }
}

/// Bound: names left out of one list that are remembered by their hashes.
const MORE_MAX: usize = 1 << 16;

fn hash(name: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Bound: entries of one list; further ones count as left out.
pub const LIST_MAX: usize = 4096;

/// Bound: bytes of one entry; a longer one is cut.
pub const TEXT_MAX: usize = 256;

/// Names while they are being found.
#[derive(Debug, Default)]
pub(crate) struct NameSet {
    files: BTreeSet<String>,
    hosts: BTreeSet<String>,
    urls: BTreeSet<String>,
    registry: BTreeSet<String>,
    commands: BTreeSet<String>,
    starts: BTreeSet<String>,
    more_files: BTreeSet<u64>,
    left_out: u64,
    work: u64,
    work_max: u64,
}

impl NameSet {
    /// For a file of `len` bytes. Bound: characters looked at around anchors are a small multiple
    /// of it, so that a file made of anchors costs no more than another.
    pub(crate) fn new(len: usize) -> Self {
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        Self { work_max: len.saturating_mul(4).saturating_add(1 << 20), ..Self::default() }
    }

    /// Reads the name at an anchor.
    pub(crate) fn take(&mut self, anchor: Anchor, view: View<'_>, span: (usize, usize)) {
        if self.work > self.work_max {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        match anchor {
            Anchor::Command => self.command(view, span),
            Anchor::Domain => self.domain(view, span),
            Anchor::Extension => self.file(view, span),
            Anchor::Registry => self.registry(view, span),
            Anchor::Scheme => self.url(view, span),
            Anchor::Program(_) | Anchor::Word(_) => {}
        }
    }

    /// Adds a command that is run at installation, and the files that it starts.
    pub(crate) fn add_command(&mut self, command: &str) {
        insert(&mut self.commands, command, &mut self.left_out);
        for start in super::install::starts::of_command(command) {
            insert(&mut self.starts, &start, &mut self.left_out);
        }
    }

    /// Adds a file that a build or an installation starts.
    pub(crate) fn add_start(&mut self, path: &str) {
        insert(&mut self.starts, path, &mut self.left_out);
    }

    /// Takes the files that commands at installation start, as they are written there.
    pub(crate) fn take_starts(&mut self) -> Vec<String> {
        std::mem::take(&mut self.starts).into_iter().collect()
    }

    /// The lists.
    pub(crate) fn finish(self) -> Names {
        let list = |set: BTreeSet<String>| set.into_iter().collect();
        Names {
            files: list(self.files),
            hosts: list(self.hosts),
            urls: list(self.urls),
            registry: list(self.registry),
            commands: list(self.commands),
            left_out: self.left_out,
            more_files: self.more_files,
        }
    }

    fn file(&mut self, view: View<'_>, span: (usize, usize)) {
        let in_name = |c: u8| c.is_ascii_alphanumeric() || b"_-.+@~".contains(&c);
        // `.so.6` is still `.so`; `.dllx` and `.sort` are something else.
        let after = view.at(span.1);
        if after.is_some_and(|c| c.is_ascii_alphanumeric() || b"_-(=".contains(&c)) {
            return;
        }
        let run = view.run(span, in_name, |_| false, NAME_MAX, &mut self.work);
        let name = run.text.trim_start_matches(['.', '-', '+', '~', '@']).to_ascii_lowercase();
        let stem = name.rsplit_once('.').map_or("", |(stem, _)| stem);
        // A `%s.dll` names nothing; a stem of one letter is a variable.
        let made_up = matches!(run.before, Some(b'%' | b'$' | b'}' | b'*' | b')' | b']'));
        if stem.len() < 2 || made_up || !stem.bytes().any(|c| c.is_ascii_alphabetic()) {
            return;
        }
        if self.files.len() >= LIST_MAX && self.more_files.len() < MORE_MAX {
            self.more_files.insert(hash(&name));
        }
        insert(&mut self.files, &name, &mut self.left_out);
    }

    fn url(&mut self, view: View<'_>, span: (usize, usize)) {
        if view.before(span.0).is_some_and(|c| c.is_ascii_alphanumeric()) {
            return;
        }
        let in_url = |c: u8| c.is_ascii_alphanumeric() || b"-._~:/?@!$&*+;=%[],\\".contains(&c);
        let run = view.run(span, |_| false, in_url, URL_MAX, &mut self.work);
        let text = run.text.replace("\\/", "/");
        let text = text.split('\\').next().unwrap_or_default();
        let text = text.trim_end_matches(['.', ',', ';', ':', '!', '*', '?', ']', '&']);
        let Some((scheme, rest)) = text.split_once("://") else { return };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let authority = authority.rsplit_once('@').map_or(authority, |(_user, host)| host);
        let Some(host) = host(authority) else { return };
        let port = authority.rsplit_once(':').map(|(_, port)| port);
        let port = port.filter(|p| !p.is_empty() && p.bytes().all(|c| c.is_ascii_digit()));
        let port = port.map_or(String::new(), |port| format!(":{port}"));
        let shown = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let url = format!("{}://{shown}{port}{path}", scheme.to_ascii_lowercase());
        insert(&mut self.urls, &url, &mut self.left_out);
        insert(&mut self.hosts, &host, &mut self.left_out);
    }

    fn domain(&mut self, view: View<'_>, span: (usize, usize)) {
        let after = view.at(span.1);
        if after.is_some_and(|c| !b"\0\"'`/:?)> ,;]|&\r\n\t\\".contains(&c)) {
            return;
        }
        let in_host = |c: u8| c.is_ascii_alphanumeric() || b"-.".contains(&c);
        let run = view.run(span, in_host, |_| false, 253, &mut self.work);
        // A property of an object is no host: only text that starts as a constant does.
        if run.before.is_some_and(|c| !b"\0\"'`/@=<> ,;|\r\n\t".contains(&c)) {
            return;
        }
        let first = run.text.split('.').next().unwrap_or_default();
        if first.is_empty() || first == "www" && run.text.matches('.').count() < 2 {
            return;
        }
        if let Some(host) = host(&run.text) {
            insert(&mut self.hosts, &host, &mut self.left_out);
        }
    }

    fn registry(&mut self, view: View<'_>, span: (usize, usize)) {
        if view.before(span.0).is_some_and(|c| c.is_ascii_alphanumeric() || b"\\_".contains(&c)) {
            return;
        }
        let in_path = |c: u8| is_print(c) && !b"\"'<>|`;,=[]()*?".contains(&c);
        let run = view.run(span, |_| false, in_path, TEXT_MAX, &mut self.work);
        let mut path = run.text.trim_end().to_ascii_lowercase();
        while path.contains("\\\\") {
            path = path.replace("\\\\", "\\");
        }
        for (long, short) in HIVES {
            if let Some(rest) = path.strip_prefix(long) {
                path = format!("{short}{rest}");
            }
        }
        let path = path.trim_end_matches(['\\', ' ', '.', ':']);
        if path.matches('\\').count() >= 2 {
            insert(&mut self.registry, path, &mut self.left_out);
        }
    }

    fn command(&mut self, view: View<'_>, span: (usize, usize)) {
        if view.before(span.0).is_some_and(|c| c.is_ascii_alphanumeric() || c == b'_') {
            return;
        }
        let in_line = |c: u8| is_print(c) && !b"\"`".contains(&c);
        let Run { text, .. } = view.run(span, in_line, in_line, COMMAND_MAX, &mut self.work);
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        if words.len() > 1 {
            insert(&mut self.commands, &words.join(" "), &mut self.left_out);
        }
    }
}

/// Bound: characters of a file's name.
const NAME_MAX: usize = 96;
/// Bound: characters of a URL.
const URL_MAX: usize = 512;
/// Bound: characters of a command line on each side of what it was found by.
const COMMAND_MAX: usize = 120;

const HIVES: &[(&str, &str)] = &[
    ("hkey_local_machine", "hklm"),
    ("hkey_current_user", "hkcu"),
    ("hkey_classes_root", "hkcr"),
    ("hkey_users", "hku"),
    ("hklm:", "hklm"),
    ("hkcu:", "hkcu"),
];

/// The host of `host[:port]`: a domain whose top level has letters, or an address.
fn host(authority: &str) -> Option<String> {
    if authority.starts_with('[') {
        let end = authority.find(']')?;
        return canonical_ip(authority.get(..=end)?).map(|ip| ip.to_string());
    }
    let name = authority.split(':').next()?;
    if let Ok(ip) = name.parse::<std::net::Ipv4Addr>() {
        return Some(ip.to_string());
    }
    let domain = canonical_domain(name).filter(|domain| domain.is_ascii())?;
    let top = domain.rsplit('.').next()?;
    let is_top = top.len() >= 2 && !top.bytes().all(|c| c.is_ascii_digit());
    let edges = |label: &str| !label.starts_with('-') && !label.ends_with('-');
    (is_top && domain.split('.').all(edges)).then_some(domain)
}

fn insert(set: &mut BTreeSet<String>, text: &str, left_out: &mut u64) {
    let text = clipped(text, TEXT_MAX);
    if set.len() < LIST_MAX {
        set.insert(text);
    } else if !set.contains(&text) {
        *left_out = left_out.saturating_add(1);
    }
}
