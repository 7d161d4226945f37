//! How much the page may still hold.

/// Bytes left for lists that grow with the data.
///
/// Bound: text is charged as it stands in the page, so escaping cannot stretch the page beyond it.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
}

impl Budget {
    /// So many bytes.
    pub(super) const fn new(bytes: usize) -> Self {
        Self { left: bytes }
    }

    /// Takes what these texts and their markup need; `false`, and nothing taken, when it is too much.
    pub(super) fn take(&mut self, markup: usize, texts: &[&str]) -> bool {
        let cost = markup + texts.iter().map(|text| escaped_len(text)).sum::<usize>();
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }
}

/// Length with `<`, `>`, `&` and quotes written as references.
fn escaped_len(text: &str) -> usize {
    let special = |byte: &u8| matches!(byte, b'<' | b'>' | b'&' | b'"' | b'\'');
    text.len() + 4 * text.bytes().filter(special).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_costs_nothing() {
        let mut budget = Budget::new(20);
        assert!(!budget.take(10, &["<<>>"]));
        assert!(budget.take(10, &["<<"]));
        assert!(!budget.take(1, &[]));
    }
}
