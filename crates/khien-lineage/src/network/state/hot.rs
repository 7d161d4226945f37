//! The 176 bytes that every key costs.

use super::{Contact, Outcome, Sizes, Triple, seconds};

/// Time constants of the three decayed sums, in seconds: 24 hours, 14 days, 90 days.
const DECAY_S: [f32; 3] = [86_400.0, 14.0 * 86_400.0, 90.0 * 86_400.0];

/// Gaps that the sums must hold before they speak.
const GAPS_MIN: f32 = 4.0;

/// The difference between the logarithm of the mean gap and the mean logarithm, as chance has it
/// (Euler's constant, a little less for few gaps), and how far below it counts: one and a half
/// standard deviations of a single gap, which shrinks with the root of their number.
const CHANCE: f32 = 0.55;
const BELOW: f32 = 1.2;

/// Sizes of requests that the sketch tells apart.
const MODES: usize = 5;

/// Sizes are kept to this many bytes.
const SIZE_STEP: u64 = 16;

/// What is kept of one key: at most 192 bytes, of which this is 176.
///
/// Layout in bytes: ids 24, first and last 8, counts and bytes 24, decayed sums 36, gaps by power of
/// two 32, hours 24, sizes 24, flags 4.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HotState {
    who: Triple,
    sent: u64,
    received: u64,
    first_s: u32,
    last_s: u32,
    contacts: u32,
    failed: u32,
    sums: [Sums; 3],
    modes: [Mode; MODES],
    sized: u32,
    /// Gaps of 2^n to 2^(n+1) seconds; halved together when one is full.
    gaps: [u8; 32],
    /// Contacts in each of the last 24 hours, by the hour's number modulo 24.
    hours: [u8; 24],
    candidate: bool,
}

const _: () = assert!(size_of::<HotState>() <= 192, "the budget of a key");

/// Sums over gaps that fade with time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sums {
    count: f32,
    gap: f32,
    ln_gap: f32,
}

/// A size of request, in steps of 16 bytes, and how often it was seen (Misra-Gries: a lower bound).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Mode {
    size: u16,
    count: u16,
}

impl HotState {
    /// A key at its first contact.
    pub(super) fn new(contact: &Contact) -> Self {
        let time_s = seconds(contact.time);
        let mut state =
            Self { who: contact.who, first_s: time_s, last_s: time_s, ..Self::default() };
        state.count(contact, time_s);
        state
    }

    /// A further contact. One that is older than the last is counted, and makes no gap.
    pub(super) fn observe(&mut self, contact: &Contact) {
        let time_s = seconds(contact.time);
        let gap = time_s.saturating_sub(self.last_s);
        if contact.outcome == Outcome::Answered && gap > 0 && self.contacts > 0 {
            self.add_gap(gap);
        }
        self.forget_hours(time_s);
        self.count(contact, time_s);
        self.first_s = self.first_s.min(time_s);
        self.last_s = self.last_s.max(time_s);
    }

    fn count(&mut self, contact: &Contact, time_s: u32) {
        match contact.outcome {
            Outcome::Answered => self.contacts = self.contacts.saturating_add(1),
            Outcome::Failed => self.failed = self.failed.saturating_add(1),
        }
        self.sent = self.sent.saturating_add(contact.sent);
        self.received = self.received.saturating_add(contact.received);
        if self.last_s.saturating_sub(time_s) < 24 * 3600
            && let Some(hour) = self.hours.get_mut((time_s / 3600 % 24) as usize)
        {
            *hour = hour.saturating_add(1);
        }
        if contact.outcome == Outcome::Answered {
            self.add_size(u16::try_from(contact.sent / SIZE_STEP).unwrap_or(u16::MAX));
        }
    }

    fn add_gap(&mut self, gap: u32) {
        let seconds = gap as f32;
        for (sums, constant) in self.sums.iter_mut().zip(DECAY_S) {
            let kept = (-seconds / constant).exp();
            sums.count = sums.count.mul_add(kept, 1.0);
            sums.gap = sums.gap.mul_add(kept, seconds);
            sums.ln_gap = sums.ln_gap.mul_add(kept, seconds.ln());
        }
        let power = gap.ilog2() as usize;
        if self.gaps.get(power) == Some(&u8::MAX) {
            self.gaps = self.gaps.map(|count| count / 2);
        }
        if let Some(count) = self.gaps.get_mut(power) {
            *count = count.saturating_add(1);
        }
    }

    /// Empties the hours between the last contact and this one.
    fn forget_hours(&mut self, time_s: u32) {
        let (last, now) = (self.last_s / 3600, time_s / 3600);
        for hour in (last.saturating_add(1)..=now).rev().take(24) {
            if let Some(count) = self.hours.get_mut((hour % 24) as usize) {
                *count = 0;
            }
        }
    }

    fn add_size(&mut self, size: u16) {
        self.sized = self.sized.saturating_add(1);
        let known = self.modes.iter_mut().find(|mode| mode.count > 0 && mode.size == size);
        if let Some(mode) = known {
            mode.count = mode.count.saturating_add(1);
        } else if let Some(free) = self.modes.iter_mut().find(|mode| mode.count == 0) {
            *free = Mode { size, count: 1 };
        } else {
            for mode in &mut self.modes {
                mode.count = mode.count.saturating_sub(1);
            }
        }
    }

    /// Who talks to whom.
    pub const fn who(&self) -> Triple {
        self.who
    }

    /// The first and the last contact, in seconds since 1970.
    pub const fn first_and_last_s(&self) -> (u32, u32) {
        (self.first_s, self.last_s)
    }

    /// Answered and failed connections.
    pub const fn contacts(&self) -> (u32, u32) {
        (self.contacts, self.failed)
    }

    /// Bytes sent and received.
    pub const fn bytes(&self) -> (u64, u64) {
        (self.sent, self.received)
    }

    /// Contacts in the 24 hours up to the last one, oldest first; 255 stands for more.
    pub fn hours(&self) -> [u8; 24] {
        let mut hours = self.hours;
        hours.rotate_left((self.last_s / 3600).saturating_add(1) as usize % 24);
        hours
    }

    /// Gaps of 2^n to 2^(n+1) seconds, faded.
    pub const fn gaps(&self) -> &[u8; 32] {
        &self.gaps
    }

    /// Whether exact times are kept.
    pub const fn is_candidate(&self) -> bool {
        self.candidate
    }

    pub(super) const fn set_candidate(&mut self, candidate: bool) {
        self.candidate = candidate;
    }

    /// Whether the gaps are more alike than chance has it, over any of the three windows.
    pub fn is_under_dispersed(&self) -> bool {
        self.sums.iter().any(|sums| {
            let alike = (sums.gap / sums.count).ln() - sums.ln_gap / sums.count;
            sums.count >= GAPS_MIN && alike <= CHANCE - BELOW / sums.count.sqrt()
        })
    }

    /// What the sizes tell, from the sketch: shares are lower bounds, and what it does not hold
    /// counts as all different.
    pub fn sizes(&self) -> Sizes {
        let total = f64::from(self.sized.max(1));
        let share = |mode: &Mode| f64::from(mode.count) / total;
        let held: f64 = self.modes.iter().map(share).sum();
        let known: f64 =
            self.modes.iter().map(share).filter(|s| *s > 0.0).map(|s| -s * s.ln()).sum();
        let entropy = known + (1.0 - held).max(0.0) * total.ln();
        let modal = self.modes.iter().max_by_key(|mode| mode.count).copied().unwrap_or_default();
        let bytes = u64::from(modal.size).saturating_mul(SIZE_STEP);
        Sizes::from_summary(self.sized as usize, bytes, share(&modal), entropy)
    }
}
