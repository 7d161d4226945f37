//! ADC, the oldest packing of Apple's disk images: literals and two kinds of back references.

use std::io;

/// Unpacks one run.
///
/// # Errors
///
/// The run reaches before its start, ends early, or gives more than `max` bytes.
pub(super) fn unpack(packed: &[u8], max: u64) -> io::Result<Vec<u8>> {
    let broken = || io::Error::other("ADC: the run is broken");
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let mut out: Vec<u8> = Vec::new();
    let mut rest = packed;
    while let [code, tail @ ..] = rest {
        let low = usize::from(code & 0x3F);
        let (len, distance) = match (code & 0xC0, tail) {
            (0x80 | 0xC0, _) => {
                let len = usize::from(code & 0x7F) + 1;
                let (plain, tail) = tail.split_at_checked(len).ok_or_else(broken)?;
                out.extend_from_slice(plain);
                rest = tail;
                (0, 0)
            }
            (0x40, [high, next, tail @ ..]) => {
                rest = tail;
                (low + 4, usize::from(u16::from_be_bytes([*high, *next])))
            }
            (0, [next, tail @ ..]) => {
                rest = tail;
                ((low >> 2) + 3, (low & 3) << 8 | usize::from(*next))
            }
            _ => return Err(broken()),
        };
        for _ in 0..len {
            let from = out.len().checked_sub(distance + 1).ok_or_else(broken)?;
            let byte = out.get(from).copied().ok_or_else(broken)?;
            out.push(byte);
        }
        if out.len() > max {
            return Err(broken());
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::unpack;

    #[test]
    fn references_may_overlap_what_they_write() {
        // Two literals; five bytes from two back; four from one back with a long distance field.
        assert_eq!(unpack(&[0x81, b'a', b'b', 0x08, 1], 64).unwrap(), b"abababa");
        assert_eq!(unpack(&[0x80, b'x', 0x40, 0, 0], 64).unwrap(), b"xxxxx");
        assert!(unpack(&[0x80, b'x', 0x40, 0, 1], 64).is_err());
        assert!(unpack(&[0x80, b'x', 0x40, 0, 0], 4).is_err());
        assert!(unpack(&[0x85, b'x'], 64).is_err());
    }
}
