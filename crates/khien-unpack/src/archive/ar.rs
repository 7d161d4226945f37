//! `ar` archives, and Debian packages, which are one (deb(5)).

use std::ops::Range;

use super::openpgp;
use crate::field::{len_u64, name_of, slice, u16_be, u16_le, u32_be, u32_le};
use crate::node::{Attributes, FactKind};
use crate::reader::{Context, Refusal};

const MAGIC_LEN: u64 = 8;
const HEADER_LEN: u64 = 60;

/// Whether the two-byte magic of old cpio is one: the name's length is right and a NUL ends it.
pub(crate) fn is_old_cpio(bytes: &[u8]) -> bool {
    let number = if bytes.starts_with(b"\xc7\x71") { u16_le } else { u16_be };
    let Some(name_len) = number(bytes, 20).map(usize::from) else { return false };
    (2..1024).contains(&name_len)
        && bytes.get(26..26 + name_len).is_some_and(|name| {
            name.split_last().is_some_and(|(last, name)| *last == 0 && !name.contains(&0))
        })
}

/// One member's header.
struct Header {
    name: Vec<u8>,
    attributes: Attributes,
    data: Range<u64>,
    /// Bytes of BSD's long name in front of the content.
    name_len: u64,
    /// The file ends before the member does.
    cut_off: bool,
}

fn decimal(field: &[u8], radix: u32) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim();
    if text.is_empty() { Some(0) } else { u64::from_str_radix(text, radix).ok() }
}

fn header(bytes: &[u8], at: u64) -> Option<Header> {
    let head = slice(bytes, &(at..at.checked_add(HEADER_LEN)?))?;
    if head.get(58..60)? != b"`\n" {
        return None;
    }
    let size = decimal(head.get(48..58)?, 10)?;
    let small = |range: Range<usize>, radix| {
        head.get(range)
            .and_then(|field| decimal(field, radix))
            .and_then(|value| u32::try_from(value).ok())
    };
    let start = at + HEADER_LEN;
    let end = start.checked_add(size)?;
    let cut_off = end > len_u64(bytes.len());
    let end = end.min(len_u64(bytes.len()));
    let mut name = head.get(0..16)?.trim_ascii_end().to_vec();
    let mut name_len = 0;
    if let Some(long) = name.strip_prefix(b"#1/") {
        name_len = decimal(long, 10).filter(|len| *len <= size)?;
        let long = slice(bytes, &(start..start + name_len))?;
        name = crate::field::until_nul(long).to_vec();
    }
    Some(Header {
        name,
        attributes: Attributes {
            mode: small(40..48, 8),
            uid: small(28..34, 10),
            gid: small(34..40, 10),
            modified: decimal(head.get(16..28)?, 10).and_then(|time| i64::try_from(time).ok()),
            capabilities: 0,
        },
        data: start..end,
        name_len,
        cut_off,
    })
}

/// Reads one.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    let is_deb = input.get(8..21) == Some(b"debian-binary".as_slice());
    if is_deb {
        cx.names_in_members_are_rooted();
    } else {
        // A linker goes by symbols: an import library has one name for all its members.
        cx.names_may_repeat();
    }
    cx.structure(0..MAGIC_LEN);
    let mut at = MAGIC_LEN;
    let mut long_names: &[u8] = &[];
    let mut members = 0_u32;
    let mut has_data = !is_deb;
    while at < cx.len() {
        let Some(header) = header(&input, at) else {
            // Old `ar` pads with newlines; what is no header is foreign.
            let rest = slice(&input, &(at..cx.len())).unwrap_or_default();
            if rest.iter().all(|byte| matches!(byte, 0 | b'\n')) {
                cx.padding(at..cx.len());
            } else {
                cx.foreign("(behind the archive)", at..cx.len())?;
                if at == MAGIC_LEN {
                    return Err(Refusal::damaged("no member"));
                }
            }
            break;
        };
        let content = header.data.start + header.name_len..header.data.end;
        cx.structure(at..content.start);
        if header.cut_off {
            let name = name_of(&long_name(&header.name, long_names));
            cx.content(content);
            return Err(Refusal::damaged(format!("the file ends inside the member {name}")));
        }
        let odd = header.data.end % 2;
        if odd == 1 {
            cx.padding(header.data.end..header.data.end + 1);
        }
        at = header.data.end + odd;
        members = members.saturating_add(1);
        let table = slice(&input, &content).unwrap_or_default();
        match header.name.as_slice() {
            // Packages have neither, and libraries have them in front.
            b"//" if !is_deb && is_words(table) => {
                cx.structure(content.clone());
                long_names = table;
            }
            b"/" | b"/SYM64/" | b"__.SYMDEF" | b"__.SYMDEF SORTED" | b"__.SYMDEF_64"
                if !is_deb && members <= SYMBOL_TABLES_MAX && is_symbol_table(table) =>
            {
                cx.structure(content);
            }
            name => {
                let name = name_of(&long_name(name, long_names));
                if is_deb {
                    note_deb_member(cx, &name, &content);
                    has_data |= name.starts_with("data.tar");
                }
                cx.file(&name, header.attributes, content)?;
            }
        }
    }
    if has_data { Ok(()) } else { Err(Refusal::damaged("a Debian package without its data")) }
}

/// GNU has one symbol table, Windows' libraries two, BSD one.
const SYMBOL_TABLES_MAX: u32 = 3;

/// Names, one behind the other.
fn is_words(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| !matches!(byte, 1..=8 | 0x0e..=0x1f | 0x7f))
}

/// A count, as many places of four or eight bytes, and the names behind them. BSD has the lengths of
/// both parts; the second table of Windows has two lists of numbers.
fn is_symbol_table(bytes: &[u8]) -> bool {
    let big = |at: usize| u32_be(bytes, at).map(u64::from);
    let little = |at: u64| u32_le(bytes, at).map(u64::from);
    let names_at = |at: Option<u64>| {
        let at = at.and_then(|at| usize::try_from(at).ok());
        at.and_then(|at| bytes.get(at..)).is_some_and(is_words)
    };
    let gnu = big(0).map(|symbols| 4 + symbols * 4);
    let gnu_64 = big(4).filter(|_| bytes.starts_with(&[0; 4])).map(|symbols| 8 + symbols * 8);
    let bsd = little(0).map(|len| 8 + len);
    let windows = little(0).and_then(|members| {
        let at = 4 + members * 4;
        Some(at + 4 + little(at)? * 2)
    });
    [gnu, gnu_64, bsd, windows].into_iter().any(names_at)
}

/// GNU: `/123` is a place in the table of long names; `name/` ends with a slash.
fn long_name(name: &[u8], table: &[u8]) -> Vec<u8> {
    let place = name
        .strip_prefix(b"/")
        .and_then(|digits| decimal(digits, 10))
        .and_then(|place| usize::try_from(place).ok());
    if let Some(rest) = place.and_then(|place| table.get(place..)) {
        // Windows' libraries end them with a zero.
        let end = memchr::memchr2(b'\n', 0, rest).unwrap_or(rest.len());
        let long = rest.get(..end).unwrap_or_default();
        if rest.get(end) == Some(&0) {
            // The members are objects, and named after the library that they stand for.
            return [long, b".obj"].concat();
        }
        return long.strip_suffix(b"/").unwrap_or(long).to_vec();
    }
    name.strip_suffix(b"/").filter(|name| !name.is_empty()).unwrap_or(name).to_vec()
}

/// Members of a Debian package: the two archives, signatures (debsigs, dpkg-sig), and others, which
/// dpkg ignores when their name begins with an underscore.
fn note_deb_member(cx: &mut Context<'_, '_>, name: &str, content: &Range<u64>) {
    let at = content.start;
    let known =
        name == "debian-binary" || name.starts_with("control.tar") || name.starts_with("data.tar");
    if known {
        return;
    }
    if name.starts_with("_gpg") {
        let input = cx.input();
        let who = openpgp::describe(slice(&input, content).unwrap_or_default());
        let who = who.unwrap_or_else(|| "OpenPGP".to_owned());
        let detail = format!("Debian package signature member {name}: {who}");
        cx.fact(FactKind::ContainerSignature, Some(at), detail);
    } else {
        let detail = format!("member {name}, which the package manager does not read");
        cx.fact(FactKind::ForeignBytes, Some(at), detail);
    }
}
