use std::collections::BTreeSet;
use std::io::Read as _;

use proptest::prelude::*;

use super::*;

const LINE: &[u8] = b"INERT VET TEST FIXTURE - CONTAINS NO CODE";

/// Reads a system file; prints a line and gives nothing where there is none.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn system(path: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    match std::fs::File::open(path).and_then(|file| file.take(64 << 20).read_to_end(&mut bytes)) {
        Ok(_) if bytes.starts_with(b"\x7fELF") => Some(bytes),
        _ => {
            eprintln!("skipped: no ELF file at {path}");
            None
        }
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
#[expect(clippy::disallowed_methods, reason = "compares with another reader")]
fn readelf(arguments: &[&str]) -> Option<String> {
    let output = std::process::Command::new("readelf").args(arguments).env("LC_ALL", "C").output();
    match output {
        Ok(output) if !output.stdout.is_empty() => {
            Some(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        _ => {
            eprintln!("skipped: no readelf");
            None
        }
    }
}

const FILES: [&str; 6] = [
    "/bin/ls",
    "/bin/bash",
    "/lib/x86_64-linux-gnu/libc.so.6",
    "/lib/x86_64-linux-gnu/libm.so.6",
    "/lib/x86_64-linux-gnu/liblzma.so.5",
    "/lib/x86_64-linux-gnu/libstdc++.so.6",
];

/// System files, and the ELF files in the folder of `KHIEN_SAMPLES` (other processors, other linkers).
fn files() -> Vec<String> {
    let mut files: Vec<String> = FILES.iter().map(|path| (*path).to_owned()).collect();
    if let Some(folder) = std::env::var_os("KHIEN_SAMPLES") {
        let entries = std::fs::read_dir(folder).unwrap().flatten();
        let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("elf-"));
        files.extend(named.map(|entry| entry.path().to_string_lossy().into_owned()));
    }
    files
}

#[test]
fn real_files_agree_with_readelf() {
    for path in &files() {
        let Some(bytes) = system(path) else { continue };
        let image = read(&bytes).expect(path);
        assert_eq!(image.problems, Vec::<String>::new(), "{path}");
        let Some(table) = readelf(&["-dW", path]) else { return };
        let needed: Vec<&str> = table
            .lines()
            .filter(|line| line.contains("(NEEDED)"))
            .filter_map(|line| line.split(['[', ']']).nth(1))
            .collect();
        let named = image.imports.iter().map(|import| import.library.as_str());
        let ours: Vec<&str> =
            named.filter(|name| !name.is_empty() && !name.contains('/')).collect();
        assert_eq!(ours, needed, "{path}");
        let soname = table.lines().find(|line| line.contains("(SONAME)"));
        let soname = soname.and_then(|line| line.split(['[', ']']).nth(1));
        assert_eq!(image.identity.link_name.as_deref(), soname, "{path}");
        assert_eq!(image.library, path.contains(".so"), "{path}");
        let notes = readelf(&["-nW", path]).unwrap_or_default();
        let build_id = notes.split("Build ID: ").nth(1);
        let build_id = build_id.and_then(|rest| rest.split_whitespace().next());
        assert_eq!(image.identity.build_id.as_deref(), build_id, "{path}");
        compare_symbols(path, &image);
    }
}

fn compare_symbols(path: &str, image: &Image) {
    let Some(table) = readelf(&["--dyn-syms", "-W", path]) else { return };
    let mut imports = BTreeSet::new();
    let mut exports = BTreeSet::new();
    let mut ifuncs = 0;
    for line in table.lines() {
        // Flags of a processor stand in brackets between the columns.
        let line = match (line.find('['), line.rfind(']')) {
            (Some(from), Some(to)) if from < to => format!("{}{}", &line[..from], &line[to + 1..]),
            _ => line.to_owned(),
        };
        let columns: Vec<&str> = line.split_whitespace().collect();
        let [index, value, _, kind, bind, visibility, section, name, ..] = columns[..] else {
            continue;
        };
        if !index.ends_with(':') || index == "Num:" {
            continue;
        }
        let name = name.split('@').next().unwrap_or_default().to_owned();
        ifuncs += u32::from(kind == "IFUNC" && section != "UND");
        if section == "UND" {
            imports.insert(name);
        } else if bind != "LOCAL"
            && ["DEFAULT", "PROTECTED"].contains(&visibility)
            && !(section == "ABS" && value.trim_start_matches('0').is_empty())
        {
            exports.insert(name);
        }
    }
    let ours = image.imports.iter().flat_map(|import| import.symbols.iter().cloned());
    assert_eq!(ours.collect::<BTreeSet<_>>(), imports, "{path}");
    assert_eq!(image.exports.iter().cloned().collect::<BTreeSet<_>>(), exports, "{path}");
    let Some(relocations) = readelf(&["-rW", path]) else { return };
    let irelative = relocations.lines().filter(|line| line.contains("_IRELATIV")).count();
    assert_eq!(image.startup.ifuncs, ifuncs + u32::try_from(irelative).unwrap(), "{path}");
}

#[test]
fn sections_and_functions_of_system_files() {
    for path in FILES {
        let Some(bytes) = system(path) else { continue };
        let image = read(&bytes).expect(path);
        let text = image.sections.iter().find(|found| found.name == ".text").expect(".text");
        assert!(text.rights.execute && !text.rights.write);
        assert!(text.entropy > 4.0);
        assert_eq!(image.functions.source, FunctionSource::Unwind, "{path}");
        assert!(image.startup.initialisers > 0, "{path}");
        assert!(image.mitigations.contains("nx") && image.mitigations.contains("relro"), "{path}");
        assert_eq!(image.overlay, None, "{path}");
        assert!(image.import_hash.is_some());
        let Some(frames) = readelf(&["--debug-dump=frames", path]) else { return };
        let mut expected: BTreeSet<u64> = frames
            .lines()
            .filter(|line| line.contains(" FDE "))
            .filter_map(|line| line.split("pc=").nth(1)?.split("..").next())
            .filter_map(|start| u64::from_str_radix(start, 16).ok())
            .collect();
        let plt: Vec<_> = image
            .sections
            .iter()
            .filter(|found| found.name.starts_with(".plt"))
            .map(|found| found.address..found.address + found.size)
            .collect();
        expected.retain(|start| !plt.iter().any(|stub| stub.contains(start)));
        // Functions that are nothing but padding have no hash; code without frames has one as well.
        let ours: BTreeSet<u64> = image
            .functions
            .all
            .iter()
            .map(|found| found.offset + text.address - text.file.start)
            .collect();
        let found = expected.intersection(&ours).count();
        assert!(found * 100 >= expected.len() * 99, "{path}: {found} of {}", expected.len());
        let inside = image.functions.all.iter().filter(|found| text.file.contains(&found.offset));
        let covered: u64 = inside.map(|found| u64::from(found.len)).sum();
        assert!(covered * 100 >= text.size * 93, "{path}: {covered} of {}", text.size);
    }
}

/// A file of one segment that holds everything: headers, a dynamic table, strings, and the line.
fn smallest(entries: &[(u64, u64)]) -> Vec<u8> {
    let mut bytes = vec![0_u8; 0x200];
    bytes[..8].copy_from_slice(b"\x7fELF\x02\x01\x01\0");
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(16, &3_u16.to_le_bytes());
    put(18, &62_u16.to_le_bytes());
    put(20, &1_u32.to_le_bytes());
    put(32, &64_u64.to_le_bytes());
    put(52, &64_u16.to_le_bytes());
    put(54, &56_u16.to_le_bytes());
    put(56, &2_u16.to_le_bytes());
    for (index, (kind, flags, at, size)) in
        [(1_u32, 5_u32, 0_u64, 0x400_u64), (2, 6, 0x100, 0x100)].into_iter().enumerate()
    {
        let start = 64 + 56 * index;
        put(start, &kind.to_le_bytes());
        put(start + 4, &flags.to_le_bytes());
        for place in [start + 8, start + 16] {
            put(place, &at.to_le_bytes());
        }
        for place in [start + 32, start + 40] {
            put(place, &size.to_le_bytes());
        }
    }
    for (index, (tag, value)) in entries.iter().enumerate() {
        put(0x100 + 16 * index, &tag.to_le_bytes());
        put(0x108 + 16 * index, &value.to_le_bytes());
    }
    bytes.extend(b"\0libinert.so.1\0$ORIGIN/lib:/opt/inert\0");
    bytes.resize(0x300, 0);
    bytes.extend(LINE);
    bytes.resize(0x400, 0);
    bytes
}

#[test]
fn a_file_without_section_headers_is_read_by_its_segments() {
    let mut bytes =
        smallest(&[(1, 1), (29, 15), (5, 0x200), (10, 0x30), (25, 0x380), (27, 24), (30, 8)]);
    bytes.extend(LINE);
    let image = read(&bytes).unwrap();
    assert_eq!(image.imports[0].library, "libinert.so.1");
    assert_eq!(image.library_paths, ["$ORIGIN/lib", "/opt/inert"]);
    assert_eq!(image.startup.initialisers, 3);
    assert!(image.mitigations.contains("bind_now"));
    assert_eq!(image.overlay, Some(0x400..0x400 + LINE.len() as u64));
    assert_eq!(image.sections.len(), 1);
    assert_eq!(image.sections[0].name, "LOAD[0]");
    assert!(image.problems.is_empty(), "{:?}", image.problems);
}

#[test]
fn disagreement_and_truncation_are_said() {
    let mut bytes = smallest(&[(1, 1), (5, 0x200)]);
    // The tool's view of the dynamic table moves; the loader's stays.
    bytes[64 + 56 + 8..64 + 56 + 16].copy_from_slice(&0x300_u64.to_le_bytes());
    let image = read(&bytes).unwrap();
    assert_eq!(image.imports[0].library, "libinert.so.1");
    assert!(
        image.problems.iter().any(|problem| problem.contains("disagree")),
        "{:?}",
        image.problems
    );
    let cut = read(&smallest(&[])[..0x300]).unwrap();
    assert!(cut.problems.iter().any(|problem| problem.contains("claim")), "{:?}", cut.problems);
    assert_eq!(read(b"\x7fELF\x02"), Err(Error::Damaged { format: "ELF", what: "file header" }));
}

#[test]
fn many_symbols_with_one_long_name_stay_bounded() {
    // 4,000 symbols all named by the same 30 KiB: 120 MB of text from a 130 KB file.
    let mut bytes = smallest(&[(5, 0x500), (6, 0x8000), (4, 0x400)]);
    bytes[0x404 - 4..].fill(0);
    bytes.resize(0x8000, b'a');
    bytes[0x400..0x500].fill(0);
    bytes[0x404..0x408].copy_from_slice(&4000_u32.to_le_bytes());
    let symbol: Vec<u8> = [&0_u32.to_le_bytes()[..], &[0x12, 0, 0, 0], &[0; 16]].concat();
    for _ in 0..4000 {
        bytes.extend(&symbol);
    }
    bytes[0x7FFF] = 0;
    let size = (bytes.len() as u64).to_le_bytes();
    bytes[64 + 32..64 + 40].copy_from_slice(&size);
    bytes[64 + 40..64 + 48].copy_from_slice(&size);
    let image = read(&bytes).unwrap();
    // They are all the same name: what counts is that the share stopped it.
    assert!(image.problems.iter().any(|problem| problem.contains("names")), "{:?}", image.problems);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..2048), class in 1_u8..3, order in 1_u8..3) {
        let magic = [0x7F, b'E', b'L', b'F', class, order, 1];
        for (to, from) in bytes.iter_mut().zip(magic) {
            *to = from;
        }
        let _ = read(&bytes);
    }

    #[test]
    fn mutated_files_never_panic(changes in proptest::collection::vec((0_usize..0x400, any::<u8>()), 1..24), cut in 0_usize..0x400) {
        let mut bytes = smallest(&[(1, 1), (29, 15), (5, 0x200), (10, 0x30), (25, 0x380), (27, 24), (30, 8), (6, 0x210), (4, 0x300), (7, 0x300), (8, 0x60), (0x6fff_fef5, 0x310), (0x6fff_fffe, 0x200), (0x6fff_ffff, 2)]);
        for (at, value) in changes {
            bytes[at] = value;
        }
        let _ = read(&bytes);
        let _ = read(&bytes[..cut]);
    }
}

#[test]
fn mutated_system_files_never_panic() {
    let Some(original) = system("/lib/x86_64-linux-gnu/liblzma.so.5") else { return };
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for round in 0..60 {
        let mut bytes = original.clone();
        // Headers and tables are where structure is; hit them more often.
        let area = if round % 2 == 0 { 0x4000 } else { bytes.len() };
        for _ in 0..=random(40) {
            let at = random(area);
            bytes[at] = [0, 0xFF, 0x80, 1, 0x7F][random(5)];
        }
        bytes.truncate(bytes.len() - random(bytes.len() / 4));
        let _ = read(&bytes);
    }
}
