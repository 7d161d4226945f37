//! Authenticode in installer databases (MSI, MSP, MST): compound files whose streams are covered.
//!
//! The signature is a stream, `\x05DigitalSignature`. It covers the contents of all other streams in
//! the order of their names, with the class identifiers of storages; names, sizes and times are
//! covered only where a second stream, `\x05MsiDigitalSignatureEx`, says so. Microsoft has not
//! published the order; it is as in `osslsigncode`, whose files Windows accepts.

use std::cell::RefCell;
use std::io::{Cursor, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use cfb::{CompoundFile, Entry};

use super::digest::written;
use super::judge::{Faults, Judge, Subject};
use super::table::irregularity;
use super::tlv::Tlv;
use super::verify::{DigestKind, Hasher};
use crate::signature::{IrregularityKind, Scheme, Signature, State};

const SIGNATURE: &str = "\u{5}DigitalSignature";
const EXTENDED: &str = "\u{5}MsiDigitalSignatureEx";
/// Bound: entries and depth of storages; databases have a few hundred entries and one level.
const ENTRIES_MAX: usize = 65_536;
const DEPTH_MAX: u32 = 16;
/// Bound: a signature stream; genuine ones have 5 to 20 KiB.
const SIGNATURE_MAX: u64 = 16 << 20;

/// Audits the signature of an installer database. Unsigned where there is none, unsupported (with a
/// remark) where the bytes are no compound file that can be read. Offsets of irregularities are
/// within the signature's stream.
pub fn msi(bytes: &[u8]) -> Signature {
    catch_unwind(AssertUnwindSafe(|| read(bytes)))
        .unwrap_or_else(|_| unread("the compound file could not be followed"))
}

fn unread(what: &str) -> Signature {
    Signature { state: State::Unsupported, remarks: vec![what.to_owned()], ..Signature::default() }
}

fn read(bytes: &[u8]) -> Signature {
    let Some(database) = Database::open(bytes) else {
        return unread("not a compound file that can be read");
    };
    let extended = database.stream(Path::new("/").join(EXTENDED));
    let with_names = extended.is_some();
    let digest = |kind: DigestKind| database.digest(kind, with_names);
    // No digest is better than one that all damaged databases share.
    let content_digest =
        digest(DigestKind::Sha256).map(|found| written(DigestKind::Sha256, &found));
    let Some(stream) = database.stream(Path::new("/").join(SIGNATURE)) else {
        return Signature { content_digest, ..Signature::default() };
    };
    let mut judge = Judge {
        file: &stream,
        subject: Subject::Digest(&digest),
        signature: Signature {
            scheme: Scheme::MsiAuthenticode,
            content_digest,
            ..Signature::default()
        },
        faults: Faults::default(),
    };
    judge.message(&stream, 0);
    let length = Tlv::first(&stream).map_or(0, |message| message.raw.len());
    let slack = stream.get(length..).unwrap_or_default();
    if slack.len() > 7 || slack.iter().any(|byte| *byte != 0) {
        let range = length..stream.len();
        let detail = format!("stream of {} bytes, DER of {length}", stream.len());
        let found = irregularity(IrregularityKind::Slack, &stream, range, detail);
        judge.signature.irregularities.push(found);
    }
    if let Some(stated) = extended {
        let prehash =
            [DigestKind::Sha1, DigestKind::Sha256, DigestKind::Sha384, DigestKind::Sha512]
                .into_iter()
                .find(|kind| kind.len() == stated.len())
                .and_then(|kind| database.prehash(kind));
        if prehash.as_deref() != Some(stated.as_slice()) {
            judge.signature.remarks.push("names or times changed after signing".to_owned());
            judge.signature.irregularities.push(irregularity(
                IrregularityKind::WrongDigest,
                &stated,
                0..stated.len(),
                "of names, sizes and times",
            ));
        }
    }
    let mut signature = judge.finish();
    if signature.irregularities.iter().any(|found| found.kind == IrregularityKind::WrongDigest) {
        signature.state = State::Invalid;
    }
    signature
}

/// A compound file whose streams together are no longer than the file.
struct Database<'a> {
    file: RefCell<CompoundFile<Cursor<&'a [u8]>>>,
}

impl<'a> Database<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        let file = CompoundFile::open(Cursor::new(bytes)).ok()?;
        let mut total = 0_u64;
        for (index, entry) in file.walk().enumerate() {
            total = total.checked_add(if entry.is_stream() { entry.len() } else { 0 })?;
            // Hostile: streams that share sectors would be read again and again.
            if index >= ENTRIES_MAX || total > bytes.len() as u64 {
                return None;
            }
        }
        Some(Self { file: RefCell::new(file) })
    }

    fn stream(&self, path: PathBuf) -> Option<Vec<u8>> {
        let mut file = self.file.borrow_mut();
        let mut content = Vec::new();
        file.open_stream(path).ok()?.take(SIGNATURE_MAX).read_to_end(&mut content).ok()?;
        Some(content)
    }

    /// Entries of a storage in the order in which they are hashed: by the bytes of their names in
    /// UTF-16, and the longer of two that start alike comes later.
    fn children(&self, path: &Path) -> Option<Vec<Entry>> {
        let root = path == Path::new("/");
        let mut entries: Vec<Entry> = self
            .file
            .borrow()
            .read_storage(path)
            .ok()?
            .filter(|entry| !(root && matches!(entry.name(), SIGNATURE | EXTENDED)))
            .collect();
        entries.sort_by_cached_key(|entry| name_bytes(entry.name()));
        Some(entries)
    }

    /// Digest of the database.
    fn digest(&self, kind: DigestKind, extended: bool) -> Option<Vec<u8>> {
        let mut hasher = Hasher::new(kind);
        if extended {
            hasher.update(&self.prehash(kind)?);
        }
        self.hash_storage(&mut hasher, Path::new("/"), 0)?;
        Some(hasher.finish())
    }

    fn hash_storage(&self, hasher: &mut Hasher, path: &Path, depth: u32) -> Option<()> {
        for entry in self.children(path)? {
            if entry.is_stream() {
                self.hash_stream(hasher, entry.path())?;
            } else if depth < DEPTH_MAX {
                self.hash_storage(hasher, entry.path(), depth + 1)?;
            }
        }
        hasher.update(&self.class(path)?);
        Some(())
    }

    fn hash_stream(&self, hasher: &mut Hasher, path: &Path) -> Option<()> {
        let mut file = self.file.borrow_mut();
        let mut stream = file.open_stream(path).ok()?;
        let mut buffer = vec![0_u8; 64 * 1024];
        loop {
            let length = stream.read(&mut buffer).ok()?;
            if length == 0 {
                return Some(());
            }
            hasher.update(buffer.get(..length)?);
        }
    }

    /// Class identifier of a storage as written in the file.
    fn class(&self, path: &Path) -> Option<[u8; 16]> {
        Some(self.file.borrow().entry(path).ok()?.clsid().to_bytes_le())
    }

    /// Digest of names, sizes and times.
    fn prehash(&self, kind: DigestKind) -> Option<Vec<u8>> {
        let mut hasher = Hasher::new(kind);
        self.prehash_storage(&mut hasher, Path::new("/"), 0)?;
        Some(hasher.finish())
    }

    fn prehash_storage(&self, hasher: &mut Hasher, path: &Path, depth: u32) -> Option<()> {
        let own = self.file.borrow().entry(path).ok()?;
        metadata(hasher, &own);
        for entry in self.children(path)? {
            if entry.is_stream() {
                metadata(hasher, &entry);
            } else if depth < DEPTH_MAX {
                self.prehash_storage(hasher, entry.path(), depth + 1)?;
            }
        }
        Some(())
    }
}

fn metadata(hasher: &mut Hasher, entry: &Entry) {
    if !entry.is_root() {
        hasher.update(&name_bytes(entry.name()));
    }
    if entry.is_stream() {
        let size = u32::try_from(entry.len()).unwrap_or(u32::MAX);
        hasher.update(&size.to_le_bytes());
    } else {
        hasher.update(&entry.clsid().to_bytes_le());
    }
    hasher.update(&entry.state_bits().to_le_bytes());
    if !entry.is_root() {
        hasher.update(&file_time(entry.created()).to_le_bytes());
        hasher.update(&file_time(entry.modified()).to_le_bytes());
    }
}

fn name_bytes(name: &str) -> Vec<u8> {
    name.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Steps of 100 ns since 1601, as in the file.
fn file_time(time: SystemTime) -> u64 {
    const EPOCH: Duration = Duration::from_secs(11_644_473_600);
    let since_1970 = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => EPOCH.saturating_add(after),
        Err(before) => EPOCH.saturating_sub(before.duration()),
    };
    u64::try_from(since_1970.as_nanos() / 100).unwrap_or(u64::MAX)
}
