use std::io::Read as _;

use proptest::prelude::*;

use super::*;
use crate::signature::{IrregularityKind, State};

const LINE: &[u8] = b"INERT VET TEST FIXTURE - CONTAINS NO CODE";

fn text16(name: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    bytes
}

fn string_command(kind: u32, fixed: &[u32], name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let offset = 12 + 4 * u32::try_from(fixed.len()).unwrap();
    let size = (usize::try_from(offset).unwrap() + name.len() + 1).next_multiple_of(8);
    for word in [kind, u32::try_from(size).unwrap(), offset].iter().chain(fixed) {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(name.as_bytes());
    bytes.resize(size, 0);
    bytes
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// A 64-bit library without code: two functions of padding-free inert instructions, one import, one
/// export, one initialiser; the signature's area is the last `room` bytes.
pub(crate) fn library(room: u32) -> Vec<u8> {
    const TEXT: u64 = 0x1000;
    const LINKEDIT: u64 = 0x2000;
    let segment = |name: &str, at: u64, size: u64, protection: u32, sections: &[Vec<u8>]| {
        let mut bytes = words(&[0x19, 72 + 80 * u32::try_from(sections.len()).unwrap()]);
        bytes.extend(text16(name));
        for word in [at, size, at, size] {
            bytes.extend(word.to_le_bytes());
        }
        let count = u32::try_from(sections.len()).unwrap();
        bytes.extend(words(&[protection, protection, count, 0]));
        bytes.extend(sections.concat());
        bytes
    };
    let section = |name: &str, at: u64, size: u64, flags: u32| {
        let mut bytes = [text16(name), text16("__TEXT")].concat();
        bytes.extend([at.to_le_bytes(), size.to_le_bytes()].concat());
        bytes.extend(words(&[u32::try_from(at).unwrap(), 2, 0, 0, flags, 0, 0, 0]));
        bytes
    };
    // __LINKEDIT: function starts, trie, symbols, strings, signature.
    let starts = [0x80, 0x20, 0x08, 0];
    let trie = [0, 1, b'_', b'i', b'n', b'e', b'r', b't', 0, 10, 3, 0, 0x80, 0x20, 0, 0];
    let mut symbols = Vec::new();
    symbols.extend(words(&[1]));
    symbols.extend([0x01, 0, 0x00, 0x01]); // undefined, of the first library
    symbols.extend([0; 8]);
    let strings = b"\0___stack_chk_fail\0";
    let base = u32::try_from(LINKEDIT).unwrap();
    let trie_at = base + 8;
    let symbols_at = trie_at + 16;
    let strings_at = symbols_at + 16;
    let signature_at = (strings_at + 32).next_multiple_of(16);
    let linkedit_size = u64::from(signature_at - base + room);
    let mut commands = vec![
        segment(
            "__TEXT",
            0,
            LINKEDIT,
            5,
            &[
                section("__text", TEXT, 16, 0x8000_0400),
                section("__init_offsets", TEXT + 0x100, 4, 0x16),
            ],
        ),
        segment("__LINKEDIT", LINKEDIT, linkedit_size, 1, &[]),
        string_command(0x0D, &[2, 0x1_0000, 0x1_0000], "@rpath/libinert.dylib"),
        string_command(0x0C, &[2, 0x1_0000, 0x1_0000], "/usr/lib/libSystem.B.dylib"),
        string_command(0x8000_0018, &[2, 0x1_0000, 0x1_0000], "/usr/lib/libinert-weak.dylib"),
        string_command(0x8000_001C, &[], "@loader_path/../lib"),
        [words(&[0x1B, 24]), (0..16).collect()].concat(),
        words(&[0x26, 16, base, 4]),
        words(&[0x8000_0033, 16, trie_at, 16]),
        words(&[0x02, 24, symbols_at, 1, strings_at, u32::try_from(strings.len()).unwrap()]),
    ];
    if room > 0 {
        commands.push(words(&[0x1D, 16, signature_at, room]));
    }
    let count = u32::try_from(commands.len()).unwrap();
    let commands = commands.concat();
    let size = u32::try_from(commands.len()).unwrap();
    let mut bytes = words(&[0xFEED_FACF, 0x0100_000C, 0, 6, count, size, 0x85, 0]);
    bytes.extend(commands);
    bytes.resize(0x1000, 0);
    // mov w0, #1; ret; mov w0, #2; ret
    bytes.extend(words(&[0x5280_0020, 0xD65F_03C0, 0x5280_0040, 0xD65F_03C0]));
    bytes.resize(0x1200, 0);
    bytes.extend(LINE);
    bytes.resize(0x2000, 0);
    for (at, part) in
        [(base, &starts[..]), (trie_at, &trie), (symbols_at, &symbols), (strings_at, strings)]
    {
        bytes.resize(usize::try_from(at).unwrap(), 0);
        bytes.extend(part);
    }
    bytes.resize(usize::try_from(signature_at + room).unwrap(), 0);
    bytes
}

#[test]
fn a_library_is_read() {
    let mut bytes = library(0);
    bytes.extend(LINE);
    let images = read(&bytes).unwrap();
    let image = &images[0];
    assert_eq!(image.problems, Vec::<String>::new());
    assert!(image.library);
    assert_eq!(image.machine, "aarch64");
    assert_eq!(image.identity.link_name.as_deref(), Some("@rpath/libinert.dylib"));
    assert_eq!(image.identity.build_id.as_deref(), Some("000102030405060708090a0b0c0d0e0f"));
    assert_eq!(image.imports.len(), 2);
    assert_eq!(image.imports[0].symbols, ["___stack_chk_fail"]);
    assert!(image.imports[1].lazy);
    assert_eq!(image.exports, ["_inert"]);
    assert_eq!(image.library_paths, ["@loader_path/../lib"]);
    assert_eq!(image.startup.initialisers, 1);
    assert_eq!(image.functions.source, FunctionSource::FunctionStarts);
    assert_eq!(image.functions.all.len(), 2);
    assert_eq!(image.functions.all.iter().map(|found| found.len).sum::<u32>(), 16);
    assert!(image.mitigations.contains("stack_protector"));
    let end = bytes.len() as u64;
    assert_eq!(image.overlay, Some(end - LINE.len() as u64..end));
    assert_eq!(image.signature.state, State::Unsigned);
    assert!(image.sections[0].rights.execute && !image.sections[0].rights.write);
}

fn universal(slices: &[&[u8]]) -> Vec<u8> {
    let mut bytes = 0xCAFE_BABE_u32.to_be_bytes().to_vec();
    bytes.extend(u32::try_from(slices.len()).unwrap().to_be_bytes());
    let mut at = 0x1000_u32;
    let mut places = Vec::new();
    for slice in slices {
        let size = u32::try_from(slice.len()).unwrap();
        for word in [0x0100_000C, 0, at, size, 12] {
            bytes.extend(word.to_be_bytes());
        }
        places.push(at);
        at = (at + size).next_multiple_of(0x1000);
    }
    for (place, slice) in places.into_iter().zip(slices) {
        bytes.resize(usize::try_from(place).unwrap(), 0);
        bytes.extend(*slice);
    }
    bytes
}

#[test]
fn universal_files_give_an_image_for_each_slice_and_hide_nothing() {
    let slice = library(0);
    let mut bytes = universal(&[&slice, &slice]);
    let images = read(&bytes).unwrap();
    assert_eq!(images.len(), 2);
    assert_eq!(images[1].file.start, 0x4000);
    assert_eq!(images[0].functions.all[0].hash, images[1].functions.all[0].hash);
    assert_eq!(images[1].functions.all[0].offset - images[0].functions.all[0].offset, 0x3000);
    assert!(images.iter().all(|image| image.problems.is_empty() && image.overlay.is_none()));

    bytes[0x100..0x100 + LINE.len()].copy_from_slice(LINE);
    let end = bytes.len() as u64;
    bytes.extend(LINE);
    let images = read(&bytes).unwrap();
    // All up to the slice, header of the table excluded: the reader need not find where noise starts.
    let table = 8 + 2 * 20;
    assert_eq!(images[0].unclaimed, vec![table..images[0].file.start; 1]);
    assert!(images[1].unclaimed.is_empty());
    assert_eq!(images[1].overlay, Some(end..end + LINE.len() as u64));
}

#[test]
fn bytes_between_the_tables_of_linkedit_are_an_overlay() {
    let mut bytes = library(0);
    let start = bytes.len();
    bytes.extend(LINE.repeat(4));
    // __LINKEDIT grows over what was added: it is after no segment any more.
    let command = 32 + 72 + 160;
    let size = (bytes.len() as u64 - 0x2000).to_le_bytes();
    bytes[command + 32..command + 40].copy_from_slice(&size);
    bytes[command + 48..command + 56].copy_from_slice(&size);
    let image = read(&bytes).unwrap().remove(0);
    let overlay = image.overlay.unwrap();
    assert!(overlay.start <= start as u64 && overlay.end == bytes.len() as u64);
}

#[test]
fn lying_tables_are_problems() {
    let mut bytes = library(0);
    // The trie's child points back at the root.
    bytes[0x2008 + 9] = 0;
    let images = read(&bytes).unwrap();
    assert!(images[0].problems.iter().any(|problem| problem.contains("trie")));
    let mut bytes = library(0);
    bytes[20..24].copy_from_slice(&4_u32.to_le_bytes());
    let images = read(&bytes).unwrap();
    assert!(images[0].problems.iter().any(|problem| problem.contains("load commands")));
    assert!(matches!(read(&bytes[..20]), Err(Error::Damaged { .. })));
}

#[test]
fn an_export_graph_that_shares_nodes_is_refused_in_time() {
    // Each node has two edges to the next: 2^60 names from 480 bytes.
    let mut trie = Vec::new();
    for node in 1..=60_u16 {
        let next = node * 10;
        let [low, high] =
            [u8::try_from(next & 0x7F).unwrap() | 0x80, u8::try_from(next >> 7).unwrap()];
        trie.extend([0, 2, b'a', 0, low, high, b'b', 0, low, high]);
    }
    trie.extend([1, 0, 0]);
    let mut found = Symbols::default();
    assert!(!found.take_trie_for_test(&trie, &mut Names::for_file(trie.len())));
}

#[test]
fn bind_operations_and_chained_fixups_name_their_libraries() {
    let mut names = Names::for_file(1 << 16);
    let operations = [0x12, 0x40, b'_', b'a', 0, 0x90, 0x3E, 0x40, b'_', b'b', 0, 0x90, 0];
    let mut found = Symbols::default();
    assert!(found.take_binds_for_test(&operations, &mut names));
    let expected = [(None, "_b".to_owned()), (Some(1), "_a".to_owned())];
    assert_eq!(found.imports, expected.into());
    let mut fixups = words(&[0, 0, 28, 36, 2, 1, 0]);
    fixups.extend(words(&[2 | 1 << 9, 0xFE | 4 << 9]));
    fixups.extend(b"\0_c\0_d\0");
    let mut found = Symbols::default();
    assert!(found.take_fixups_for_test(&fixups, &mut names));
    let expected = [(None, "_d".to_owned()), (Some(1), "_c".to_owned())];
    assert_eq!(found.imports, expected.into());
}

/// Real files to try: `KHIEN_SAMPLES` names a folder with `node`, `bun`, and the like.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn samples() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = std::env::var_os("KHIEN_SAMPLES") else {
        eprintln!("skipped: KHIEN_SAMPLES names no folder of Mach-O files");
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let mut bytes = Vec::new();
        let Ok(file) = std::fs::File::open(entry.path()) else { continue };
        if file.take(512 << 20).read_to_end(&mut bytes).is_ok() {
            found.push((entry.file_name().to_string_lossy().into_owned(), bytes));
        }
    }
    found
}

#[test]
#[expect(clippy::print_stderr, reason = "figures of the sample")]
fn developer_id_samples() {
    for (name, mut bytes) in samples() {
        let Ok(images) = read(&bytes) else { continue };
        for image in &images {
            eprintln!(
                "{name} {} {:?} {:?} imports {} exports {} functions {} {:?} init {} overlay {:?}\n  {:?}\n  {:?}\n  {:?} {:?}\n  {:?} {:?} {:?}",
                image.machine,
                image.signature.state,
                image.signature.signers.first().map(|signer| &signer.durable_identity),
                image.imports.len(),
                image.exports.len(),
                image.functions.all.len(),
                image.functions.source,
                image.startup.initialisers,
                image.overlay,
                image.signature.signers,
                image.signature.irregularities,
                image.signature.flags,
                image.signature.remarks,
                image.mitigations,
                image.toolchain,
                image.problems,
            );
            eprintln!("  {:?}", image.entitlements);
        }
        let team = match name.as_str() {
            "node" | "node-x64" => "HX7739G8FX",
            "bun" => "7FRXF46ZSN",
            _ => continue,
        };
        let signature = &images[0].signature;
        assert_eq!(signature.state, State::ValidStrict, "{name}");
        assert_eq!(signature.signers[0].durable_identity.as_deref(), Some(team));
        assert!(signature.flags.contains(&"class:developer-id".to_owned()));
        assert!(images[0].mitigations.contains("hardened_runtime"));
        assert!(images[0].functions.all.len() > 10_000);
        // One changed byte of the code, then one of the entitlements, then bytes after the signature.
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let changed = read(&bytes).unwrap().remove(0).signature;
        assert_eq!(changed.state, State::Invalid);
        assert_eq!(changed.irregularities[0].kind, IrregularityKind::WrongPageHash);
        bytes[middle] ^= 1;
        bytes.extend(LINE);
        let longer = read(&bytes).unwrap().remove(0).signature;
        assert_eq!(longer.state, State::ValidCarriesUnsigned);
        assert_eq!(longer.irregularities[0].kind, IrregularityKind::OutsideCodeLimit);
        let at = bytes.windows(8).rposition(|window| window == b"</plist>").unwrap();
        bytes[at - 3] ^= 1;
        assert_eq!(read(&bytes).unwrap().remove(0).signature.state, State::Invalid);
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..2048), magic in 0_usize..6) {
        let magic = [0xFEED_FACE_u32, 0xFEED_FACF, 0xCEFA_EDFE, 0xCFFA_EDFE, 0xCAFE_BABE, 0xCAFE_BABF][magic];
        for (to, from) in bytes.iter_mut().zip(magic.to_be_bytes()) {
            *to = from;
        }
        let _ = read(&bytes);
    }

    #[test]
    fn mutated_files_never_panic(changes in proptest::collection::vec((0_usize..0x500, any::<u8>()), 1..24), late in proptest::collection::vec((0x2000_usize..0x2048, any::<u8>()), 0..8), cut in 0_usize..0x2040) {
        let mut bytes = library(0);
        for (at, value) in changes.into_iter().chain(late) {
            bytes[at] = value;
        }
        let _ = read(&bytes);
        let _ = read(&bytes[..cut]);
        let _ = read(&universal(&[&bytes, &bytes]));
    }
}
