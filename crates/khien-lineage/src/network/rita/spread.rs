//! Dispersion of gaps and sizes: Bowley's skew and the median absolute deviation.

use super::Unscorable;
use crate::network::number::{median, thousandths, whole};

/// Quartiles closer than this say nothing about skew.
const QUARTILE_RANGE_MIN: f64 = 10.0;

/// Numbers that quartiles need.
const VALUES_MIN: usize = 3;

/// Numbers of which something can be the commonest.
const DISTINCT_MIN: usize = 2;

/// The narrowness of gaps whose median is below a second.
const GAPS_BELOW_ONE: f64 = 1.0;

/// The narrowness of sizes whose median is below a byte: nothing was sent, which tells nothing.
const SIZES_BELOW_ONE: f64 = 0.0;

/// How dispersed a list of numbers is, in their own unit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spread {
    /// From 0 (scattered) to 1 (all equal); not rounded.
    pub score: f64,
    /// The median.
    pub median: f64,
    /// Bowley's quartile skewness, -1 to 1.
    pub skew: f64,
    /// The median absolute deviation from the median.
    pub mad: f64,
}

/// Which numbers occur, and how often.
#[derive(Clone, Debug, PartialEq)]
pub struct Distinct {
    /// Each whole number with how often it occurs, the smallest first.
    pub counts: Box<[(i64, u32)]>,
    /// The commonest with its count; of several the smallest.
    pub usual: (i64, u32),
}

/// How regular gaps or sizes are.
#[derive(Clone, Debug, PartialEq)]
pub struct Regularity {
    /// From 0 to 1, in thousandths.
    pub score: f64,
    /// What it was computed from.
    pub spread: Spread,
    /// The numbers themselves: seconds or bytes.
    pub distinct: Distinct,
}

impl Regularity {
    fn of(values: Vec<f64>, narrowness_below_one: f64) -> Result<Self, Unscorable> {
        let values = Sorted::new(values);
        let spread = values.spread(narrowness_below_one)?;
        Ok(Self { score: thousandths(spread.score), spread, distinct: values.distinct()? })
    }
}

/// How regular the gaps between sorted times are. Gaps of 0 are left out.
///
/// # Errors
///
/// The caller's: fewer than four times, or fewer than three gaps that are not 0.
pub fn timestamps(sorted_s: &[i64]) -> Result<Regularity, Unscorable> {
    let gaps: Vec<f64> = sorted_s
        .windows(2)
        .filter_map(|pair| match pair {
            [earlier, later] if later != earlier => Some(later.saturating_sub(*earlier) as f64),
            _ => None,
        })
        .collect();
    Regularity::of(gaps, GAPS_BELOW_ONE).map_err(|_| Unscorable::TooFewTimes)
}

/// How regular the bytes are that the source sent, in any order.
///
/// # Errors
///
/// The caller's: fewer than three sizes.
pub fn sizes(bytes: &[u64]) -> Result<Regularity, Unscorable> {
    Regularity::of(bytes.iter().map(|bytes| *bytes as f64).collect(), SIZES_BELOW_ONE)
}

/// Numbers in ascending order, which quartiles and medians need.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sorted(Vec<f64>);

impl Sorted {
    /// Sorts the numbers.
    pub fn new(mut values: Vec<f64>) -> Self {
        values.sort_unstable_by(f64::total_cmp);
        Self(values)
    }

    /// Half symmetry, half narrowness. Where the median is below 1, the narrowness is
    /// `narrowness_below_one`.
    ///
    /// # Errors
    ///
    /// The caller's: fewer than three numbers.
    pub fn spread(&self, narrowness_below_one: f64) -> Result<Spread, Unscorable> {
        let (skew, symmetry) = self.symmetry()?;
        let (mad, narrowness) = self.narrowness(narrowness_below_one)?;
        Ok(Spread {
            score: f64::midpoint(symmetry, narrowness),
            median: median(&self.0),
            skew,
            mad,
        })
    }

    /// Bowley's skewness, and how symmetric that makes the numbers, from 0 to 1. Quartiles are the
    /// medians of the two halves, without the middle number where there is one. The skewness is 0
    /// where the quartiles are closer than 10, or the median equals one of them.
    ///
    /// # Errors
    ///
    /// The caller's: fewer than three numbers.
    pub fn symmetry(&self) -> Result<(f64, f64), Unscorable> {
        let sorted = self.at_least(VALUES_MIN)?;
        let half = sorted.len() / 2;
        let (low, _) = sorted.split_at(half);
        let (_, high) = sorted.split_at(sorted.len().saturating_sub(half));
        let (first, second, third) = (median(low), median(sorted), median(high));
        let range = third - first;
        // The median is taken from these very numbers, so equal means equal to the bit.
        if range < QUARTILE_RANGE_MIN || second <= first || second >= third {
            return Ok((0.0, 1.0));
        }
        let skew = (first + third - 2.0 * second) / range;
        Ok((skew, 1.0 - skew.abs()))
    }

    /// The median distance from the median, and how narrow that makes the numbers, from 0 to 1:
    /// its share of the median less one, or `below_one` where the median is below 1.
    ///
    /// # Errors
    ///
    /// The caller's: no numbers.
    pub fn narrowness(&self, below_one: f64) -> Result<(f64, f64), Unscorable> {
        let middle = median(self.at_least(1)?);
        let away = Self::new(self.0.iter().map(|value| (value - middle).abs()).collect());
        let mad = median(&away.0);
        let narrow = if middle < 1.0 { below_one } else { ((middle - mad) / middle).max(0.0) };
        Ok((mad, narrow))
    }

    /// Which whole numbers occur, and how often; fractions are cut off.
    ///
    /// # Errors
    ///
    /// The caller's: fewer than two numbers.
    pub fn distinct(&self) -> Result<Distinct, Unscorable> {
        let mut counts: Vec<(i64, u32)> = Vec::new();
        let mut usual = (0, 0_u32);
        for value in self.at_least(DISTINCT_MIN)?.iter().map(|value| whole(*value)) {
            match counts.last_mut() {
                Some((last, count)) if *last == value => *count = count.saturating_add(1),
                _ => counts.push((value, 1)),
            }
        }
        for entry in &counts {
            if entry.1 > usual.1 {
                usual = *entry;
            }
        }
        Ok(Distinct { counts: counts.into_boxed_slice(), usual })
    }

    fn at_least(&self, count: usize) -> Result<&[f64], Unscorable> {
        if self.0.len() < count { Err(Unscorable::TooFewValues) } else { Ok(&self.0) }
    }
}
