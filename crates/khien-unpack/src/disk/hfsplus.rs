//! HFS+ and HFSX volumes, as disk images hold them (Apple TN1150).

use std::ops::Range;

use hfsplus::volume::ForkData;
use hfsplus::{EntryKind, HfsVolume};

use super::volume::{self, Item, ItemKind, Limited, Recorder, Volume};
use crate::field::{u16_be, u32_be, u64_be};
use crate::node::Attributes;
use crate::reader::{Context, Refusal};

const HEADER_AT: u64 = 1024;
/// Seconds between 1904 and 1970.
const EPOCH: i64 = 2_082_844_800;

/// Whether these bytes are one.
pub(crate) fn is_hfsplus(bytes: &[u8]) -> bool {
    let signature = (u16_be(bytes, HEADER_AT), u16_be(bytes, HEADER_AT + 2));
    matches!(signature, (Some(0x482B), Some(4)) | (Some(0x4858), Some(5)))
}

/// Reads one.
///
/// # Errors
///
/// As all readers.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    cx.names_are_rooted();
    let block = u32_be(&input, HEADER_AT + 40).unwrap_or(0);
    if !(512..=1 << 20).contains(&block) || !block.is_power_of_two() {
        return Err(Refusal::damaged(format!("allocation blocks of {block} bytes")));
    }
    let recorder = Recorder::new(input.clone());
    let opened = volume::fenced(|| HfsVolume::open(recorder.clone()).map_err(|e| e.to_string()));
    let mut hfs = Hfs(opened.map_err(Refusal::damaged)?);
    let own = own(&hfs.0, u64::from(block), &input);
    volume::walk(cx, &mut hfs, &recorder, own)
}

/// What the header says is the file system's own.
fn own(hfs: &HfsVolume<Recorder>, block: u64, input: &[u8]) -> Vec<Range<u64>> {
    let header = hfs.volume_header();
    let mut own = Vec::new();
    own.push(HEADER_AT..HEADER_AT + 512);
    let end = u64::from(header.total_blocks).saturating_mul(block);
    let end = end.min(crate::field::len(input));
    // The other copy of the header.
    if end > 2 * HEADER_AT && is_hfsplus(crate::field::from(input, end - 2 * HEADER_AT)) {
        own.push(end - HEADER_AT..end - HEADER_AT + 512);
    }
    for fork in [
        &header.allocation_file,
        &header.extents_file,
        &header.catalog_file,
        &header.attributes_file,
        &header.startup_file,
    ] {
        own.extend(extents(fork, block));
    }
    if header.attributes & 1 << 13 != 0 {
        let at = u64::from(header.journal_info_block).saturating_mul(block);
        own.push(at..at.saturating_add(block));
        if let (Some(start), Some(len)) =
            (u64_be(input, at.saturating_add(36)), u64_be(input, at.saturating_add(44)))
        {
            own.push(start..start.saturating_add(len));
        }
    }
    own
}

fn extents(fork: &ForkData, block: u64) -> Vec<Range<u64>> {
    let extent = |start: u32, count: u32| {
        let start = u64::from(start).saturating_mul(block);
        start..start.saturating_add(u64::from(count).saturating_mul(block))
    };
    fork.extents.iter().map(|e| extent(e.start_block, e.block_count)).collect()
}

struct Hfs(HfsVolume<Recorder>);

impl Volume for Hfs {
    fn list(&mut self, path: &str) -> Result<Vec<Item>, String> {
        let entries = self.0.list_directory(path).map_err(|error| error.to_string())?;
        Ok(entries
            .into_iter()
            .map(|entry| Item {
                name: entry.name,
                id: u64::from(entry.cnid),
                kind: match entry.kind {
                    EntryKind::File => ItemKind::File,
                    EntryKind::Directory => ItemKind::Folder,
                    EntryKind::Symlink => ItemKind::Link,
                },
                len: entry.size,
                modified: Some(i64::from(entry.modify_date) - EPOCH),
            })
            .collect())
    }

    fn attributes(&mut self, path: &str) -> Option<Attributes> {
        let found = self.0.stat(path).ok()?;
        Some(Attributes {
            mode: Some(u32::from(found.permissions.mode) & 0o7777),
            uid: Some(found.permissions.owner_id),
            gid: Some(found.permissions.group_id),
            modified: None,
            capabilities: 0,
        })
    }

    fn bytes(&mut self, path: &str, max: u64) -> Result<Vec<u8>, String> {
        let found = self.0.stat(path).map_err(|error| error.to_string())?;
        if found.size > max {
            return Err(format!("{} bytes, where the folder says fewer", found.size));
        }
        let mut out = Limited { bytes: Vec::new(), max };
        let read = self.0.read_file_to(path, &mut out).map_err(|error| error.to_string())?;
        if read == found.size {
            Ok(out.bytes)
        } else {
            Err(format!("{read} of {} bytes", found.size))
        }
    }
}

#[cfg(test)]
mod tests {
    use hfsplus::testutil::HfsPlusImageBuilder;

    use crate::installer::testing::{INERT, Seen, survives_damage};
    use crate::{Format, SpanKind};

    fn image() -> Vec<u8> {
        let mut builder = HfsPlusImageBuilder::new();
        builder.add_file("read me.txt", INERT, 0o100_644);
        builder.add_file("tool", &INERT.repeat(400), 0o100_755);
        builder.build()
    }

    #[test]
    fn files_come_out_of_a_volume() {
        let seen = Seen::open("x.hfs", image());
        seen.check().unwrap();
        assert_eq!(seen.nodes[0].format, Format::HfsPlus);
        assert_eq!(seen.gaps(), []);
        assert_eq!(seen.node("read me.txt").bytes, INERT);
        assert_eq!(seen.node("tool").bytes, INERT.repeat(400));
        assert_eq!(seen.node("tool").attributes.mode, Some(0o755));
        assert_eq!(seen.bytes(SpanKind::Unexplained), 0);
        assert_eq!(seen.opened.ledgers[0].overlapping, 0);
    }

    #[test]
    fn bytes_that_no_file_has_are_unexplained() {
        let mut bytes = image();
        let len = bytes.len();
        bytes.extend(INERT.iter().cycle().take(4096));
        let seen = Seen::open("x.hfs", bytes);
        seen.check().unwrap();
        assert!(seen.bytes(SpanKind::Unexplained) >= 4096, "{len}");
    }

    #[test]
    fn damage_never_panics() {
        survives_damage("x.hfs", &image(), 200);
    }
}
