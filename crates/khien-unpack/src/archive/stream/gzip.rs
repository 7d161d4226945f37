//! gzip (RFC 1952).

use std::io::{self, Read};
use std::ops::Range;

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::{Member, Start, Wrong, read_all};
use crate::field::{name_of, u8_at, u16_le, u32_le, until_nul};
use crate::names;
use crate::node::{Attributes, FactKind, Format};
use crate::reader::{Context, Refusal};

/// Reads gzip: also npm's packages.
pub(crate) fn gzip(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    let head = GzipHead::parse(&input).ok_or_else(|| Refusal::damaged("gzip header"))?;
    let attributes = Attributes {
        modified: (head.modified != 0).then_some(i64::from(head.modified)),
        ..Attributes::default()
    };
    let name =
        super::inner_name(cx, &[("tgz", "tar"), ("gz", ""), ("svgz", "svg"), ("apk", "tar")]);
    if let Some(stored) = &head.name
        && let Some(how) = names::escaping(stored, false).or_else(|| names::deceiving(stored))
    {
        cx.fact(FactKind::DeceivingName, Some(10), format!("{how}: {stored}"));
    }
    read_all(cx, &input, &name, attributes, GzipMember::begin)
}

/// A member's header.
struct GzipHead {
    len: usize,
    modified: u32,
    name: Option<String>,
    /// Extra field, name and comment.
    room: Vec<Range<usize>>,
}

impl GzipHead {
    fn parse(bytes: &[u8]) -> Option<Self> {
        if !bytes.starts_with(b"\x1f\x8b\x08") {
            return None;
        }
        let flags = u8_at(bytes, 3)?;
        let mut head = Self { len: 10, modified: u32_le(bytes, 4)?, name: None, room: Vec::new() };
        if flags & 4 != 0 {
            let extra = usize::from(u16_le(bytes, head.len)?);
            let field = head.len + 2..head.len + 2 + extra;
            // The length of this member, as `bgzip` and `samtools` write it.
            if !bytes.get(field.clone())?.starts_with(b"BC\x02\0") || extra != 6 {
                head.room.push(field);
            }
            head.len += 2 + extra;
        }
        if flags & 8 != 0 {
            let name = until_nul(bytes.get(head.len..)?);
            head.name = Some(name_of(name));
            head.room.push(head.len..head.len + name.len());
            head.len += name.len() + 1;
        }
        if flags & 16 != 0 {
            let comment = until_nul(bytes.get(head.len..)?).len();
            head.room.push(head.len..head.len + comment);
            head.len += comment + 1;
        }
        if flags & 2 != 0 {
            head.len += 2;
        }
        (head.len <= bytes.len()).then_some(head)
    }
}

/// One member while it is decoded.
pub(super) struct GzipMember<'a> {
    decoder: DeflateDecoder<&'a [u8]>,
    crc: Crc,
}

impl<'a> GzipMember<'a> {
    #[expect(clippy::unnecessary_wraps, reason = "the signature of every format's begin")]
    pub(super) fn begin(rest: &'a [u8]) -> io::Result<Option<Start<Self>>> {
        let Some(head) = GzipHead::parse(rest) else { return Ok(None) };
        let body = rest.get(head.len..).unwrap_or_default();
        let member = Self { decoder: DeflateDecoder::new(body), crc: Crc::new() };
        Ok(Some(Start { header: head.len, room: head.room, ..Start::bare(member) }))
    }
}

impl Read for GzipMember<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.decoder.read(buf)?;
        self.crc.update(buf.get(..read).unwrap_or_default());
        Ok(read)
    }
}

impl Member for GzipMember<'_> {
    fn used(&self) -> usize {
        usize::try_from(self.decoder.total_in()).unwrap_or(usize::MAX)
    }

    fn trailer(&self, rest: &[u8]) -> Result<usize, Wrong> {
        let (Some(crc), Some(len)) = (u32_le(rest, 0), u32_le(rest, 4)) else {
            return Err(Wrong::CutOff);
        };
        if crc != self.crc.sum() {
            let detail = format!("CRC-32 {:08x}, stored {crc:08x}", self.crc.sum());
            return Err(Wrong::Sum(detail));
        }
        if len != self.crc.amount() {
            let detail = format!("{} bytes modulo 2^32, stored {len}", self.crc.amount());
            return Err(Wrong::Sum(detail));
        }
        Ok(8)
    }
}

/// gzip, or a package of npm: an archive whose files lie in `package/`.
pub(crate) fn gzip_kin(bytes: &[u8]) -> Format {
    let Some(head) = GzipHead::parse(bytes) else { return Format::Gzip };
    let mut first = [0; 512];
    let mut filled = 0;
    let mut decoder = DeflateDecoder::new(bytes.get(head.len..).unwrap_or_default());
    while let Some(buf) = first.get_mut(filled..).filter(|buf| !buf.is_empty()) {
        match decoder.read(buf) {
            Ok(read @ 1..) => filled += read,
            _ => return Format::Gzip,
        }
    }
    let npm = crate::archive::tar::begins(&first) && first.starts_with(b"package/");
    if npm { Format::Npm } else { Format::Gzip }
}
