//! Exact times of a candidate's newest contacts, as differences of variable length.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::network::beacon::CONTACTS_MAX;

/// Whole seconds, newest 512. A difference takes a byte below 2 minutes, two below 4.5 hours, three
/// below 24 days.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Ring {
    /// Differences between neighbours, seven bits a byte, the top bit set where more follow.
    bytes: VecDeque<u8>,
    first_s: u32,
    last_s: u32,
    count: usize,
}

impl Ring {
    /// Adds a time. One that is older than the last counts at the last.
    pub fn push(&mut self, time_s: u32) {
        if self.count == 0 {
            (self.first_s, self.last_s, self.count) = (time_s, time_s, 1);
            return;
        }
        if self.count >= CONTACTS_MAX
            && let Some(gap) = pop(&mut self.bytes)
        {
            // Bound: the oldest gives way.
            self.first_s = self.first_s.saturating_add(gap);
            self.count = self.count.saturating_sub(1);
        }
        let mut gap = time_s.saturating_sub(self.last_s);
        while gap >= 0x80 {
            self.bytes.push_back((gap & 0x7f) as u8 | 0x80);
            gap >>= 7;
        }
        self.bytes.push_back((gap & 0x7f) as u8);
        self.last_s = self.last_s.max(time_s);
        self.count = self.count.saturating_add(1);
    }

    /// All times that are kept, oldest first, in seconds since 1970.
    pub fn times_s(&self) -> Vec<i64> {
        let mut at = self.first_s;
        let mut times = Vec::with_capacity(self.count);
        if self.count > 0 {
            times.push(i64::from(at));
        }
        let (mut gap, mut shift) = (0_u32, 0_u32);
        for byte in &self.bytes {
            gap |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                at = at.saturating_add(gap);
                times.push(i64::from(at));
                (gap, shift) = (0, 0);
            } else {
                shift = shift.saturating_add(7);
            }
        }
        times
    }

    /// How many times are kept.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether none is.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes that the differences take.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// Takes the first difference.
fn pop(bytes: &mut VecDeque<u8>) -> Option<u32> {
    let (mut gap, mut shift) = (0_u32, 0_u32);
    loop {
        let byte = bytes.pop_front()?;
        gap |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte & 0x80 == 0 {
            return Some(gap);
        }
        shift = shift.saturating_add(7);
    }
}
