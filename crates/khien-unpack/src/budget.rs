//! What opening one artefact may cost.

/// Bounds on one call of [`crate::open`]. All of them are on what comes *out*, because the input is
/// what a decompression bomb keeps small.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes unpacked in all, over every container.
    pub bytes_out_max: u64,
    /// Bytes of one member.
    pub member_bytes_max: u64,
    /// Bytes out for each byte in of one container, once past a first 64 MiB.
    pub ratio_max: u64,
    /// Containers inside containers.
    pub depth_max: u32,
    /// Entries over all containers.
    pub entries_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_out_max: 8 << 30,
            member_bytes_max: 1 << 30,
            ratio_max: 250,
            depth_max: 10,
            entries_max: 500_000,
        }
    }
}
