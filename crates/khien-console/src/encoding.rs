//! Which compressed form a browser takes.

/// A form that a file is stored in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Encoding {
    /// Brotli.
    Brotli,
    /// gzip.
    Gzip,
}

impl Encoding {
    /// The smallest first.
    pub(crate) const ALL: [Self; 2] = [Self::Brotli, Self::Gzip];

    /// The word in `Accept-Encoding` and `Content-Encoding`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// What the file's name ends with.
    pub(crate) const fn ending(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }

    /// Whether a browser that sends this `Accept-Encoding` takes it. A quality of nought refuses;
    /// other qualities do not matter, because the smaller form is better for both sides.
    pub(crate) fn is_accepted(self, accept: &str) -> bool {
        accept.split(',').any(|part| {
            let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
            let quality = parameters.trim().strip_prefix("q=");
            let is_refused = quality.is_some_and(|q| q.trim().parse() == Ok(0.0_f32));
            name.trim().eq_ignore_ascii_case(self.word()) && !is_refused
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(accept: &str, brotli: bool, gzip: bool) {
        assert_eq!(Encoding::Brotli.is_accepted(accept), brotli, "br in {accept:?}");
        assert_eq!(Encoding::Gzip.is_accepted(accept), gzip, "gzip in {accept:?}");
    }

    #[test]
    fn a_browser_says_what_it_takes() {
        check("gzip, deflate, br, zstd", true, true);
        check("gzip;q=1.0, br;q=0", false, true);
        check("BR ; q=0.5", true, false);
        check("brotli, gzipped", false, false);
        check("", false, false);
        check("br;q=nonsense", true, false);
    }
}
