//! Numbers at places of a byte slice, checked.

/// Byte order and word size of a format, over the bytes it describes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a> {
    /// The bytes.
    pub(crate) bytes: &'a [u8],
    /// Most significant byte first.
    pub(crate) big: bool,
    /// Words of eight bytes instead of four.
    pub(crate) wide: bool,
}

impl<'a> Fields<'a> {
    /// Fields of little-endian 64-bit data.
    #[cfg(test)]
    pub(crate) const fn little(bytes: &'a [u8]) -> Self {
        Self { bytes, big: false, wide: true }
    }

    /// The same order and size over other bytes.
    pub(crate) const fn over(self, bytes: &'a [u8]) -> Self {
        Self { bytes, ..self }
    }

    fn chunk<const N: usize>(self, offset: u64) -> Option<[u8; N]> {
        let offset = usize::try_from(offset).ok()?;
        let chunk = *self.bytes.get(offset..)?.first_chunk::<N>()?;
        Some(chunk)
    }

    /// One byte.
    pub(crate) fn u8(self, offset: u64) -> Option<u8> {
        self.bytes.get(usize::try_from(offset).ok()?).copied()
    }

    /// Two bytes.
    pub(crate) fn u16(self, offset: u64) -> Option<u16> {
        let chunk = self.chunk(offset)?;
        Some(if self.big { u16::from_be_bytes(chunk) } else { u16::from_le_bytes(chunk) })
    }

    /// Four bytes.
    pub(crate) fn u32(self, offset: u64) -> Option<u32> {
        let chunk = self.chunk(offset)?;
        Some(if self.big { u32::from_be_bytes(chunk) } else { u32::from_le_bytes(chunk) })
    }

    /// Eight bytes.
    pub(crate) fn u64(self, offset: u64) -> Option<u64> {
        let chunk = self.chunk(offset)?;
        Some(if self.big { u64::from_be_bytes(chunk) } else { u64::from_le_bytes(chunk) })
    }

    /// Bytes of one word.
    pub(crate) const fn word_size(self) -> u64 {
        if self.wide { 8 } else { 4 }
    }

    /// One word: eight bytes where `wide`, else four.
    pub(crate) fn word(self, offset: u64) -> Option<u64> {
        if self.wide { self.u64(offset) } else { self.u32(offset).map(u64::from) }
    }

    /// A run of bytes.
    pub(crate) fn slice(self, offset: u64, len: u64) -> Option<&'a [u8]> {
        let start = usize::try_from(offset).ok()?;
        let end = start.checked_add(usize::try_from(len).ok()?)?;
        self.bytes.get(start..end)
    }
}

/// An unsigned LEB128 number at `at`, which moves past it; `None` past the end or above 64 bits.
pub(crate) fn uleb128(bytes: &[u8], at: &mut usize) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        let low = u64::from(byte & 0x7F);
        if shift == 63 && low > 1 {
            return None;
        }
        value |= low << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_inside() {
        let fields = Fields::little(&[1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(fields.u16(1), Some(0x0302));
        assert_eq!(fields.word(0), Some(0x0807_0605_0403_0201));
        assert_eq!(fields.u64(1), None);
        assert_eq!(fields.u32(u64::MAX), None);
        assert_eq!(fields.slice(u64::MAX, 2), None);
        assert_eq!(Fields { big: true, ..fields }.u32(0), Some(0x0102_0304));
    }

    #[test]
    fn leb128_ends() {
        let mut at = 0;
        assert_eq!(uleb128(&[0xE5, 0x8E, 0x26], &mut at), Some(624_485));
        assert_eq!(at, 3);
        assert_eq!(uleb128(&[0x80; 20], &mut 0), None);
        assert_eq!(uleb128(&[0x80], &mut 0), None);
        assert_eq!(
            uleb128(&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1], &mut 0),
            Some(u64::MAX)
        );
    }
}
