//! Content rules in the YARA language, matched against bytes.
//!
//! A wall around the engine: callers see [`Rules`], [`Match`] and [`RuleEngine`], so that the
//! engine can be another one day. Sources cannot include files, an engine that panics on hostile
//! bytes is stopped at this wall, and a scan has bounds that it reports when it meets them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use boreal::compiler::{CompilerBuilder, CompilerParams};
use boreal::scanner::{ScanError, ScanParams, ScanResult};
use boreal::{MetadataValue, Scanner};
use khien_model::Untrusted;

/// Something that finds rules in bytes.
pub trait RuleEngine {
    /// Looks for every rule in `bytes`.
    fn scan(&self, bytes: &[u8], limits: &ScanLimits) -> Scan;
}

/// One text of rules.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Names it in problems; rules of different sources may have equal names.
    pub name: &'a str,
    /// The rules.
    pub text: &'a str,
}

/// A source that does not compile.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("rules {source_name}: {why}")]
pub struct Problem {
    /// Which source.
    pub source_name: String,
    /// What the compiler says, with line and column.
    pub why: Untrusted,
}

/// What one scan may cost.
#[derive(Clone, Copy, Debug)]
pub struct ScanLimits {
    /// Bound: bytes looked at; of a longer input only the beginning is.
    pub bytes_max: usize,
    /// Bound: time, after which the scan ends with what it has. The one thing here that depends on
    /// the machine, and therefore a last resort.
    pub timeout: Duration,
    /// Bound: places kept for one rule.
    pub offsets_max: usize,
}

impl Default for ScanLimits {
    fn default() -> Self {
        Self { bytes_max: 512 << 20, timeout: Duration::from_secs(60), offsets_max: 8 }
    }
}

/// A rule that matched.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Match {
    /// Name of the rule.
    pub rule: String,
    /// Its `meta`, in its order.
    pub meta: Vec<(String, String)>,
    /// Its tags.
    pub tags: Vec<String>,
    /// Where its patterns stand, by offset; bounded.
    pub offsets: Vec<Place>,
}

/// Where a pattern of a rule was found.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Place {
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub len: u64,
    /// Name of the pattern, without `$`.
    pub pattern: String,
}

/// What a scan found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Scan {
    /// Rules that matched, by name.
    pub matches: Vec<Match>,
    /// Why the scan is not complete.
    pub incomplete: Option<Incomplete>,
}

/// Why a scan is not complete.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Incomplete {
    /// The engine failed on these bytes: its mistake.
    #[error("the rule engine failed")]
    EngineFailed,
    /// Ran out of time.
    #[error("the rules ran out of time")]
    TimedOut,
    /// The input was longer than is looked at.
    #[error("only the beginning was looked at")]
    TooLong,
}

/// Compiled rules.
#[derive(Clone, Debug)]
pub struct Rules {
    scanner: Scanner,
}

impl Rules {
    /// Compiles rules; all or nothing, because a rule set with holes says *clear* out of ignorance.
    ///
    /// # Errors
    /// The author's: every source that does not compile, with its line.
    pub fn compile(sources: &[Source<'_>]) -> Result<Self, Vec<Problem>> {
        let mut compiler = CompilerBuilder::new().build();
        // Hostile: an include would read files that the rules' author chose.
        compiler.set_params(CompilerParams::default().disable_includes(true));
        let mut problems = Vec::new();
        for source in sources {
            if let Err(error) = compiler.add_rules_str_in_namespace(source.text, source.name) {
                problems.push(Problem {
                    source_name: source.name.to_owned(),
                    why: Untrusted::from(error.to_string()),
                });
            }
        }
        if problems.is_empty() { Ok(Self { scanner: compiler.finalize() }) } else { Err(problems) }
    }

    /// Names of all rules, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.scanner.rules().map(|rule| rule.name.to_owned()).collect();
        names.sort();
        names
    }

    fn matches(&self, result: &ScanResult<'_>, offsets_max: usize) -> Vec<Match> {
        let mut matches: Vec<_> = result
            .rules
            .iter()
            .map(|rule| Match {
                rule: rule.name.to_owned(),
                meta: rule.metadatas.iter().map(|meta| self.meta(meta)).collect(),
                tags: rule
                    .tags
                    .iter()
                    .map(|tag| self.scanner.get_string_symbol(*tag).to_owned())
                    .collect(),
                offsets: places(rule, offsets_max),
            })
            .collect();
        matches.sort_by(|a, b| a.rule.cmp(&b.rule));
        matches
    }

    fn meta(&self, meta: &boreal::Metadata) -> (String, String) {
        let value = match meta.value {
            MetadataValue::Boolean(value) => value.to_string(),
            MetadataValue::Bytes(symbol) => {
                String::from_utf8_lossy(self.scanner.get_bytes_symbol(symbol)).into_owned()
            }
            MetadataValue::Integer(value) => value.to_string(),
        };
        (self.scanner.get_string_symbol(meta.name).to_owned(), value)
    }
}

impl RuleEngine for Rules {
    fn scan(&self, bytes: &[u8], limits: &ScanLimits) -> Scan {
        let (looked_at, cut) = match bytes.get(..limits.bytes_max) {
            Some(start) => (start, start.len() < bytes.len()),
            None => (bytes, false),
        };
        let mut scanner = self.scanner.clone();
        scanner.set_scan_params(
            ScanParams::default()
                .compute_full_matches(true)
                .match_max_length(0)
                .string_max_nb_matches(PATTERN_MATCHES_MAX)
                .timeout_duration(Some(limits.timeout)),
        );
        // Hostile: the engine is somebody else's parser of hostile bytes; the last fence.
        let outcome = catch_unwind(AssertUnwindSafe(|| match scanner.scan_mem(looked_at) {
            Ok(result) => (self.matches(&result, limits.offsets_max), None),
            Err((error, result)) => {
                let why = match error {
                    ScanError::Timeout => Incomplete::TimedOut,
                    _ => Incomplete::EngineFailed,
                };
                (self.matches(&result, limits.offsets_max), Some(why))
            }
        }));
        let (matches, incomplete) = outcome.unwrap_or((Vec::new(), Some(Incomplete::EngineFailed)));
        Scan { matches, incomplete: incomplete.or(cut.then_some(Incomplete::TooLong)) }
    }
}

/// Bound: matches that are counted for one pattern.
const PATTERN_MATCHES_MAX: u32 = 64;

/// The first places of a rule's patterns. Each pattern is heard before any has its second place.
fn places(rule: &boreal::scanner::EvaluatedRule<'_>, max: usize) -> Vec<Place> {
    let longest = rule.matches.iter().map(|pattern| pattern.matches.len()).max().unwrap_or(0);
    let mut found: Vec<Place> = (0..longest)
        .flat_map(|nth| rule.matches.iter().map(move |pattern| (nth, pattern)))
        .filter_map(|(nth, pattern)| {
            let at = pattern.matches.get(nth)?;
            Some(Place {
                offset: u64::try_from(at.base.checked_add(at.offset)?).ok()?,
                len: u64::try_from(at.length).ok()?,
                pattern: pattern.name.to_owned(),
            })
        })
        .take(max)
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests;
