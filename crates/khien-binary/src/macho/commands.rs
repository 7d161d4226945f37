//! Load commands of one Mach-O slice.
//!
//! Source: `mach-o/loader.h`, `mach-o/nlist.h` of Apple's open `cctools` and `xnu`. Offsets count from
//! the start of the slice.

use std::ops::Range;

use crate::Error;
use crate::authenticode::hex;
use crate::fields::Fields;
use crate::image::Rights;
use crate::names::{Names, zero_terminated};

/// Bound: load commands and sections of one slice. Real ones stay below a hundred of each.
const COMMANDS_MAX: u32 = 10_000;
const SECTIONS_MAX: usize = 10_000;

/// Tables are aligned to 8 or 16 bytes; page alignment leaves zeroes.
const HOLE_MAX: u64 = 64;

/// A segment.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub(super) name: String,
    pub(super) address: u64,
    pub(super) size: u64,
    pub(super) file: Range<u64>,
}

/// A section with its segment's rights.
#[derive(Clone, Debug)]
pub(super) struct RawSection {
    pub(super) segment: String,
    pub(super) name: String,
    pub(super) address: u64,
    pub(super) size: u64,
    pub(super) offset: u64,
    pub(super) flags: u32,
    pub(super) rights: Rights,
}

impl RawSection {
    /// Type of the section (`S_*`).
    pub(super) const fn kind(&self) -> u32 {
        self.flags & 0xFF
    }

    /// Whether it has bytes in the file: not `S_ZEROFILL`, `S_GB_ZEROFILL`, `S_THREAD_LOCAL_ZEROFILL`.
    pub(super) const fn in_file(&self) -> bool {
        !matches!(self.kind(), 0x01 | 0x0C | 0x12) && self.size > 0
    }

    /// Whether it holds code of the author: instructions, and not the linker's stubs.
    pub(super) fn is_code(&self) -> bool {
        self.flags & 0x8000_0400 != 0
            && self.rights.execute
            && self.kind() != 0x08
            && !self.name.contains("stub")
    }
}

/// A library that the loader is told to load.
#[derive(Clone, Debug)]
pub(super) struct Library {
    pub(super) name: String,
    pub(super) lazy: bool,
}

/// What the load commands say.
#[derive(Debug)]
pub(super) struct Commands<'a> {
    pub(super) fields: Fields<'a>,
    pub(super) cpu: u32,
    pub(super) cpu_kind: u32,
    pub(super) file_kind: u32,
    pub(super) flags: u32,
    pub(super) segments: Vec<Segment>,
    pub(super) sections: Vec<RawSection>,
    pub(super) libraries: Vec<Library>,
    pub(super) link_name: Option<String>,
    pub(super) uuid: Option<String>,
    pub(super) paths: Vec<String>,
    pub(super) loader: Option<String>,
    pub(super) tools: Vec<(u32, u32)>,
    pub(super) sdk: Option<u32>,
    pub(super) entry: Option<u64>,
    pub(super) routines: u32,
    pub(super) encrypted: bool,
    /// Symbols and their strings.
    pub(super) symbols: Option<(Range<u64>, Range<u64>)>,
    /// Bind, weak bind, and lazy bind operations.
    pub(super) binds: Vec<Range<u64>>,
    pub(super) exports: Option<Range<u64>>,
    pub(super) fixups: Option<Range<u64>>,
    pub(super) starts: Option<Range<u64>>,
    pub(super) signature: Option<Range<u64>>,
    /// What tables claim, mostly in `__LINKEDIT`, in the order of commands.
    pub(super) claims: Vec<Range<u64>>,
    /// Byte after the last one that a header, segment, or table claims.
    pub(super) claimed: u64,
    pub(super) problems: Vec<String>,
}

impl<'a> Commands<'a> {
    /// Reads the header and all load commands of one slice.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] when the header is cut short or its magic is no Mach-O's.
    pub(super) fn read(bytes: &'a [u8], names: &mut Names) -> Result<Self, Error> {
        let damaged = Error::Damaged { format: "Mach-O", what: "file header" };
        let (big, wide) = match bytes.first_chunk::<4>() {
            Some([0xFE, 0xED, 0xFA, 0xCE]) => (true, false),
            Some([0xFE, 0xED, 0xFA, 0xCF]) => (true, true),
            Some([0xCE, 0xFA, 0xED, 0xFE]) => (false, false),
            Some([0xCF, 0xFA, 0xED, 0xFE]) => (false, true),
            _ => return Err(damaged),
        };
        let fields = Fields { bytes, big, wide };
        let word = |offset| fields.u32(offset).ok_or(damaged.clone());
        let (cpu, cpu_kind, file_kind) = (word(4)?, word(8)?, word(12)?);
        let (count, size, flags) = (word(16)?, u64::from(word(20)?), word(24)?);
        let start = if wide { 32 } else { 28 };
        let mut commands = Self {
            fields,
            cpu,
            cpu_kind,
            file_kind,
            flags,
            segments: Vec::new(),
            sections: Vec::new(),
            libraries: Vec::new(),
            link_name: None,
            uuid: None,
            paths: Vec::new(),
            loader: None,
            tools: Vec::new(),
            sdk: None,
            entry: None,
            routines: 0,
            encrypted: false,
            symbols: None,
            binds: Vec::new(),
            exports: None,
            fixups: None,
            starts: None,
            signature: None,
            claims: Vec::new(),
            claimed: start + size,
            problems: Vec::new(),
        };
        commands.walk(start..start + size, count, names);
        Ok(commands)
    }

    fn walk(&mut self, area: Range<u64>, count: u32, names: &mut Names) {
        let mut at = area.start;
        for _ in 0..count.min(COMMANDS_MAX) {
            let command = self.fields.u32(at).zip(self.fields.u32(at + 4));
            let Some((kind, size)) = command.filter(|(_, size)| *size >= 8) else {
                self.problems.push("a load command is cut short".to_owned());
                return;
            };
            let Some(bytes) = self.fields.slice(at, size.into()) else {
                self.problems.push("a load command runs past the file".to_owned());
                return;
            };
            at += u64::from(size);
            if at > area.end {
                self.problems.push("load commands run past their declared size".to_owned());
                return;
            }
            if self.take(kind, self.fields.over(bytes), names).is_none() {
                self.problems.push(format!("load command {kind:#x} is too short"));
            }
        }
        if at != area.end {
            self.problems.push(format!("{} bytes after the last load command", area.end - at));
        }
    }

    /// One command; `None` when it is shorter than its kind.
    fn take(&mut self, kind: u32, command: Fields<'_>, names: &mut Names) -> Option<()> {
        match kind {
            0x01 | 0x19 => self.take_segment(command, kind == 0x19)?,
            0x02 => {
                let entry = if self.fields.wide { 16 } else { 12 };
                let symbols = span(command.u32(8)?, command.u32(12)?.checked_mul(entry)?);
                let strings = span(command.u32(16)?, command.u32(20)?);
                self.claim_table(symbols.clone());
                self.claim_table(strings.clone());
                self.symbols = Some((symbols, strings));
            }
            // LC_LOAD_DYLIB, _WEAK_, LC_REEXPORT_DYLIB, LC_LAZY_LOAD_DYLIB, LC_LOAD_UPWARD_DYLIB
            0x0C | 0x8000_0018 | 0x8000_001F | 0x20 | 0x8000_0023 => {
                let name = text(command, 8, names)?;
                // The newer form marks itself in the time stamp and adds flags.
                let marked = command.u32(8) == Some(28) && command.u32(12) == Some(0x1A74_1800);
                let flags = if marked { command.u32(24).unwrap_or(0) } else { 0 };
                let lazy = matches!(kind, 0x8000_0018 | 0x20) || flags & (1 | 8) != 0;
                self.libraries.push(Library { name, lazy });
            }
            0x0B => self.take_dynamic_symbols(command)?,
            0x16 => self.claim_table(span(command.u32(8)?, command.u32(12)?.saturating_mul(4))),
            0x31 => {
                let offset = command.u64(24)?;
                self.claim_table(offset..offset.saturating_add(command.u64(32)?));
            }
            0x0D => self.link_name = Some(text(command, 8, names)?),
            0x0E => self.loader = Some(text(command, 8, names)?),
            0x11 | 0x1A => self.routines = self.routines.saturating_add(1),
            0x1B => self.uuid = Some(hex(command.slice(8, 16)?)),
            // LC_RPATH, and LC_DYLD_ENVIRONMENT, which can set search paths too.
            0x8000_001C | 0x27 => self.paths.push(text(command, 8, names)?),
            0x1D => self.signature = Some(self.table(command)?),
            0x26 => self.starts = Some(self.table(command)?),
            0x21 | 0x2C => self.encrypted |= command.u32(16)? != 0,
            0x22 | 0x8000_0022 => {
                self.table(command)?; // rebase operations
                for at in [16, 24, 32] {
                    let binds = span(command.u32(at)?, command.u32(at + 4)?);
                    self.claim_table(binds.clone());
                    self.binds.push(binds);
                }
                let exports = span(command.u32(40)?, command.u32(44)?);
                self.claim_table(exports.clone());
                self.exports =
                    Some(exports).filter(|found| !found.is_empty()).or(self.exports.take());
            }
            0x8000_0028 => self.entry = Some(command.u64(8)?),
            0x32 => {
                self.sdk = Some(command.u32(16)?);
                for tool in 0..u64::from(command.u32(20)?).min(64) {
                    self.tools.push((command.u32(24 + 8 * tool)?, command.u32(28 + 8 * tool)?));
                }
            }
            0x8000_0033 => self.exports = Some(self.table(command)?),
            0x8000_0034 => self.fixups = Some(self.table(command)?),
            // Split information, data in code, linker hints, and the like.
            0x1E | 0x29 | 0x2B | 0x2E | 0x36 => {
                self.table(command)?;
            }
            _ => {}
        }
        Some(())
    }

    fn take_segment(&mut self, command: Fields<'_>, wide: bool) -> Option<()> {
        let command = Fields { wide, ..command };
        let word = command.word_size();
        let after = 24 + 4 * word;
        let protection = command.u32(after + 4)?;
        let rights = Rights {
            read: protection & 1 != 0,
            write: protection & 2 != 0,
            execute: protection & 4 != 0,
        };
        let offset = command.word(24 + 2 * word)?;
        let segment = Segment {
            name: fixed_text(command.slice(8, 16)?),
            address: command.word(24)?,
            size: command.word(24 + word)?,
            file: offset..offset.saturating_add(command.word(24 + 3 * word)?),
        };
        self.claim(&segment.file);
        let step = 32 + 2 * word + if wide { 32 } else { 28 };
        for index in 0..u64::from(command.u32(after + 8)?) {
            if self.sections.len() >= SECTIONS_MAX {
                self.problems.push(format!("more than {SECTIONS_MAX} sections"));
                break;
            }
            let section = command.over(command.slice(after + 16 + index * step, step)?);
            let rest = 32 + 2 * word;
            let relocations =
                span(section.u32(rest + 8)?, section.u32(rest + 12)?.saturating_mul(8));
            self.claim_table(relocations);
            self.sections.push(RawSection {
                segment: fixed_text(section.slice(16, 16)?),
                name: fixed_text(section.slice(0, 16)?),
                address: section.word(32)?,
                size: section.word(32 + word)?,
                offset: section.u32(rest)?.into(),
                flags: section.u32(rest + 16)?,
                rights,
            });
        }
        self.segments.push(segment);
        Some(())
    }

    /// The range that a `linkedit_data_command` names.
    fn table(&mut self, command: Fields<'_>) -> Option<Range<u64>> {
        let range = span(command.u32(8)?, command.u32(12)?);
        self.claim_table(range.clone());
        Some(range)
    }

    /// `LC_DYSYMTAB`: tables of symbol numbers and relocations.
    fn take_dynamic_symbols(&mut self, command: Fields<'_>) -> Option<()> {
        let module = if self.fields.wide { 56 } else { 52 };
        for (at, size) in [(32, 8), (40, module), (48, 4), (56, 4), (64, 8), (72, 8)] {
            let table = span(command.u32(at)?, command.u32(at + 4)?.saturating_mul(size));
            self.claim_table(table);
        }
        Some(())
    }

    fn claim_table(&mut self, range: Range<u64>) {
        self.claim(&range);
        if !range.is_empty() {
            self.claims.push(range);
        }
    }

    fn claim(&mut self, range: &Range<u64>) {
        if !range.is_empty() {
            self.claimed = self.claimed.max(range.end);
        }
    }

    /// Parts of `__LINKEDIT` that no table claims, beyond what alignment leaves between tables.
    pub(super) fn linkedit_holes(&self) -> Vec<Range<u64>> {
        let Some(segment) = self.segments.iter().find(|found| found.name == "__LINKEDIT") else {
            return Vec::new();
        };
        let mut claims = self.claims.clone();
        claims.push(segment.file.end..segment.file.end);
        claims.sort_unstable_by_key(|claim| claim.start);
        let mut at = segment.file.start;
        let mut holes = Vec::new();
        for claim in claims {
            let end = claim.start.min(segment.file.end);
            let used = self.bytes(&(at..end)).iter().any(|byte| *byte != 0);
            if end.saturating_sub(at) > HOLE_MAX && used {
                holes.push(at..end);
            }
            at = at.max(claim.end);
        }
        holes
    }

    /// Bytes of a range; as many as the file has.
    pub(super) fn bytes(&self, range: &Range<u64>) -> &'a [u8] {
        let len = u64::try_from(self.fields.bytes.len()).unwrap_or(0);
        let end = range.end.min(len);
        self.fields.slice(range.start, end.saturating_sub(range.start)).unwrap_or_default()
    }

    /// Bytes of a section; empty where it has none in the file.
    pub(super) fn section_bytes(&self, section: &RawSection) -> &'a [u8] {
        if section.in_file() {
            self.bytes(&(section.offset..section.offset.saturating_add(section.size)))
        } else {
            &[]
        }
    }

    /// The first section of a segment and name.
    pub(super) fn section(&self, segment: &str, name: &str) -> Option<&RawSection> {
        self.sections.iter().find(|found| found.name == name && found.segment == segment)
    }

    /// Address of the segment that the header lies in; function starts count from it.
    pub(super) fn text_address(&self) -> u64 {
        self.segments.iter().find(|segment| segment.name == "__TEXT").map_or(0, |text| text.address)
    }

    /// Addresses that the image takes; empty where it starts at 0.
    pub(super) fn span(&self) -> Range<u64> {
        let mapped = || self.segments.iter().filter(|segment| segment.name != "__PAGEZERO");
        let start = mapped().map(|segment| segment.address).min().unwrap_or(0);
        let end = mapped().map(|segment| segment.address.saturating_add(segment.size)).max();
        if start == 0 { 0..0 } else { start..end.unwrap_or(start) }
    }
}

fn span(offset: u32, size: u32) -> Range<u64> {
    let offset = u64::from(offset);
    offset..offset + u64::from(size)
}

/// A string of a load command: its offset within the command stands at `at`.
fn text(command: Fields<'_>, at: u64, names: &mut Names) -> Option<String> {
    let offset = usize::try_from(command.u32(at)?).ok()?;
    // The last string may fill its command without a zero.
    let name = zero_terminated(command.bytes, offset).or_else(|| command.bytes.get(offset..))?;
    names.take(name)
}

/// A name of sixteen bytes, padded with zeroes.
fn fixed_text(bytes: &[u8]) -> String {
    let name = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(name).into_owned()
}
