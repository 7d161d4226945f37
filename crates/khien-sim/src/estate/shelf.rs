//! What records refer to by number: files, names on the network, texts.

use std::collections::BTreeMap;

use super::product::Platform;
use super::text::{Text, escaped};
use crate::calendar::SimTime;
use crate::fleet::file_spec::derived_digest;
use crate::random::{HEX_LOWER, HEX_UPPER, Random};

pub(crate) type FileId = u32;
pub(crate) type NameId = u32;
pub(crate) type TextId = u32;

/// A program or library as telemetry describes it; there is never a file.
#[derive(Debug)]
pub(crate) struct FileEntry {
    pub(crate) path: Text,
    /// The part after the last separator, escaped.
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) product: String,
    pub(crate) company: String,
    /// Subject of the signature; empty for none. On macOS the team.
    pub(crate) signer: String,
    /// Sysmon's `Hashes`, or the code directory hash on macOS.
    pub(crate) hashes: String,
    /// Bundle identifier on macOS.
    pub(crate) bundle: String,
}

/// What tells one file from another.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct FileKey {
    pub(crate) path: String,
    pub(crate) version: String,
    pub(crate) product: String,
    pub(crate) company: String,
    pub(crate) signer: String,
    /// What the hash is derived from besides the name: `stock`, a version, `altered`.
    pub(crate) content: String,
    pub(crate) bundle: String,
    pub(crate) platform: Platform,
    /// A published SHA-256 in place of a derived one.
    pub(crate) sha256: Option<&'static str>,
}

/// A name on the network.
#[derive(Debug)]
pub(crate) struct Name {
    /// Empty for an address without a name.
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) port: u16,
    /// Another name that the product uses from then on, decided by its vendor's servers.
    pub(crate) moves: Option<(SimTime, NameId)>,
}

/// Everything by number.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    pub(crate) files: Vec<FileEntry>,
    pub(crate) names: Vec<Name>,
    pub(crate) texts: Vec<Text>,
    file_ids: BTreeMap<FileKey, FileId>,
    name_ids: BTreeMap<(String, String), NameId>,
    text_ids: BTreeMap<String, TextId>,
}

impl Shelf {
    pub(crate) fn file(&mut self, key: FileKey) -> FileId {
        if let Some(id) = self.file_ids.get(&key) {
            return *id;
        }
        let id = number_of(self.files.len());
        self.files.push(FileEntry::new(&key));
        self.file_ids.insert(key, id);
        id
    }

    /// A name that resolves, on port 443.
    pub(crate) fn name(&mut self, name: &str) -> NameId {
        match name.parse::<std::net::IpAddr>() {
            // An address is contacted without a name.
            Ok(_) => self.place("", name, 443),
            Err(_) => self.place(name, &address_of(name), 443),
        }
    }

    /// A name, or none, at an address.
    pub(crate) fn place(&mut self, name: &str, address: &str, port: u16) -> NameId {
        let key = (name.to_owned(), format!("{address}:{port}"));
        if let Some(id) = self.name_ids.get(&key) {
            return *id;
        }
        let id = number_of(self.names.len());
        let port = match name {
            "pbx.lamson.example" => 5_001,
            "ctldl.windowsupdate.com" => 80,
            _ => port,
        };
        self.names.push(Name {
            name: name.to_owned(),
            address: address.to_owned(),
            port,
            moves: None,
        });
        self.name_ids.insert(key, id);
        id
    }

    pub(crate) fn text(&mut self, template: &str) -> TextId {
        if let Some(id) = self.text_ids.get(template) {
            return *id;
        }
        let id = number_of(self.texts.len());
        self.texts.push(Text::new(template));
        self.text_ids.insert(template.to_owned(), id);
        id
    }

    pub(crate) fn file_of(&self, id: FileId) -> &FileEntry {
        &self.files[index_of(id)]
    }

    pub(crate) fn name_of(&self, id: NameId) -> &Name {
        &self.names[index_of(id)]
    }

    pub(crate) fn text_of(&self, id: TextId) -> &Text {
        &self.texts[index_of(id)]
    }
}

impl FileEntry {
    fn new(key: &FileKey) -> Self {
        let name = key.path.rsplit(['\\', '/']).next().unwrap_or(&key.path);
        let label = |kind: &str| format!("{kind} {name} {} {}", key.product, key.content);
        let digest = |kind: &str, length| derived_digest(&label(kind), HEX_UPPER, length);
        let hashes = match (key.platform, key.sha256) {
            (Platform::Windows, Some(sha256)) => format!("SHA256={sha256}"),
            (Platform::Windows, None) => format!(
                "SHA1={},MD5={},SHA256={},IMPHASH={}",
                digest("sha1", 40),
                digest("md5", 32),
                digest("sha256", 64),
                digest("imphash", 32)
            ),
            _ => derived_digest(&label("cdhash"), HEX_LOWER, 40),
        };
        Self {
            path: Text::new(&key.path),
            name: escaped(name),
            version: escaped(&key.version),
            product: escaped(&key.product),
            company: escaped(&key.company),
            signer: escaped(&key.signer),
            hashes,
            bundle: escaped(&key.bundle),
        }
    }
}

/// The number that a vector's next element gets; the catalogue is far smaller.
fn number_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// A number as an index.
pub(crate) fn index_of(id: u32) -> usize {
    usize::try_from(id).unwrap_or(usize::MAX)
}

/// Plausible addresses of well-known names, the organisation's own, and for every other name one
/// of the documentation ranges (RFC 5737), so that no real machine is named.
fn address_of(name: &str) -> String {
    if let Some((_, address)) = KNOWN.iter().find(|(known, _)| *known == name) {
        return (*address).to_owned();
    }
    let mut random = Random::stream(0, name);
    if name.ends_with(".lamson.example") {
        return format!("10.20.10.{}", random.range(41, 90));
    }
    let range = *random.pick(&["192.0.2", "198.51.100", "203.0.113"]);
    format!("{range}.{}", random.range(1, 255))
}

const KNOWN: &[(&str, &str)] = &[
    ("raw.githubusercontent.com", "185.199.108.133"),
    ("objects.githubusercontent.com", "185.199.109.133"),
    ("github.com", "20.205.243.166"),
    ("api.github.com", "20.205.243.168"),
    ("fe2cr.update.microsoft.com", "20.72.235.82"),
    ("v10.events.data.microsoft.com", "20.189.173.26"),
    ("settings-win.data.microsoft.com", "51.104.136.2"),
    ("ctldl.windowsupdate.com", "146.75.46.172"),
    ("storage.googleapis.com", "142.250.199.80"),
    ("s3.amazonaws.com", "52.216.44.232"),
    ("registry.npmjs.org", "104.16.24.34"),
    ("pbx.lamson.example", "10.20.10.40"),
];
