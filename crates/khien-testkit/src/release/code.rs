//! Functions that compute a number and return it. They touch no memory and call nothing; there are
//! many of them because a comparison of functions needs something to count.

/// Processor of a function.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Machine {
    Arm64,
    X86_64,
}

/// One more number from a seed (SplitMix64).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The function of this number. Equal numbers give equal bytes, different ones different
/// instructions.
pub(crate) fn function(machine: Machine, number: u64) -> Vec<u8> {
    match machine {
        Machine::Arm64 => arm64(number),
        Machine::X86_64 => x86_64(number),
    }
}

fn x86_64(number: u64) -> Vec<u8> {
    const PLAIN: [&[u8]; 8] = [
        &[0xF7, 0xD0],       // not eax
        &[0xF7, 0xD8],       // neg eax
        &[0x01, 0xC8],       // add eax, ecx
        &[0x31, 0xC8],       // xor eax, ecx
        &[0x8D, 0x04, 0x48], // lea eax, [rax+rcx*2]
        &[0x89, 0xC1],       // mov ecx, eax
        &[0xD1, 0xE8],       // shr eax, 1
        &[0x0F, 0xC8],       // bswap eax
    ];
    const CONSTANT: [&[u8]; 4] = [
        &[0x05],       // add eax, constant
        &[0x35],       // xor eax, constant
        &[0x2D],       // sub eax, constant
        &[0x69, 0xC0], // imul eax, eax, constant
    ];
    let mut state = number;
    let mut code = vec![0xB8]; // mov eax, constant
    code.extend_from_slice(&small(next(&mut state)));
    for _ in 0..8 + next(&mut state) % 8 {
        let choice = next(&mut state) % 12;
        match usize::try_from(choice).unwrap_or(0) {
            plain @ 0..8 => code.extend_from_slice(PLAIN[plain]),
            constant => {
                code.extend_from_slice(CONSTANT[constant - 8]);
                code.extend_from_slice(&small(next(&mut state)));
            }
        }
    }
    code.push(0xC3); // ret
    code
}

/// A constant that no reader can take for an address.
fn small(value: u64) -> [u8; 4] {
    let [a, ..] = value.to_le_bytes();
    [a, 0, 0, 0]
}

fn arm64(number: u64) -> Vec<u8> {
    const PLAIN: [u32; 8] = [
        0x4A01_0000, // eor w0, w0, w1
        0x0B01_0000, // add w0, w0, w1
        0x2A20_03E0, // mvn w0, w0
        0x1B01_7C00, // mul w0, w0, w1
        0x2A01_0000, // orr w0, w0, w1
        0x5AC0_0800, // rev w0, w0
        0x5AC0_1000, // clz w0, w0
        0x2A00_03E1, // mov w1, w0
    ];
    let mut state = number;
    let constant = |state: &mut u64| u32::from(u8::try_from(next(state) % 251).unwrap_or(0));
    let mut words = vec![0x5280_0000 | (constant(&mut state) << 5)]; // mov w0, constant
    for _ in 0..8 + next(&mut state) % 8 {
        let choice = usize::try_from(next(&mut state) % 10).unwrap_or(0);
        words.push(match choice {
            plain @ 0..8 => PLAIN[plain],
            8 => 0x1100_0000 | (constant(&mut state) << 10), // add w0, w0, constant
            _ => 0x5100_0000 | (constant(&mut state) << 10), // sub w0, w0, constant
        });
    }
    words.push(0xD65F_03C0); // ret
    words.into_iter().flat_map(u32::to_le_bytes).collect()
}

/// Functions laid one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Text {
    pub(crate) bytes: Vec<u8>,
    /// First byte and length of each.
    pub(crate) spans: Vec<(usize, usize)>,
}

/// Lays functions out, each at a multiple of 16.
pub(crate) fn text(machine: Machine, numbers: &[u64]) -> Text {
    let mut text = Text::default();
    for number in numbers {
        let body = function(machine, *number);
        text.spans.push((text.bytes.len(), body.len()));
        text.bytes.extend_from_slice(&body);
        while !text.bytes.len().is_multiple_of(16) {
            match machine {
                Machine::Arm64 => text.bytes.extend_from_slice(&0xD503_201F_u32.to_le_bytes()), // nop
                Machine::X86_64 => text.bytes.push(0xCC),
            }
        }
    }
    text
}
