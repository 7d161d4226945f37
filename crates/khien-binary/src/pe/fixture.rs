//! A small PE32+ library made byte for byte: two functions, imports by name and ordinal, exports,
//! TLS callbacks, debug entry, resources.

/// Where sections are: name, address, offset in the file, characteristics. Each has 0x400 bytes.
const SECTIONS: [(&[u8; 8], u32, u32, u32); 4] = [
    (b".text\0\0\0", 0x1000, 0x400, 0x6000_0020),
    (b".rdata\0\0", 0x2000, 0x800, 0x4000_0040),
    (b".pdata\0\0", 0x3000, 0xC00, 0x4000_0040),
    (b".rsrc\0\0\0", 0x4000, 0x1000, 0x4000_0040),
];
const BASE: u64 = 0x1_8000_0000;
const OPTIONAL: usize = 0x80 + 24;

/// Offset of the checksum field.
pub(crate) const CHECKSUM: usize = OPTIONAL + 64;
/// Offset of data directory 4.
pub(crate) const SECURITY: usize = OPTIONAL + 112 + 32;

pub(crate) struct Bytes(pub(crate) Vec<u8>);

impl Bytes {
    pub(crate) fn put(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    pub(crate) fn u16(&mut self, at: usize, value: u16) {
        self.put(at, &value.to_le_bytes());
    }

    pub(crate) fn u32(&mut self, at: usize, value: u32) {
        self.put(at, &value.to_le_bytes());
    }

    fn u64(&mut self, at: usize, value: u64) {
        self.put(at, &value.to_le_bytes());
    }

    fn directory(&mut self, index: usize, address: u32, size: u32) {
        self.u32(OPTIONAL + 112 + index * 8, address);
        self.u32(OPTIONAL + 116 + index * 8, size);
    }

    /// Text in UTF-16 with its zero.
    fn wide(&mut self, at: usize, text: &str) -> usize {
        let units: Vec<u8> = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        self.put(at, &units);
        units.len()
    }
}

/// The library, 0x1400 bytes.
pub(crate) fn library() -> Vec<u8> {
    let mut pe = Bytes(vec![0; 0x1400]);
    headers(&mut pe);
    code(&mut pe);
    imports(&mut pe);
    exports(&mut pe);
    startup_and_debug(&mut pe);
    resources(&mut pe);
    pe.0
}

fn headers(pe: &mut Bytes) {
    pe.put(0, b"MZ");
    pe.u32(0x3C, 0x80);
    pe.put(0x80, b"PE\0\0");
    pe.u16(0x84, 0x8664);
    pe.u16(0x86, 4);
    pe.u32(0x88, 1_700_000_000);
    pe.u16(0x94, 240);
    pe.u16(0x96, 0x2022);
    pe.u16(OPTIONAL, 0x20B);
    pe.put(OPTIONAL + 2, &[14, 36]);
    pe.u32(OPTIONAL + 16, 0x1000);
    pe.u64(OPTIONAL + 24, BASE);
    pe.u32(OPTIONAL + 32, 0x1000);
    pe.u32(OPTIONAL + 36, 0x200);
    pe.u16(OPTIONAL + 48, 6);
    pe.u32(OPTIONAL + 56, 0x5000);
    pe.u32(OPTIONAL + 60, 0x400);
    pe.u16(OPTIONAL + 68, 3);
    pe.u16(OPTIONAL + 70, 0x0160);
    pe.u32(OPTIONAL + 108, 16);
    for (index, (name, address, offset, rights)) in SECTIONS.into_iter().enumerate() {
        let row = OPTIONAL + 240 + index * 40;
        pe.put(row, name);
        for (place, value) in [(8, 0x400), (12, address), (16, 0x400), (20, offset), (36, rights)] {
            pe.u32(row + place, value);
        }
    }
}

/// At 0x1000: `mov eax,1; ret`; at 0x1010: `lea rcx,[rip+…]; call 0x1000; ret`.
fn code(pe: &mut Bytes) {
    pe.put(0x400, &[0xB8, 1, 0, 0, 0, 0xC3]);
    pe.put(0x410, &[0x48, 0x8D, 0x0D, 0, 0x10, 0, 0, 0xE8, 0xE4, 0xFF, 0xFF, 0xFF, 0xC3]);
    for (row, (start, end)) in [(0x1000, 0x1006), (0x1010, 0x101D)].into_iter().enumerate() {
        pe.u32(0xC00 + row * 12, start);
        pe.u32(0xC04 + row * 12, end);
        pe.u32(0xC08 + row * 12, 0x3100);
    }
    pe.directory(3, 0x3000, 24);
}

/// KERNEL32 by name; WS2_32 by ordinal.
fn imports(pe: &mut Bytes) {
    pe.directory(1, 0x2000, 60);
    pe.u32(0x800, 0x2050);
    pe.u32(0x80C, 0x2090);
    pe.u32(0x810, 0x2050);
    pe.u32(0x814, 0x2070);
    pe.u32(0x820, 0x20A0);
    pe.u32(0x824, 0x2070);
    pe.u64(0x850, 0x20B0);
    pe.u64(0x858, 0x20C0);
    pe.u64(0x870, 1 << 63 | 115);
    pe.put(0x890, b"KERNEL32.dll");
    pe.put(0x8A0, b"WS2_32.dll");
    pe.put(0x8B2, b"CreateFileW");
    pe.put(0x8C2, b"CloseHandle");
}

/// `Alpha`, `Beta` forwarded, ordinal 7 without a name.
fn exports(pe: &mut Bytes) {
    pe.directory(0, 0x2100, 0xA0);
    pe.u32(0x90C, 0x2150);
    pe.u32(0x910, 5);
    pe.u32(0x914, 3);
    pe.u32(0x918, 2);
    pe.u32(0x91C, 0x2160);
    pe.u32(0x920, 0x2170);
    pe.u32(0x924, 0x2178);
    pe.put(0x950, b"codec.dll");
    for (index, value) in [0x1000, 0x2180, 0x1010].into_iter().enumerate() {
        pe.u32(0x960 + index * 4, value);
    }
    pe.u32(0x970, 0x2190);
    pe.u32(0x974, 0x2196);
    pe.u16(0x97A, 1);
    pe.put(0x980, b"NTDLL.RtlBeta");
    pe.put(0x990, b"Alpha");
    pe.put(0x996, b"Beta");
}

fn startup_and_debug(pe: &mut Bytes) {
    // TLS: the fourth pointer leads to two callbacks and a zero.
    pe.directory(9, 0x2200, 40);
    pe.u64(0xA18, BASE + 0x2230);
    pe.u64(0xA30, BASE + 0x1000);
    pe.u64(0xA38, BASE + 0x1010);
    pe.directory(6, 0x2280, 28);
    pe.u32(0xA8C, 2);
    pe.u32(0xA90, 40);
    pe.u32(0xA98, 0xAA0);
    pe.put(0xAA0, b"RSDS");
    pe.put(0xAA4, &[0x11; 16]);
    pe.u32(0xAB4, 3);
    pe.put(0xAB8, b"c:\\codec.pdb");
}

/// `VERSION/1` and `RCDATA/NAME`, one language each.
fn resources(pe: &mut Bytes) {
    pe.directory(2, 0x4000, 0x400);
    let directory = |pe: &mut Bytes, at: usize, entries: &[(u32, u32)]| {
        pe.u16(0x100E + at, u16::try_from(entries.len()).unwrap());
        for (index, (key, to)) in entries.iter().enumerate() {
            pe.u32(0x1010 + at + index * 8, *key);
            pe.u32(0x1014 + at + index * 8, *to);
        }
    };
    const DOWN: u32 = 1 << 31;
    directory(pe, 0, &[(16, DOWN | 0x20), (10, DOWN | 0x38)]);
    directory(pe, 0x20, &[(1, DOWN | 0x50)]);
    directory(pe, 0x38, &[(DOWN | 0xA0, DOWN | 0x68)]);
    directory(pe, 0x50, &[(1033, 0x80)]);
    directory(pe, 0x68, &[(1033, 0x90)]);
    pe.u32(0x1080, 0x4100);
    pe.u32(0x1084, 0x200);
    pe.u32(0x1090, 0x4300);
    pe.u32(0x1094, 0x10);
    pe.u16(0x10A0, 4);
    pe.wide(0x10A2, "NAME");
    version(pe, 0x1100);
}

/// `VS_VERSION_INFO` with one string table.
fn version(pe: &mut Bytes, at: usize) {
    let strings = [("ProductName", "Vet Fixture"), ("CompanyName", "Vet Fixtures")];
    let mut place = at + 40 + 36 + 24;
    for (key, value) in strings {
        let start = place;
        pe.u16(start + 2, u16::try_from(value.len() + 1).unwrap());
        pe.u16(start + 4, 1);
        place += 6;
        place += pe.wide(place, key);
        place = place.next_multiple_of(4);
        place += pe.wide(place, value);
        pe.u16(start, u16::try_from(place - start).unwrap());
        place = place.next_multiple_of(4);
    }
    for (start, key) in
        [(at, "VS_VERSION_INFO"), (at + 40, "StringFileInfo"), (at + 76, "040904B0")]
    {
        pe.u16(start, u16::try_from(place - start).unwrap());
        pe.u16(start + 4, 1);
        pe.wide(start + 6, key);
    }
}
