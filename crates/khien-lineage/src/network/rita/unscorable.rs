//! Why connections get no score.

/// Why connections get no score. Whoever calls the parts of the formula by themselves meets these;
/// [`super::score`] checks most of it first.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unscorable {
    /// The first connection is later than the last one.
    #[error("the first connection is later than the last: give both in order")]
    Backwards,
    /// No part of the window has connections in it.
    #[error("no part of the window is filled: there is nothing to compare")]
    Empty,
    /// A limit is 0.
    #[error("a limit of the formula is 0: it must be at least 1")]
    Limits,
    /// A part's score or its weight is not from 0 to 1.
    #[error("a score or a weight is not from 0 to 1")]
    OutOfRange,
    /// Fewer than four connections, or fewer than three gaps between them that are not 0.
    #[error("fewer than four connections at different times")]
    TooFewTimes,
    /// Fewer numbers than the statistic needs.
    #[error("too few numbers for this statistic")]
    TooFewValues,
    /// The weights do not add up to 1.
    #[error("the weights do not add up to 1")]
    Weights,
    /// The window ends where it begins or before, or is to be cut into no parts.
    #[error("the window is empty, or is to be cut into no parts")]
    Window,
}
