//! What opening one artefact may cost.

use crate::GapReason;

/// Bounds on one call of [`crate::open()`]. All of them are on what comes *out*, because the input is
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

/// Bytes that one container may give whatever its ratio.
pub(crate) const RATIO_FREE_BYTES: u64 = 64 << 20;

/// Memory that one decoder may ask for (dictionary or window). 7-Zip's "ultra" asks for 64 MiB, and
/// `xz -9` too; `zstd --ultra -22` for 128 MiB; 7-Zip's largest preset in use for 256 MiB.
pub(crate) const DICTIONARY_BYTES_MAX: u64 = 256 << 20;

/// What has been spent, over all containers.
///
/// Invariant: once a bound is reached it stays reached; every later charge is refused.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Limits,
    bytes_out: u64,
    entries: u64,
    stopped: Option<GapReason>,
}

impl Budget {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self { limits, bytes_out: 0, entries: 0, stopped: None }
    }

    /// Pays for one more entry.
    pub(crate) fn charge_entry(&mut self) -> Result<(), GapReason> {
        self.go_on()?;
        if self.entries >= self.limits.entries_max {
            return Err(self.stop(GapReason::TooManyEntries));
        }
        self.entries += 1;
        Ok(())
    }

    pub(crate) const fn entries_left(&self) -> u64 {
        self.limits.entries_max.saturating_sub(self.entries)
    }

    /// Pays for bytes that come out of a container of `container_len` bytes that gave
    /// `container_out` before.
    pub(crate) fn charge_bytes(
        &mut self,
        bytes: u64,
        container_out: &mut u64,
        container_len: u64,
    ) -> Result<(), GapReason> {
        self.go_on()?;
        let total = self.bytes_out.saturating_add(bytes);
        if total > self.limits.bytes_out_max {
            return Err(self.stop(GapReason::TooManyBytes));
        }
        let out = container_out.saturating_add(bytes);
        if out > RATIO_FREE_BYTES && out > container_len.saturating_mul(self.limits.ratio_max) {
            return Err(GapReason::TooManyBytesPerByte);
        }
        self.bytes_out = total;
        *container_out = out;
        Ok(())
    }

    /// Ends everything: nothing is paid for after this.
    pub(crate) const fn stop(&mut self, reason: GapReason) -> GapReason {
        self.stopped = Some(reason);
        reason
    }

    pub(crate) const fn stopped(&self) -> Option<GapReason> {
        self.stopped
    }

    pub(crate) const fn bytes_out(&self) -> u64 {
        self.bytes_out
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    const fn go_on(&self) -> Result<(), GapReason> {
        match self.stopped {
            Some(reason) => Err(reason),
            None => Ok(()),
        }
    }
}
