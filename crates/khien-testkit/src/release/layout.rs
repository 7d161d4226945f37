//! Bytes in the order in which a file format wants them. Everything is our own and small, so a number
//! that does not fit its field is a defect of a builder.

/// A growing file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layout(pub(crate) Vec<u8>);

impl Layout {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn bytes(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        self.0.extend_from_slice(bytes.as_ref());
        self
    }

    pub(crate) fn u8(&mut self, value: usize) -> &mut Self {
        self.bytes([u8::try_from(value).expect("fits a byte")])
    }

    pub(crate) fn u16(&mut self, value: usize) -> &mut Self {
        self.bytes(u16::try_from(value).expect("fits 16 bits").to_le_bytes())
    }

    pub(crate) fn u32(&mut self, value: usize) -> &mut Self {
        self.bytes(le32(value))
    }

    pub(crate) fn u64(&mut self, value: usize) -> &mut Self {
        self.bytes(u64::try_from(value).expect("fits 64 bits").to_le_bytes())
    }

    pub(crate) fn be16(&mut self, value: usize) -> &mut Self {
        self.bytes(u16::try_from(value).expect("fits 16 bits").to_be_bytes())
    }

    pub(crate) fn be32(&mut self, value: usize) -> &mut Self {
        self.bytes(u32::try_from(value).expect("fits 32 bits").to_be_bytes())
    }

    pub(crate) fn be64(&mut self, value: usize) -> &mut Self {
        self.bytes(u64::try_from(value).expect("fits 64 bits").to_be_bytes())
    }

    /// Zeros up to `len`.
    pub(crate) fn pad_to(&mut self, len: usize) -> &mut Self {
        assert!(self.0.len() <= len, "{} bytes are there, {len} are wanted", self.0.len());
        self.0.resize(len, 0);
        self
    }

    /// Zeros up to a multiple of `to`.
    pub(crate) fn align(&mut self, to: usize) -> &mut Self {
        self.pad_to(self.0.len().next_multiple_of(to))
    }

    /// A string and its zero.
    pub(crate) fn c_string(&mut self, text: &str) -> &mut Self {
        self.bytes(text).bytes([0])
    }

    pub(crate) fn set_u32(&mut self, at: usize, value: usize) {
        set(&mut self.0, at, &le32(value));
    }
}

pub(crate) fn le32(value: usize) -> [u8; 4] {
    u32::try_from(value).expect("fits 32 bits").to_le_bytes()
}

/// Overwrites bytes in place.
pub(crate) fn set(file: &mut [u8], at: usize, bytes: &[u8]) {
    file[at..at + bytes.len()].copy_from_slice(bytes);
}

/// A little-endian number of 32 bits.
pub(crate) fn read_u32(file: &[u8], at: usize) -> usize {
    let bytes = file[at..at + 4].try_into().expect("four bytes");
    usize::try_from(u32::from_le_bytes(bytes)).expect("fits")
}
