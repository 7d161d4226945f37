//! A release as a summary of its files: all that later steps need, and no bytes.

use std::collections::BTreeMap;

use bytes::Bytes;
use khien_binary::{Image, Signature};
use khien_lineage::Observed;
use khien_model::Untrusted;
use khien_unpack::{Attributes, Format, Limits, Node, NodeKind, Opened, Visitor};
use serde::{Deserialize, Serialize};

use crate::identity::{self, Claims, ReleaseIdentity};
use crate::traits::{self, FileInput, Matchers, Names};
use crate::version;

/// The layout of a profile on disk and between processes; a change of meaning counts it up.
pub const PROFILE_FORMAT: u32 = 1;

/// Which rules and tables made the traits: they are compiled in, so the program's version names them.
const KNOWLEDGE: &str = env!("CARGO_PKG_VERSION");

/// Files larger than this are not compared by their bytes' similarity, only by identity and functions.
const SIMILARITY_BYTES_MAX: usize = 4 << 20;

/// One file of a release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileProfile {
    /// Where it is inside the release: containers and names joined by `!/`.
    pub path: Untrusted,
    /// The path without versions and build hashes, and without the names of containers.
    pub stem: String,
    /// Its own name, lower case.
    pub name: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
    /// Length in bytes.
    pub size: u64,
    /// What it is, by content.
    pub format: Format,
    /// What its container says of it.
    pub attributes: Attributes,
    /// Where it points, when it is a link.
    pub link: Option<Untrusted>,
    /// Executable images in it: one, or one for each slice of a universal Mach-O.
    pub images: Vec<Image>,
    /// The signature of an installer database, which is no executable and signed like one.
    pub signature: Option<Signature>,
    /// What it is, as single properties.
    pub observed: Vec<Observed>,
    /// Which other things it names.
    pub names: Names,
    /// TLSH of its bytes, where they are few enough and varied enough.
    pub similarity: Option<String>,
    /// Why it could not be read as what it is.
    pub problem: Option<String>,
}

impl FileProfile {
    /// Whether it holds machine code or .NET code.
    pub const fn is_program(&self) -> bool {
        !self.images.is_empty()
    }
}

/// One release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleaseProfile {
    /// [`PROFILE_FORMAT`].
    pub format: u32,
    /// Name of the artefact.
    pub name: Untrusted,
    /// SHA-256 of the artefact, in hexadecimal; of the sorted list of files for a folder.
    pub sha256: String,
    /// Its length in bytes.
    pub size: u64,
    /// Product, version and publisher as the release states them.
    pub identity: ReleaseIdentity,
    /// Its files, in the order of the artefact.
    pub files: Vec<FileProfile>,
    /// The account of its containers.
    pub opened: Opened,
    /// Hash of the rules and tables that the traits were made with.
    pub knowledge: String,
}

/// Called with the path of each file as it is looked at, and its size.
pub type Progress<'a> = &'a mut dyn FnMut(&Untrusted, u64);

/// Opens one artefact and summarises every file in it.
pub fn profile(
    name: &str,
    bytes: Bytes,
    limits: &Limits,
    matchers: &Matchers,
    progress: Progress<'_>,
) -> ReleaseProfile {
    let size = bytes.len() as u64;
    let mut collector = Collector::new(matchers, progress);
    let opened = khien_unpack::open(name, bytes, limits, &mut collector);
    collector.finish(name, size, opened)
}

/// Takes nodes and keeps summaries.
pub struct Collector<'a> {
    matchers: &'a Matchers,
    progress: Progress<'a>,
    files: Vec<FileProfile>,
    claims: Claims,
    /// Summaries by content: a file that is there twice is read once.
    seen: BTreeMap<[u8; 32], usize>,
}

impl<'a> Collector<'a> {
    /// An empty one.
    pub fn new(matchers: &'a Matchers, progress: Progress<'a>) -> Self {
        Self {
            matchers,
            progress,
            files: Vec::new(),
            claims: Claims::default(),
            seen: BTreeMap::new(),
        }
    }

    /// Puts the release together once all nodes are seen.
    pub fn finish(self, name: &str, size: u64, opened: Opened) -> ReleaseProfile {
        let whole = self.files.iter().find(|file| file.path.as_raw().is_empty());
        let sha256 = whole.map_or_else(|| hash_of_list(&self.files), |file| file.sha256.clone());
        let identity = identity::of_release(name, &self.claims, &self.files);
        ReleaseProfile {
            format: PROFILE_FORMAT,
            name: Untrusted::new(name),
            sha256,
            size,
            identity,
            files: self.files,
            opened,
            knowledge: KNOWLEDGE.to_owned(),
        }
    }

    fn summarise(&self, node: &Node) -> FileProfile {
        let path = node.path.as_raw();
        let mut file = FileProfile {
            path: node.path.clone(),
            stem: stem_of(path),
            name: own_name(path).to_lowercase(),
            sha256: hex(&node.sha256),
            size: node.bytes.len() as u64,
            format: node.format,
            attributes: node.attributes.clone(),
            link: None,
            images: Vec::new(),
            signature: None,
            observed: Vec::new(),
            names: Names::default(),
            similarity: None,
            problem: None,
        };
        if let NodeKind::Link(target) = &node.kind {
            file.link = Some(target.clone());
            return file;
        }
        if let Some(twin) = self.seen.get(&node.sha256).and_then(|i| self.files.get(*i)) {
            // Equal bytes under an equal name mean equal traits; under another name the script and
            // installer traits may differ, so only programs are shared.
            if twin.is_program() || twin.name == file.name {
                file.images.clone_from(&twin.images);
                file.observed.clone_from(&twin.observed);
                file.names.clone_from(&twin.names);
                file.similarity.clone_from(&twin.similarity);
                file.problem.clone_from(&twin.problem);
                return file;
            }
        }
        self.read(node, &mut file);
        file
    }

    fn read(&self, node: &Node, file: &mut FileProfile) {
        match node.format {
            Format::Pe
            | Format::Elf
            | Format::MachO
            | Format::Nsis
            | Format::Inno
            | Format::WixBurn
            | Format::SquirrelSetup
            | Format::SelfExtracting
            | Format::AppImage => match khien_binary::read(&node.bytes) {
                Ok(images) => file.images = images,
                Err(error) => file.problem = Some(error.to_string()),
            },
            _ => {}
        }
        let input = FileInput {
            path: node.path.as_raw(),
            format: node.format,
            bytes: &node.bytes,
            images: &file.images,
            facts: &[],
            runs_at_installation: false,
        };
        let found = traits::of_file(&input, self.matchers);
        file.observed = found.observed;
        file.names = found.names;
        if !found.problems.is_empty() && file.problem.is_none() {
            file.problem = Some(found.problems.join("; "));
        }
        if node.bytes.len() <= SIMILARITY_BYTES_MAX {
            file.similarity = similarity(&node.bytes);
        }
    }
}

impl Visitor for Collector<'_> {
    fn visit(&mut self, node: Node) {
        (self.progress)(&node.path, node.bytes.len() as u64);
        self.claims.look_at(node.path.as_raw(), &node.bytes);
        let file = self.summarise(&node);
        if node.kind == NodeKind::File {
            self.seen.entry(node.sha256).or_insert(self.files.len());
        }
        self.files.push(file);
    }
}

fn similarity(bytes: &[u8]) -> Option<String> {
    let digest = tlsh2::TlshDefaultBuilder::build_from(bytes)?;
    String::from_utf8(digest.hash().to_vec()).ok()
}

fn hash_of_list(files: &[FileProfile]) -> String {
    use sha2::{Digest, Sha256};
    let mut lines: Vec<String> =
        files.iter().map(|file| format!("{} {}\n", file.sha256, file.path.as_raw())).collect();
    lines.sort();
    let mut hasher = Sha256::new();
    for line in lines {
        hasher.update(line.as_bytes());
    }
    hex(&hasher.finalize())
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The last name of a path inside a release.
pub(crate) fn own_name(path: &str) -> &str {
    let member = path.rsplit("!/").next().unwrap_or(path);
    member.rsplit(['/', '\\']).next().unwrap_or(member)
}

/// A path that stays from release to release: versions and build hashes left out of every name.
fn stem_of(path: &str) -> String {
    path.split("!/")
        .map(|member| {
            member
                .split(['/', '\\'])
                .filter(|p| !p.is_empty() && *p != ".")
                .map(version::stem)
                .collect::<Vec<_>>()
                .join("/")
        })
        .collect::<Vec<_>>()
        .join("!/")
}
