//! cpio archives: `newc` (RPM payloads, initial RAM disks) and `odc` (macOS packages).

use bytes::Bytes;

use crate::field::{name_of, piece, u16_be, u16_le, until_nul};
use crate::node::{Attributes, FactKind};
use crate::reader::{Context, Refusal};

/// A name longer than this is not believed.
const NAME_BYTES_MAX: u64 = 64 << 10;
const TRAILER: &str = "TRAILER!!!";

/// One member's header.
#[derive(Debug)]
struct Header {
    /// Bytes of the header itself.
    len: u64,
    mode: u32,
    uid: u32,
    gid: u32,
    modified: i64,
    name_len: u64,
    size: u64,
    /// What headers and contents are aligned to.
    align: u64,
    /// The sum of the bytes, in the `crc` kind.
    sum: Option<u32>,
}

/// Reads one.
///
/// # Errors
///
/// As all readers.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    cx.names_are_rooted();
    let mut at = 0;
    loop {
        let Some(header) = header(&input, at) else {
            return Err(Refusal::damaged(format!("no member's header at {at}")));
        };
        let name_at = at + header.len;
        if header.name_len > NAME_BYTES_MAX {
            return Err(Refusal::damaged(format!("a name of {} bytes", header.name_len)));
        }
        let name = piece(&input, name_at, header.name_len)
            .ok_or_else(|| Refusal::damaged("a member's name ends early"))?;
        let name = name_of(until_nul(name));
        let start = aligned(at, name_at + header.name_len, header.align);
        cx.structure(at..start);
        if name == TRAILER {
            // Padding up to a block follows; anything else stays unexplained.
            return Ok(());
        }
        let end = start
            .checked_add(header.size)
            .filter(|end| *end <= cx.len())
            .ok_or_else(|| Refusal::damaged(format!("{name}: ends early")))?;
        member(cx, &input, &name, &header, start..end)?;
        at = aligned(0, end, header.align);
        cx.padding(end..at);
    }
}

fn member(
    cx: &mut Context<'_, '_>,
    input: &Bytes,
    name: &str,
    header: &Header,
    range: std::ops::Range<u64>,
) -> Result<(), Refusal> {
    let attributes = Attributes {
        mode: Some(header.mode & 0o7777),
        uid: Some(header.uid),
        gid: Some(header.gid),
        modified: Some(header.modified),
        capabilities: 0,
    };
    let bytes = piece(input, range.start, header.size).unwrap_or_default();
    if let Some(sum) = header.sum
        && header.size > 0
        && bytes.iter().fold(0_u32, |s, b| s.wrapping_add(u32::from(*b))) != sum
    {
        cx.member_fact(name, FactKind::WrongChecksum, Some(range.start), "sum of the bytes");
    }
    match header.mode & 0o170_000 {
        0o040_000 => {
            cx.content(range);
            cx.folder(name)
        }
        0o120_000 => {
            cx.structure(range);
            cx.link(name, attributes, &name_of(bytes))
        }
        0o100_000 | 0 => cx.file(name, attributes, range),
        _ => {
            cx.content(range);
            cx.special(name, attributes)
        }
    }
}

const fn aligned(base: u64, at: u64, align: u64) -> u64 {
    base + (at - base).next_multiple_of(align)
}

fn header(input: &[u8], at: u64) -> Option<Header> {
    let magic = piece(input, at, 6)?;
    match magic {
        b"070701" | b"070702" => newc(input, at, magic == b"070702"),
        b"070707" => odc(input, at),
        _ => old(input, at),
    }
}

fn newc(input: &[u8], at: u64, summed: bool) -> Option<Header> {
    let field = |index: u64| number(piece(input, at + 6 + index * 8, 8)?, 16);
    Some(Header {
        len: 110,
        mode: u32::try_from(field(1)?).ok()?,
        uid: u32::try_from(field(2)?).ok()?,
        gid: u32::try_from(field(3)?).ok()?,
        modified: i64::try_from(field(5)?).ok()?,
        size: field(6)?,
        name_len: field(11)?,
        align: 4,
        sum: if summed { u32::try_from(field(12)?).ok() } else { None },
    })
}

fn odc(input: &[u8], at: u64) -> Option<Header> {
    let field = |start: u64, len: u64| number(piece(input, at + start, len)?, 8);
    Some(Header {
        len: 76,
        mode: u32::try_from(field(18, 6)?).ok()?,
        uid: u32::try_from(field(24, 6)?).ok()?,
        gid: u32::try_from(field(30, 6)?).ok()?,
        modified: i64::try_from(field(48, 11)?).ok()?,
        name_len: field(59, 6)?,
        size: field(65, 11)?,
        align: 1,
        sum: None,
    })
}

/// The binary kind of 1978: 16-bit numbers in either order, 32-bit ones with their high half first.
fn old(input: &[u8], at: u64) -> Option<Header> {
    let short = match (u16_le(input, at)?, u16_be(input, at)?) {
        (0o070_707, _) => u16_le,
        (_, 0o070_707) => u16_be,
        _ => return None,
    };
    let field = |index: u64| short(input, at + index * 2).map(u32::from);
    let long = |index: u64| Some(field(index)? << 16 | field(index + 1)?);
    Some(Header {
        len: 26,
        mode: field(3)?,
        uid: field(4)?,
        gid: field(5)?,
        modified: i64::from(long(8)?),
        name_len: u64::from(field(10)?),
        size: u64::from(long(11)?),
        align: 2,
        sum: None,
    })
}

fn number(text: &[u8], radix: u32) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(text).ok()?.trim_matches([' ', '\0']), radix).ok()
}

#[cfg(test)]
pub(in crate::disk) mod tests {
    use crate::installer::testing::{INERT, Seen, survives_damage};
    use crate::{FactKind, Format, NodeKind, SpanKind};

    pub(in crate::disk) fn newc(members: &[(&str, u32, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, mode, content) in members.iter().chain([&("TRAILER!!!", 0, &b""[..])]) {
            let numbers =
                [1, usize::try_from(*mode).unwrap(), 0, 0, 1, 1_600_000_000, content.len()];
            out.extend_from_slice(b"070701");
            for number in numbers.into_iter().chain([0, 0, 0, 0, name.len() + 1, 0]) {
                out.extend_from_slice(format!("{number:08X}").as_bytes());
            }
            out.extend_from_slice(name.as_bytes());
            out.push(0);
            out.resize(out.len().next_multiple_of(4), 0);
            out.extend_from_slice(content);
            out.resize(out.len().next_multiple_of(4), 0);
        }
        out
    }

    fn archive() -> Vec<u8> {
        newc(&[
            ("./usr", 0o040_755, b""),
            ("./usr/a.txt", 0o104_755, INERT),
            ("./usr/b", 0o120_777, b"a.txt"),
        ])
    }

    #[test]
    fn files_and_links_come_out() {
        let seen = Seen::open("x.cpio", archive());
        seen.check().unwrap();
        assert_eq!(seen.gaps(), []);
        assert_eq!(seen.nodes[0].format, Format::Cpio);
        let file = seen.node("./usr/a.txt");
        assert_eq!(file.bytes, INERT);
        assert_eq!(file.attributes.mode, Some(0o4755));
        assert!(matches!(seen.node("./usr/b").kind, NodeKind::Link(_)));
        assert_eq!(seen.bytes(SpanKind::Unexplained), 0);
    }

    #[test]
    fn what_follows_the_trailer_is_unexplained() {
        let mut bytes = archive();
        bytes.extend_from_slice(INERT);
        let seen = Seen::open("x.cpio", bytes);
        assert_eq!(seen.bytes(SpanKind::Unexplained), u64::try_from(INERT.len()).unwrap());
        assert!(!seen.has_fact(FactKind::Overlap, ""));
    }

    #[test]
    fn damage_never_panics() {
        survives_damage("x.cpio", &archive(), 400);
    }
}
