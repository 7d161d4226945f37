use khien_binary::image::{Import, Resource, Rights, Section, Startup};
use khien_binary::signature::{Irregularity, IrregularityKind};
use khien_binary::{ImageKind, Signature};
use proptest::prelude::*;

use super::*;
use crate::traits::names::{LIST_MAX, TEXT_MAX};
use crate::traits::text::widened;

fn matchers() -> &'static Matchers {
    static SHARED: std::sync::OnceLock<Matchers> = std::sync::OnceLock::new();
    SHARED.get_or_init(|| Matchers::built_in().expect("built in"))
}

fn input<'a>(path: &'a str, format: Format, bytes: &'a [u8], images: &'a [Image]) -> FileInput<'a> {
    FileInput { path, format, bytes, images }
}

fn data(bytes: &[u8]) -> FileTraits {
    of_file(&input("lib/inert", Format::Data, bytes, &[]), matchers())
}

fn shown(traits: &FileTraits) -> Vec<String> {
    let line = |o: &Observed| format!("{} {}", o.of.kind, o.of.value).trim_end().to_owned();
    traits.observed.iter().map(line).collect()
}

fn image(kind: ImageKind) -> Image {
    Image {
        kind,
        machine: "x86_64".to_owned(),
        library: true,
        file: 0..1 << 20,
        identity: Default::default(),
        imports: Vec::new(),
        exports: Vec::new(),
        sections: Vec::new(),
        startup: Startup::default(),
        mitigations: Default::default(),
        library_paths: Vec::new(),
        overlay: None,
        signature_table: None,
        unclaimed: Vec::new(),
        toolchain: Default::default(),
        resources: Vec::new(),
        functions: Default::default(),
        dotnet: None,
        entitlements: Vec::new(),
        import_hash: None,
        signature: Signature::default(),
        problems: Vec::new(),
    }
}

fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x1234_5678_9abc_def1_u64;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            u8::try_from(state >> 56).unwrap_or(0)
        })
        .collect()
}

#[test]
fn names_are_read_out_of_binary_text() {
    let text = b"\0d3dcompiler_47.dll\0%s.dll\0a.dll\0..\\plug\\Inert.Node\0libz.so.1\0x.sort\0\
        https://User:pw@Updates.Inert.test:8443/v1/a?b=c#d.\0http:\\/\\/j.inert.test\\/x\0inert-host.com\0window.com.x\0\
        HKEY_LOCAL_MACHINE\\\\Software\\\\Inert\\\\Run\0software\\x\0sh -c \"inert\"\0/bin/sh -c inert --now\0";
    let names = data(text).names;
    assert_eq!(names.files, ["d3dcompiler_47.dll", "inert.node", "libz.so"]);
    assert_eq!(names.hosts, ["inert-host.com", "j.inert.test", "updates.inert.test"]);
    assert_eq!(
        names.urls,
        ["http://j.inert.test/x", "https://updates.inert.test:8443/v1/a?b=c#d"]
            .map(|u| u.replace("#d", ""))
    );
    assert_eq!(names.registry, ["hklm\\software\\inert\\run"]);
    assert_eq!(names.commands, ["/bin/sh -c inert --now", "sh -c"]);
}

#[test]
fn words_that_weigh_are_told_in_both_encodings() {
    let text = b"C:\\x\\Google\\Chrome\\User Data\\Default MsMpEng.exe Software\\Microsoft\\Windows\\CurrentVersion\\Run xkey4.db";
    let expected = [
        "reference.secrets chromium-profile",
        "reference.defences defender",
        "reference.startup run-key",
    ];
    assert_eq!(shown(&data(text)), expected);
    assert_eq!(shown(&data(&widened(text))), expected);
}

#[test]
fn programs_inside_are_checked_by_their_fields() {
    let mut pe = vec![0; 0x200];
    pe[..2].copy_from_slice(b"MZ");
    pe[60] = 0x80;
    pe[0x80..0x84].copy_from_slice(b"PE\0\0");
    pe[0x84..0x88].copy_from_slice(&[0x64, 0x86, 3, 0]);
    pe[0x98..0x9a].copy_from_slice(&[0x0b, 0x02]);
    let inside = [vec![0; 100], pe.clone()].concat();
    assert_eq!(shown(&data(&inside)), ["payload.embedded-program pe"]);
    assert_eq!(data(&inside).observed[0].evidence[0].offset, Some(100));
    assert_eq!(shown(&data(&pe)), Vec::<String>::new(), "the file itself is no payload");
    pe[0x84] = 0;
    assert_eq!(shown(&data(&[vec![0; 100], pe].concat())), Vec::<String>::new());
    let zip = of_file(&input("a.zip", Format::Zip, &inside, &[]), matchers());
    assert_eq!(zip, FileTraits::default(), "members are files of their own");
}

#[test]
fn imports_are_means_whatever_their_decoration() {
    let import = |library: &str, symbols: &[&str]| Import {
        library: library.to_owned(),
        symbols: symbols.iter().map(|s| (*s).to_owned()).collect(),
        lazy: false,
    };
    let mut pe = image(ImageKind::Pe);
    pe.imports = vec![
        import("KERNEL32.dll", &["CreateProcessW", "CreateProcessA", "GetLastError"]),
        import("WS2_32.dll", &["#115"]),
        import("api-ms-win-core-file-l1-2-0.dll", &["CreateFileW"]),
    ];
    let traits = of_file(&input("a.dll", Format::Pe, b"MZ", &[pe]), matchers());
    let expected = [
        "capability.exec create-process",
        "capability.network sockets",
        "capability.library api-ms-win",
        "capability.library kernel32.dll",
        "capability.library ws2_32.dll",
    ];
    assert_eq!(shown(&traits), expected);
    assert_eq!(traits.observed[0].amount, 2);
    let mut elf = image(ImageKind::Elf);
    elf.imports = vec![import("libc.so.6", &[]), import("", &["popen@GLIBC_2.2.5", "mprotect"])];
    let traits = of_file(&input("a.so", Format::Elf, b"", &[elf]), matchers());
    let expected = [
        "capability.exec shell-command",
        "capability.memory protect",
        "capability.library libc.so",
    ];
    assert_eq!(shown(&traits), expected);
    let mut macho = image(ImageKind::MachO);
    let symbols = ["_OBJC_CLASS_$_NSMutableURLRequest", "_popen$DARWIN_EXTSN"];
    macho.imports = vec![import("/usr/lib/libSystem.B.dylib", &symbols)];
    let traits = of_file(&input("a.dylib", Format::MachO, b"", &[macho]), matchers());
    let expected = [
        "capability.exec shell-command",
        "capability.network apple-url",
        "capability.library libsystem.b.dylib",
    ];
    assert_eq!(shown(&traits), expected);
}

#[test]
fn structure_becomes_traits() {
    let mut bytes = vec![0; 1 << 16];
    bytes.extend(noise(1 << 17));
    let mut one = image(ImageKind::Pe);
    one.startup = Startup { tls_callbacks: 1, initialisers: 0, ifuncs: 2, entry_hash: Some(255) };
    one.sections = vec![Section {
        name: ".inert".to_owned(),
        file: 1 << 16..3 << 16,
        size: 4096,
        rights: Rights { read: true, write: true, execute: true },
        ..Section::default()
    }];
    one.resources = vec![Resource {
        name: "RCDATA/101".to_owned(),
        file: 1 << 16..3 << 16,
        ..Resource::default()
    }];
    one.overlay = Some(10..20);
    one.entitlements = vec![("test.inert".to_owned(), "true".to_owned())];
    one.library_paths = vec!["/inert".to_owned()];
    one.identity.debug_path = Some("C:\\build 12\\x\\a.pdb".to_owned());
    one.signature.irregularities = vec![Irregularity {
        kind: IrregularityKind::Slack,
        offset: 5,
        len: 65_549,
        nonzero: 65_000,
        entropy: 8.0,
        detail: String::new(),
    }];
    let traits = of_file(&input("a.dll", Format::Pe, &bytes, &[one]), matchers());
    let expected = [
        "signature.unsigned-bytes slack, dense 8.00000",
        "signature.entitlement-gained test.inert",
        "startup.tls-callback",
        "startup.ifunc",
        "startup.entry-code 00000000000000ff",
        "payload.opaque-bytes resource:RCDATA",
        "payload.opaque-bytes section:.inert",
        "payload.overlay",
        "payload.writable-code .inert",
        "provenance.library-path /inert",
        "provenance.build-mark debug-folder:c:\\build 0\\x",
    ];
    assert_eq!(shown(&traits), expected);
    assert_eq!(traits.observed[0].amount, 65_549);
}

#[test]
fn noise_is_told_in_every_part_of_a_program() {
    const K: u64 = 1 << 10;
    let zeros = |len: u64| vec![0; usize::try_from(len).unwrap_or(0)];
    let bytes =
        [zeros(64 * K), noise(128 << 10), zeros(64 * K), noise(128 << 10), zeros(64 * K)].concat();
    let section = |name: &str, file: std::ops::Range<u64>| Section {
        name: name.to_owned(),
        file,
        ..Section::default()
    };
    let of = |sections: Vec<Section>, resources: Vec<Resource>, overlay| {
        let mut one = image(ImageKind::Pe);
        one.file = 0..448 * K;
        (one.sections, one.resources, one.overlay) = (sections, resources, overlay);
        shown(&of_file(&input("a.dll", Format::Pe, &bytes, &[one]), matchers()))
    };
    // The first stretch of noise is 64..192 KiB, the second 256..384.
    let text = || section(".text", 0..64 * K);
    let named = |name: &str| of(vec![text(), section(name, 64 * K..448 * K)], Vec::new(), None);
    assert_eq!(named(".debug_x"), ["payload.opaque-bytes section:.debug_x"]);
    assert_eq!(named(".gnu_debugdata"), ["payload.opaque-bytes section:.gnu_debugdata"]);
    // A second section of that name holds none of the resources that are told.
    let icons =
        || Resource { name: "ICON/1".to_owned(), file: 64 * K..192 * K, ..Resource::default() };
    let twice = [text(), section(".rsrc", 64 * K..256 * K), section(".rsrc", 256 * K..448 * K)];
    assert_eq!(
        of(twice.to_vec(), vec![icons()], None),
        ["payload.opaque-bytes resource:ICON", "payload.opaque-bytes section:.rsrc"]
    );
    let once = vec![text(), section(".rsrc", 64 * K..256 * K)];
    assert_eq!(
        of(once.clone(), vec![icons()], None),
        ["payload.opaque-bytes between-sections", "payload.opaque-bytes resource:ICON"]
    );
    assert_eq!(
        of(once, vec![icons()], Some(256 * K..448 * K)),
        ["payload.opaque-bytes overlay", "payload.opaque-bytes resource:ICON", "payload.overlay"]
    );
}

#[test]
fn noise_and_what_hides_behind_a_picture() {
    assert_eq!(shown(&data(&noise(1 << 17))), ["payload.opaque-bytes file"]);
    assert_eq!(shown(&data(&noise(1 << 15))), Vec::<String>::new());
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xae\x42\x60\x82".to_vec();
    let picture =
        |bytes: &[u8]| shown(&of_file(&input("a.png", Format::Image, bytes, &[]), matchers()));
    assert_eq!(picture(&png), Vec::<String>::new());
    png.extend(b"INERT VET TEST FIXTURE - CONTAINS NO CODE");
    assert_eq!(picture(&png), ["payload.overlay png"]);
}

#[test]
fn lists_are_bounded_and_say_so() {
    let many: String = (0..LIST_MAX + 10).map(|n| format!("inert{n}.dll\n")).collect();
    let traits = data(many.as_bytes());
    assert_eq!(traits.names.files.len(), LIST_MAX);
    assert_eq!(traits.names.left_out, 10);
    // A full list is no reason to hold a release: it is told in the names.
    assert_eq!(traits.problems, Vec::<String>::new());
    let long = format!("https://inert.test/{}", "a".repeat(5000));
    assert!(data(long.as_bytes()).names.urls.iter().all(|url| url.len() <= TEXT_MAX));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..3000), path in ".{0,40}") {
        for format in [Format::Data, Format::Script, Format::Pe, Format::Text] {
            let traits = of_file(&input(&path, format, &bytes, &[]), matchers());
            let lists = [&traits.names.files, &traits.names.hosts, &traits.names.urls, &traits.names.registry, &traits.names.commands];
            for list in lists {
                prop_assert!(list.len() <= LIST_MAX);
                prop_assert!(list.windows(2).all(|w| w[0] < w[1]));
                prop_assert!(list.iter().all(|text| text.len() <= TEXT_MAX));
            }
        }
    }

    #[test]
    fn ascii_and_utf16_name_the_same(text in "([ -~\n\0]|\\.dll|https://|HKLM\\\\|software\\\\|cmd /c |\\.com|\"|inert){0,60}") {
        let narrow = data(text.as_bytes());
        let wide = data(&widened(text.as_bytes()));
        prop_assert_eq!(&narrow.names, &wide.names);
    }

    #[test]
    fn hostile_images_are_read(start in any::<u64>(), end in any::<u64>(), size in any::<u64>()) {
        let mut one = image(ImageKind::Elf);
        let rights = Rights { read: true, write: true, execute: true };
        one.sections = vec![Section { file: start..end, size, rights, ..Section::default() }; 3];
        one.overlay = Some(start..end);
        one.file = end..start;
        of_file(&input("a", Format::Elf, &noise(1 << 17), &[one]), matchers());
    }
}
