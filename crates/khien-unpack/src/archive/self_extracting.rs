//! Programs and scripts with an archive behind them.

use crate::archive::zip;
use crate::field::{len_u64, u16_le, u32_le, u64_le};
use crate::installer::squirrel;
use crate::reader::{Context, Refusal};
use crate::recognise::{self, is_pe};

/// How far behind a program's own end its archive may begin: 7-Zip's stub has a text of settings
/// there.
const SEARCH_PROGRAM: usize = 64 << 10;

/// The longest head of a self-extracting script; makeself's is 20 KiB.
const SEARCH_SCRIPT: usize = 256 << 10;

/// Archives that are looked for behind a program.
const MAGICS: [&[u8]; 8] = [
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"MSCF\0\0\0\0",
    b"\xfd7zXZ\0",
    b"\x28\xb5\x2f\xfd",
    b"\x1f\x8b\x08",
    b"BZh91AY&SY",
    b"!<arch>\n",
];

/// Whether an archive lies behind this program or script.
pub(crate) fn carries(bytes: &[u8]) -> bool {
    place(bytes).is_some()
        || zip::ends_as_archive(bytes)
        || zip_before_certificates(bytes).is_some()
}

/// Where the program ends by its own headers.
fn program_end(bytes: &[u8]) -> Option<usize> {
    if is_pe(bytes) {
        return recognise::pe_end(bytes);
    }
    if bytes.starts_with(b"\x7fELF\x02\x01") {
        return elf_end(bytes).filter(|end| *end <= bytes.len());
    }
    None
}

/// The last byte that a table, a section or a segment of a 64-bit ELF file has.
fn elf_end(bytes: &[u8]) -> Option<usize> {
    const NOBITS: u32 = 8;
    let mut end = 64;
    let tables = [(0x28, 0x3a), (0x20, 0x36)];
    for (number, (place, shape)) in tables.into_iter().enumerate() {
        let table = u64_le(bytes, place)?;
        let (width, count) = (u64::from(u16_le(bytes, shape)?), u16_le(bytes, shape + 2)?);
        if table == 0 {
            continue;
        }
        for index in 0..u64::from(count) {
            let entry = table.checked_add(index.checked_mul(width)?)?;
            // A section has its place at 0x18 and its length behind; a segment at 8 and 0x20.
            let (start, len) = match number {
                0 if u32_le(bytes, entry.checked_add(4)?)? == NOBITS => continue,
                0 => (entry.checked_add(0x18)?, entry.checked_add(0x20)?),
                _ => (entry.checked_add(8)?, entry.checked_add(0x20)?),
            };
            end = end.max(u64_le(bytes, start)?.checked_add(u64_le(bytes, len)?)?);
        }
        end = end.max(table.checked_add(u64::from(count).checked_mul(width)?)?);
    }
    usize::try_from(end).ok()
}

/// How much in front of an archive is a program: all of a script; of a program what its own headers
/// claim, its certificates, and the zeros behind them.
pub(crate) fn stub_end(front: &[u8]) -> Option<u64> {
    if front.starts_with(b"#!") {
        return Some(len_u64(front.len()));
    }
    if !is_pe(front) && !front.starts_with(b"\x7fELF") {
        return None;
    }
    let Some(end) = program_end(front) else { return Some(len_u64(front.len())) };
    let end = recognise::pe_certificates(front)
        .and_then(|table| usize::try_from(table.end).ok())
        .filter(|table| is_pe(front) && *table <= front.len())
        .map_or(end, |table| table.max(end));
    let zeros = front.get(end..)?.iter().take_while(|byte| **byte == 0).count();
    Some(len_u64(end + zeros))
}

/// The archive's first byte.
fn place(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(b"#!") {
        return script_payload(bytes);
    }
    let end = program_end(bytes)?;
    let overlay = bytes.get(end..bytes.len().min(end.saturating_add(SEARCH_PROGRAM)))?;
    // Weak magics must stand where the overlay begins; 7z's and Rar's are long enough to search for.
    let zeros = overlay.iter().take_while(|byte| **byte == 0).count();
    let start = overlay.get(zeros..)?;
    if MAGICS.iter().any(|magic| start.starts_with(magic)) {
        return Some(end + zeros);
    }
    let strong = MAGICS.iter().take(2);
    strong.filter_map(|magic| memchr::memmem::find(overlay, magic)).min().map(|at| end + at)
}

/// A script's payload: a packed stream or a tape archive that begins behind a line's end.
fn script_payload(bytes: &[u8]) -> Option<usize> {
    let head = bytes.get(..bytes.len().min(SEARCH_SCRIPT))?;
    // Text alone carries nothing.
    memchr::memchr(0, head).or_else(|| head.iter().position(|byte| *byte >= 0xf8))?;
    memchr::memchr_iter(b'\n', head).map(|at| at + 1).find(|at| {
        let rest = bytes.get(*at..).unwrap_or_default();
        MAGICS.iter().any(|magic| rest.starts_with(magic)) || super::tar::begins(rest)
    })
}

/// A signed self-extracting zip: the certificate table stands behind the archive.
fn zip_before_certificates(bytes: &[u8]) -> Option<usize> {
    let table = is_pe(bytes).then(|| recognise::pe_certificates(bytes)).flatten()?;
    let table = usize::try_from(table.start).ok()?;
    let front = bytes.get(..table)?;
    // Up to 7 bytes align the table.
    (0..8).find_map(|cut| {
        let end = table.checked_sub(cut)?;
        zip::ends_as_archive(front.get(..end)?).then_some(end)
    })
}

/// Reads one.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    let Some(start) = place(&input) else {
        let Some(end) = zip_before_certificates(&input) else {
            if zip::ends_as_archive(&input) {
                squirrel::resource_archives(cx)?;
                return zip::read(cx);
            }
            // Nothing behind the program: its resources carry the archive.
            return squirrel::read(cx);
        };
        squirrel::resource_archives(cx)?;
        let front = input.slice(..end);
        let start = zip::starts_at(&front).unwrap_or(0);
        cx.program(0..start);
        claim_certificates(cx, &input);
        return cx.file("(archive behind the program)", Default::default(), start..len_u64(end));
    };
    squirrel::resource_archives(cx)?;
    let start = len_u64(start);
    let program = program_end(&input).map_or(start, len_u64).min(start);
    cx.program(0..program);
    // 7-Zip's settings are text, between the stub and its archive.
    let between = input.get(usize::try_from(program).unwrap_or(0)..).unwrap_or_default();
    let between = between.get(..usize::try_from(start - program).unwrap_or(0)).unwrap_or_default();
    if between.iter().all(|byte| !matches!(byte, 1..=8 | 0x0e..=0x1f | 0x7f))
        && std::str::from_utf8(between).is_ok()
    {
        cx.structure(program..start);
    } else {
        cx.foreign("(between the program and its archive)", program..start)?;
    }
    let mut end = cx.len();
    if let Some(table) = claim_certificates(cx, &input).filter(|table| table.start > start) {
        end = table.start;
    }
    cx.file("(archive behind the program)", Default::default(), start..end)
}

fn claim_certificates(cx: &mut Context<'_, '_>, input: &[u8]) -> Option<std::ops::Range<u64>> {
    let table = is_pe(input).then(|| recognise::pe_certificates(input)).flatten()?;
    if table.end > cx.len() {
        return None;
    }
    cx.signature(table.clone());
    Some(table)
}
