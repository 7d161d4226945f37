//! Gathers what a scan looks for: rules from the program and from the user, and advisories.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use khien_detect::indicator::{self, Advisory, IndicatorSet, LeftOut, NoisePolicy};
use khien_detect::sigma::load::RULE_FILE_BYTES_MAX;
use khien_detect::sigma::{LoadOptions, RuleSet, RuleSource};
use khien_model::{Untrusted, limits};

use crate::content;

/// What went wrong with the user's own input.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// A path does not exist or cannot be read.
    #[error("cannot read {path}: {detail}")]
    Unreadable {
        /// The path.
        path: Untrusted,
        /// Why.
        detail: String,
    },
    /// No advisory of this name, and no such file.
    #[error("no advisory `{name}`: give a file, or one of {known}")]
    UnknownAdvisory {
        /// What was asked for.
        name: Untrusted,
        /// The names there are.
        known: String,
    },
    /// A file is there but says nothing that can be used.
    #[error("{path}: {detail}")]
    Invalid {
        /// The path.
        path: Untrusted,
        /// What is wrong, and where.
        detail: String,
    },
    /// No rule file at the paths given.
    #[error("no Sigma rule in {0}")]
    NoRules(Untrusted),
}

/// What the origin of a rule begins with that ships with the program.
pub const BUILT_IN: &str = "khien:";

/// Where rules come from.
#[derive(Clone, Debug, Default)]
pub struct RuleInputs {
    /// Files and folders of the user.
    pub paths: Vec<PathBuf>,
    /// Whether the program's own rules are used as well.
    pub builtin: bool,
    /// A YAML file of placeholder values.
    pub placeholders: Option<PathBuf>,
}

/// Loads rules.
///
/// # Errors
///
/// [`InputError`]: a path that the user named is not there or holds no rule. A bad rule among good
/// ones is no error but a problem of the set.
pub fn load_rules(inputs: &RuleInputs) -> Result<RuleSet, InputError> {
    let RuleTexts { sources, placeholders } = read_rules(inputs)?;
    Ok(RuleSet::load(sources, &LoadOptions { placeholders }))
}

/// The texts of rules, before anything is made of them.
#[derive(Clone, Debug, Default)]
pub struct RuleTexts {
    /// The files, the program's own first.
    pub sources: Vec<RuleSource>,
    /// Values of placeholders.
    pub placeholders: HashMap<String, Vec<String>>,
}

/// Reads rules without loading them.
///
/// # Errors
///
/// As [`load_rules`].
pub fn read_rules(inputs: &RuleInputs) -> Result<RuleTexts, InputError> {
    let mut sources = Vec::new();
    if inputs.builtin {
        sources.extend(content::rules().map(|file| RuleSource {
            origin: Untrusted::new(format!("{BUILT_IN}{}", file.name)),
            text: file.text.clone(),
        }));
    }
    for path in &inputs.paths {
        let before = sources.len();
        collect_rules(path, &mut sources)?;
        if sources.len() == before {
            return Err(InputError::NoRules(shown(path)));
        }
    }
    let placeholders = match &inputs.placeholders {
        Some(path) => read_placeholders(path)?,
        None => HashMap::new(),
    };
    Ok(RuleTexts { sources, placeholders })
}

fn collect_rules(path: &Path, sources: &mut Vec<RuleSource>) -> Result<(), InputError> {
    let wanted = |path: &Path| !is_hidden(path) && (path.is_dir() || is_yaml(path));
    let found = khien_ingest::walk(&[path.to_owned()], &wanted);
    if let Some(skipped) = found.skipped.into_iter().next() {
        return Err(InputError::Unreadable { path: skipped.path, detail: skipped.detail });
    }
    let named = path.is_file();
    for file in found.files {
        let text = read(&file.path, RULE_FILE_BYTES_MAX)?;
        // Rule folders hold other YAML too: tests, schemas, data. A file that was named is taken at
        // its word.
        if named || looks_like_rule(&text) {
            sources.push(RuleSource { origin: shown(&file.path), text });
        }
    }
    Ok(())
}

fn looks_like_rule(text: &str) -> bool {
    text.lines().any(|line| {
        ["detection:", "correlation:", "filter:"].iter().any(|key| line.starts_with(key))
    })
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("yml") || e.eq_ignore_ascii_case("yaml"))
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

fn read_placeholders(path: &Path) -> Result<HashMap<String, Vec<String>>, InputError> {
    let text = read(path, RULE_FILE_BYTES_MAX)?;
    yaml_serde::from_str(&text).map_err(|error| InputError::Invalid {
        path: shown(path),
        detail: format!("{error}; expected `name: [value, …]` lines"),
    })
}

/// Indicators of the advisories asked for.
#[derive(Default)]
pub struct Advisories {
    /// The matcher.
    pub set: IndicatorSet,
    /// The advisories, by name.
    pub advisories: Vec<Advisory>,
    /// For each indicator: which advisory it is from.
    pub advisory_of: Vec<usize>,
    /// Indicators that would only make noise.
    pub left_out: Vec<LeftOut>,
}

/// Bound: an advisory or a list of indicators, in bytes.
const ADVISORY_BYTES_MAX: u64 = 1 << 30;

/// Loads advisories by name or file.
///
/// # Errors
///
/// [`InputError`]: an advisory is neither built in nor a file, or cannot be read as one.
pub fn load_advisories(names: &[String]) -> Result<Advisories, InputError> {
    Ok(Advisories::of(read_advisories(names)?))
}

/// Reads advisories by name or file.
///
/// # Errors
///
/// As [`load_advisories`].
pub fn read_advisories(names: &[String]) -> Result<Vec<Advisory>, InputError> {
    let mut advisories = Vec::new();
    for name in names {
        let (text, origin) = match content::advisory(name) {
            Some((entry, text)) => (text.to_owned(), entry.name),
            None if Path::new(name).is_file() => {
                (read(Path::new(name), ADVISORY_BYTES_MAX)?, name.clone())
            }
            None => {
                let known: Vec<String> =
                    content::advisories().into_iter().map(|entry| entry.name).collect();
                let known = known.join(", ");
                return Err(InputError::UnknownAdvisory {
                    name: Untrusted::from(name.as_str()),
                    known,
                });
            }
        };
        let advisory = indicator::parse_advisory(text.as_bytes(), &origin).map_err(|error| {
            InputError::Invalid { path: Untrusted::from(name.as_str()), detail: error.to_string() }
        })?;
        advisories.push(advisory);
    }
    Ok(advisories)
}

impl Advisories {
    /// The indicators of advisories that were read.
    pub fn of(advisories: Vec<Advisory>) -> Self {
        let (mut indicators, mut owners) = (Vec::new(), Vec::new());
        for (number, advisory) in advisories.iter().enumerate() {
            indicators.extend(advisory.indicators.iter().cloned());
            owners.resize(indicators.len(), number);
        }
        let (set, left_out) = IndicatorSet::build(indicators, &NoisePolicy::default());
        let owner = |index| owners.get(set.position(index)?).copied();
        let count = u32::try_from(set.len()).unwrap_or(u32::MAX);
        let advisory_of = (0..count).map(|index| owner(index).unwrap_or(0)).collect();
        Self { set, advisories, advisory_of, left_out }
    }
}

fn read(path: &Path, bytes_max: u64) -> Result<String, InputError> {
    limits::read_small_file(path, bytes_max)
        .map_err(|error| InputError::Unreadable { path: shown(path), detail: error.to_string() })
}

fn shown(path: &Path) -> Untrusted {
    Untrusted::new(path.to_string_lossy())
}
