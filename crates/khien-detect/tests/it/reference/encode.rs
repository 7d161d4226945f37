//! UTF-16 and Base64, bit by bit.

/// The bytes of a text under the encoding modifiers before `base64`.
pub(super) fn bytes_of(text: &str, modifiers: &[&str]) -> Vec<u8> {
    let has = |modifier| modifiers.contains(&modifier);
    let units = || text.encode_utf16();
    if has("wide") || has("utf16le") {
        units().flat_map(u16::to_le_bytes).collect()
    } else if has("utf16be") {
        units().flat_map(u16::to_be_bytes).collect()
    } else if has("utf16") {
        [0xff, 0xfe].into_iter().chain(units().flat_map(u16::to_le_bytes)).collect()
    } else {
        text.bytes().collect()
    }
}

/// Base64 with padding (RFC 4648).
pub(crate) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    while !bits.len().is_multiple_of(6) {
        bits.push('0');
    }
    let mut encoded: String = (0..bits.len() / 6)
        .map(|at| usize::from_str_radix(&bits[at * 6..at * 6 + 6], 2).unwrap())
        .map(|sextet| char::from(ALPHABET[sextet]))
        .collect();
    while !encoded.len().is_multiple_of(4) {
        encoded.push('=');
    }
    encoded
}

/// What the encodings of all texts that hold these bytes at one alignment have in common, for the
/// three alignments.
///
/// The neighbours are tried with all bits clear and all bits set: a character that stays the same
/// depends on neither. Enough follows that there is no padding.
pub(super) fn common_base64(bytes: &[u8]) -> Vec<String> {
    let all_the_same = |texts: &[Vec<u8>]| {
        let encoded: Vec<Vec<char>> = texts.iter().map(|t| base64(t).chars().collect()).collect();
        (0..encoded[0].len())
            .filter(|at| encoded.iter().all(|text| text[*at] == encoded[0][*at]))
            .map(|at| encoded[0][at])
            .collect::<String>()
    };
    (0..3)
        .map(|before| {
            let after = 6 - (before + bytes.len()) % 3;
            let texts: Vec<Vec<u8>> = [(0x00, 0x00), (0x00, 0xff), (0xff, 0x00), (0xff, 0xff)]
                .iter()
                .map(|(head, tail)| [&vec![*head; before], bytes, &vec![*tail; after]].concat())
                .collect();
            all_the_same(&texts)
        })
        .filter(|common| !common.is_empty())
        .collect()
}
