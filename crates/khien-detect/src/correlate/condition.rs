//! When a window's content is an alert.

/// One comparison with a number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Comparison {
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Gte,
    /// Less than.
    Lt,
    /// Less than or equal.
    Lte,
    /// Equal.
    Eq,
    /// Not equal.
    Neq,
}

/// Comparisons that must all hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Threshold(pub Vec<(Comparison, f64)>);

impl Threshold {
    /// Whether a number meets all comparisons.
    pub fn holds(&self, number: f64) -> bool {
        self.0.iter().all(|(comparison, limit)| match comparison {
            Comparison::Gt => number > *limit,
            Comparison::Gte => number >= *limit,
            Comparison::Lt => number < *limit,
            Comparison::Lte => number <= *limit,
            Comparison::Eq => number.total_cmp(limit).is_eq(),
            Comparison::Neq => number.total_cmp(limit).is_ne(),
        })
    }

    /// Whether more events can take the condition away again, so that only the window's end decides.
    pub fn needs_close(&self) -> bool {
        self.0.iter().any(|(c, _)| !matches!(c, Comparison::Gt | Comparison::Gte))
    }
}

/// What a correlation waits for.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    /// A number over the window.
    Number(Aggregate, Threshold),
    /// All rules, in any order.
    AllOf,
    /// So many of the rules, in any order.
    SomeOf(Threshold),
    /// All rules, in the order listed.
    Ordered,
    /// A formula over rules; the flag says whether it holds a negation.
    Formula(Formula, bool),
}

/// Which number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Aggregate {
    Events,
    DistinctValues,
    Sum,
    Average,
    Median,
    /// Of numbers: the value at this percentile. Of text: the share of events in percent that the
    /// rarest (or most common) value has.
    Percentile(f64),
}

/// A formula over the correlation's rules.
#[derive(Clone, Debug)]
pub(crate) enum Formula {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Input(usize),
}

impl Formula {
    /// Evaluates with a test for presence. Under a negation the test gets `negated = true`, because
    /// absence is looked for over a longer stretch than presence.
    pub(crate) fn holds(&self, present: &dyn Fn(usize, bool) -> bool) -> bool {
        self.holds_under(present, false)
    }

    fn holds_under(&self, present: &dyn Fn(usize, bool) -> bool, negated: bool) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds_under(present, negated)),
            Self::Or(parts) => parts.iter().any(|part| part.holds_under(present, negated)),
            Self::Not(part) => !part.holds_under(present, !negated),
            Self::Input(input) => present(*input, negated),
        }
    }

    pub(crate) fn mentions(&self, wanted: usize) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.mentions(wanted)),
            Self::Not(part) => part.mentions(wanted),
            Self::Input(input) => *input == wanted,
        }
    }

    pub(crate) fn negates(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::negates),
            Self::Not(_) => true,
            Self::Input(_) => false,
        }
    }
}
