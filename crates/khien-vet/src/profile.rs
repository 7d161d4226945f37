//! A release as a summary of its files: all that later steps need, and no bytes.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use khien_binary::signature::State;
use khien_binary::{Image, Signature};
use khien_lineage::{Evidence, Observed, Trait, TraitKind};
use khien_model::Untrusted;
use khien_unpack::{Attributes, Fact, FactKind, Format, Limits, Node, NodeKind, Opened, Visitor};
use serde::{Deserialize, Serialize};

use crate::identity::{self, Claims, ReleaseIdentity};
use crate::traits::{self, FileInput, Matchers, Names, ScriptSummary};
use crate::version;

mod jar;

/// The layout of a profile on disk and between processes; a change of meaning counts it up.
pub const PROFILE_FORMAT: u32 = 1;

/// Which rules and tables made the traits: they are compiled in, so the program's version names them.
pub const KNOWLEDGE: &str = env!("CARGO_PKG_VERSION");

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
    /// The signature of an installer database or a security catalogue, which are no executables and
    /// signed like them.
    pub signature: Option<Signature>,
    /// Digests of other files that it vouches for, as a catalogue: only while the release is read.
    #[serde(skip)]
    pub members: BTreeSet<String>,
    /// Who signed the catalogues of the release that list it: others vouch for it. Not to be taken for
    /// [`Self::certified_by`], the signature that it is itself.
    pub catalogued_by: Vec<String>,
    /// What it is, as single properties.
    pub observed: Vec<Observed>,
    /// Which other things it names.
    pub names: Names,
    /// TLSH of its bytes, where they are few enough and varied enough.
    pub similarity: Option<String>,
    /// The signature that it is, of the container or of the list of files that it belongs to.
    pub certified_by: Option<Signature>,
    /// What its code does, where it is a script.
    pub script: Option<ScriptSummary>,
    /// Files that its installation commands start, as they are written there.
    pub starts: Vec<String>,
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
    /// Version of the program whose rules and tables made the traits.
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

/// Bound: files that the actions of one installer start.
const STARTS_MAX: usize = 1000;

/// A file that something starts at installation.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Started {
    /// The manifest or installer that does.
    by: String,
    /// The container whose member it is.
    within: String,
    /// What stands before the names of files beside it.
    folder: String,
    /// Its name, as it is written there.
    file: String,
}

/// Takes nodes and keeps summaries.
pub struct Collector<'a> {
    matchers: &'a Matchers,
    progress: Progress<'a>,
    files: Vec<FileProfile>,
    claims: Claims,
    jars: jar::Kept,
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
            jars: jar::Kept::default(),
            seen: BTreeMap::new(),
        }
    }

    /// Bytes of the files at the outermost level: the size of a folder.
    pub fn size(&self) -> u64 {
        self.files.iter().filter(|f| !f.path.as_raw().contains("!/")).map(|f| f.size).sum()
    }

    /// Puts the release together once all nodes are seen.
    pub fn finish(mut self, name: &str, size: u64, opened: Opened) -> ReleaseProfile {
        let actions = self.actions_of_installers(&opened);
        self.started_at_installation(&actions);
        self.names_of_this_release();
        self.listed_in_catalogues();
        self.jars.finish(&mut self.files);
        let whole = self.files.iter().find(|file| file.path.as_raw().is_empty());
        let sha256 =
            whole.map_or_else(|| hash_of_list(&self.files, &opened), |file| file.sha256.clone());
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

    /// A manifest or an installer's action may start a script that came before or after it: now that
    /// all are seen, the script gets the traits of one that runs at installation.
    fn started_at_installation(&mut self, actions: &[Started]) {
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (position, file) in self.files.iter().enumerate().filter(|(_, f)| f.script.is_some()) {
            by_name.entry(own_name(file.path.as_raw())).or_default().push(position);
        }
        let manifests = self.files.iter().flat_map(|manifest| {
            let own = manifest.path.as_raw();
            manifest.starts.iter().map(move |start| Started {
                by: manifest.name.clone(),
                within: container_of(own).to_owned(),
                folder: own.strip_suffix(own_name(own)).unwrap_or_default().to_owned(),
                file: start.clone(),
            })
        });
        // A thousand manifests of one folder that start one script say it once.
        let started: BTreeSet<Started> = manifests.chain(actions.iter().cloned()).collect();
        let mut added: Vec<(usize, Vec<Observed>)> = Vec::new();
        for start in &started {
            let role = format!("started by {}", start.by);
            for position in self.started(start, &by_name) {
                let Some(file) = self.files.get(position) else { continue };
                if let Some(script) = &file.script {
                    let traits = traits::installation_script(&role, file.path.as_raw(), script);
                    added.push((position, traits));
                }
            }
        }
        for (position, traits) in added {
            if let Some(file) = self.files.get_mut(position) {
                file.observed.extend(traits);
            }
        }
    }

    /// A catalogue vouches for files by their digests: those that it lists are signed by its signer.
    fn listed_in_catalogues(&mut self) {
        let catalogues: Vec<(BTreeSet<String>, Option<String>)> = self
            .files
            .iter_mut()
            .map(|file| (std::mem::take(&mut file.members), &file.signature))
            .filter(|(members, _)| !members.is_empty())
            .filter_map(|(members, signature)| {
                let signature = signature.as_ref().filter(|s| s.state != State::Invalid)?;
                Some((members, signature.signers.first().map(identity::organisation)))
            })
            .collect();
        for file in &mut self.files {
            let flat = format!("sha256:{}", file.sha256);
            for (members, signer) in &catalogues {
                let own = file.images.iter().filter_map(|i| i.signature.content_digest.as_ref());
                let listed =
                    members.contains(&flat) || own.into_iter().any(|d| members.contains(d));
                if let Some(signer) = signer.as_ref().filter(|_| listed)
                    && !file.catalogued_by.contains(signer)
                {
                    file.catalogued_by.push(signer.clone());
                }
            }
            if let (Some(signer), Some(image)) =
                (file.catalogued_by.first(), file.images.first_mut())
            {
                image.signature.remarks.push(format!("signed by a catalogue of {signer}"));
            }
        }
    }

    /// Positions of the scripts that may be meant by what is started: under a whole name wherever in
    /// the container a path ends like that, because commands change folders; where the ending is left
    /// out, beside what starts it.
    fn started(&self, start: &Started, by_name: &BTreeMap<&str, Vec<usize>>) -> Vec<usize> {
        let (candidates, whole) = traits::started_files(&start.file);
        let mut found = Vec::new();
        for wanted in candidates {
            for position in by_name.get(own_name(&wanted)).into_iter().flatten() {
                let Some(file) = self.files.get(*position) else { continue };
                let path = file.path.as_raw();
                let rest = path.strip_suffix(wanted.as_str());
                let ends = rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'));
                let anywhere = whole && ends && container_of(path) == start.within;
                if anywhere || path.strip_prefix(start.folder.as_str()) == Some(wanted.as_str()) {
                    found.push(*position);
                }
            }
        }
        found
    }

    /// A list of names is bounded, and what a file names of its own release must not fall out of it.
    fn names_of_this_release(&mut self) {
        if self.files.iter().all(|file| file.names.is_whole()) {
            return;
        }
        let present: Vec<String> = self.files.iter().map(|file| file.name.clone()).collect();
        for file in &mut self.files {
            file.names.keep_present(&present);
        }
    }

    /// What readers noticed of installers' actions, as traits of the installers. Gives the files that
    /// the actions start, which are the installer's own members.
    fn actions_of_installers(&mut self, opened: &Opened) -> Vec<Started> {
        let mut by_path: BTreeMap<&str, Vec<Fact>> = BTreeMap::new();
        for fact in &opened.facts {
            by_path.entry(fact.path.as_raw()).or_default().push(fact.clone());
        }
        let mut started = Vec::new();
        for file in &mut self.files {
            let Some(own) = by_path.get(file.path.as_raw()) else { continue };
            let found = traits::of_facts(own, self.matchers);
            file.observed.extend(found.observed);
            file.observed.extend(own.iter().filter_map(interpreter_started));
            if !found.problems.is_empty() && file.problem.is_none() {
                file.problem = Some(found.problems.join("; "));
            }
            started.extend(found.starts.into_iter().take(STARTS_MAX).map(|start| {
                // Folders of an installer are its properties: `[INSTALLDIR]run.vbs` is that name.
                let name = start.rsplit([']', '}']).next().unwrap_or_default();
                let (by, within) = (file.name.clone(), file.path.as_raw().to_owned());
                let folder = format!("{within}!/");
                Started { by, within, folder, file: name.trim_start_matches('/').to_owned() }
            }));
        }
        started
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
            members: BTreeSet::new(),
            catalogued_by: Vec::new(),
            observed: Vec::new(),
            names: Names::default(),
            similarity: None,
            certified_by: None,
            script: None,
            starts: Vec::new(),
            problem: None,
        };
        if let NodeKind::Link(target) = &node.kind {
            file.link = Some(target.clone());
            file.observed = traits::of_link(path, target.as_raw());
            let placed = self.made_by_place(&file);
            let is_new = |seen: &Observed| !file.observed.iter().any(|known| known.of == seen.of);
            let more: Vec<Observed> = placed.into_iter().filter(is_new).collect();
            file.observed.extend(more);
            return file;
        }
        if node.kind == NodeKind::Special {
            file.observed = traits::of_special(path);
            return file;
        }
        let twin = self.seen.get(&node.sha256).and_then(|i| self.files.get(*i));
        if let Some(twin) = twin.filter(|twin| twin.path == file.path || is_only_a_program(twin)) {
            self.take_over(twin, &mut file);
            return file;
        }
        self.read(node, &mut file);
        file
    }

    /// Takes what a file is from one with the same bytes, except for what its place makes of it: what
    /// runs at installation or at start is told by the path.
    fn take_over(&self, twin: &FileProfile, file: &mut FileProfile) {
        file.images.clone_from(&twin.images);
        file.observed.clone_from(&twin.observed);
        file.names.clone_from(&twin.names);
        file.similarity.clone_from(&twin.similarity);
        file.signature.clone_from(&twin.signature);
        file.script.clone_from(&twin.script);
        file.starts.clone_from(&twin.starts);
        file.problem.clone_from(&twin.problem);
        file.certified_by.clone_from(&twin.certified_by);
        file.members.clone_from(&twin.members);
        if twin.path != file.path {
            file.observed.retain(|seen| !is_of_a_place(seen));
            file.observed.extend(self.made_by_place(file));
        }
    }

    /// What a place makes of any file that lies there, or of a link.
    fn made_by_place(&self, file: &FileProfile) -> Vec<Observed> {
        let place =
            FileInput { path: file.path.as_raw(), format: file.format, bytes: &[], images: &[] };
        let found = traits::of_file(&place, self.matchers).observed;
        found.into_iter().filter(is_of_a_place).collect()
    }

    fn read(&self, node: &Node, file: &mut FileProfile) {
        let mut problems = Vec::new();
        match node.format {
            format if format.is_executable() && !node.bytes.starts_with(b"#!") => {
                match khien_binary::read(&node.bytes) {
                    Ok(images) => file.images = images,
                    Err(error) => problems.push(error.to_string()),
                }
            }
            Format::Msi => file.signature = Some(khien_binary::authenticode::msi(&node.bytes)),
            Format::Cab => file.certified_by = signature_behind_a_cabinet(&node.bytes),
            _ => {}
        }
        // What a reader of executables left out is as unread as what a container's left out.
        problems.extend(file.images.iter().flat_map(|image| &image.problems).cloned());
        if is_signature_file(&file.name) {
            // A signed catalogue starts with the type of Microsoft's AppX before the message (`PKCX`).
            let bytes = node.bytes.strip_prefix(b"PKCX").unwrap_or(&node.bytes);
            if let Ok(catalogue) = khien_binary::authenticode::catalogue(bytes) {
                file.signature = Some(catalogue.signature);
                file.members = catalogue.members;
            }
            file.certified_by = khien_binary::authenticode::signed_message(bytes, None).ok();
        }
        let input = FileInput {
            path: node.path.as_raw(),
            format: node.format,
            bytes: &node.bytes,
            images: &file.images,
        };
        let found = traits::of_file(&input, self.matchers);
        file.observed = found.observed;
        if let Some(signature) = &file.signature {
            file.observed.extend(traits::of_signature(signature));
        }
        file.names = found.names;
        if node.bytes.len() <= BUILD_TEXT_BYTES_MAX && crate::depart::is_build_text(&file.name) {
            name_what_builds_read(&node.bytes, &mut file.names.files);
        }
        file.script = found.script;
        file.starts = found.starts;
        problems.extend(found.problems);
        problems.dedup();
        file.problem = (!problems.is_empty()).then(|| problems.join("; "));
        if node.bytes.len() <= SIMILARITY_BYTES_MAX {
            file.similarity = similarity(&node.bytes);
        }
    }
}

impl Visitor for Collector<'_> {
    fn visit(&mut self, node: Node) {
        (self.progress)(&node.path, node.bytes.len() as u64);
        self.claims.look_at(node.path.as_raw(), &node.bytes);
        self.jars.look_at(node.path.as_raw(), &node.bytes);
        let file = self.summarise(&node);
        if node.kind == NodeKind::File {
            self.seen.entry(node.sha256).or_insert(self.files.len());
        }
        self.files.push(file);
    }
}

/// Longest build text that is read for names.
const BUILD_TEXT_BYTES_MAX: usize = 1 << 20;
/// Names kept of one build text.
const BUILD_NAMES_MAX: usize = 500;

/// Adds the last parts of paths that a build text names, whatever their endings: test files have any.
fn name_what_builds_read(bytes: &[u8], names: &mut Vec<String>) {
    let text = String::from_utf8_lossy(bytes);
    let mut found: Vec<String> = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || "._-/$()".contains(c)))
        .filter_map(|word| word.rsplit_once('/'))
        .map(|(_, name)| name.to_lowercase())
        .filter(|name| name.contains('.') && name.len() > 3 && name.len() < 100)
        .take(BUILD_NAMES_MAX)
        .collect();
    names.append(&mut found);
    names.sort();
    names.dedup();
}

/// An installer's action that is a script or starts an interpreter runs code that no signature of a
/// program covers.
fn interpreter_started(fact: &Fact) -> Option<Observed> {
    const HOSTS: [&str; 14] = [
        "vbscript in the row",
        "jscript in the row",
        "powershell",
        "pwsh",
        "cmd.exe /c",
        "cmd /c",
        "mshta",
        "wscript",
        "cscript",
        "rundll32",
        "regsvr32",
        "bitsadmin",
        "certutil",
        "/bin/sh -c",
    ];
    let detail = fact.detail.as_raw().to_lowercase();
    let host = HOSTS.iter().find(|host| detail.contains(**host))?;
    (fact.kind == FactKind::InstallAction).then(|| Observed {
        of: Trait {
            kind: TraitKind::InstallScript,
            value: Untrusted::new(format!("action starts {host}")),
        },
        amount: 1,
        evidence: vec![Evidence { offset: fact.offset, len: None, excerpt: fact.detail.clone() }],
    })
}

/// The signature that the reserved header of a cabinet points to. Whether it is about this cabinet is
/// not checked.
fn signature_behind_a_cabinet(bytes: &[u8]) -> Option<Signature> {
    let field = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let reserved = field(30)? & 4 != 0;
    let start = usize::try_from(field(44)?).ok()?;
    let len = usize::try_from(field(48)?).ok()?;
    let message =
        bytes.get(start..start.checked_add(len)?).filter(|message| !message.is_empty())?;
    let found = reserved && field(40)? == 0x0010_0000;
    found.then(|| khien_binary::authenticode::signed_message(message, None).ok()).flatten()
}

/// Names under which containers keep a signature of themselves (CMS, as in catalogues).
fn is_signature_file(name: &str) -> bool {
    [".p7s", ".p7x", ".rsa", ".dsa", ".ec", ".cat"].iter().any(|ending| name.ends_with(ending))
}

/// Whether a trait says what runs at installation or at start.
const fn is_of_a_place(seen: &Observed) -> bool {
    matches!(seen.of.kind, TraitKind::InstallAction | TraitKind::InstallScript)
}

/// Whether equal bytes make another file the same whatever it is called. A program is read by its
/// bytes; what a script or a text is read as depends on its name.
const fn is_only_a_program(file: &FileProfile) -> bool {
    file.is_program() && file.script.is_none()
}

/// The path of the container that a file is in.
fn container_of(path: &str) -> &str {
    path.rsplit_once("!/").map_or("", |(container, _)| container)
}

fn similarity(bytes: &[u8]) -> Option<String> {
    let digest = tlsh2::TlshDefaultBuilder::build_from(bytes)?;
    String::from_utf8(digest.hash().to_vec()).ok()
}

/// A folder has no bytes of its own: its hash is over names, contents, rights and links, and over what
/// could not be read, so that two folders with equal hashes have nothing to tell them apart.
fn hash_of_list(files: &[FileProfile], opened: &Opened) -> String {
    use sha2::{Digest, Sha256};
    let mut lines: Vec<String> = files
        .iter()
        .map(|file| {
            let link = file.link.as_ref().map_or("", |target| target.as_raw());
            let mode = file.attributes.mode.unwrap_or(0) & 0o7777;
            let given = file.attributes.capabilities;
            format!("{} {mode:o} {given:x} {:?} {link:?}\n", file.sha256, file.path.as_raw())
        })
        .collect();
    lines.extend(
        opened.gaps.iter().map(|gap| format!("gap {:?} {:?}\n", gap.path.as_raw(), gap.reason)),
    );
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
pub(crate) fn stem_of(path: &str) -> String {
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
