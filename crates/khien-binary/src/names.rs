//! Text taken from a file, within a bound.
//!
//! Formats let any number of symbols point into one long string, so that a small file can ask for
//! terabytes of names. A [`Names`] hands out text until its share is used up, and says that it was.

/// Bytes of one name; C++ and Swift symbols of real programs stay below.
const NAME_MAX: usize = 32 * 1024;

/// What one image may take whatever its size.
const TOTAL_MAX: usize = 256 * 1024 * 1024;

/// A share of text for one image.
#[derive(Debug)]
pub(crate) struct Names {
    left: usize,
    refused: bool,
}

impl Names {
    /// A share in proportion to the file: compressed tables (export tries) hold several times their
    /// own size.
    pub(crate) fn for_file(len: usize) -> Self {
        Self {
            left: len.saturating_mul(4).saturating_add(64 * 1024).min(TOTAL_MAX),
            refused: false,
        }
    }

    /// The name as text, what is not UTF-8 replaced; `None` when it is too long or the share is used up.
    pub(crate) fn take(&mut self, name: &[u8]) -> Option<String> {
        let fits = name.len() <= NAME_MAX;
        self.refused |= !fits;
        (self.charge(name.len()) && fits).then(|| String::from_utf8_lossy(name).into_owned())
    }

    /// Takes room for a name of `len` bytes; `false` when the share is used up.
    pub(crate) const fn charge(&mut self, len: usize) -> bool {
        // A name costs its allocation too.
        match self.left.checked_sub(len.saturating_add(16)) {
            Some(left) => {
                self.left = left;
                true
            }
            None => {
                self.left = 0;
                self.refused = true;
                false
            }
        }
    }

    /// The name at `offset` of a table, up to its zero. Looking for the zero costs as much as the name
    /// has bytes, so that a table without zeroes is not walked once for each symbol.
    pub(crate) fn take_at(&mut self, table: &[u8], offset: u64) -> Option<String> {
        if self.left == 0 {
            return None;
        }
        let rest = table.get(usize::try_from(offset).ok()?..)?;
        let rest = rest.get(..NAME_MAX + 1).unwrap_or(rest);
        let Some(end) = memchr::memchr(0, rest) else {
            self.left = self.left.saturating_sub(rest.len());
            self.refused = true;
            return None;
        };
        self.take(rest.get(..end)?)
    }

    /// Whether a name was refused: what was collected is incomplete then.
    pub(crate) const fn refused(&self) -> bool {
        self.refused
    }
}

/// The bytes before the first zero, at `offset`; `None` outside `table` or without a zero.
pub(crate) fn zero_terminated(table: &[u8], offset: usize) -> Option<&[u8]> {
    let rest = table.get(offset..)?;
    // A name longer than this is refused anyway; without the bound, a table without zeroes would be
    // walked once for each symbol.
    let rest = rest.get(..NAME_MAX + 1).unwrap_or(rest);
    rest.get(..memchr::memchr(0, rest)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_kept() {
        let mut names = Names::for_file(0);
        let long = vec![b'a'; 10_000];
        assert_eq!(std::iter::from_fn(|| names.take(&long)).count(), 6);
        assert!(names.refused());
        assert!(Names::for_file(1 << 30).take(&vec![b'a'; NAME_MAX + 1]).is_none());
    }

    #[test]
    fn names_end_at_a_zero_inside_the_table() {
        assert_eq!(zero_terminated(b"ab\0cd", 1), Some(b"b".as_slice()));
        assert_eq!(zero_terminated(b"ab\0cd", 3), None);
        assert_eq!(zero_terminated(b"ab\0cd", 9), None);
    }
}
