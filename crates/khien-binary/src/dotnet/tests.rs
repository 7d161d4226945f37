use proptest::prelude::*;

use super::*;

const LINE: &str = "INERT VET TEST FIXTURE - CONTAINS NO CODE";

/// Strings of the heap, with offsets.
struct Heap(Vec<u8>);

impl Heap {
    fn add(&mut self, text: &str) -> u16 {
        let at = self.0.len();
        self.0.extend(text.as_bytes());
        self.0.push(0);
        u16::try_from(at).unwrap()
    }
}

fn halves(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A module whose methods are at addresses 0x10 and 0x20 of the image that is returned with it; the
/// method `Second` calls `System.Console::WriteLine` by its row in the table of member references.
fn module(spare_references: u16) -> Vec<u8> {
    let mut strings = Heap(vec![0]);
    let member_row = u32::from(spare_references) + 1;
    let mut image = vec![0_u8; 0x40];
    // ldstr "…"; call member; ret, as a tiny body
    let token = 0x0A00_0000 | member_row;
    let body =
        [&[0x72][..], &0x7000_0001_u32.to_le_bytes(), &[0x28], &token.to_le_bytes(), &[0x2A]]
            .concat();
    image[0x10..0x13].copy_from_slice(&[1 << 2 | 2, 0x2A, 0]);
    image[0x20] = u8::try_from(body.len()).unwrap() << 2 | 2;
    image[0x21..0x21 + body.len()].copy_from_slice(&body);

    let mut rows: Vec<(u8, u32, Vec<u8>)> = Vec::new();
    let name = strings.add("inert.dll");
    rows.push((0x00, 1, halves(&[0, name, 1, 0, 0])));
    let (console, system) = (strings.add("Console"), strings.add("System"));
    rows.push((0x01, 1, halves(&[1 << 2 | 2, console, system])));
    let types = [
        strings.add("<Module>"),
        strings.add("Inert"),
        strings.add("Fixture"),
        strings.add("Inner"),
    ];
    let mut definitions = halves(&[0, 0, types[0], 0, 0, 1, 1]);
    definitions.extend(halves(&[0, 0, types[1], types[2], 0, 1, 1]));
    definitions.extend(halves(&[0, 0, types[3], 0, 0, 1, 2]));
    rows.push((0x02, 3, definitions));
    let methods = [strings.add("First"), strings.add("Second"), strings.add("Native")];
    let mut definitions = halves(&[0x10, 0, 0, 0, methods[0], 0, 1]);
    definitions.extend(halves(&[0x20, 0, 0, 0, methods[1], 0, 1]));
    definitions.extend(halves(&[0, 0, 0x80, 0, methods[2], 0, 1]));
    rows.push((0x06, 3, definitions));
    let (line, other) = (strings.add("WriteLine"), strings.add("Beep"));
    let mut members = halves(&[1 << 3 | 1, other, 0]).repeat(spare_references.into());
    members.extend(halves(&[1 << 3 | 1, line, 0]));
    rows.push((0x0A, member_row, members));
    let native = strings.add("inert-native");
    rows.push((0x1A, 1, halves(&[native])));
    rows.push((0x1C, 1, halves(&[0, 3 << 1 | 1, methods[2], 1])));
    let assembly = strings.add("InertAssembly");
    rows.push((0x20, 1, halves(&[0, 0, 1, 2, 3, 4, 0, 0, 1, assembly, 0])));
    let corlib = strings.add("mscorlib");
    rows.push((0x23, 1, halves(&[4, 0, 0, 0, 0, 0, 0, corlib, 0, 0])));
    rows.push((0x29, 1, halves(&[3, 2])));

    let mut stream = vec![0, 0, 0, 0, 2, 0, 0, 1];
    let present = rows.iter().fold(0_u64, |bits, (table, ..)| bits | 1 << table);
    stream.extend(present.to_le_bytes());
    stream.extend([0; 8]);
    stream.extend(rows.iter().flat_map(|(_, count, _)| count.to_le_bytes()));
    stream.extend(rows.iter().flat_map(|(.., bytes)| bytes.clone()));
    let blobs = [0, 3, 9, 8, 7];
    let user: Vec<u8> = [&[0, u8::try_from(LINE.len()).unwrap()][..], LINE.as_bytes()].concat();

    let mut metadata = 0x424A_5342_u32.to_le_bytes().to_vec();
    metadata.extend([1, 0, 1, 0, 0, 0, 0, 0, 4, 0, 0, 0]);
    metadata.extend(b"v4\0\0");
    metadata.extend([0, 0, 4, 0]);
    let parts: [(&[u8], &[u8]); 4] = [
        (b"#~\0\0", &stream),
        (b"#Strings\0\0\0\0", &strings.0),
        (b"#Blob\0\0\0", &blobs),
        (b"#US\0", &user),
    ];
    let headers: usize = parts.iter().map(|(name, _)| 8 + name.len()).sum();
    let mut at = metadata.len() + headers;
    let mut bodies: Vec<u8> = Vec::new();
    for (name, part) in parts {
        metadata.extend(u32::try_from(at).unwrap().to_le_bytes());
        metadata.extend(u32::try_from(part.len()).unwrap().to_le_bytes());
        metadata.extend(name);
        at += part.len();
        bodies.extend(part);
    }
    metadata.extend(bodies);

    let mut bytes = vec![0_u8; 72];
    bytes[8..12].copy_from_slice(&(72_u32 + 0x40).to_le_bytes());
    bytes[12..16].copy_from_slice(&u32::try_from(metadata.len()).unwrap().to_le_bytes());
    bytes.extend(image);
    bytes.extend(metadata);
    bytes
}

/// Addresses of bodies count from after the header, that of the metadata from its start.
fn parse(bytes: &[u8]) -> Result<DotNet, &'static str> {
    read(bytes, &|address| {
        let address = usize::try_from(address).ok()?;
        bytes.get(if address < 72 { address + 72 } else { address }..)
    })
}

#[test]
fn a_module_is_read() {
    let dotnet = parse(&module(0)).unwrap();
    assert_eq!(dotnet.assembly, "InertAssembly");
    assert_eq!(dotnet.version, "1.2.3.4");
    let digest = Sha1::digest([9, 8, 7]);
    let token: Vec<u8> = digest.iter().rev().take(8).copied().collect();
    assert_eq!(dotnet.public_key_token, hex(&token));
    assert_eq!(dotnet.references, ["mscorlib".to_owned()].into());
    let calls = ["System.Console::WriteLine".to_owned(), "inert-native!Native".to_owned()];
    assert_eq!(dotnet.calls, calls.into());
    let names: Vec<&str> = dotnet.methods.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Fixture.Inert/Inner::Second", "Fixture.Inert::First"]);
}

#[test]
fn moved_rows_keep_hashes_and_other_calls_change_them() {
    let hash = |dotnet: &DotNet| dotnet.methods[0].1;
    let before = parse(&module(0)).unwrap();
    let after = parse(&module(5)).unwrap();
    assert_eq!(hash(&before), hash(&after));
    let mut other = module(5);
    // The call goes to `Beep` now.
    let at = other.windows(2).position(|window| window == [6, 0]).unwrap();
    let at = (at..other.len()).find(|at| other[*at..].starts_with(&[6, 0, 0, 0x0A])).unwrap();
    other[at] = 1;
    assert_ne!(hash(&before), hash(&parse(&other).unwrap()));
    assert_eq!(parse(&other).unwrap().methods[1], before.methods[1]);
}

#[test]
fn damaged_metadata_are_refused() {
    let bytes = module(0);
    assert!(parse(&bytes[..60]).is_err());
    assert!(parse(&bytes[..150]).is_err());
    let mut many = bytes;
    let rows = 72 + 0x40 + 16 + 8 + 4 + 56 + 24;
    many[rows..rows + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(parse(&many).is_err());
}

#[test]
fn instructions_of_every_shape_are_followed() {
    let switch = [0x45, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0x28, 1, 0, 0, 0x0A, 0x2A];
    let mut seen = Vec::new();
    body::hash(&switch, &mut |token| {
        seen.push(token);
        0
    });
    assert_eq!(seen, [0x0A00_0001]);
    let long = [
        0xFE, 0x09, 1, 0, 0xFE, 0x06, 2, 0, 0, 0x06, 0x21, 0, 0, 0, 0, 0, 0, 0, 0, 0x8D, 3, 0, 0, 1,
    ];
    seen.clear();
    body::hash(&long, &mut |token| {
        seen.push(token);
        0
    });
    assert_eq!(seen, [0x0600_0002, 0x0100_0003]);
}

proptest! {
    #[test]
    fn mutated_modules_never_panic(changes in proptest::collection::vec((0_usize..500, any::<u8>()), 1..20), cut in 0_usize..500) {
        let mut bytes = module(2);
        let len = bytes.len();
        for (at, value) in changes {
            bytes[at % len] = value;
        }
        let _ = parse(&bytes);
        let _ = parse(&bytes[..cut.min(len)]);
    }

    #[test]
    fn arbitrary_code_never_panics(code in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = body::code(&code);
        body::hash(&code, &mut u64::from);
    }
}

/// Real assemblies: `KHIEN_SAMPLES` names a folder.
#[test]
#[expect(clippy::print_stderr, reason = "figures of the sample")]
fn sample_assemblies() {
    for (name, bytes) in crate::macho::tests::samples() {
        if !bytes.starts_with(b"MZ") {
            continue;
        }
        let image = crate::read(&bytes).unwrap().remove(0);
        let Some(dotnet) = image.dotnet else { panic!("{name}: {:?}", image.problems) };
        eprintln!(
            "{name}: {} {} {} references {:?} calls {} methods {} first {:?}",
            dotnet.assembly,
            dotnet.version,
            dotnet.public_key_token,
            dotnet.references,
            dotnet.calls.len(),
            dotnet.methods.len(),
            dotnet.methods.iter().take(5).collect::<Vec<_>>()
        );
        let native: Vec<_> = dotnet.calls.iter().filter(|call| call.contains('!')).collect();
        eprintln!("  {native:?}");
    }
}
