use proptest::prelude::*;

use super::*;

fn code(bytes: &[u8], address: u64) -> Code<'_> {
    Code { bytes, address, offset: 0x400, image: 0x1_4000_0000..0x1_4010_0000 }
}

fn one(bytes: &[u8], address: u64, machine: Machine) -> Function {
    let extent = Extent { start: address, end: None };
    hash(&code(bytes, address), machine, &[extent])[0]
}

#[test]
fn x64_keeps_its_hash_when_moved() {
    // sub rsp,28h; lea rcx,[rip+d]; call rel32; mov eax,[rbx+10h]; add rsp,28h; ret
    let at = |lea: u8, call: u8| {
        let mut bytes = vec![0x48, 0x83, 0xEC, 0x28, 0x48, 0x8D, 0x0D, lea, 0x11, 0, 0, 0xE8, call];
        bytes.extend([0x22, 0, 0, 0x8B, 0x43, 0x10, 0x48, 0x83, 0xC4, 0x28, 0xC3]);
        bytes
    };
    let first = one(&at(1, 2), 0x1_4000_1000, Machine::X86_64);
    let moved = one(&at(77, 99), 0x1_4000_5550, Machine::X86_64);
    assert_eq!((first.hash, first.len), (moved.hash, moved.len));
    assert_eq!(first.len, 24);
    let mut other = at(1, 2);
    other[18] = 0x18; // another field of the structure
    assert_ne!(first.hash, one(&other, 0x1_4000_1000, Machine::X86_64).hash);
    let mut other = at(1, 2);
    other[3] = 0x38; // a larger frame
    assert_ne!(first.hash, one(&other, 0x1_4000_1000, Machine::X86_64).hash);
}

#[test]
fn absolute_addresses_within_the_image_are_left_out_others_kept() {
    // mov rax, imm64; ret
    let load = |value: u64| {
        let mut bytes = vec![0x48, 0xB8];
        bytes.extend(value.to_le_bytes());
        bytes.push(0xC3);
        one(&bytes, 0x1_4000_1000, Machine::X86_64).hash
    };
    assert_eq!(load(0x1_4000_2000), load(0x1_4008_8888));
    assert_ne!(load(0xCBF2_9CE4_8422_2325), load(0xCBF2_9CE4_8422_2326));
}

#[test]
fn padding_does_not_count() {
    let bare = one(&[0x31, 0xC0, 0xC3], 0x1000, Machine::X86_64);
    for padding in [&[0xCC_u8; 5][..], &[0x90; 3], &[0x0F, 0x1F, 0x44, 0, 0, 0x66, 0x90]] {
        let padded = [&[0x31, 0xC0, 0xC3], padding].concat();
        assert_eq!(one(&padded, 0x1000, Machine::X86_64), bare);
    }
    let ret = 0xD65F_03C0_u32.to_le_bytes();
    let nop = 0xD503_201F_u32.to_le_bytes();
    let bare = one(&ret, 0x1000, Machine::Aarch64);
    assert_eq!(one(&[ret, nop, [0; 4]].concat(), 0x1000, Machine::Aarch64), bare);
}

#[test]
fn arm64_pages_and_branches_are_left_out() {
    // adrp x8, page; add x8, x8, #lo; ldr x0, [x8, #field]; bl target; cbz x0, +8; ret
    let body = |page: u32, low: u32, field: u32, call: u32| {
        [
            0x9000_0008 | page << 5,
            0x9100_0108 | low << 10,
            0xF940_0100 | field << 10,
            0x9400_0000 | call,
            0xB400_0040,
            0xD65F_03C0,
        ]
        .iter()
        .flat_map(|word: &u32| word.to_le_bytes())
        .collect::<Vec<u8>>()
    };
    let hash = |bytes: &[u8]| one(bytes, 0x1000, Machine::Aarch64).hash;
    let first = hash(&body(1, 2, 3, 4));
    assert_eq!(first, hash(&body(100, 200, 3, 400)));
    // The offset within the structure is the author's.
    assert_ne!(first, hash(&body(1, 2, 9, 4)));
}

#[test]
fn arm64_load_of_a_global_is_left_out() {
    // adrp x8, page; ldr w0, [x8, #lo]; ldr w1, [x0, #field]; ret
    let body = |low: u32, field: u32| {
        [0x9000_0008, 0xB940_0100 | low << 10, 0xB940_0001 | field << 10, 0xD65F_03C0]
            .iter()
            .flat_map(|word: &u32| word.to_le_bytes())
            .collect::<Vec<u8>>()
    };
    let hash = |bytes: &[u8]| one(bytes, 0x1000, Machine::Aarch64).hash;
    assert_eq!(hash(&body(1, 5)), hash(&body(2, 5)));
    assert_ne!(hash(&body(1, 5)), hash(&body(1, 6)));
}

#[test]
fn calls_are_followed() {
    // 0: call 10h; jz +2; int3; int3; ret — 10h: jmp 20h — 20h: ret
    let mut bytes = vec![0xCC; 0x30];
    bytes[..10].copy_from_slice(&[0xE8, 0x0B, 0, 0, 0, 0x74, 2, 0xCC, 0xCC, 0xC3]);
    bytes[0x10..0x15].copy_from_slice(&[0xE9, 0x0B, 0, 0, 0]);
    bytes[0x20] = 0xC3;
    let code = code(&bytes, 0x1000);
    let mut found = discover(&code, Machine::X86, &[0x1000]);
    found.sort_unstable();
    let ends: Vec<(u64, u64)> =
        found.iter().map(|extent| (extent.start, extent.end.unwrap())).collect();
    assert_eq!(ends, [(0x1000, 0x100A), (0x1010, 0x1015), (0x1020, 0x1021)]);
    assert_eq!(hash(&code, Machine::X86, &found).len(), 3);
    // The entry's hash takes in where its stub jumps.
    let stub = entry(&code, Machine::X86, 0x1010);
    bytes[0x20..0x22].copy_from_slice(&[0x40, 0xC3]);
    let code = self::code(&bytes, 0x1000);
    assert_ne!(stub, entry(&code, Machine::X86, 0x1010));
}

#[test]
fn lying_extents_cost_nothing() {
    let bytes = [0x90, 0x31, 0xC0, 0xC3].repeat(1000);
    let extents: Vec<Extent> = (0..4000)
        .map(|start| Extent { start: 0x1000 + start, end: Some(u64::MAX) })
        .chain([Extent { start: 0, end: None }, Extent { start: u64::MAX, end: Some(0) }])
        .collect();
    let all = hash(&code(&bytes, 0x1000), Machine::X86_64, &extents);
    assert!(all.len() <= 4000);
    assert!(all.iter().map(|function| u64::from(function.len)).sum::<u64>() <= 4000);
}

proptest! {
    #[test]
    fn any_bytes_and_extents_give_functions_within_the_code(
        bytes in proptest::collection::vec(any::<u8>(), 0..600),
        starts in proptest::collection::vec((0_u64..700, proptest::option::of(0_u64..700)), 0..40),
    ) {
        let extents: Vec<Extent> =
            starts.iter().map(|(start, end)| Extent { start: *start, end: *end }).collect();
        for machine in [Machine::Aarch64, Machine::X86, Machine::X86_64] {
            let code = Code { bytes: &bytes, address: 16, offset: 0, image: 0..0 };
            let all = hash(&code, machine, &extents);
            prop_assert!(all.is_sorted_by_key(|function| function.offset));
            for function in all {
                prop_assert!(function.offset + u64::from(function.len) <= bytes.len() as u64);
            }
        }
    }
}
