//! Tape archives: V7, ustar, GNU and pax, with long names and links.
//!
//! Sparse members are a gap: their holes are not written out.

use std::ops::Range;

use crate::field::{len_u64, name_of, slice, until_nul};
use crate::node::{Attributes, FactKind, GapReason};
use crate::reader::{Context, Refusal};

const BLOCK: u64 = 512;

/// Longest pax header or GNU name that is read: names end at 4096 on every system.
const EXTENDED_BYTES_MAX: u64 = 1 << 20;

/// Records of extended headers that no unpacking tool needs: in one header, and over the archive.
/// `git archive` writes a comment of 40 bytes; attributes of files are some hundred.
const ROOM_MAX: u64 = 1024;
const ROOM_OF_ALL_MAX: u64 = 64 << 10;

/// Whether a tape archive begins here: a header whose checksum holds.
pub(crate) fn begins(bytes: &[u8]) -> bool {
    bytes
        .get(..512)
        .is_some_and(|block| Header(block).checksum_holds() && block.first() != Some(&0))
}

/// One header block.
struct Header<'a>(&'a [u8]);

impl<'a> Header<'a> {
    fn field(&self, range: Range<usize>) -> &'a [u8] {
        self.0.get(range).unwrap_or_default()
    }

    fn checksum_holds(&self) -> bool {
        let Some(stored) = number(self.field(148..156)) else { return false };
        let sum = |signed: bool| -> i64 {
            self.0
                .iter()
                .enumerate()
                .map(|(at, byte)| match at {
                    148..156 => 32,
                    _ if signed => i64::from(i8::from_ne_bytes([*byte])),
                    _ => i64::from(*byte),
                })
                .sum()
        };
        let stored = i64::try_from(stored).unwrap_or(-1);
        stored == sum(false) || stored == sum(true)
    }

    fn kind(&self) -> u8 {
        self.0.get(156).copied().unwrap_or_default()
    }

    fn is_gnu(&self) -> bool {
        self.field(257..265) == b"ustar  \0"
    }

    fn name(&self) -> Vec<u8> {
        let name = until_nul(self.field(0..100));
        let prefix = until_nul(self.field(345..500));
        // GNU puts times and sparse maps where ustar has the prefix.
        if prefix.is_empty() || self.is_gnu() || self.field(257..262) != b"ustar" {
            return name.to_vec();
        }
        [prefix, b"/", name].concat()
    }

    fn attributes(&self) -> Attributes {
        let small = |range| number(self.field(range)).and_then(|value| u32::try_from(value).ok());
        Attributes {
            mode: small(100..108),
            uid: small(108..116),
            gid: small(116..124),
            modified: number(self.field(136..148)).and_then(|value| i64::try_from(value).ok()),
        }
    }
}

/// Octal digits, or base 256 where the first bit is set. `None` for what no writer makes.
fn number(field: &[u8]) -> Option<u64> {
    if let [first, rest @ ..] = field
        && first & 0x80 != 0
    {
        // Base 256: negative numbers (times before 1970) are not needed.
        let mut value = u64::from(first & 0x7f);
        for byte in rest {
            value = value.checked_mul(256)?.checked_add(u64::from(*byte))?;
        }
        return Some(value);
    }
    let text = until_nul(field).trim_ascii();
    let mut value = 0_u64;
    for digit in text {
        let digit = match digit {
            b'0'..=b'7' => u64::from(digit - b'0'),
            _ => return None,
        };
        value = value.checked_mul(8)?.checked_add(digit)?;
    }
    Some(value)
}

/// What extended headers say of the next member.
#[derive(Default)]
struct Extended {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
    modified: Option<i64>,
}

impl Extended {
    /// Takes the records in, and gives how many bytes of them are of no use to unpacking.
    fn read_pax(&mut self, bytes: &[u8]) -> Option<u64> {
        let mut rest = bytes;
        let mut room = 0;
        while !rest.is_empty() {
            let space = memchr::memchr(b' ', rest)?;
            let len: usize = std::str::from_utf8(rest.get(..space)?).ok()?.parse().ok()?;
            let record = rest.get(space + 1..len.checked_sub(1)?)?;
            rest = rest.get(len..)?;
            let equals = memchr::memchr(b'=', record)?;
            let (key, value) = (record.get(..equals)?, record.get(equals + 1..)?);
            let text = || std::str::from_utf8(value).ok();
            let needed = match key {
                b"path" | b"linkpath" | b"GNU.sparse.name" => 4096,
                b"GNU.sparse.map" => 1 << 20,
                // Times, owners and numbers of devices.
                _ => 64,
            };
            if key.len() > 64 || value.len() > needed {
                room += len_u64(record.len());
            }
            match key {
                b"path" => self.name = Some(value.to_vec()),
                b"linkpath" => self.link = Some(value.to_vec()),
                b"size" => self.size = Some(text()?.parse().ok()?),
                b"mtime" => {
                    self.modified = text()?.split('.').next().and_then(|s| s.parse().ok());
                }
                b"GNU.sparse.name" => {
                    self.name = Some(value.to_vec());
                    self.sparse = true;
                }
                _ if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {}
            }
        }
        Some(room)
    }
}

/// One member, with the extended headers applied.
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) kind: u8,
    pub(crate) link: String,
    pub(crate) attributes: Attributes,
    /// Its content.
    pub(crate) data: Range<u64>,
    pub(crate) sparse: bool,
    /// Its own name where an extended header gives another.
    pub(crate) short_name: Option<String>,
}

/// What the next step over an archive found.
pub(crate) enum Step {
    Member(Entry),
    /// Two zero blocks, or the end of the bytes.
    End,
}

/// Walks the headers of an archive.
pub(crate) struct Walk<'a> {
    bytes: &'a [u8],
    /// The next header.
    pub(crate) at: u64,
    extended: Extended,
    global: Extended,
    /// Headers and padding passed since the last step.
    pub(crate) structure: Vec<Range<u64>>,
    /// Extended headers with room in them, passed since the last step.
    pub(crate) roomy: Vec<Range<u64>>,
    /// Bytes of that room so far, the small ones too.
    room: u64,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            extended: Extended::default(),
            global: Extended::default(),
            structure: Vec::new(),
            roomy: Vec::new(),
            room: 0,
        }
    }

    /// Goes to the next member.
    pub(crate) fn step(&mut self) -> Result<Step, Refusal> {
        loop {
            let Some(block) = slice(self.bytes, &(self.at..self.at + BLOCK)) else {
                return self.cut_off();
            };
            if block.iter().all(|byte| *byte == 0) {
                return Ok(Step::End);
            }
            let header = Header(block);
            if !header.checksum_holds() {
                let detail = format!("no header where one must be, at {}", self.at);
                return Err(Refusal::damaged(detail));
            }
            let kind = header.kind();
            let is_extended = matches!(kind, b'x' | b'g' | b'L' | b'K' | b'X');
            let size = number(header.field(124..136))
                .ok_or_else(|| Refusal::damaged(format!("size of the member at {}", self.at)))?;
            let size = match self.extended.size.or(self.global.size) {
                Some(size) if !is_extended => size,
                _ => size,
            };
            // Links and devices have a size in some archives and no content in any.
            let size = if matches!(kind, b'1'..=b'6') { 0 } else { size };
            let data = self.data(size)?;
            let next = data.end.div_ceil(BLOCK) * BLOCK;
            self.structure.push(self.at..self.at + BLOCK);
            self.at = next;
            if is_extended {
                let room = self.read_extended(kind, &data)?;
                self.room = self.room.saturating_add(room);
                if room > ROOM_MAX || (room > 0 && self.room > ROOM_OF_ALL_MAX) {
                    self.roomy.push(data.clone());
                    self.structure.push(data.end..next);
                } else {
                    self.structure.push(data.start..next);
                }
                continue;
            }
            return Ok(Step::Member(self.entry(&header, kind, data)));
        }
    }

    fn data(&self, size: u64) -> Result<Range<u64>, Refusal> {
        let start = self.at + BLOCK;
        let end = start.checked_add(size).filter(|end| *end <= len_u64(self.bytes.len()));
        end.map(|end| start..end).ok_or_else(|| {
            Refusal::damaged(format!("the member at {} says {size} bytes, too many", self.at))
        })
    }

    fn cut_off(&self) -> Result<Step, Refusal> {
        if self.at >= len_u64(self.bytes.len()) {
            return Ok(Step::End);
        }
        Err(Refusal::damaged(format!("half a header at {}", self.at)))
    }

    fn read_extended(&mut self, kind: u8, data: &Range<u64>) -> Result<u64, Refusal> {
        if data.end - data.start > EXTENDED_BYTES_MAX {
            let detail = format!("an extended header of {} bytes", data.end - data.start);
            return Err(Refusal::new(GapReason::TooManyBytes, detail));
        }
        let bytes = slice(self.bytes, data).unwrap_or_default();
        match kind {
            b'L' | b'K' => {
                let name = until_nul(bytes);
                let behind = bytes.get(name.len()..).unwrap_or_default();
                let hides = name.len() > 4096 || behind.iter().any(|byte| *byte != 0);
                let given =
                    if kind == b'L' { &mut self.extended.name } else { &mut self.extended.link };
                *given = Some(name.to_vec());
                Ok(if hides { len_u64(bytes.len()) } else { 0 })
            }
            b'g' => {
                let room = self.global.read_pax(bytes);
                room.ok_or_else(|| Refusal::damaged("global pax header"))
            }
            _ => {
                let room = self.extended.read_pax(bytes);
                room.ok_or_else(|| Refusal::damaged("pax header"))
            }
        }
    }

    fn entry(&mut self, header: &Header<'_>, kind: u8, data: Range<u64>) -> Entry {
        let extended = std::mem::take(&mut self.extended);
        let own = header.name();
        let given = extended.name.or_else(|| self.global.name.clone());
        let link = extended
            .link
            .or_else(|| self.global.link.clone())
            .unwrap_or_else(|| until_nul(header.field(157..257)).to_vec());
        let mut attributes = header.attributes();
        attributes.modified = extended.modified.or(attributes.modified);
        // The own name is a cut or escaped copy of the long one; another name altogether is told.
        let differs = given.as_ref().is_some_and(|given| !looks_like(&own, given));
        Entry {
            name: name_of(given.as_deref().unwrap_or(&own)),
            kind,
            link: name_of(&link),
            attributes,
            data,
            sparse: extended.sparse || kind == b'S',
            short_name: differs.then(|| name_of(&own)),
        }
    }
}

/// Whether a header's own name is what writers leave there beside a long name: its beginning, its
/// last part, or something with `PaxHeader` or `@LongLink` in it. Names with letters outside ASCII
/// are rewritten by some writers.
fn looks_like(own: &[u8], given: &[u8]) -> bool {
    let last = |name: &[u8]| {
        let name = name.strip_suffix(b"/").unwrap_or(name);
        let cut = memchr::memrchr(b'/', name).map_or(0, |at| at + 1);
        name.get(cut..).unwrap_or_default().to_vec()
    };
    let (own_last, given_last) = (last(own), last(given));
    !given.is_ascii()
        || given.starts_with(own)
        || own.ends_with(given)
        || given_last.starts_with(&own_last)
        || own_last.starts_with(&given_last)
        || memchr::memmem::find(own, b"GNUSparseFile").is_some()
}

/// Reads one.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    let mut walk = Walk::new(&input);
    loop {
        let step = walk.step();
        account(cx, &mut walk)?;
        match step? {
            Step::Member(entry) => {
                let padded = entry.data.end.div_ceil(BLOCK) * BLOCK;
                cx.claim_if_zero(entry.data.end..padded);
                hand_on(cx, &entry)?;
            }
            Step::End => break,
        }
    }
    end(cx, &input, walk.at)
}

/// Accounts for the headers that the last step passed.
pub(crate) fn account(cx: &mut Context<'_, '_>, walk: &mut Walk<'_>) -> Result<(), Refusal> {
    for range in walk.structure.drain(..) {
        cx.structure(range);
    }
    for range in walk.roomy.drain(..) {
        cx.foreign("(in an extended header)", range)?;
    }
    Ok(())
}

/// The two zero blocks, the zeros behind them, and what should not be there.
pub(crate) fn end(cx: &mut Context<'_, '_>, input: &[u8], at: u64) -> Result<(), Refusal> {
    let rest = slice(input, &(at..len_u64(input.len()))).unwrap_or_default();
    let zeros = len_u64(rest.iter().take_while(|byte| **byte == 0).count());
    let zeros = zeros - zeros % BLOCK;
    cx.padding(at..at + zeros);
    cx.foreign("(behind the archive)", at + zeros..cx.len())
}

/// Hands one member on.
pub(crate) fn hand_on(cx: &mut Context<'_, '_>, entry: &Entry) -> Result<(), Refusal> {
    let Entry { name, kind, link, attributes, data, sparse, short_name } = entry;
    if let Some(short_name) = short_name {
        let detail = format!("the header says {short_name}, the extended header {name}");
        cx.member_fact(name, FactKind::IndexDisagrees, Some(data.start), detail);
    }
    note_whiteout(cx, name);
    if *sparse {
        cx.content(data.clone());
        let len = data.end - data.start;
        cx.member_gap(name, GapReason::Unsupported, "a sparse member", Some(len));
        return Ok(());
    }
    match kind {
        b'1' | b'2' => {
            // A hard link's target is a name from the archive's root, not from where it lies.
            let from = if *kind == b'1' { "" } else { name.as_str() };
            cx.link_from(name, attributes.clone(), link, from)
        }
        b'3' | b'4' | b'6' => cx.special(name, attributes.clone()),
        b'5' => {
            cx.content(data.clone());
            cx.folder(name)
        }
        b'0' | 0 | b'7' if name.ends_with('/') && data.is_empty() => cx.folder(name),
        b'0' | 0 | b'7' => cx.file(name, attributes.clone(), data.clone()),
        b'V' | b'M' | b'D' | b'N' | b'A' => {
            cx.content(data.clone());
            let detail = format!("a member of kind {:?}", char::from(*kind));
            cx.member_gap(name, GapReason::Unsupported, detail, Some(data.end - data.start));
            Ok(())
        }
        // POSIX: unknown kinds are files.
        _ => cx.file(name, attributes.clone(), data.clone()),
    }
}

/// Image layers remove files of the layers below by a name (OCI image specification, "whiteouts").
fn note_whiteout(cx: &mut Context<'_, '_>, name: &str) {
    let (folder, last) = name.rsplit_once('/').unwrap_or(("", name));
    let Some(removed) = last.strip_prefix(".wh.").filter(|_| cx.is_rooted()) else { return };
    let detail = match removed {
        ".wh..opq" => format!("removes all of {folder}/ from the layers below"),
        _ => format!("removes {folder}/{removed} from the layers below"),
    };
    cx.member_fact(name, FactKind::InstallAction, None, detail);
}
