//! Setup programs with archives in their resources: Squirrel's, and its kin.

use super::pe::{Pe, Resource};
use crate::Attributes;
use crate::field::{self, piece};
use crate::reader::{Context, Refusal};

/// A resource this small is no archive that matters.
const ARCHIVE_BYTES_MIN: u64 = 64;

/// How archives begin that are carried as resources.
const MAGICS: [&[u8]; 8] = [
    b"PK\x03\x04",
    b"7z\xBC\xAF\x27\x1C",
    b"MSCF\0\0\0\0",
    b"Rar!\x1A\x07",
    b"\xFD7zXZ\0",
    b"\x1F\x8B\x08",
    b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
    b"!<arch>\n",
];

/// Whether these bytes are one: a zip in a resource of type `DATA`, with a package in it.
pub(crate) fn is_setup(bytes: &[u8]) -> bool {
    let Some(pe) = Pe::parse(bytes) else { return false };
    pe.resources().iter().any(|resource| {
        resource.name.starts_with("DATA/")
            && content(bytes, resource).starts_with(b"PK\x03\x04")
            && memchr::memmem::find(content(bytes, resource), b".nupkg").is_some()
    })
}

/// Whether a program carries an archive in a resource.
pub(crate) fn carries_archive(bytes: &[u8]) -> bool {
    Pe::parse(bytes).is_some_and(|pe| pe.resources().iter().any(|r| is_archive(bytes, r)))
}

fn is_archive(bytes: &[u8], resource: &Resource) -> bool {
    let content = content(bytes, resource);
    field::len(content) >= ARCHIVE_BYTES_MIN && MAGICS.iter().any(|m| content.starts_with(m))
}

fn content<'b>(bytes: &'b [u8], resource: &Resource) -> &'b [u8] {
    piece(bytes, resource.range.start, resource.range.end - resource.range.start)
        .unwrap_or_default()
}

/// Hands on the archives in a program's resources; for programs with an archive behind them too.
/// Their bytes stay the program's in the account.
///
/// # Errors
///
/// A limit was reached.
pub(crate) fn resource_archives(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    let Some(pe) = Pe::parse(&input) else { return Ok(()) };
    let mut at = 0;
    for resource in pe.resources().iter().filter(|r| is_archive(&input, r)) {
        if resource.range.start >= at {
            at = resource.range.end;
            let mut bytes = content(&input, resource);
            let name = format!("[resource]/{}", resource.name);
            cx.inflate(&name, Attributes::default(), &mut bytes, None)?;
        }
    }
    Ok(())
}

/// Reads one: every resource that is an archive is a node, the rest is the program.
///
/// # Errors
///
/// As all readers.
pub(crate) fn read(cx: &mut Context<'_, '_>) -> Result<(), Refusal> {
    let input = cx.input();
    let pe = Pe::parse(&input).ok_or_else(|| Refusal::damaged("the program's headers"))?;
    if let Some(table) = &pe.certificates {
        cx.signature(table.clone());
    }
    let mut at = 0;
    for resource in pe.resources().iter().filter(|r| is_archive(&input, r)) {
        // Two names may stand for one place; it is opened once.
        if resource.range.start < at {
            continue;
        }
        cx.program(at..resource.range.start);
        at = resource.range.end;
        let name = format!("[resource]/{}", resource.name);
        cx.file(&name, Attributes::default(), resource.range.clone())?;
    }
    cx.program(at..pe.end);
    cx.foreign("[behind the program]", pe.overlay())
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use crate::installer::testing::{INERT, Seen, program_with, survives_damage};
    use crate::{FactKind, Format, SpanKind};

    fn zip(files: &[&str]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for name in files {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(INERT).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    /// A resource folder with one resource `DATA/131/1033`.
    fn resources(content: &[u8]) -> Vec<u8> {
        let mut out = vec![0; 0x80];
        let folder = |out: &mut Vec<u8>, at: usize, named: u8, key: u32, to: u32| {
            out[at + 12] = named;
            out[at + 14] = 1 - named;
            out[at + 16..at + 20].copy_from_slice(&key.to_le_bytes());
            out[at + 20..at + 24].copy_from_slice(&to.to_le_bytes());
        };
        folder(&mut out, 0, 1, 0x8000_0060, 0x8000_0018);
        folder(&mut out, 0x18, 0, 131, 0x8000_0030);
        folder(&mut out, 0x30, 0, 1033, 0x48);
        out[0x48..0x4C].copy_from_slice(&0x1080_u32.to_le_bytes());
        out[0x4C..0x50].copy_from_slice(&u32::try_from(content.len()).unwrap().to_le_bytes());
        out[0x60..0x6A].copy_from_slice(b"\x04\0D\0A\0T\0A\0");
        out.extend_from_slice(content);
        out
    }

    fn setup() -> Vec<u8> {
        let zip = zip(&["RELEASES", "app-1.0.0-full.nupkg"]);
        program_with(&[(b".rsrc", resources(&zip))], Some(0))
    }

    #[test]
    fn the_package_in_the_resources_is_opened() {
        let mut bytes = setup();
        bytes.extend_from_slice(INERT);
        let seen = Seen::open("Setup.exe", bytes);
        seen.check().unwrap();
        assert_eq!(seen.nodes[0].format, Format::SquirrelSetup);
        assert_eq!(seen.node("[resource]/DATA/131/1033").format, Format::Zip);
        assert_eq!(seen.node("[resource]/DATA/131/1033!/RELEASES").bytes, INERT);
        assert!(seen.has_fact(FactKind::ForeignBytes, "behind the program"));
        assert_eq!(seen.bytes(SpanKind::Unexplained), u64::try_from(INERT.len()).unwrap());
    }

    #[test]
    fn an_archive_in_any_resource_is_opened() {
        let zip = zip(&["payload.txt"]);
        let mut bytes = program_with(&[(b".rsrc", resources(&zip))], Some(0));
        let seen = Seen::open("a.exe", bytes.clone());
        seen.check().unwrap();
        assert_eq!(seen.nodes[0].format, Format::SelfExtracting);
        assert_eq!(seen.node("[resource]/DATA/131/1033!/payload.txt").bytes, INERT);
        assert_eq!(seen.bytes(SpanKind::Unexplained), 0);
        // And behind the program as well.
        bytes.extend_from_slice(&self::zip(&["behind.txt"]));
        let seen = Seen::open("a.exe", bytes);
        seen.check().unwrap();
        assert_eq!(seen.node("[resource]/DATA/131/1033!/payload.txt").bytes, INERT);
        assert!(seen.names().iter().any(|name| name.ends_with("behind.txt")));
    }

    #[test]
    fn damage_never_panics() {
        survives_damage("Setup.exe", &setup(), 300);
    }
}
