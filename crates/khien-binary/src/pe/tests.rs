use proptest::prelude::*;

use super::fixture;
use crate::image::FunctionSource;
use crate::{Error, ImageKind, read};

#[test]
fn a_library_is_read_whole() {
    let bytes = fixture::library();
    let image = &read(&bytes).unwrap()[0];
    assert_eq!(
        (image.kind, image.machine.as_str(), image.library),
        (ImageKind::Pe, "x86_64", true)
    );
    assert!(image.problems.is_empty(), "{:?}", image.problems);
    let identity = &image.identity;
    assert_eq!(identity.product.as_deref(), Some("Vet Fixture"));
    assert_eq!(identity.company.as_deref(), Some("Vet Fixtures"));
    assert_eq!(identity.link_name.as_deref(), Some("codec.dll"));
    assert_eq!(identity.debug_path.as_deref(), Some("c:\\codec.pdb"));
    assert_eq!(identity.build_id, Some(format!("{}3", "11".repeat(16))));
    assert_eq!(image.exports, ["#7", "Alpha", "Beta=NTDLL.RtlBeta"]);
    let imports: Vec<(&str, Vec<&str>)> = image
        .imports
        .iter()
        .map(|import| {
            (import.library.as_str(), import.symbols.iter().map(String::as_str).collect())
        })
        .collect();
    assert_eq!(
        imports,
        [("KERNEL32.dll", vec!["CloseHandle", "CreateFileW"]), ("WS2_32.dll", vec!["#115"])]
    );
    // MD5 of `kernel32.createfilew,kernel32.closehandle,ws2_32.wsastartup`.
    assert_eq!(image.import_hash.as_deref(), Some("8158befa800c6c352dc87a1cd81d3e12"));
    assert_eq!(image.startup.tls_callbacks, 2);
    assert!(image.startup.entry_hash.is_some());
    assert_eq!(image.functions.source, FunctionSource::Unwind);
    let mut lengths: Vec<_> =
        image.functions.all.iter().map(|found| (found.offset, found.len)).collect();
    lengths.sort_unstable();
    assert_eq!(lengths, [(0x400, 6), (0x410, 13)]);
    let resources: Vec<&str> = image.resources.iter().map(|found| found.name.as_str()).collect();
    assert_eq!(resources, ["VERSION/1", "RCDATA/NAME"]);
    let mitigations: Vec<&str> = image.mitigations.iter().map(String::as_str).collect();
    assert_eq!(mitigations, ["aslr", "high_entropy_va", "nx"]);
    assert_eq!(image.toolchain.linker.as_deref(), Some("14.36"));
    assert_eq!(image.toolchain.compiled, Some(1_700_000_000));
    assert_eq!(image.overlay, None);
    assert!(image.sections[0].rights.execute && !image.sections[0].rights.write);
}

#[test]
fn bytes_after_the_last_section_are_overlay() {
    let mut bytes = fixture::library();
    bytes.extend(b"INERT VET TEST FIXTURE - CONTAINS NO CODE");
    assert_eq!(read(&bytes).unwrap()[0].overlay, Some(0x1400..0x1429));
}

#[test]
fn other_files_are_refused() {
    assert_eq!(read(b"INERT"), Err(Error::NotExecutable));
    assert_eq!(read(b"MZ"), Err(Error::NotExecutable));
    assert_eq!(read(&[b'M'; 4096]), Err(Error::NotExecutable));
    let cut = fixture::library();
    assert!(matches!(read(&cut[..0xA0]), Err(Error::Damaged { .. })));
}

#[test]
fn functions_keep_their_hash_when_the_image_moves() {
    let bytes = fixture::library();
    let mut moved = fixture::Bytes(bytes.clone());
    // The same code, with other displacements.
    moved.put(0x413, &[0, 0x20]);
    let hashes = |bytes: &[u8]| {
        let all = &read(bytes).unwrap()[0].functions.all;
        all.iter().map(|function| function.hash).collect::<Vec<_>>()
    };
    assert_eq!(hashes(&bytes), hashes(&moved.0));
}

#[test]
fn resources_that_share_bytes_are_measured_within_a_budget() {
    let mut bytes = fixture::Bytes(fixture::library());
    // A directory that names itself in all entries ends.
    for entry in 0..32 {
        bytes.u32(0x1014 + entry * 8, 1 << 31);
    }
    bytes.u16(0x100E, 32);
    assert!(read(&bytes.0).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn changed_files_never_panic(
        edits in proptest::collection::vec((0_usize..0x1400, any::<u8>()), 1..24),
        cut in 0_usize..0x1400,
        shorten in any::<bool>(),
    ) {
        let mut bytes = fixture::library();
        for (at, value) in edits {
            bytes[at] = value;
        }
        if shorten {
            bytes.truncate(cut);
        }
        prop_assert!(!matches!(read(&bytes), Err(Error::Defect)));
    }

    #[test]
    fn changed_headers_never_panic(
        edits in proptest::collection::vec((0x80_usize..0x240, any::<u8>()), 1..12),
        words in proptest::collection::vec((0x20_usize..0x90, any::<u32>()), 0..6),
    ) {
        let mut bytes = fixture::Bytes(fixture::library());
        for (at, value) in edits {
            bytes.0[at] = value;
        }
        for (at, value) in words {
            bytes.u32(at * 4, value);
        }
        prop_assert!(!matches!(read(&bytes.0), Err(Error::Defect)));
    }

    #[test]
    fn any_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..1000)) {
        let mut start = b"MZ".to_vec();
        start.extend(bytes);
        prop_assert!(!matches!(read(&start), Err(Error::Defect)));
    }
}
