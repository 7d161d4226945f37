//! Tape archives: V7, ustar, GNU and pax, with long names and links.
//!
//! Sparse members are a gap: their holes are not written out.

use std::collections::HashSet;
use std::ops::Range;

use crate::field::{len_u64, name_of, slice, until_nul};
use crate::node::{self, Attributes, FactKind, GapReason};
use crate::reader::{Context, Refusal};

const BLOCK: u64 = 512;

/// Longest pax header or GNU name that is read: names end at 4096 on every system.
const EXTENDED_BYTES_MAX: u64 = 1 << 20;

/// Sizes up to which the header's own field holds them, so that no other one is needed.
const OCTAL_SIZE_MAX: u64 = 0o777_7777_7777;

/// Whether a tape archive begins here: a header whose checksum holds.
pub(crate) fn begins(bytes: &[u8]) -> bool {
    // Extended headers need no name of their own.
    bytes.get(..512).map(Header).is_some_and(|header| {
        header.checksum_holds()
            && (header.0.first() != Some(&0) || header.field(257..262) == b"ustar")
    })
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
            capabilities: 0,
        }
    }

    /// Fields that may hold anything: names of owners, what stands behind a name's end, the target of
    /// what is no link.
    fn room(&self) -> impl Iterator<Item = Range<u64>> {
        let behind = |field: Range<usize>| {
            let text = until_nul(self.field(field.clone())).len();
            field.start.saturating_add(text)..field.end
        };
        let is_link = matches!(self.kind(), b'1' | b'2');
        let link = if is_link { behind(157..257) } else { 157..257 };
        let is_ustar = self.field(257..262) == b"ustar";
        let rest = match (is_ustar, self.is_gnu()) {
            // Before POSIX the header ends here.
            (false, _) => [257..512, 0..0, 0..0],
            (_, false) => [265..297, 297..329, behind(345..476)],
            // GNU: two times, then a map that only sparse members have.
            (_, true) if self.kind() == b'S' => [265..297, 297..329, 0..0],
            (_, true) => [265..297, 297..329, 369..476],
        };
        [behind(0..100), link].into_iter().chain(rest).filter_map(|field| {
            let bytes = self.field(field.clone());
            let used = bytes.iter().any(|byte| *byte != 0);
            used.then(|| len_u64(field.start)..len_u64(field.end))
        })
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
    /// Where the link's target stands.
    link_at: Option<Range<u64>>,
    size: Option<u64>,
    sparse: bool,
    modified: Option<i64>,
    capabilities: u64,
    /// Records that were there already: of each the last one counts.
    seen: HashSet<Vec<u8>>,
}

impl Extended {
    /// Takes the records in, which stand at `start`; `room` gets those that unpacking does not need.
    fn read_pax(&mut self, bytes: &[u8], start: u64, room: &mut Vec<Range<u64>>) -> Option<()> {
        let mut rest = bytes;
        let mut at = start;
        while !rest.is_empty() {
            let space = memchr::memchr(b' ', rest)?;
            let len: usize = std::str::from_utf8(rest.get(..space)?).ok()?.parse().ok()?;
            let record = rest.get(space + 1..len.checked_sub(1)?)?;
            rest = rest.get(len..)?;
            let range = at..at.saturating_add(len_u64(len));
            at = range.end;
            let equals = memchr::memchr(b'=', record)?;
            let (key, value) = (record.get(..equals)?, record.get(equals + 1..)?);
            // Numbers of digits have leading zeros, and records spaces.
            let is_short = space < 8;
            let again = is_needed(key, value) && !self.seen.insert(key.to_vec());
            if again || !is_needed(key, value) || !is_short {
                room.push(range.clone());
            }
            self.apply(key, value, range)?;
        }
        Some(())
    }

    fn apply(&mut self, key: &[u8], value: &[u8], at: Range<u64>) -> Option<()> {
        let text = || std::str::from_utf8(value).ok();
        match key {
            b"path" => self.name = Some(value.to_vec()),
            b"linkpath" => {
                self.link = Some(value.to_vec());
                self.link_at = Some(at);
            }
            b"size" => self.size = Some(text()?.parse().ok()?),
            b"mtime" => {
                self.modified = text()?.split('.').next().and_then(|s| s.parse().ok());
            }
            b"SCHILY.xattr.security.capability" => self.capabilities = node::capabilities(value),
            b"LIBARCHIVE.xattr.security.capability" => {
                let value = crate::disk::base64(text()?).unwrap_or_default();
                self.capabilities = node::capabilities(&value);
            }
            b"GNU.sparse.name" => {
                self.name = Some(value.to_vec());
                self.sparse = true;
            }
            _ if key.starts_with(b"GNU.sparse.") => self.sparse = true,
            _ => {}
        }
        Some(())
    }
}

/// Whether unpacking needs such a record, and its value is one: names, and numbers.
fn is_needed(key: &[u8], value: &[u8]) -> bool {
    let number = |max| {
        let is_of_number = |byte: &u8| byte.is_ascii_digit() || b"-.,".contains(byte);
        value.len() <= max && value.iter().all(is_of_number)
    };
    match key {
        b"path" | b"linkpath" | b"GNU.sparse.name" => value.len() <= 4096,
        b"GNU.sparse.map" => number(1 << 20),
        b"size" | b"uid" | b"gid" | b"mtime" | b"atime" | b"ctime" => number(32),
        b"SCHILY.dev" | b"SCHILY.ino" | b"SCHILY.nlink" | b"SCHILY.realsize" => number(32),
        b"LIBARCHIVE.creationtime" => number(32),
        b"SCHILY.xattr.security.capability" => value.len() <= 24,
        _ => key.starts_with(b"GNU.sparse.") && number(32),
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
    /// Where readers disagree on how long it is: by which number they go.
    pub(crate) sizes: Option<String>,
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
    /// Global headers so far.
    globals: u32,
    /// Headers and padding passed since the last step.
    pub(crate) structure: Vec<Range<u64>>,
    /// Fields and records with room in them, passed since the last step.
    pub(crate) room: Vec<Range<u64>>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            extended: Extended::default(),
            global: Extended::default(),
            globals: 0,
            structure: Vec::new(),
            room: Vec::new(),
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
            let own = size;
            let size = match self.extended.size.or(self.global.size) {
                Some(size) if !is_extended => size,
                _ => size,
            };
            // Links and devices have a size in some archives and no content in any.
            let is_bare = matches!(kind, b'1'..=b'6');
            let sizes = disagreement(own, size, is_bare);
            let size = if is_bare { 0 } else { size };
            let data = self.data(size)?;
            let next = data.end.div_ceil(BLOCK) * BLOCK;
            self.structure.push(self.at..self.at + BLOCK);
            let start = self.at;
            self.room.extend(header.room().map(|field| start + field.start..start + field.end));
            self.at = next;
            if is_extended {
                self.structure.push(data.start..next);
                self.read_extended(kind, &data)?;
                continue;
            }
            let sizes = sizes.filter(|_| !is_extended);
            return Ok(Step::Member(self.entry(&header, kind, data, sizes)));
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

    fn read_extended(&mut self, kind: u8, data: &Range<u64>) -> Result<(), Refusal> {
        if data.end - data.start > EXTENDED_BYTES_MAX {
            let detail = format!("an extended header of {} bytes", data.end - data.start);
            return Err(Refusal::new(GapReason::TooManyBytes, detail));
        }
        let bytes = slice(self.bytes, data).unwrap_or_default();
        match kind {
            b'L' | b'K' => {
                let name = until_nul(bytes);
                let behind = data.start + len_u64(name.len());
                let key = if kind == b'L' { &b"path"[..] } else { b"linkpath" };
                let again = !self.extended.seen.insert(key.to_vec());
                let whole = again || name.len() > 4096;
                self.room.push(if whole { data.start } else { behind }..data.end);
                if kind == b'L' {
                    self.extended.name = Some(name.to_vec());
                } else {
                    self.extended.link = Some(name.to_vec());
                    self.extended.link_at = Some(data.start..behind);
                }
                Ok(())
            }
            b'g' => {
                // Each global header says all anew.
                self.global.seen.clear();
                let read = self.global.read_pax(bytes, data.start, &mut self.room);
                if self.globals > 0 {
                    self.room.push(data.clone());
                }
                self.globals += 1;
                read.ok_or_else(|| Refusal::damaged("global pax header"))
            }
            _ => {
                let read = self.extended.read_pax(bytes, data.start, &mut self.room);
                read.ok_or_else(|| Refusal::damaged("pax header"))
            }
        }
    }

    fn entry(
        &mut self,
        header: &Header<'_>,
        kind: u8,
        data: Range<u64>,
        sizes: Option<String>,
    ) -> Entry {
        let extended = std::mem::take(&mut self.extended);
        if !matches!(kind, b'1' | b'2') {
            self.room.extend(extended.link_at);
        }
        let own = header.name();
        let given = extended.name.or_else(|| self.global.name.clone());
        let link = extended
            .link
            .or_else(|| self.global.link.clone())
            .unwrap_or_else(|| until_nul(header.field(157..257)).to_vec());
        let mut attributes = header.attributes();
        attributes.modified = extended.modified.or(attributes.modified);
        attributes.capabilities = extended.capabilities | self.global.capabilities;
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
            sizes,
        }
    }
}

/// Readers that go by the header and readers that go by the extended one, and those that skip what a
/// link says it has and those that do not, see different members behind it (CVE-2025-62518).
fn disagreement(own: u64, given: u64, is_bare: bool) -> Option<String> {
    if is_bare && (own > 0 || given > 0) {
        return Some(format!("no file, and {} bytes long", own.max(given)));
    }
    // A size that the header has no room for is only in the extended one.
    let fits = given <= OCTAL_SIZE_MAX;
    (own != given && fits)
        .then(|| format!("the header says {own} bytes, the extended header {given}"))
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
        account(cx, &mut walk);
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
pub(crate) fn account(cx: &mut Context<'_, '_>, walk: &mut Walk<'_>) {
    for range in walk.structure.drain(..) {
        cx.structure(range);
    }
    for range in walk.room.drain(..) {
        cx.room(range);
    }
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
    let Entry { name, kind, link, attributes, data, sparse, short_name, sizes } = entry;
    if let Some(sizes) = sizes {
        cx.member_fact(name, FactKind::IndexDisagrees, Some(data.start), sizes.as_str());
    }
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
