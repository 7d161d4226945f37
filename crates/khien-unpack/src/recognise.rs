//! What a piece of an artefact is, by its content. Its name decides only between kinds of text.

mod leaf;
mod text;

use crate::field::{u16_le, u32_be, u32_le, u64_le};
use crate::node::{Format, GapReason};
use crate::reader::{Context, Refusal};
use crate::{archive, disk, installer, names, wide};

/// Reads one container.
pub(crate) type Reader = fn(&mut Context<'_, '_>) -> Result<(), Refusal>;

/// The reader of a format; leaves have none.
pub(crate) fn reader(format: Format) -> Option<Reader> {
    Some(match format {
        Format::Zip
        | Format::Nupkg
        | Format::Jar
        | Format::Wheel
        | Format::Vsix
        | Format::Crx
        | Format::Msix
        | Format::Apk => archive::zip::read,
        Format::Tar => archive::tar::read,
        Format::OciImage => archive::oci::read,
        Format::Npm | Format::Gzip => archive::stream::gzip,
        Format::Xz => archive::stream::xz,
        Format::Zstd => archive::stream::zstd,
        Format::Bzip2 => archive::stream::bzip2,
        Format::Lzma => archive::stream::lzma,
        Format::SevenZip => archive::seven_zip::read,
        Format::Ar | Format::Deb => archive::ar::read,
        Format::Rpm => archive::rpm::read,
        Format::SelfExtracting => archive::self_extracting::read,
        Format::Cab => installer::cab::read,
        Format::Msi => installer::msi::read,
        Format::Nsis => installer::nsis::read,
        Format::Inno => installer::inno::read,
        Format::WixBurn => installer::burn::read,
        Format::SquirrelSetup => installer::squirrel::read,
        Format::Asar => installer::asar::read,
        Format::AppImage => installer::appimage::read,
        Format::SquashFs => disk::squashfs::read,
        Format::Xar => disk::xar::read,
        Format::Cpio => disk::cpio::read,
        Format::Pbzx => disk::pbzx::read,
        Format::Udif => disk::udif::read,
        Format::HfsPlus => disk::hfsplus::read,
        Format::Apfs => disk::apfs::read,
        Format::Iso9660 => disk::iso9660::read,
        Format::Pe
        | Format::Elf
        | Format::MachO
        | Format::Script
        | Format::Text
        | Format::Json
        | Format::Xml
        | Format::Plist
        | Format::Image
        | Format::Font
        | Format::Certificate
        | Format::Database
        | Format::Data
        | Format::Empty => return None,
    })
}

/// What these bytes are.
pub(crate) fn format(name: &str, bytes: &[u8]) -> Format {
    if bytes.is_empty() {
        return Format::Empty;
    }
    program(bytes)
        .or_else(|| script(name, bytes))
        .or_else(|| archive_magic(bytes))
        .or_else(|| disk::recognise(bytes))
        .or_else(|| tar(bytes))
        .or_else(|| text::recognise(bytes))
        .or_else(|| leaf::recognise(bytes).map(|leaf| unless_script(name, leaf)))
        .or_else(|| wide::is_text(bytes).then_some(Format::Text))
        .or_else(|| archive::stream::is_lzma(bytes).then_some(Format::Lzma))
        .unwrap_or(Format::Data)
}

/// Scripts come before the magics that are letters: `GIF89a=1;` is a statement of JavaScript.
fn script(name: &str, bytes: &[u8]) -> Option<Format> {
    if bytes.starts_with(b"#!") {
        return Some(carrying(bytes, Format::Script));
    }
    let readable = has_script_name(name) && (text::is_mostly_text(bytes) || wide::is_text(bytes));
    readable.then_some(Format::Script)
}

/// An interpreter goes by the name and steps over what it cannot read: what a script's name hides
/// is never only looked at as a picture.
fn unless_script(name: &str, leaf: Format) -> Format {
    if has_script_name(name) { Format::Data } else { leaf }
}

fn program(bytes: &[u8]) -> Option<Format> {
    if is_pe(bytes) {
        return Some(installer::recognise_pe(bytes).unwrap_or_else(|| carrying(bytes, Format::Pe)));
    }
    if bytes.starts_with(b"\x7fELF") {
        let format = installer::recognise_elf(bytes);
        return Some(format.unwrap_or_else(|| carrying(bytes, Format::Elf)));
    }
    let magic = u32_be(bytes, 0)?;
    let is_mach_o = match magic {
        0xfeed_face | 0xfeed_facf | 0xcefa_edfe | 0xcffa_edfe => true,
        // A Java class file begins with the same four bytes, then its version (45 and up).
        0xcafe_babe | 0xcafe_babf => matches!(u32_be(bytes, 4), Some(1..=30)),
        _ => false,
    };
    is_mach_o.then(|| carrying(bytes, Format::MachO))
}

fn carrying(bytes: &[u8], program: Format) -> Format {
    if archive::self_extracting::carries(bytes) { Format::SelfExtracting } else { program }
}

/// `MZ`, and `PE` where the DOS header points to.
pub(crate) fn is_pe(bytes: &[u8]) -> bool {
    bytes.starts_with(b"MZ")
        && u32_le(bytes, 0x3c)
            .and_then(|at| usize::try_from(at).ok())
            .and_then(|at| u32_le(bytes, at))
            == Some(0x0000_4550)
}

fn archive_magic(bytes: &[u8]) -> Option<Format> {
    const MAGICS: [(&[u8], Format); 14] = [
        (b"7z\xbc\xaf\x27\x1c", Format::SevenZip),
        (b"\xfd7zXZ\x00", Format::Xz),
        (b"\x28\xb5\x2f\xfd", Format::Zstd),
        (b"Cr24", Format::Crx),
        (b"MSCF\0\0\0\0", Format::Cab),
        (b"\xed\xab\xee\xdb", Format::Rpm),
        (b"070701", Format::Cpio),
        (b"070702", Format::Cpio),
        (b"070707", Format::Cpio),
        (b"\xc7\x71", Format::Cpio),
        (b"\x71\xc7", Format::Cpio),
        (b"pbzx", Format::Pbzx),
        (b"xar!", Format::Xar),
        (b"SQLite format 3\0", Format::Database),
    ];
    if let Some((_, format)) = MAGICS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        // The old cpio magic is two bytes: it takes a device, a name and its length to believe it.
        let weak = *format == Format::Cpio && !bytes.starts_with(b"0707");
        if !weak || archive::ar::is_old_cpio(bytes) {
            return Some(*format);
        }
    }
    if bytes.starts_with(b"PK\x03\x04")
        || bytes.starts_with(b"PK\x05\x06")
        || bytes.starts_with(b"PK\x07\x08PK\x03\x04")
        || bytes.starts_with(b"PK00PK\x03\x04")
    {
        return Some(archive::zip::kin(bytes));
    }
    if bytes.starts_with(b"\x1f\x8b\x08") {
        return Some(archive::stream::gzip_kin(bytes));
    }
    if bytes.starts_with(b"!<arch>\n") {
        let deb = bytes.get(8..).is_some_and(|rest| rest.starts_with(b"debian-binary"));
        return Some(if deb { Format::Deb } else { Format::Ar });
    }
    if archive::stream::is_bzip2(bytes) {
        return Some(Format::Bzip2);
    }
    if archive::stream::is_skippable(bytes) {
        return Some(Format::Zstd);
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Some(if installer::is_msi(bytes) { Format::Msi } else { Format::Data });
    }
    is_asar(bytes).then_some(Format::Asar)
}

/// Chromium pickle: its size (4), the header's size, the payload's, the string's, then JSON.
fn is_asar(bytes: &[u8]) -> bool {
    u32_le(bytes, 0) == Some(4)
        && bytes.get(16..).is_some_and(|json| json.starts_with(b"{\"files\""))
}

fn tar(bytes: &[u8]) -> Option<Format> {
    if !archive::tar::begins(bytes) {
        return None;
    }
    Some(if archive::oci::is_image(bytes) { Format::OciImage } else { Format::Tar })
}

/// Containers that are known and have no reader, and content that needs a key: neither is a leaf.
pub(crate) fn unopened(format: Format, bytes: &[u8]) -> Option<(GapReason, &'static str)> {
    const MAGICS: [(&[u8], GapReason, &str); 14] = [
        (b"Rar!\x1a\x07", GapReason::Unsupported, "a RAR archive"),
        (b"MSWIM\0\0\0", GapReason::Unsupported, "a Windows image (WIM)"),
        (b"ISc(", GapReason::Unsupported, "an InstallShield cabinet"),
        (b"LZIP\x01", GapReason::Unsupported, "lzip"),
        (b"\x04\x22\x4d\x18", GapReason::Unsupported, "LZ4"),
        (b"\x89LZO\0\r\n\x1a\n", GapReason::Unsupported, "lzop"),
        (b"\x1f\x9d", GapReason::Unsupported, "compress"),
        (b"SZDD\x88\xf0\x27\x33", GapReason::Unsupported, "Microsoft compress"),
        (b"KWAJ\x88\xf0\x27\xd1", GapReason::Unsupported, "Microsoft compress"),
        (b"conectix", GapReason::Unsupported, "a virtual disk (VHD)"),
        (b"vhdxfile", GapReason::Unsupported, "a virtual disk (VHDX)"),
        (b"QFI\xfb", GapReason::Unsupported, "a virtual disk (QCOW)"),
        (b"Salted__", GapReason::Encrypted, "encrypted by OpenSSL"),
        (b"-----BEGIN PGP MESSAGE", GapReason::Encrypted, "an OpenPGP message"),
    ];
    if !matches!(format, Format::Data | Format::Text) {
        return None;
    }
    let found = MAGICS.iter().find(|(magic, ..)| bytes.starts_with(magic));
    let volume = || volume(bytes).map(|what| (GapReason::Unsupported, what));
    found.map(|(_, reason, what)| (*reason, *what)).or_else(volume)
}

/// File systems and packers that have their mark behind their beginning.
fn volume(bytes: &[u8]) -> Option<&'static str> {
    const MARKS: [(usize, &[u8], &str); 12] = [
        (2, b"-lh", "an LHA archive"),
        (3, b"NTFS    ", "an NTFS file system"),
        (3, b"EXFAT   ", "an exFAT file system"),
        (7, b"**ACE**", "an ACE archive"),
        (54, b"FAT12   ", "a FAT file system"),
        (54, b"FAT16   ", "a FAT file system"),
        (82, b"FAT32   ", "a FAT file system"),
        (512, b"EFI PART", "a partitioned disk (GPT)"),
        (512, b"PM\0\0", "a partitioned disk (Apple)"),
        (0x438, b"\x53\xef", "an ext file system"),
        (0x8001, b"BEA01\x01", "a UDF file system"),
        (0x10040, b"_BHRfS_M", "a Btrfs file system"),
    ];
    let has = |(at, mark, _): &&(usize, &[u8], &str)| {
        bytes.get(*at..).is_some_and(|rest| rest.starts_with(mark))
    };
    let found = MARKS.iter().find(has).filter(|(at, ..)| {
        // Two bytes are chance: the magic of ext comes with a state and a way to go on after errors.
        let ext = || {
            matches!(u16_le(bytes, 0x43a), Some(0..=4))
                && matches!(u16_le(bytes, 0x43c), Some(1..=3))
        };
        // An LHA header ends its method with a dash.
        let lha = || bytes.get(6) == Some(&b'-');
        (*at != 0x438 || ext()) && (*at != 2 || lha())
    });
    found.map(|(.., what)| *what)
}

const SCRIPTS: [&str; 36] = [
    "js",
    "mjs",
    "cjs",
    "jsx",
    "ts",
    "mts",
    "cts",
    "tsx",
    "py",
    "pyw",
    "pth",
    "ps1",
    "psm1",
    "psd1",
    "sh",
    "bash",
    "zsh",
    "fish",
    "csh",
    "ksh",
    "bat",
    "cmd",
    "vbs",
    "vbe",
    "wsf",
    "hta",
    "rb",
    "pl",
    "pm",
    "php",
    "lua",
    "tcl",
    "nsi",
    "jse",
    "groovy",
    "applescript",
];

fn has_script_name(name: &str) -> bool {
    names::ending(name).is_some_and(|end| SCRIPTS.contains(&end.as_str()))
}

/// Names that promise something that is only looked at.
const PASSIVE: [&str; 38] = [
    "png", "jpg", "jpeg", "gif", "bmp", "ico", "webp", "svg", "tif", "tiff", "txt", "md", "rst",
    "json", "xml", "yml", "yaml", "toml", "ini", "cfg", "css", "html", "htm", "csv", "log", "pem",
    "crt", "cer", "ttf", "otf", "woff", "woff2", "mp3", "mp4", "wav", "avi", "pdf", "rtf",
];

/// What is said where a name promises another thing than the content is, and the difference
/// matters: a program or an archive under a picture's name, or no program under a program's.
pub(crate) fn disguise(name: &str, format: Format, bytes: &[u8]) -> Option<String> {
    let end = names::ending(name.rsplit("!/").next().unwrap_or(name))?;
    let promises_passive = PASSIVE.contains(&end.as_str());
    let is_active = matches!(
        format,
        Format::Pe
            | Format::Elf
            | Format::MachO
            | Format::Msi
            | Format::Nsis
            | Format::Inno
            | Format::WixBurn
            | Format::SquirrelSetup
            | Format::SelfExtracting
            | Format::AppImage
            | Format::Zip
            | Format::Jar
            | Format::Apk
            | Format::SevenZip
            | Format::Cab
            | Format::Iso9660
            | Format::Udif
    );
    if promises_passive && is_active {
        return Some(format!("named .{end}, is {format:?}"));
    }
    // What a script's name hides, an interpreter may still run: it steps over what it cannot read.
    let is_read_only = match format {
        Format::Data => leaf::recognise(bytes),
        Format::Script | Format::Text | Format::Json | Format::Xml | Format::Empty => None,
        Format::SelfExtracting if bytes.starts_with(b"#!") => None,
        other => Some(other),
    };
    if let Some(other) = is_read_only.filter(|_| SCRIPTS.contains(&end.as_str())) {
        return Some(format!("named .{end}, is {other:?}"));
    }
    let promises_program = matches!(end.as_str(), "exe" | "dll" | "sys" | "ocx" | "scr");
    // 16-bit programs are `MZ` without `PE`.
    let plain = matches!(
        format,
        Format::Data | Format::Text | Format::Script | Format::Image | Format::Json | Format::Zip
    );
    (promises_program && plain && !bytes.starts_with(b"MZ") && u64_le(bytes, 0) != Some(0))
        .then(|| format!("named .{end}, is {format:?}"))
}

/// Where the last section of a PE file ends: what follows is the overlay. `None` where the headers
/// make no sense.
pub(crate) fn pe_end(bytes: &[u8]) -> Option<usize> {
    let at = usize::try_from(u32_le(bytes, 0x3c)?).ok()?;
    let sections = usize::from(u16_le(bytes, at.checked_add(6)?)?);
    let optional = usize::from(u16_le(bytes, at.checked_add(20)?)?);
    let table = at.checked_add(24)?.checked_add(optional)?;
    let mut end = 0;
    for index in 0..sections {
        let section = table.checked_add(index.checked_mul(40)?)?;
        let size = usize::try_from(u32_le(bytes, section.checked_add(16)?)?).ok()?;
        let start = usize::try_from(u32_le(bytes, section.checked_add(20)?)?).ok()?;
        end = end.max(start.checked_add(size)?);
    }
    (end <= bytes.len()).then_some(end)
}

/// The certificate table of a PE file: its place in the file.
pub(crate) fn pe_certificates(bytes: &[u8]) -> Option<std::ops::Range<u64>> {
    let at = usize::try_from(u32_le(bytes, 0x3c)?).ok()?;
    let optional = at.checked_add(24)?;
    let directories = match u16_le(bytes, optional)? {
        0x10b => optional.checked_add(96)?,
        0x20b => optional.checked_add(112)?,
        _ => return None,
    };
    let entry = directories.checked_add(32)?;
    let start = u64::from(u32_le(bytes, entry)?);
    let size = u64::from(u32_le(bytes, entry.checked_add(4)?)?);
    (start > 0 && size > 0).then(|| start..start + size)
}
