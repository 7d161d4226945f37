//! The only payload there is: one line of text, and the same line enciphered with a published key
//! where a case needs bytes that look like noise.

/// The line. It stands in the clear in every artefact.
pub const LINE: &str = "INERT VET TEST FIXTURE - CONTAINS NO CODE";

/// The key of every enciphered stretch. Published here, so that anybody can see what is inside.
pub const KEY: &[u8] = b"khien-fixture-key";

/// The line, repeated, `len` bytes of it.
pub fn line(len: usize) -> Vec<u8> {
    let one = format!("{LINE}\n");
    let mut bytes = one.repeat(len.div_ceil(one.len())).into_bytes();
    bytes.truncate(len);
    bytes
}

/// The line, repeated and enciphered by RC4: bytes like noise. The key is [`KEY`], with one digit
/// behind it for each `stream` but the first, so that two stretches differ.
pub fn noise(len: usize, stream: u8) -> Vec<u8> {
    let mut bytes = line(len);
    let mut key = KEY.to_vec();
    if stream > 0 {
        key.push(b'0'.wrapping_add(stream));
    }
    rc4(&key, &mut bytes);
    bytes
}

/// RC4 in place; enciphering twice is reading.
pub fn rc4(key: &[u8], bytes: &mut [u8]) {
    let mut state: [u8; 256] = std::array::from_fn(|i| u8::try_from(i).unwrap_or(0));
    let mut j = 0_u8;
    for i in 0..256 {
        j = j.wrapping_add(state[i]).wrapping_add(key[i % key.len()]);
        state.swap(i, usize::from(j));
    }
    let (mut i, mut j) = (0_u8, 0_u8);
    for byte in bytes {
        i = i.wrapping_add(1);
        j = j.wrapping_add(state[usize::from(i)]);
        state.swap(usize::from(i), usize::from(j));
        let at = state[usize::from(i)].wrapping_add(state[usize::from(j)]);
        *byte ^= state[usize::from(at)];
    }
}

/// Base64 (RFC 4648), as scripts carry it.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let at = |place: usize| usize::from(three.get(place).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let letter = LETTERS[bits >> (18 - 6 * place) & 63];
            text.push(if place <= three.len() { char::from(letter) } else { '=' });
        }
    }
    text
}
