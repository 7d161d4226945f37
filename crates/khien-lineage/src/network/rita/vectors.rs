//! The reference's own unit cases: 138 inputs with the values it expects, against the functions
//! that [`super::score`] is made of.
//!
//! Where the reference returns an error, ours must return the variant of [`Unscorable`] that the
//! table names. One case gives negative counts, which our type of counts cannot hold; it is refused
//! before the formula, as `NotACount`.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::Deserialize;

use super::*;

const TABLE: &str = include_str!("vectors.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    lists: BTreeMap<String, Vec<i64>>,
    weigh: Vec<Case>,
    timestamps: Vec<Case>,
    sizes: Vec<Case>,
    spread: Vec<Case>,
    duration: Vec<Case>,
    histogram: Vec<Case>,
    symmetry: Vec<Case>,
    distinct: Vec<Case>,
    narrowness: Vec<Case>,
    edges: Vec<Case>,
    alike: Vec<Case>,
    in_two: Vec<Case>,
    counts: Vec<Case>,
    heights: Vec<Case>,
}

/// Inputs and expectations of any function; each has some of them, and asking for one that is not
/// there fails the test.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Case {
    base: i64,
    below_one: Option<f64>,
    bins: Option<usize>,
    bytes: Option<Vec<u64>>,
    consistency: Option<f64>,
    counts: Option<Vec<i64>>,
    coverage: Option<f64>,
    distinct: Option<Vec<(i64, u32)>>,
    edges: Option<Vec<f64>>,
    filled: Option<usize>,
    filled_min: Option<usize>,
    height_step: Option<f64>,
    heights: Option<Vec<(u32, usize)>>,
    limits: Option<(usize, usize)>,
    longest_run: Option<usize>,
    mad: Option<f64>,
    outliers: Option<usize>,
    parts: Option<[(f64, f64); 4]>,
    refused: Option<String>,
    score: Option<f64>,
    skew: Option<f64>,
    span: Option<(i64, i64)>,
    times: Option<Vec<i64>>,
    times_of: Option<Vec<String>>,
    usual: Option<(i64, u32)>,
    values: Option<Vec<f64>>,
    window: Option<(i64, i64)>,
}

impl Case {
    fn times(&self, table: &Table) -> Vec<i64> {
        match &self.times_of {
            Some(names) => names.iter().flat_map(|name| table.lists[name].clone()).collect(),
            None => self.times.as_ref().unwrap().iter().map(|time| time + self.base).collect(),
        }
    }

    fn sorted(&self) -> Sorted {
        Sorted::new(self.values.clone().unwrap())
    }

    fn window(&self) -> Window {
        let (start, end) = self.window.unwrap();
        Window { start_s: start + self.base, end_s: end + self.base }
    }

    fn span(&self) -> (i64, i64) {
        let (first, last) = self.span.unwrap();
        (first + self.base, last + self.base)
    }

    /// The counts, if all of them can be counts.
    fn counts(&self) -> Option<Vec<u32>> {
        self.counts.as_ref().unwrap().iter().map(|count| u32::try_from(*count).ok()).collect()
    }

    /// What came out, where something should; a refusal must be the one that is expected.
    fn settle<T: Debug>(&self, result: Result<T, Unscorable>) -> Option<T> {
        match (result, self.refused.as_deref()) {
            (Ok(value), None) => Some(value),
            (Err(why), Some(expected)) => {
                assert_eq!(format!("{why:?}"), expected, "{self:?}");
                None
            }
            (result, _) => panic!("{result:?} for {self:?}"),
        }
    }

    fn near(&self, value: f64, expected: Option<f64>) {
        let expected = expected.unwrap();
        assert!((value - expected).abs() <= 0.001, "{value} is not {expected}: {self:?}");
    }

    fn same<T: Debug + PartialEq>(&self, value: &T, expected: Option<&T>) {
        assert_eq!(Some(value), expected, "{self:?}");
    }

    fn spread(&self, spread: &Spread) {
        self.near(spread.skew, self.skew);
        self.near(spread.mad, self.mad);
    }

    fn distinct(&self, distinct: &Distinct) {
        self.same(&distinct.counts.to_vec(), self.distinct.as_ref());
        self.same(&distinct.usual, self.usual.as_ref());
    }

    fn regularity(&self, result: Result<Regularity, Unscorable>) {
        if let Some(regularity) = self.settle(result) {
            self.near(regularity.score, self.score);
            self.spread(&regularity.spread);
            self.distinct(&regularity.distinct);
        }
    }

    fn heights(&self, heights: &Heights) {
        let parts: Vec<(u32, usize)> = heights.parts.clone().into_iter().collect();
        self.same(&parts, self.heights.as_ref());
        self.same(&heights.filled, self.filled.as_ref());
        self.same(&heights.longest_run, self.longest_run.as_ref());
    }

    fn bars(&self, counts: &[u32]) {
        self.same(&counts.to_vec(), self.counts().as_ref());
    }
}

/// Runs every case of one function and tells how many there were.
fn each(cases: &[Case], check: impl FnMut(&Case)) -> usize {
    cases.iter().map(check).count()
}

fn of_numbers(table: &Table) -> [usize; 7] {
    [
        each(&table.weigh, |case| {
            if let Some(score) = case.settle(weigh(case.parts.unwrap())) {
                case.near(score, case.score);
            }
        }),
        each(&table.timestamps, |case| case.regularity(timestamps(&case.times(table)))),
        each(&table.sizes, |case| case.regularity(sizes(case.bytes.as_ref().unwrap()))),
        each(&table.spread, |case| {
            if let Some(spread) = case.settle(case.sorted().spread(case.below_one.unwrap())) {
                case.near(spread.score, case.score);
                case.spread(&spread);
            }
        }),
        each(&table.symmetry, |case| {
            if let Some((skew, score)) = case.settle(case.sorted().symmetry()) {
                case.near(skew, case.skew);
                case.near(score, case.score);
            }
        }),
        each(&table.distinct, |case| {
            if let Some(distinct) = case.settle(case.sorted().distinct()) {
                case.distinct(&distinct);
            }
        }),
        each(&table.narrowness, |case| {
            if let Some((mad, score)) =
                case.settle(case.sorted().narrowness(case.below_one.unwrap()))
            {
                case.near(mad, case.mad);
                case.near(score, case.score);
            }
        }),
    ]
}

fn check_duration(case: &Case) {
    let (filled_min, run_whole) = case.limits.unwrap();
    let bars = (case.filled.unwrap(), case.longest_run.unwrap());
    let limits = Limits { filled_min, run_whole };
    if let Some(duration) = case.settle(Duration::of(case.window(), case.span(), bars, limits)) {
        case.near(duration.coverage, case.coverage);
        case.near(duration.consistency, case.consistency);
        case.near(duration.score, case.score);
    }
}

fn check_histogram(case: &Case, table: &Table) {
    let shape = Shape {
        bins: case.bins.unwrap(),
        height_step: case.height_step.unwrap(),
        outliers: case.outliers.unwrap(),
        filled_min: case.filled_min.unwrap(),
    };
    let result = Histogram::of(&case.times(table), case.window(), &shape);
    if let Some(histogram) = case.settle(result) {
        case.bars(&histogram.counts);
        case.heights(&histogram.heights);
        case.near(histogram.score, case.score);
    }
}

fn check_alike(case: &Case) {
    let Some(counts) = case.counts() else {
        assert_eq!(case.refused.as_deref(), Some("NotACount"), "{case:?}");
        return;
    };
    if let Some(score) = case.settle(alike(&counts)) {
        case.near(score, case.score);
    }
}

fn check_in_two(case: &Case) {
    let heights = Heights {
        parts: case.heights.clone().unwrap().into_iter().collect(),
        filled: case.filled.unwrap(),
        longest_run: 0,
    };
    let result = heights.in_two(case.outliers.unwrap(), case.filled_min.unwrap());
    if let Some(score) = case.settle(result) {
        case.near(score, case.score);
    }
}

fn check_counts(case: &Case, table: &Table) {
    let step = case.height_step.unwrap();
    let counted = Bins::between(case.edges.clone().unwrap())
        .and_then(|bins| bins.count(&case.times(table)))
        .and_then(|counts| Ok((Heights::of(&counts, step)?, counts)));
    if let Some((heights, counts)) = case.settle(counted) {
        case.bars(&counts);
        case.heights(&heights);
    }
}

fn of_windows(table: &Table) -> [usize; 7] {
    [
        each(&table.duration, check_duration),
        each(&table.histogram, |case| check_histogram(case, table)),
        each(&table.edges, |case| {
            if let Some(bins) = case.settle(Bins::new(case.window(), case.bins.unwrap())) {
                let expected = case.edges.as_ref().unwrap();
                case.same(&bins.edges().len(), Some(&expected.len()));
                for (edge, expected) in bins.edges().iter().zip(expected) {
                    case.near(*edge, Some(*expected));
                }
            }
        }),
        each(&table.alike, check_alike),
        each(&table.in_two, check_in_two),
        each(&table.counts, |case| check_counts(case, table)),
        each(&table.heights, |case| {
            let result = Heights::of(&case.counts().unwrap(), case.height_step.unwrap());
            if let Some(heights) = case.settle(result) {
                case.heights(&heights);
            }
        }),
    ]
}

#[test]
fn all_138_cases_of_the_reference_come_out_the_same() {
    let table: Table = toml::from_str(TABLE).unwrap();
    let (numbers, windows) = (of_numbers(&table), of_windows(&table));
    assert_eq!(numbers, [15, 8, 7, 11, 11, 6, 5]);
    assert_eq!(windows, [13, 11, 8, 7, 12, 13, 11]);
    assert_eq!(numbers.iter().chain(&windows).sum::<usize>(), 138);
}
