//! What one executable is.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::Signature;

mod packed;

/// The executable format.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageKind {
    /// Portable Executable (Microsoft PE/COFF).
    Pe,
    /// System V ELF.
    Elf,
    /// Apple Mach-O; a universal file gives one image for each slice.
    MachO,
}

/// Names that the file itself carries: what it says it is, true or not.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Identity {
    /// `ProductName` of the version resource, or the bundle's name.
    pub product: Option<String>,
    /// `CompanyName`.
    pub company: Option<String>,
    /// `OriginalFilename`.
    pub original_filename: Option<String>,
    /// `FileDescription`.
    pub description: Option<String>,
    /// `FileVersion` as text.
    pub file_version: Option<String>,
    /// `ProductVersion` as text.
    pub product_version: Option<String>,
    /// Name in the export directory, `DT_SONAME`, or `LC_ID_DYLIB`.
    pub link_name: Option<String>,
    /// GNU build id, `LC_UUID`, or the PDB's GUID and age, in hexadecimal.
    pub build_id: Option<String>,
    /// Path of the debug file that the linker wrote down.
    pub debug_path: Option<String>,
}

/// One imported library.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// Library as named; empty for ELF symbols, which name none.
    pub library: String,
    /// Symbols, or `#17` for ordinals; sorted.
    pub symbols: Vec<String>,
    /// Whether the library is loaded at first use or may be missing (delay, weak).
    pub lazy: bool,
}

/// One section (PE, ELF, Mach-O section with its segment's rights).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Name; `__TEXT,__text` for Mach-O.
    pub name: String,
    /// Bytes in the file.
    pub file: Range<u64>,
    /// Address when loaded.
    pub address: u64,
    /// Size when loaded.
    pub size: u64,
    /// Readable, writable, executable when loaded.
    pub rights: Rights,
    /// Shannon entropy in bits per byte.
    pub entropy: f32,
    /// Windows of 4 KiB whose bytes pass a chi-square test for uniform noise.
    pub noise_windows: u32,
}

/// Rights of a section or segment in memory.
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize,
)]
#[expect(missing_docs, reason = "the fields say it")]
pub struct Rights {
    pub read: bool,
    pub write: bool,
    pub execute: bool,
}

/// Code that runs without being called: before `main`, at load, or to choose a function.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Startup {
    /// PE thread-local-storage callbacks.
    pub tls_callbacks: u32,
    /// C/C++ initialisers: the CRT's `.CRT$X*` range, `.init_array`, `__mod_init_func`, `__init_offsets`.
    pub initialisers: u32,
    /// ELF `STT_GNU_IFUNC` symbols and `IRELATIVE` relocations: the XZ Utils structure.
    pub ifuncs: u32,
    /// Normalised hash of the code at the entry point (first function), to see a changed C start-up.
    pub entry_hash: Option<u64>,
}

/// What the file says of the tools that made it.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Toolchain {
    /// Linker version of the PE header, `.comment` of ELF, `LC_BUILD_VERSION` tools.
    pub linker: Option<String>,
    /// Compilers named in `.comment`, Rich header products (`id:build`), Go and Rust version strings.
    pub compilers: BTreeSet<String>,
    /// Compile time in seconds since 1970; `None` where the field is a hash (reproducible build).
    pub compiled: Option<i64>,
    /// MD5 of the decoded Rich header.
    pub rich_hash: Option<String>,
}

/// A resource of a PE file, or a file embedded in an ELF or Mach-O section.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// Type and name, such as `RCDATA/101` or `MANIFEST/1`.
    pub name: String,
    /// Bytes in the file.
    pub file: Range<u64>,
    /// Shannon entropy in bits per byte.
    pub entropy: f32,
    /// Windows of 4 KiB that look like uniform noise.
    pub noise_windows: u32,
}

/// How function starts were found.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FunctionSource {
    /// Not at all: packed, unknown processor, or no tables.
    #[default]
    None,
    /// `.pdata`, `.eh_frame_hdr`, `__unwind_info`.
    Unwind,
    /// `LC_FUNCTION_STARTS`.
    FunctionStarts,
    /// The symbol table.
    Symbols,
    /// Calls followed from the entry point, exports and tables of call targets: 32-bit PE files have
    /// nothing better. A part of the functions only, so a new one may be an old one newly reached.
    Calls,
}

/// The functions of an image as hashes of their instructions with addresses left out, so that a
/// function keeps its hash when only its place changed.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Functions {
    /// How they were found.
    pub source: FunctionSource,
    /// Sorted, with repeats: `(hash, first byte in the file, length)`.
    #[serde(with = "packed")]
    pub all: Vec<Function>,
}

/// One function.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Function {
    /// Hash of its normalised instructions.
    pub hash: u64,
    /// Where it starts in the file.
    pub offset: u64,
    /// Its length in bytes.
    pub len: u32,
}

/// What the .NET metadata says (ECMA-335).
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct DotNet {
    /// Name of the assembly.
    pub assembly: String,
    /// Its version.
    pub version: String,
    /// Public key token, in hexadecimal; empty where it has no strong name.
    pub public_key_token: String,
    /// Assemblies that it refers to.
    pub references: BTreeSet<String>,
    /// `Namespace.Type::Method` of members that it refers to.
    pub calls: BTreeSet<String>,
    /// `Namespace.Type::Method` and the hash of the body, tokens left out; sorted.
    pub methods: Vec<(String, u64)>,
}

/// One executable image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// The format.
    pub kind: ImageKind,
    /// Processor as its users name it: `x86_64`, `aarch64`, `x86`, `arm`, …
    pub machine: String,
    /// A library rather than a program.
    pub library: bool,
    /// Its bytes within the file: all of it, or the slice of a universal Mach-O.
    pub file: Range<u64>,
    /// What it calls itself.
    pub identity: Identity,
    /// What it imports, in the file's order.
    pub imports: Vec<Import>,
    /// What it exports; sorted. PE: a forwarded symbol is `name=LIBRARY.symbol`, one without a name
    /// `#17`.
    pub exports: Vec<String>,
    /// Its sections.
    pub sections: Vec<Section>,
    /// Code that runs uncalled.
    pub startup: Startup,
    /// `aslr`, `nx`, `cfg`, `safeseh`, `relro`, `bind_now`, `pie`, `stack_protector`, `hardened_runtime`, …: those present.
    pub mitigations: BTreeSet<String>,
    /// Places where libraries are looked for: `DT_RPATH`, `DT_RUNPATH`, `LC_RPATH`; and `LC_LOAD_DYLIB` names stay in `imports`.
    pub library_paths: Vec<String>,
    /// Bytes after the last section that no table of the format claims (a signature table excluded).
    pub overlay: Option<Range<u64>>,
    /// The signature table (PE), all of which the signature's audit accounts for.
    #[serde(default)]
    pub signature_table: Option<Range<u64>>,
    /// Bytes of a universal file that are in none of its slices and not zero; with the first image.
    #[serde(default)]
    pub unclaimed: Vec<Range<u64>>,
    /// What made it.
    pub toolchain: Toolchain,
    /// Resources (PE) worth naming.
    pub resources: Vec<Resource>,
    /// Its functions.
    pub functions: Functions,
    /// .NET metadata.
    pub dotnet: Option<DotNet>,
    /// Entitlements (Mach-O), key to value in JSON; sorted.
    pub entitlements: Vec<(String, String)>,
    /// Hash over imported libraries and functions in order (imphash for PE, its kin for others), in hexadecimal.
    pub import_hash: Option<String>,
    /// Who signed which bytes.
    pub signature: Signature,
    /// What of the structure could not be read, in words: the image is incomplete then.
    pub problems: Vec<String>,
}

impl Image {
    /// An image of which nothing is known yet.
    pub fn new(kind: ImageKind) -> Self {
        Self {
            kind,
            machine: String::new(),
            library: false,
            file: 0..0,
            identity: Identity::default(),
            imports: Vec::new(),
            exports: Vec::new(),
            sections: Vec::new(),
            startup: Startup::default(),
            mitigations: BTreeSet::new(),
            library_paths: Vec::new(),
            overlay: None,
            signature_table: None,
            unclaimed: Vec::new(),
            toolchain: Toolchain::default(),
            resources: Vec::new(),
            functions: Functions::default(),
            dotnet: None,
            entitlements: Vec::new(),
            import_hash: None,
            signature: Signature::default(),
            problems: Vec::new(),
        }
    }
}
