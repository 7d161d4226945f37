//! What comes out of an artefact.

use bytes::Bytes;
use khien_model::Untrusted;
use serde::{Deserialize, Serialize};

use crate::field::u32_le;
use crate::{Ledger, recognise};

/// What a piece of an artefact is, by its content.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are the formats' own")]
pub enum Format {
    // Archives.
    Zip,
    Nupkg,
    Jar,
    Wheel,
    Vsix,
    Crx,
    Msix,
    Apk,
    Tar,
    Npm,
    Gzip,
    Xz,
    Zstd,
    Bzip2,
    Lzma,
    SevenZip,
    Cab,
    Ar,
    Deb,
    Rpm,
    Cpio,
    Pbzx,
    Xar,
    Asar,
    OciImage,
    // Installers: programs or databases that carry files.
    Msi,
    Nsis,
    Inno,
    WixBurn,
    SquirrelSetup,
    SelfExtracting,
    AppImage,
    // Disk images and file systems.
    SquashFs,
    Udif,
    HfsPlus,
    Apfs,
    Iso9660,
    // Leaves.
    Pe,
    Elf,
    MachO,
    Script,
    Text,
    Json,
    Xml,
    Plist,
    Image,
    Font,
    Certificate,
    Database,
    Data,
    Empty,
}

impl Format {
    /// Whether its bytes are its own, and not those of members.
    pub fn is_leaf(self) -> bool {
        recognise::reader(self).is_none()
    }

    /// Whether it carries what it installs: its payload is opened, and looked at as files.
    pub const fn is_installer(self) -> bool {
        matches!(
            self,
            Self::Msi
                | Self::Nsis
                | Self::Inno
                | Self::WixBurn
                | Self::SquirrelSetup
                | Self::SelfExtracting
                | Self::AppImage
        )
    }

    /// Whether the system may run it as a program: alone, or in front of what it installs.
    pub const fn is_executable(self) -> bool {
        matches!(self, Self::Pe | Self::Elf | Self::MachO)
            || (self.is_installer() && !matches!(self, Self::Msi))
    }
}

/// Whether a node is a file, or something that only has a name.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// Bytes.
    File,
    /// A symbolic or hard link and where it points; never followed.
    Link(Untrusted),
    /// A device, socket or pipe.
    Special,
}

/// What the container says of a member.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Attributes {
    /// Unix permission bits, set-user-id and the like included.
    pub mode: Option<u32>,
    /// Owner's number.
    pub uid: Option<u32>,
    /// Group's number.
    pub gid: Option<u32>,
    /// When it was changed, in seconds since 1970.
    pub modified: Option<i64>,
    /// Linux capabilities that running it gives, one bit for each (capabilities(7)); 0 is none.
    #[serde(default)]
    pub capabilities: u64,
}

/// What `security.capability` gives (Linux: `struct vfs_cap_data`): permitted and inheritable rights.
pub(crate) fn capabilities(value: &[u8]) -> u64 {
    let word = |at| u32_le(value, at).map_or(0, u64::from);
    let low = word(4) | word(8);
    // The first revision, of 12 bytes, has 32 of them.
    low | (word(12) | word(16)) << 32
}

/// A piece of an artefact: the artefact itself, a member, a member's member.
#[derive(Clone, Debug)]
pub struct Node {
    /// Names of the containers and the member, joined by `!/`; empty for the artefact itself. Data,
    /// never a path: `..`, drive letters and absolute names appear here as they were.
    pub path: Untrusted,
    /// What it is, by content.
    pub format: Format,
    /// File, link or special.
    pub kind: NodeKind,
    /// The bytes; empty for links and specials. Slices of the container where it stores them plain.
    pub bytes: Bytes,
    /// SHA-256 of the bytes.
    pub sha256: [u8; 32],
    /// How many containers it is inside of.
    pub depth: u32,
    /// What the container says of it.
    pub attributes: Attributes,
}

/// Something about a container that its reader noticed and that a release should not have.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    /// The central index and the member's own header disagree (name, size, method, checksum).
    IndexDisagrees,
    /// Two members claim the same bytes.
    Overlap,
    /// Two members have one name.
    DuplicateName,
    /// A name that would leave the folder it is unpacked to.
    EscapingName,
    /// A link that points outside.
    EscapingLink,
    /// Members that the index does not list.
    HiddenMember,
    /// A name with control, bidirectional or other deceiving characters.
    DeceivingName,
    /// Valid as two formats at once.
    Polyglot,
    /// The name's ending says another format than the content, in a way that matters.
    Disguised,
    /// A stored checksum or digest is wrong.
    WrongChecksum,
    /// What the installer does besides copying files: runs, registers, schedules. `detail` says what.
    InstallAction,
    /// A signature of the container itself (deb, rpm, jar, nupkg, MSIX, APK, xar): `detail` says which and by whom.
    ContainerSignature,
    /// Bytes before the first or after the last structure.
    ForeignBytes,
}

impl FactKind {
    /// A small number for counting by kind.
    pub(crate) const fn number(self) -> usize {
        self as usize
    }
}

/// One fact about one container.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The container's (or member's) path.
    pub path: Untrusted,
    /// What.
    pub kind: FactKind,
    /// Where in the container, where that is known.
    pub offset: Option<u64>,
    /// Names and numbers: outside text.
    pub detail: Untrusted,
}

/// Why something was not opened.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GapReason {
    /// Needs a key.
    Encrypted,
    /// A compression or layout that no reader here knows.
    Unsupported,
    /// Damaged: the structure contradicts itself or ends early.
    Damaged,
    /// More bytes out than allowed.
    TooManyBytes,
    /// More bytes out for each byte in than allowed.
    TooManyBytesPerByte,
    /// More containers inside containers than allowed.
    TooDeep,
    /// More entries than allowed.
    TooManyEntries,
    /// A container that contains itself.
    Recursive,
    /// A part that lies elsewhere (a later volume, an external cabinet, a download).
    External,
    /// The caller asked to stop.
    Cancelled,
    /// Reading takes longer than allowed. Said by the caller, who has the clock.
    TooMuchTime,
    /// Reading takes more memory than allowed. Said by the caller, who has the bound.
    TooMuchMemory,
    /// Nothing of an earlier release continues in it. Said by the caller, who knows both.
    NotComparable,
}

/// Something that could not be opened: it makes the answer incomplete.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// What.
    pub path: Untrusted,
    /// Why.
    pub reason: GapReason,
    /// In words, with the place.
    pub detail: Untrusted,
    /// Bytes that were not looked at, where known.
    pub bytes: Option<u64>,
}

impl Gap {
    /// The same with the name of its release before the place, for reports on several releases.
    #[must_use]
    pub fn of_release(&self, name: &str) -> Self {
        let path = match self.path.as_raw() {
            "" => name.to_owned(),
            path => format!("{name}!/{path}"),
        };
        Self { path: Untrusted::new(path), ..self.clone() }
    }
}

/// Takes nodes as they are found, containers before their members, in the order of the artefact.
pub trait Visitor {
    /// One node. Its bytes may be kept or passed on; dropping them frees them.
    fn visit(&mut self, node: Node);
}

/// The account of one artefact.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// One ledger for each container.
    pub ledgers: Vec<Ledger>,
    /// What readers noticed.
    pub facts: Vec<Fact>,
    /// What could not be opened.
    pub gaps: Vec<Gap>,
    /// Bytes unpacked in all.
    pub bytes_out: u64,
    /// Nodes visited.
    pub nodes: u64,
}
