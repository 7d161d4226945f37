//! AppImages: an ELF program, and a SquashFS image behind it.

use crate::Attributes;
use crate::disk::squashfs;
use crate::field::{self, u8_at, u16_le, u32_le, u64_le};
use crate::node::FactKind;
use crate::reader::{Context, Refusal};

/// Whether these bytes are one: `AI` in the padding of the ELF header, or a SquashFS image where
/// the program ends.
pub(crate) fn is_appimage(bytes: &[u8]) -> bool {
    let marked = bytes.get(8..10) == Some(b"AI") && matches!(u8_at(bytes, 10), Some(1 | 2));
    elf_end(bytes).is_some_and(|end| {
        let behind = squashfs::is_squashfs(field::from(bytes, end));
        behind || (marked && field::len(bytes) > end)
    })
}

/// Where the program ends: its section table, or its last section, is the last thing in it.
fn elf_end(bytes: &[u8]) -> Option<u64> {
    if !bytes.starts_with(b"\x7FELF") || u8_at(bytes, 5)? != 1 {
        return None;
    }
    let wide = u8_at(bytes, 4)? == 2;
    let (table, entry, count) = if wide {
        (u64_le(bytes, 0x28)?, u16_le(bytes, 0x3A)?, u16_le(bytes, 0x3C)?)
    } else {
        (u64::from(u32_le(bytes, 0x20)?), u16_le(bytes, 0x2E)?, u16_le(bytes, 0x30)?)
    };
    let (entry, count) = (u64::from(entry), u64::from(count));
    let mut end = table.checked_add(entry.checked_mul(count)?)?;
    for index in 0..count {
        let at = table.checked_add(index * entry)?;
        let (kind, start, len) = if wide {
            (u32_le(bytes, at + 4)?, u64_le(bytes, at + 0x18)?, u64_le(bytes, at + 0x20)?)
        } else {
            let start = u64::from(u32_le(bytes, at + 0x10)?);
            (u32_le(bytes, at + 4)?, start, u64::from(u32_le(bytes, at + 0x14)?))
        };
        // SHT_NOBITS has no bytes in the file.
        if kind != 8 {
            end = end.max(start.checked_add(len)?);
        }
    }
    (end <= field::len(bytes) && end >= 52).then_some(end)
}

/// Reads one.
///
/// # Errors
///
/// As all readers.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    let end = elf_end(&input).ok_or_else(|| Refusal::damaged("the program's headers"))?;
    cx.program(0..end);
    let Some(len) = squashfs::image_len(field::from(&input, end)) else {
        return Err(Refusal::unsupported("an AppImage without a SquashFS image"));
    };
    // The image is padded to 4 KiB; padding that is none stays with the bytes behind.
    let image = end..end.saturating_add(len).min(cx.len());
    cx.file("[image].squashfs", Attributes::default(), image.clone())?;
    let rest = field::from(&input, image.end);
    if rest.iter().any(|byte| *byte != 0) {
        let detail = format!("{} bytes behind the image", rest.len());
        cx.fact(FactKind::ForeignBytes, Some(image.end), detail);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::disk::squashfs::tests::image;
    use crate::installer::testing::{INERT, Seen, survives_damage};
    use crate::{FactKind, Format, GapReason, SpanKind};

    /// An ELF header with an empty section table behind it.
    fn program() -> Vec<u8> {
        let mut out = vec![0; 64];
        out[..8].copy_from_slice(b"\x7FELF\x02\x01\x01\0");
        out[8..11].copy_from_slice(b"AI\x02");
        out[0x28] = 64;
        out[0x3A] = 64;
        out
    }

    #[test]
    fn the_image_behind_the_program_is_opened() {
        let Some(image) = image("zstd") else { return };
        let mut bytes = program();
        bytes.extend_from_slice(&image);
        let seen = Seen::open("x.AppImage", bytes.clone());
        seen.check().unwrap();
        assert_eq!(seen.nodes[0].format, Format::AppImage);
        assert_eq!(seen.node("[image].squashfs!/small.txt").bytes, INERT);
        assert_eq!(seen.bytes(SpanKind::Unexplained), 0);
        bytes.extend_from_slice(INERT);
        let seen = Seen::open("x.AppImage", bytes);
        assert!(seen.has_fact(FactKind::ForeignBytes, "behind the image"));
    }

    #[test]
    fn an_image_of_another_kind_is_a_gap() {
        let mut bytes = program();
        bytes.extend_from_slice(INERT);
        let seen = Seen::open("x.AppImage", bytes.clone());
        assert_eq!(seen.gaps()[0].0, GapReason::Unsupported);
        survives_damage("x.AppImage", &bytes, 200);
    }
}
