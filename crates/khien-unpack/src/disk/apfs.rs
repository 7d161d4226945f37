//! APFS containers, as disk images hold them. Only the first volume is read.

use apfs::{ApfsVolume, EntryKind};

use super::volume::{self, Item, ItemKind, Limited, Recorder, Volume};
use crate::GapReason;
use crate::field::{piece, u32_le, u64_le};
use crate::node::Attributes;
use crate::reader::{Context, Refusal};

/// Descriptor blocks of a container; the library looks at each.
const DESCRIPTORS_MAX: u32 = 1 << 16;

/// Whether these bytes are one: the container superblock's mark behind an object header.
pub(crate) fn is_apfs(bytes: &[u8]) -> bool {
    piece(bytes, 32, 4) == Some(b"NXSB")
}

/// Reads one.
///
/// # Errors
///
/// As all readers.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    cx.names_are_rooted();
    let block = u32_le(&input, 36).unwrap_or(0);
    let descriptors = u32_le(&input, 104).unwrap_or(0);
    if !(4096..=65_536).contains(&block)
        || !block.is_power_of_two()
        || descriptors > DESCRIPTORS_MAX
    {
        return Err(Refusal::damaged("sizes in the superblock that make no sense"));
    }
    let volumes = (0..100).filter(|i| u64_le(&input, 184 + i * 8).unwrap_or(0) != 0).count();
    if volumes > 1 {
        let detail = format!("{} more volumes in the container", volumes - 1);
        cx.gap(GapReason::Unsupported, detail, None);
    }
    let recorder = Recorder::new(input);
    recorder.guard(Some(is_sane));
    let opened = volume::fenced(|| ApfsVolume::open(recorder.clone()).map_err(|e| e.to_string()));
    let volume = opened.map_err(Refusal::damaged)?;
    let mut apfs = Apfs { volume, recorder: recorder.clone() };
    volume::walk(cx, &mut apfs, &recorder, Vec::new())
}

/// A node of a B-tree says how many keys it has, and the library makes room for all of them: more
/// than fit into its block is refused before the library sees it.
fn is_sane(block: &[u8]) -> bool {
    let Some(keys) = u32_le(block, 36) else { return true };
    let is_superblock = matches!(piece(block, 32, 4), Some(b"NXSB" | b"APSB"));
    is_superblock || u64::from(keys) <= crate::field::len(block) / 4
}

struct Apfs {
    volume: ApfsVolume<Recorder>,
    recorder: Recorder,
}

impl Volume for Apfs {
    fn list(&mut self, path: &str) -> Result<Vec<Item>, String> {
        let entries = self.volume.list_directory(path).map_err(|error| error.to_string())?;
        Ok(entries
            .into_iter()
            .map(|entry| Item {
                name: entry.name,
                id: entry.oid,
                kind: match entry.kind {
                    EntryKind::File => ItemKind::File,
                    EntryKind::Directory => ItemKind::Folder,
                    EntryKind::Symlink => ItemKind::Link,
                },
                len: entry.size,
                modified: Some(entry.modify_time),
            })
            .collect())
    }

    fn attributes(&mut self, path: &str) -> Option<Attributes> {
        let found = self.volume.stat(path).ok()?;
        Some(Attributes {
            mode: Some(u32::from(found.mode) & 0o7777),
            uid: Some(found.uid),
            gid: Some(found.gid),
            modified: None,
            capabilities: 0,
        })
    }

    fn bytes(&mut self, path: &str, max: u64) -> Result<Vec<u8>, String> {
        let found = self.volume.stat(path).map_err(|error| error.to_string())?;
        if found.size > max {
            return Err(format!("{} bytes, where the folder says fewer", found.size));
        }
        let mut out = Limited { bytes: Vec::new(), max };
        if found.compression.is_some() || found.kind == EntryKind::Symlink {
            // Data and nodes come mixed: all must pass as nodes.
            self.volume.read_file_to(path, &mut out).map_err(|error| error.to_string())?;
            return Ok(out.bytes);
        }
        let recorder = self.recorder.clone();
        let copied = self.volume.open_file(path).map_err(|error| error.to_string()).and_then(
            |mut reader| {
                recorder.guard(None);
                std::io::copy(&mut reader, &mut out).map_err(|error| error.to_string())
            },
        );
        recorder.guard(Some(is_sane));
        if copied? == found.size { Ok(out.bytes) } else { Err("the file ends early".to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use crate::Format;
    use crate::installer::testing::{Seen, file, has_tool, run, survives_damage};

    #[test]
    fn an_empty_volume_is_read() {
        if !has_tool("mkapfs") {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("x.img");
        std::fs::File::create(&image).unwrap().set_len(513 << 20).unwrap();
        run(folder.path(), "mkapfs", &["x.img"]);
        // The tool wants half a gigabyte; what it writes lies in the first 84 MiB.
        std::fs::OpenOptions::new().write(true).open(&image).unwrap().set_len(84 << 20).unwrap();
        let bytes = file(image);
        let seen = Seen::open("x.img", bytes.clone());
        seen.check().unwrap();
        assert_eq!(seen.nodes[0].format, Format::Apfs);
        assert_eq!(seen.gaps(), []);
    }

    #[test]
    fn a_bare_superblock_is_a_gap() {
        let mut bytes = vec![0; 8192];
        bytes[32..36].copy_from_slice(b"NXSB");
        bytes[37] = 0x10;
        let seen = Seen::open("x.img", bytes.clone());
        seen.check().unwrap();
        assert_eq!(seen.gaps().len(), 1);
        survives_damage("x.img", &bytes, 200);
    }
}
