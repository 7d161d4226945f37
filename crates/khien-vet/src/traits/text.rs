//! Text in bytes, one byte a character or two (UTF-16LE), seen alike.

/// A way to read characters out of bytes around a place.
///
/// Only ASCII is text here: every other character ends a name, in both encodings, so that the same
/// text gives the same names however it is stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View<'a> {
    bytes: &'a [u8],
    wide: bool,
}

/// Characters on both sides of a place, bounded.
pub(crate) struct Run {
    /// What was read.
    pub(crate) text: String,
    /// The character before it; `None` at the start, or where it is no ASCII text.
    pub(crate) before: Option<u8>,
}

impl<'a> View<'a> {
    /// Reads `bytes` as ASCII, or as UTF-16LE where `wide`.
    pub(crate) const fn new(bytes: &'a [u8], wide: bool) -> Self {
        Self { bytes, wide }
    }

    const fn stride(self) -> usize {
        if self.wide { 2 } else { 1 }
    }

    /// The ASCII character whose first byte is at `at`.
    pub(crate) fn at(self, at: usize) -> Option<u8> {
        let low = *self.bytes.get(at)?;
        if self.wide {
            let high = *self.bytes.get(at.checked_add(1)?)?;
            if high != 0 {
                return None;
            }
        }
        low.is_ascii().then_some(low)
    }

    /// The character before the one at `at`.
    pub(crate) fn before(self, at: usize) -> Option<u8> {
        self.at(at.checked_sub(self.stride())?)
    }

    /// The characters that belong to `start..end` and around it: back while `back` holds, on while
    /// `on` holds, at most `max` on each side. `work` counts the characters looked at.
    pub(crate) fn run(
        self,
        (start, end): (usize, usize),
        back: impl Fn(u8) -> bool,
        on: impl Fn(u8) -> bool,
        max: usize,
        work: &mut u64,
    ) -> Run {
        let stride = self.stride();
        let mut first = start;
        let mut before = None;
        for _ in 0..=max {
            *work = work.saturating_add(1);
            before = self.before(first);
            match before {
                Some(c) if back(c) => first = first.saturating_sub(stride),
                _ => break,
            }
        }
        let mut last = end;
        for _ in 0..=max {
            *work = work.saturating_add(1);
            match self.at(last) {
                Some(c) if on(c) => last = last.saturating_add(stride),
                _ => break,
            }
        }
        let raw = self.bytes.get(first..last).unwrap_or_default();
        let text = raw.iter().step_by(stride).map(|b| char::from(*b)).collect();
        Run { text, before }
    }
}

/// A letter, digit or underscore.
pub(crate) const fn is_word(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_'
}

/// A character that can be seen, or a space.
pub(crate) const fn is_print(c: u8) -> bool {
    matches!(c, b' '..=b'~')
}

/// The text as UTF-16LE bytes.
pub(crate) fn widened(text: &[u8]) -> Vec<u8> {
    text.iter().flat_map(|b| [*b, 0]).collect()
}
