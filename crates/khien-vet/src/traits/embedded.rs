//! Headers of programs inside other files.
//!
//! A magic number alone is chance in a large file; here the fields behind it must agree as well.

/// Which kind of program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Program {
    /// Portable Executable.
    Pe,
    /// ELF.
    Elf,
    /// Mach-O, one architecture.
    MachO,
}

impl Program {
    /// The name as a trait's value.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Elf => "elf",
            Self::MachO => "macho",
            Self::Pe => "pe",
        }
    }

    /// The program whose magic number (of [`MAGICS`]) is at `at`, and its first byte.
    pub(crate) fn at(self, bytes: &[u8], at: usize) -> Option<usize> {
        match self {
            Self::Elf => elf(bytes.get(at..)?).then_some(at),
            Self::MachO => macho(bytes.get(at..)?).then_some(at),
            Self::Pe => pe(bytes, at),
        }
    }
}

/// What to search for.
pub(crate) const MAGICS: &[(Program, &[u8])] = &[
    (Program::Pe, b"PE\0\0"),
    (Program::Elf, b"\x7fELF"),
    (Program::MachO, b"\xfe\xed\xfa\xce"),
    (Program::MachO, b"\xfe\xed\xfa\xcf"),
    (Program::MachO, b"\xce\xfa\xed\xfe"),
    (Program::MachO, b"\xcf\xfa\xed\xfe"),
];

/// Bound: how far before its signature the DOS header is looked for.
const STUB_MAX: usize = 1024;

/// The DOS header that points at the signature at `signature`.
fn pe(bytes: &[u8], signature: usize) -> Option<usize> {
    let header = bytes.get(signature..)?;
    if header.get(..4)? != b"PE\0\0" {
        return None;
    }
    let machine = u16_le(header, 4)?;
    let sections = u16_le(header, 6)?;
    let magic = u16_le(header, 24)?;
    // Source: PE format, "Machine Types": x86, ARM, ARMNT, EBC, x64, ARM64, RISC-V, LoongArch.
    let known = matches!(
        machine,
        0x14c | 0x1c0 | 0x1c4 | 0xebc | 0x8664 | 0xaa64 | 0x5032 | 0x5064 | 0x6232 | 0x6264
    );
    if !known || !(1..=96).contains(&sections) || !matches!(magic, 0x10b | 0x20b) {
        return None;
    }
    (64..=STUB_MAX).step_by(4).find_map(|distance| {
        let start = signature.checked_sub(distance)?;
        let points = u32_le(bytes, start.checked_add(60)?)?;
        let here = bytes.get(start..)?.starts_with(b"MZ");
        (here && usize::try_from(points) == Ok(distance)).then_some(start)
    })
}

/// Source: ELF identification and header (System V gABI 4).
fn elf(header: &[u8]) -> bool {
    let Some([b'\x7f', b'E', b'L', b'F', class, data, 1, ..]) = header.first_chunk::<16>() else {
        return false;
    };
    let little = *data == 1;
    let u16_at = |at| if little { u16_le(header, at) } else { u16_be(header, at) };
    let kind = u16_at(16).is_some_and(|kind| (1..=4).contains(&kind));
    let machine = u16_at(18).is_some_and(|machine| machine != 0 && machine < 0x200);
    // Size of this header, at the place of its class.
    let size = match class {
        1 => u16_at(40) == Some(52),
        2 => u16_at(52) == Some(64),
        _ => false,
    };
    matches!(data, 1 | 2) && kind && machine && size
}

/// Source: `mach/machine.h`, `mach-o/loader.h`.
fn macho(header: &[u8]) -> bool {
    let Some(magic) = header.first_chunk::<4>() else { return false };
    let little = matches!(magic, [0xce | 0xcf, 0xfa, 0xed, 0xfe]);
    let u32_at = |at| if little { u32_le(header, at) } else { u32_be(header, at) };
    let (Some(cpu), Some(kind), Some(commands), Some(size)) =
        (u32_at(4), u32_at(12), u32_at(16), u32_at(20))
    else {
        return false;
    };
    matches!(cpu & 0x00ff_ffff, 7 | 12 | 18)
        && (1..=12).contains(&kind)
        && (1..=2000).contains(&commands)
        && size >= commands.saturating_mul(8)
        && size < 0x10_0000
}

fn u16_le(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_le_bytes(*b))
}

fn u16_be(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_be_bytes(*b))
}

fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

fn u32_be(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_be_bytes(*b))
}
