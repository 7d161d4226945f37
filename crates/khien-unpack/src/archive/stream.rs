//! Compressors around one file: gzip (RFC 1952), xz, Zstandard (RFC 8878), bzip2, LZMA alone.
//!
//! A compressed file may be several members or frames one after another; what they give is joined,
//! as the formats' own tools do. Bytes behind the last one are foreign.

use std::io::{self, Read};
use std::ops::Range;

use bytes::Bytes;
use lzma_rust2::{LzmaReader, XzReader};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use crate::budget::DICTIONARY_BYTES_MAX;
use crate::field::{len_u64, u8_at, u32_le, u64_le};
use crate::node::{Attributes, FactKind, GapReason};
use crate::reader::{Context, Refusal};
use crate::{SpanKind, names};

mod gzip;

use gzip::GzipMember;
pub(crate) use gzip::{gzip, gzip_kin};

/// Members or frames of one compressed file. `pigz` and `bgzip` write one for each 64 KiB or more.
const MEMBERS_MAX: u32 = 200_000;

/// Memory for one decoder, as `lzma-rust2` counts it.
pub(crate) fn decoder_kib_max() -> u32 {
    u32::try_from(DICTIONARY_BYTES_MAX / 1024).unwrap_or(u32::MAX) + 1024
}

/// Reads xz.
pub(crate) fn xz(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let name = inner_name(cx, &[("txz", "tar"), ("xz", "")]);
    let input = cx.input();
    read_all(cx, &input, &name, Attributes::default(), XzStream::begin)
}

/// Reads Zstandard.
pub(crate) fn zstd(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let name = inner_name(cx, &[("tzst", "tar"), ("zst", ""), ("zstd", "")]);
    let input = cx.input();
    read_all(cx, &input, &name, Attributes::default(), ZstdFrame::begin)
}

/// Reads bzip2.
pub(crate) fn bzip2(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let name = inner_name(cx, &[("tbz", "tar"), ("tbz2", "tar"), ("bz2", "")]);
    let input = cx.input();
    read_all(cx, &input, &name, Attributes::default(), BzipStream::begin)
}

/// Reads LZMA alone: the 13-byte header of the LZMA SDK.
pub(crate) fn lzma(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let name = inner_name(cx, &[("tlz", "tar"), ("lzma", "")]);
    let input = cx.input();
    read_all(cx, &input, &name, Attributes::default(), LzmaStream::begin)
}

/// The member's name: the container's without the compressor's ending. The artefact itself has a
/// name of its maker's choosing, with a version in it, so what is inside is always `content`.
fn inner_name(cx: &Context<'_, '_>, endings: &[(&str, &str)]) -> String {
    let name = cx.name();
    if cx.is_root() || name.is_empty() {
        return "content".to_owned();
    }
    let ending = names::ending(name);
    let known = endings.iter().find(|(from, _)| ending.as_deref() == Some(*from));
    match (known, name.rsplit_once('.')) {
        (Some((_, "")), Some((stem, _))) => stem.to_owned(),
        (Some((_, to)), Some((stem, _))) => format!("{stem}.{to}"),
        _ => "content".to_owned(),
    }
}

/// One member or frame being decoded.
pub(crate) trait Member: Read {
    /// Input used so far; the member's length without trailer once `read` gave 0.
    fn used(&self) -> usize;

    /// Checks what follows the member and says how long it is.
    fn trailer(&self, rest: &[u8]) -> Result<usize, Wrong>;
}

/// What is wrong behind a member.
pub(crate) enum Wrong {
    /// It ends before its end.
    CutOff,
    /// It says something else than what was decoded.
    Sum(String),
}

/// The start of one member.
struct Start<M> {
    header: usize,
    /// What the header's bytes are.
    kind: SpanKind,
    /// Nothing to decode: a skippable frame or padding.
    member: Option<M>,
    /// Stretches of the header that hold whatever the writer likes.
    room: Vec<Range<usize>>,
    /// Members that a table in the header lists: no more than came before it.
    listed: u32,
}

impl<M> Start<M> {
    /// A member that is all content.
    const fn bare(member: M) -> Self {
        let room = Vec::new();
        Self { header: 0, kind: SpanKind::Structure, member: Some(member), room, listed: 0 }
    }

    /// No member: something that stands between members.
    const fn between(kind: SpanKind, len: usize) -> Self {
        Self { header: len, kind, member: None, room: Vec::new(), listed: 0 }
    }
}

type Begin<'a, M> = fn(&'a [u8]) -> io::Result<Option<Start<M>>>;

/// All members of one file as one stream.
pub(crate) struct Members<'a, M> {
    input: &'a [u8],
    at: usize,
    begin: Begin<'a, M>,
    current: Option<M>,
    count: u32,
    spans: Vec<(SpanKind, Range<u64>)>,
    wrong: Vec<(u64, String)>,
    /// The input ends before its last member does.
    cut_off: bool,
    /// Stretches of headers that hold whatever the writer likes.
    pub(crate) room: Vec<Range<u64>>,
}

impl<'a, M: Member> Members<'a, M> {
    fn new(input: &'a [u8], begin: Begin<'a, M>) -> Self {
        let (spans, wrong) = (Vec::new(), Vec::new());
        let cut_off = false;
        Self {
            input,
            at: 0,
            begin,
            current: None,
            count: 0,
            spans,
            wrong,
            cut_off,
            room: Vec::new(),
        }
    }

    fn span(&mut self, kind: SpanKind, len: usize) {
        let end = self.at.saturating_add(len).min(self.input.len());
        self.spans.push((kind, len_u64(self.at)..len_u64(end)));
        self.at = end;
    }

    fn next(&mut self) -> io::Result<bool> {
        let rest = self.input.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(false);
        }
        let Some(start) = (self.begin)(rest)? else {
            // A first member that does not begin is damage; a later one is foreign bytes.
            let first = self.count == 0;
            return if first { Err(io::Error::other("no member begins here")) } else { Ok(false) };
        };
        self.count += 1;
        if self.count > MEMBERS_MAX {
            return Err(io::Error::other(format!("more than {MEMBERS_MAX} members")));
        }
        let at = self.at;
        let absolute = |room: &Range<usize>| {
            len_u64(at.saturating_add(room.start))..len_u64(at.saturating_add(room.end))
        };
        self.room.extend(start.room.iter().map(absolute));
        if start.listed >= self.count {
            self.room.push(absolute(&(0..start.header)));
        }
        self.span(start.kind, start.header);
        self.current = start.member;
        Ok(true)
    }

    /// Input used so far.
    pub(crate) fn used(&self) -> u64 {
        let current = self.current.as_ref().map_or(0, Member::used);
        len_u64(self.at.saturating_add(current))
    }

    fn end(&mut self) {
        let Some(member) = self.current.take() else { return };
        self.span(SpanKind::Content, member.used());
        match member.trailer(self.input.get(self.at..).unwrap_or_default()) {
            Ok(len) => self.span(SpanKind::Structure, len),
            Err(wrong) => {
                match wrong {
                    Wrong::CutOff => self.cut_off = true,
                    Wrong::Sum(detail) => self.wrong.push((len_u64(self.at), detail)),
                }
                self.span(SpanKind::Structure, 8);
            }
        }
    }
}

impl<M: Member> Read for Members<'_, M> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(current) = &mut self.current {
                match current.read(buf) {
                    Ok(0) => self.end(),
                    Ok(read) => return Ok(read),
                    Err(error) => {
                        let used = current.used();
                        self.span(SpanKind::Content, used);
                        self.current = None;
                        return Err(error);
                    }
                }
            } else if !self.next()? {
                return Ok(0);
            }
        }
    }
}

fn read_all<'a, M: Member>(
    cx: &mut Context<'_, '_>,
    input: &'a Bytes,
    name: &str,
    attributes: Attributes,
    begin: Begin<'a, M>,
) -> Result<(), Refusal> {
    cx.pass_root_on();
    let mut members = Members::new(input, begin);
    let unpacked = cx.unpack(name, &mut members, None);
    if members.current.is_some() {
        // Stopped by a limit: what was decoded is accounted for, the rest is not.
        let used = members.current.as_ref().map_or(0, Member::used);
        members.span(SpanKind::Content, used);
    }
    let Members { at, spans, wrong, cut_off, room, .. } = members;
    for (kind, range) in spans {
        cx.claim(kind, range);
    }
    for range in room {
        cx.room(range);
    }
    for (offset, detail) in wrong {
        cx.fact(FactKind::WrongChecksum, Some(offset), detail);
    }
    if cut_off {
        cx.gap(GapReason::Damaged, "the compressed data is cut off at its end", None);
    }
    let Some(unpacked) = unpacked? else {
        // Too large for a member: the gap says so, and the packed bytes are what it could not read.
        cx.content(len_u64(at)..cx.len());
        return Ok(());
    };
    cx.member(name, crate::NodeKind::File, attributes, None, unpacked.bytes)?;
    if unpacked.complete {
        cx.foreign("(behind the compressed data)", len_u64(at)..cx.len())?;
    }
    Ok(())
}

// ---- xz ----------------------------------------------------------------------------------------

/// A reader of a slice that says how far it is.
pub(crate) struct Tail<'a> {
    bytes: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Tail<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }
}

impl Read for Tail<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.get(self.at..).unwrap_or_default().read(buf)?;
        self.at += read;
        Ok(read)
    }
}

struct XzStream<'a>(XzReader<Tail<'a>>);

impl<'a> XzStream<'a> {
    #[expect(clippy::unnecessary_wraps, reason = "the signature of every format's begin")]
    fn begin(rest: &'a [u8]) -> io::Result<Option<Start<Self>>> {
        if rest.starts_with(b"\xfd7zXZ\0") {
            let tail = Tail::new(rest);
            let member = Self(XzReader::new_mem_limit(tail, false, decoder_kib_max()));
            return Ok(Some(Start::bare(member)));
        }
        // Stream padding: zeros in fours, between streams.
        let zeros = rest.iter().take_while(|byte| **byte == 0).count();
        let padding = zeros > 0
            && zeros % 4 == 0
            && (zeros == rest.len()
                || rest.get(zeros..).is_some_and(|next| next.starts_with(b"\xfd7zXZ\0")));
        Ok(padding.then(|| Start::between(SpanKind::Padding, zeros)))
    }
}

impl Read for XzStream<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Member for XzStream<'_> {
    fn used(&self) -> usize {
        self.0.inner().at
    }

    fn trailer(&self, _rest: &[u8]) -> Result<usize, Wrong> {
        // The reader has checked blocks, index and footer.
        Ok(0)
    }
}

// ---- Zstandard ---------------------------------------------------------------------------------

pub(crate) struct ZstdFrame<'a>(StreamingDecoder<Tail<'a>, FrameDecoder>);

pub(crate) fn is_skippable(bytes: &[u8]) -> bool {
    let skippable =
        |at| u32_le(bytes, at).is_some_and(|magic| (0x184d_2a50..=0x184d_2a5f).contains(&magic));
    let next = u32_le(bytes, 4).and_then(|len| usize::try_from(len).ok()).map(|len| len + 8);
    skippable(0)
        && next.is_some_and(|next| {
            next == bytes.len() || u32_le(bytes, next) == Some(0xfd2f_b528) || skippable(next)
        })
}

/// The seekable format: eight or twelve bytes for each frame, then how many, flags and a magic. Gives
/// how many frames it lists.
fn seek_table(table: &[u8]) -> Option<u32> {
    let footer = table.last_chunk::<9>()?;
    let width = if footer[4] & 0x80 == 0 { 8 } else { 12 };
    let frames = u32_le(footer, 0)?;
    let len = usize::try_from(frames).ok()?.checked_mul(width)?.checked_add(9)?;
    let is_one = footer.ends_with(&0x8f92_eab1_u32.to_le_bytes()) && len == table.len();
    is_one.then_some(frames)
}

impl<'a> ZstdFrame<'a> {
    fn begin(rest: &'a [u8]) -> io::Result<Option<Start<Self>>> {
        let Some(magic) = u32_le(rest, 0) else { return Ok(None) };
        if (0x184d_2a50..=0x184d_2a5f).contains(&magic) {
            let len = u32_le(rest, 4).and_then(|len| usize::try_from(len).ok());
            let Some(len) = len.filter(|len| *len <= rest.len().saturating_sub(8)) else {
                return Err(io::Error::other("a skippable frame that ends behind the file"));
            };
            let mut frame = Start::between(SpanKind::Structure, len + 8);
            // 5E is the seek table of the seekable format.
            let content = rest.get(8..len + 8).unwrap_or_default();
            match seek_table(content).filter(|_| magic == 0x184d_2a5e) {
                Some(frames) => frame.listed = frames,
                None => frame.room.push(8..len + 8),
            }
            return Ok(Some(frame));
        }
        if magic != 0xfd2f_b528 {
            return Ok(None);
        }
        let tail = Tail::new(rest);
        let decoder = StreamingDecoder::new_with_max_window_size(tail, DICTIONARY_BYTES_MAX)
            .map_err(io::Error::other)?;
        Ok(Some(Start::bare(Self(decoder))))
    }
}

impl Read for ZstdFrame<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Member for ZstdFrame<'_> {
    fn used(&self) -> usize {
        self.0.get_ref().at
    }

    fn trailer(&self, _rest: &[u8]) -> Result<usize, Wrong> {
        let stored = self.0.decoder.get_checksum_from_data();
        let found = self.0.decoder.get_calculated_checksum();
        match (stored, found) {
            (Some(stored), Some(found)) if stored != found => {
                Err(Wrong::Sum(format!("XXH64 {found:08x}, stored {stored:08x}")))
            }
            _ => Ok(0),
        }
    }
}

/// A decoder for one Zstandard stream inside another container, of any number of frames.
pub(crate) fn zstd_decoder(packed: &[u8]) -> Members<'_, ZstdFrame<'_>> {
    Members::new(packed, ZstdFrame::begin)
}

/// A decoder that says how much of its input it took.
pub(crate) trait Counted: Read {
    /// Input used so far.
    fn used(&self) -> u64;
}

impl<M: Member> Counted for Members<'_, M> {
    fn used(&self) -> u64 {
        Members::used(self)
    }
}

impl Counted for Tail<'_> {
    fn used(&self) -> u64 {
        len_u64(self.at)
    }
}

/// A decoder for whatever these bytes are packed with; bytes that are not packed as they are.
pub(crate) fn decoder(packed: &[u8]) -> Box<dyn Counted + '_> {
    match packed {
        [0x1f, 0x8b, 8, ..] => Box::new(Members::new(packed, GzipMember::begin)),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Box::new(Members::new(packed, XzStream::begin)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd_decoder(packed)),
        _ if is_bzip2(packed) => Box::new(Members::new(packed, BzipStream::begin)),
        _ if is_lzma(packed) => Box::new(Members::new(packed, LzmaStream::begin)),
        _ => Box::new(Tail::new(packed)),
    }
}

/// Decodes what begins here, as far as `out_max` bytes: how many bytes it took and how many it gave;
/// `None` where no known stream begins, or where one breaks off.
pub(crate) fn measure(packed: &[u8], out_max: u64) -> Option<(u64, u64)> {
    match packed {
        [0x1f, 0x8b, 8, ..] => measured(Members::new(packed, GzipMember::begin), out_max),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => {
            measured(Members::new(packed, XzStream::begin), out_max)
        }
        [0x28, 0xb5, 0x2f, 0xfd, ..] => measured(Members::new(packed, ZstdFrame::begin), out_max),
        _ if is_bzip2(packed) => measured(Members::new(packed, BzipStream::begin), out_max),
        _ if is_lzma(packed) => measured(Members::new(packed, LzmaStream::begin), out_max),
        _ => None,
    }
}

fn measured<M: Member>(mut members: Members<'_, M>, out_max: u64) -> Option<(u64, u64)> {
    let mut chunk = vec![0; 64 << 10];
    let mut out = 0_u64;
    while out < out_max {
        match members.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => out += len_u64(read),
            // Behind one whole member anything may follow that only looks like another.
            Err(_) if members.count > 1 => break,
            Err(_) => return None,
        }
    }
    if !members.wrong.is_empty() {
        return None;
    }
    Some((members.used(), out))
}

// ---- bzip2 -------------------------------------------------------------------------------------

pub(crate) fn is_bzip2(bytes: &[u8]) -> bool {
    matches!(bytes, [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..]
        if rest.starts_with(b"\x31\x41\x59\x26\x53\x59")
            || rest.starts_with(b"\x17\x72\x45\x38\x50\x90"))
}

struct BzipStream<'a>(bzip2::bufread::BzDecoder<&'a [u8]>);

impl<'a> BzipStream<'a> {
    #[expect(clippy::unnecessary_wraps, reason = "the signature of every format's begin")]
    fn begin(rest: &'a [u8]) -> io::Result<Option<Start<Self>>> {
        let member = is_bzip2(rest).then(|| Self(bzip2::bufread::BzDecoder::new(rest)));
        Ok(member.map(Start::bare))
    }
}

impl Read for BzipStream<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Member for BzipStream<'_> {
    fn used(&self) -> usize {
        usize::try_from(self.0.total_in()).unwrap_or(usize::MAX)
    }

    fn trailer(&self, _rest: &[u8]) -> Result<usize, Wrong> {
        Ok(0)
    }
}

// ---- LZMA alone --------------------------------------------------------------------------------

/// There is no magic: properties, a dictionary size that encoders write, a length that is unknown
/// or believable, and the first byte of the range coder, which is always zero.
pub(crate) fn is_lzma(bytes: &[u8]) -> bool {
    let (Some(properties), Some(dictionary), Some(len)) =
        (u8_at(bytes, 0), u32_le(bytes, 1), u64_le(bytes, 5))
    else {
        return false;
    };
    let round =
        dictionary.is_power_of_two() || dictionary.count_ones() == 2 || dictionary == u32::MAX;
    properties == 0x5d
        && round
        && dictionary >= 4096
        && (len == u64::MAX || (len > 0 && len < 1 << 38))
        && u8_at(bytes, 13) == Some(0)
        && bytes.len() > 18
}

struct LzmaStream<'a>(LzmaReader<Tail<'a>>);

impl<'a> LzmaStream<'a> {
    fn begin(rest: &'a [u8]) -> io::Result<Option<Start<Self>>> {
        if !is_lzma(rest) {
            return Ok(None);
        }
        let tail = Tail::new(rest);
        let reader = LzmaReader::new_mem_limit(tail, decoder_kib_max(), None)?;
        Ok(Some(Start::bare(Self(reader))))
    }
}

impl Read for LzmaStream<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(buf)
    }
}

impl Member for LzmaStream<'_> {
    fn used(&self) -> usize {
        self.0.inner().at
    }

    fn trailer(&self, _rest: &[u8]) -> Result<usize, Wrong> {
        Ok(0)
    }
}
