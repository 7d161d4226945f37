//! Apple disk images (UDIF): packed runs of sectors, a property list that says where they are, and
//! the `koly` trailer that says where the list is.

use std::io::{self, Cursor, Read};
use std::ops::Range;

use bytes::Bytes;
use roxmltree::{Document, Node, ParsingOptions};

use super::adc;
use crate::field::{self, len_u64, piece, u32_be, u64_be};
use crate::node::{Attributes, FactKind, GapReason, NodeKind};
use crate::reader::{Context, Refusal};

const TRAILER: u64 = 512;
const SECTOR: u64 = 512;
const LIST_BYTES_MAX: u64 = 64 << 20;
const NODES_MAX: u32 = 500_000;
/// Bytes that one packed run may give; real ones give 1 MiB at most.
const RUN_BYTES_MAX: u64 = 64 << 20;

/// Whether these bytes are one: the trailer's mark, 512 bytes before the end.
pub(crate) fn is_udif(bytes: &[u8]) -> bool {
    trailer(bytes).is_some()
}

fn trailer(bytes: &[u8]) -> Option<u64> {
    let at = field::len(bytes).checked_sub(TRAILER)?;
    let marked = piece(bytes, at, 4) == Some(b"koly") && u32_be(bytes, at + 8) == Some(512);
    marked.then_some(at)
}

/// Reads one.
///
/// # Errors
///
/// As all readers.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    let at = trailer(&input).ok_or_else(|| Refusal::damaged("no trailer"))?;
    cx.structure(at..at + TRAILER);
    let field = |offset| u64_be(&input, at + offset).unwrap_or(0);
    let data = field(24)..field(24).saturating_add(field(32));
    check_data(cx, &input, at, &data);
    if u32_be(&input, at + 60).unwrap_or(0) > 1 {
        cx.gap(GapReason::External, "the image is one segment of several", None);
    }
    signature(cx, field(296), field(304));
    let (list_at, list_len) = (field(216), field(224));
    if list_len == 0 || list_len > LIST_BYTES_MAX {
        return Err(Refusal::unsupported("an image without a property list"));
    }
    let list = piece(&input, list_at, list_len)
        .ok_or_else(|| Refusal::damaged("the property list lies outside the image"))?;
    cx.structure(list_at..list_at + list_len);
    for table in tables(list)? {
        let name = format!("[{}]", table.name);
        let runs = Runs::parse(&table.bytes, data.start)
            .ok_or_else(|| Refusal::damaged(format!("the table of {name}")))?;
        partition(cx, &input, &name, runs)?;
    }
    Ok(())
}

/// The trailer holds a CRC-32 of the packed data.
fn check_data(cx: &mut Context<'_, '_>, input: &Bytes, at: u64, data: &Range<u64>) {
    let Some(bytes) = piece(input, data.start, data.end - data.start) else {
        cx.gap(GapReason::Damaged, "the packed data lies outside the image", None);
        return;
    };
    if u32_be(input, at + 80) == Some(2) && u32_be(input, at + 88) != Some(crc(bytes)) {
        cx.fact(FactKind::WrongChecksum, Some(at + 88), "CRC-32 of the packed data");
    }
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn signature(cx: &mut Context<'_, '_>, start: u64, len: u64) {
    if len == 0 || start == 0 {
        return;
    }
    let Some(end) = start.checked_add(len).filter(|end| *end <= cx.len()) else {
        cx.gap(GapReason::Damaged, "the code signature lies outside the image", Some(len));
        return;
    };
    cx.signature(start..end);
    let detail = format!("code signature of the disk image, {len} bytes");
    cx.fact(FactKind::ContainerSignature, Some(start), detail);
}

struct Table {
    name: String,
    bytes: Vec<u8>,
}

/// The block tables of the property list: `resource-fork`, `blkx`.
fn tables(list: &[u8]) -> Result<Vec<Table>, Refusal> {
    let text = std::str::from_utf8(list).map_err(|_| Refusal::damaged("the list is no text"))?;
    let text = without_doctype(text).ok_or_else(|| Refusal::damaged("a list with entities"))?;
    let options =
        ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    let document = Document::parse_with_options(&text, options)
        .map_err(|error| Refusal::damaged(format!("the property list: {error}")))?;
    let root = document.root_element().children().find(Node::is_element);
    let blocks = root
        .and_then(|root| value(root, "resource-fork"))
        .and_then(|fork| value(fork, "blkx"))
        .ok_or_else(|| Refusal::damaged("the property list names no partitions"))?;
    let mut out = Vec::new();
    for (index, entry) in blocks.children().filter(Node::is_element).enumerate() {
        let name = ["CFName", "Name"]
            .iter()
            .find_map(|key| value(entry, key)?.text())
            .filter(|name| !name.is_empty())
            .map_or_else(|| format!("partition {index}"), str::to_owned);
        let bytes = value(entry, "Data")
            .and_then(|data| super::base64(data.text()?))
            .ok_or_else(|| Refusal::damaged(format!("{name}: its table is no base 64")))?;
        out.push(Table { name, bytes });
    }
    Ok(out)
}

/// Every property list has a document type; one with definitions of its own is refused.
fn without_doctype(text: &str) -> Option<String> {
    let Some(start) = text.find("<!DOCTYPE") else { return Some(text.to_owned()) };
    let end = start + text.get(start..)?.find('>')?;
    let kind = text.get(start..end)?;
    (!kind.contains('[')).then(|| format!("{}{}", &text[..start], &text[end + 1..]))
}

/// The value behind a key of a dictionary.
fn value<'a, 'i>(dictionary: Node<'a, 'i>, key: &str) -> Option<Node<'a, 'i>> {
    let mut nodes = dictionary.children().filter(Node::is_element);
    nodes.find(|n| n.has_tag_name("key") && n.text() == Some(key))?;
    nodes.next()
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Packing {
    Zero,
    Plain,
    Adc,
    Zlib,
    Bzip2,
    Lzfse,
    Lzma,
}

#[derive(Debug)]
struct Run {
    packing: Packing,
    stored: Range<u64>,
    /// Bytes that come out.
    len: u64,
}

struct Runs {
    runs: Vec<Run>,
    /// Runs of a packing that is not known: number and bytes.
    unknown: Option<(u32, u64)>,
    len: u64,
    checksum: Option<u32>,
}

impl Runs {
    /// A block table: `mish`, a header, then runs of 40 bytes.
    fn parse(table: &[u8], data: u64) -> Option<Self> {
        if !table.starts_with(b"mish") {
            return None;
        }
        let base = data.checked_add(u64_be(table, 24)?)?;
        let count = u64::from(u32_be(table, 200)?);
        let mut out = Self { runs: Vec::new(), unknown: None, len: 0, checksum: None };
        if u32_be(table, 64)? == 2 {
            out.checksum = u32_be(table, 72);
        }
        for index in 0..count {
            let at = 204 + index * 40;
            let kind = u32_be(table, at)?;
            let packing = match kind {
                0 | 2 => Packing::Zero,
                1 => Packing::Plain,
                0x8000_0004 => Packing::Adc,
                0x8000_0005 => Packing::Zlib,
                0x8000_0006 => Packing::Bzip2,
                0x8000_0007 => Packing::Lzfse,
                0x8000_0008 => Packing::Lzma,
                0x7FFF_FFFE => continue,
                0xFFFF_FFFF => break,
                _ => {
                    out.unknown.get_or_insert((kind, u64_be(table, at + 32)?));
                    Packing::Zero
                }
            };
            // Where it goes: runs are in order; a hole between them is zero.
            let start = u64_be(table, at + 8)?.checked_mul(SECTOR)?;
            if start > out.len {
                out.runs.push(Run { packing: Packing::Zero, stored: 0..0, len: start - out.len });
            } else if start < out.len {
                return None;
            }
            let len = u64_be(table, at + 16)?.checked_mul(SECTOR)?;
            out.len = start.checked_add(len)?;
            let from = base.checked_add(u64_be(table, at + 24)?)?;
            let stored = if packing == Packing::Zero {
                0..0
            } else {
                from..from.checked_add(u64_be(table, at + 32)?)?
            };
            // Zeros may be missing from the checksum, by the writer.
            if packing == Packing::Zero && len > 0 {
                out.checksum = None;
            }
            out.runs.push(Run { packing, stored, len });
        }
        Some(out)
    }
}

fn partition(
    cx: &mut Context<'_, '_>,
    input: &Bytes,
    name: &str,
    runs: Runs,
) -> Result<(), Refusal> {
    for run in &runs.runs {
        cx.content(run.stored.clone());
    }
    if let Some((kind, len)) = runs.unknown {
        let detail = format!("runs packed as {kind:#x}");
        cx.member_gap(name, GapReason::Unsupported, detail, Some(len));
        return cx.tick();
    }
    if runs.len == 0 {
        return Ok(());
    }
    let (len, checksum) = (runs.len, runs.checksum);
    let mut reader = Sectors { input: input.clone(), runs: runs.runs.into_iter(), current: None };
    let Some(unpacked) = cx.unpack(name, &mut reader, Some(len))? else { return Ok(()) };
    if unpacked.complete && checksum.is_some_and(|checksum| checksum != crc(&unpacked.bytes)) {
        cx.member_fact(name, FactKind::WrongChecksum, None, "CRC-32 of the partition");
    }
    cx.member(name, NodeKind::File, Attributes::default(), None, unpacked.bytes)
}

/// The partition's bytes, run by run.
struct Sectors {
    input: Bytes,
    runs: std::vec::IntoIter<Run>,
    current: Option<(Box<dyn Read>, u64)>,
}

impl Read for Sectors {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some((reader, left)) = &mut self.current
                && *left > 0
            {
                let want = usize::try_from(*left).unwrap_or(buffer.len()).min(buffer.len());
                let read = reader.read(buffer.get_mut(..want).unwrap_or_default())?;
                if read == 0 && want > 0 {
                    return Err(io::Error::other(format!("a run gives {left} bytes too few")));
                }
                *left -= len_u64(read);
                return Ok(read);
            }
            let Some(run) = self.runs.next() else { return Ok(0) };
            self.current = Some((self.open(&run)?, run.len));
        }
    }
}

impl Sectors {
    fn open(&self, run: &Run) -> io::Result<Box<dyn Read>> {
        let outside = || io::Error::other("a run outside the image");
        let start = usize::try_from(run.stored.start).map_err(io::Error::other)?;
        let end = usize::try_from(run.stored.end).map_err(io::Error::other)?;
        if start > end || end > self.input.len() {
            return Err(outside());
        }
        let stored = self.input.slice(start..end);
        let packed = !matches!(run.packing, Packing::Zero | Packing::Plain);
        if packed && run.len > RUN_BYTES_MAX {
            return Err(io::Error::other("a packed run that is too long"));
        }
        let memory = crate::archive::stream::decoder_kib_max();
        Ok(match run.packing {
            Packing::Zero => Box::new(io::repeat(0)),
            Packing::Plain => Box::new(Cursor::new(stored)),
            Packing::Adc => Box::new(Cursor::new(adc::unpack(&stored, run.len)?)),
            Packing::Zlib => Box::new(flate2::read::ZlibDecoder::new(Cursor::new(stored))),
            Packing::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(Cursor::new(stored))),
            Packing::Lzfse => Box::new(Cursor::new(lzfse(&stored, run.len)?)),
            Packing::Lzma => {
                Box::new(lzma_rust2::XzReader::new_mem_limit(Cursor::new(stored), true, memory))
            }
        })
    }
}

/// LZFSE through a ring of fixed size, so that a run cannot give more than it announces.
fn lzfse(stored: &[u8], len: u64) -> io::Result<Vec<u8>> {
    let unpack = || {
        let mut decoder = lzfse_rust::LzfseRingDecoder::default();
        let mut out = Vec::new();
        decoder.reader(stored).take(len).read_to_end(&mut out).map(|_| out)
    };
    // The decoder asserts what it believes of its input: fenced.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(unpack))
        .unwrap_or_else(|_| Err(io::Error::other("LZFSE: the decoder failed on this run")))
}

#[cfg(test)]
mod tests;
