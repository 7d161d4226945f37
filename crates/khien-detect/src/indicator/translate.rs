//! What a STIX pattern means here: the indicators that stand for it, and what is lost.
//!
//! A set matches single values. A pattern that says more (that two things happen, or that one does
//! not) is not cut down to what can be matched, because the rest would then seem covered: it is
//! reported instead. Two conjunctions do fit: a file's hash with anything else about that file,
//! since the hash decides, and a file's name with its directory.

use std::collections::HashSet;

use khien_model::IndicatorKind;
use khien_model::observable::canonical_ip;

use super::canonical::canonical_kind;
use super::excerpt;
use super::pattern::{Comparison, Literal, Observation, Operator, Qualifier, Step, Test};

/// A pattern as indicators.
#[derive(Debug, Default)]
pub(super) struct Translation {
    /// Any of them stands for the pattern.
    pub(super) kinds: Vec<IndicatorKind>,
    /// The parts that no indicator stands for, each as a phrase; at most [`UNMATCHED_MAX`].
    pub(super) unmatched: Vec<String>,
    /// What `kinds` holds.
    known: HashSet<IndicatorKind>,
}

/// The most phrases about one pattern: more help nobody.
const UNMATCHED_MAX: usize = 20;

/// The most paths that one file by name and directory becomes.
///
/// Bound: lists of names and of directories multiply.
const LOCATED_MAX: usize = 1000;

impl Translation {
    /// What a pattern means.
    pub(super) fn of(pattern: &Observation) -> Self {
        let mut translation = Self::default();
        translation.observation(pattern);
        translation
    }

    fn observation(&mut self, observation: &Observation) {
        match observation {
            Observation::And(_) => self.lose("several observations joined by AND"),
            Observation::FollowedBy(_) => self.lose("observations in an order (FOLLOWEDBY)"),
            Observation::Or(parts) => parts.iter().for_each(|part| self.observation(part)),
            Observation::Qualified(inner, qualifiers) => {
                let lost = qualifiers.iter().find_map(|qualifier| match qualifier {
                    // One observation is always within a time.
                    Qualifier::Repeats(0 | 1) | Qualifier::Within(_) => None,
                    Qualifier::Repeats(_) => Some("a number of repetitions (REPEATS)"),
                    Qualifier::StartStop(..) => Some("a window of time (START STOP)"),
                });
                match lost {
                    Some(what) => self.lose(what),
                    None => self.observation(inner),
                }
            }
            Observation::Single(comparison) => self.comparison(comparison),
        }
    }

    fn comparison(&mut self, comparison: &Comparison) {
        match comparison {
            Comparison::Or(parts) => parts.iter().for_each(|part| self.comparison(part)),
            Comparison::And(parts) => self.conjunction(parts),
            Comparison::Test(test) => self.test(test),
        }
    }

    fn conjunction(&mut self, parts: &[Comparison]) {
        let tests = parts.iter().map(|part| match part {
            Comparison::Test(test) if !test.negated => Some(test),
            _ => None,
        });
        let Some(mut tests) = tests.collect::<Option<Vec<&Test>>>() else {
            return self.lose("a NOT, or an OR inside an AND");
        };
        // `dst_ref.type = 'ipv4-addr'` only repeats what the value shows.
        tests.retain(|test| !matches!(test.steps.last(), Some(Step::Property(p)) if p == "type"));
        let object = tests.first().map(|test| test.object.as_str());
        let of_one_file =
            tests.iter().all(|test| Some(test.object.as_str()) == object && is_of_file(test));
        let is_hash = |test: &&Test| {
            matches!(Property::of(test), Some(Property::Hash(_)))
                && test.operator == Operator::Equal
        };
        let hashes: Vec<&Test> = tests.iter().copied().filter(is_hash).collect();
        match tests.as_slice() {
            [test] => self.test(test),
            _ if of_one_file && !hashes.is_empty() => {
                hashes.into_iter().for_each(|test| self.test(test))
            }
            [one, other] => match located_name(one, other).or_else(|| located_name(other, one)) {
                Some(patterns) => {
                    patterns.into_iter().for_each(|p| self.add(IndicatorKind::Path(p), one))
                }
                None => self.lose("unlike things joined by AND"),
            },
            _ => self.lose("unlike things joined by AND"),
        }
    }

    fn test(&mut self, test: &Test) {
        let name = || excerpt(&path_text(test));
        if test.negated {
            return self.lose(&format!("a NOT ({})", name()));
        }
        let Some(property) = Property::of(test) else {
            return self.lose(&format!("{} is not compared with events", name()));
        };
        for value in &test.values {
            let Literal::Text(text) = value else {
                self.lose(&format!("{} is not compared with such a value", name()));
                continue;
            };
            match test.operator {
                Operator::Equal | Operator::In => self.equal(property, text, test),
                Operator::IsSubset if property == Property::Address => {
                    self.equal(property, text, test)
                }
                Operator::Like => self.like(property, text, test),
                _ => self.lose(&format!("{} by such an operator", name())),
            }
        }
        if test.operator == Operator::Exists {
            self.lose(&format!("the existence of {}", name()));
        }
    }

    fn equal(&mut self, property: Property<'_>, text: &str, test: &Test) {
        let text = text.trim();
        let kind = match property {
            Property::Address => address(text),
            Property::Endpoint => {
                address(text).or_else(|| Some(IndicatorKind::Domain(text.to_owned())))
            }
            Property::Domain => Some(IndicatorKind::Domain(text.to_owned())),
            Property::Hash(algorithm) => {
                fits_algorithm(algorithm, text).then(|| IndicatorKind::Hash(text.to_owned()))
            }
            Property::Mutex => Some(IndicatorKind::Mutex(text.to_owned())),
            Property::Serial => Some(IndicatorKind::SignerSerial(text.to_owned())),
            Property::Subject => {
                common_name(text).map(|name| IndicatorKind::Signer(name.to_owned()))
            }
            // A star at the end would become a wildcard.
            Property::Url => (!text.ends_with('*')).then(|| IndicatorKind::Url(text.to_owned())),
            Property::UserAgent => Some(IndicatorKind::UserAgent(text.to_owned())),
            Property::Directory | Property::Folder | Property::Name | Property::RegistryKey => {
                return match glob_of(text, Operator::Equal) {
                    Some(pattern) => self.path(property, &pattern, test),
                    None => self.lose("a name with a wildcard character"),
                };
            }
        };
        match kind {
            Some(kind) => self.add(kind, test),
            None => self.lose(&format!(
                "{} with the value “{}”",
                excerpt(&path_text(test)),
                excerpt(text)
            )),
        }
    }

    fn like(&mut self, property: Property<'_>, text: &str, test: &Test) {
        let inner = text.trim_matches('%');
        let open_inside = inner.contains('%');
        match property {
            _ if !text.contains(['%', '_']) => self.equal(property, text, test),
            Property::Directory | Property::Folder | Property::Name | Property::RegistryKey => {
                match glob_of(text, Operator::Like) {
                    Some(pattern) => self.path(property, &pattern, test),
                    None => self.lose("a name with a wildcard character"),
                }
            }
            // Host names and URLs are full of underscores that no author meant as wildcards.
            _ if !text.contains('%') => self.equal(property, text, test),
            Property::Domain if text.starts_with("%.") && text.ends_with(inner) && !open_inside => {
                self.equal(property, inner.trim_start_matches('.'), test);
            }
            Property::Url if text.strip_suffix('%') == Some(inner) && !open_inside => {
                self.add(IndicatorKind::Url(format!("{inner}*")), test);
            }
            Property::Subject if !open_inside => self.equal(property, inner, test),
            _ => self.lose(&format!("{} LIKE “{}”", excerpt(&path_text(test)), excerpt(text))),
        }
    }

    /// A property that becomes one or two path patterns.
    fn path(&mut self, property: Property<'_>, pattern: &str, test: &Test) {
        let trimmed = pattern.trim_end_matches(['/', '\\']);
        let below = |directory: &str| IndicatorKind::Path(format!("{directory}/*"));
        match property {
            Property::Directory => self.add(below(trimmed), test),
            Property::Folder => {
                self.add(IndicatorKind::Path(trimmed.to_owned()), test);
                self.add(below(trimmed), test);
            }
            Property::RegistryKey => {
                // Producers write hives in four ways, so the rest of the key has to do.
                let (hive, rest) = trimmed.split_once('\\').unwrap_or(("", trimmed));
                let key = if hive.to_ascii_uppercase().starts_with("HK") { rest } else { trimmed };
                let key = format!("/{}", key.trim_start_matches(['*', '\\']));
                self.add(IndicatorKind::Path(key.clone()), test);
                self.add(below(&key), test);
            }
            _ => self.add(IndicatorKind::Path(pattern.to_owned()), test),
        }
    }

    fn add(&mut self, kind: IndicatorKind, test: &Test) {
        let shown = kind.value();
        match canonical_kind(kind) {
            Some(kind) if self.known.insert(kind.clone()) => self.kinds.push(kind),
            Some(_) => {}
            None => {
                let name = excerpt(&path_text(test));
                self.lose(&format!("{name}: “{}” has not the form of one", excerpt(&shown)));
            }
        }
    }

    fn lose(&mut self, what: &str) {
        let is_new = !self.unmatched.iter().any(|known| known == what);
        if is_new && self.unmatched.len() < UNMATCHED_MAX {
            self.unmatched.push(what.to_owned());
        }
    }
}

/// A property of an object that a set can look for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Property<'t> {
    /// An address or network.
    Address,
    /// The directory that a file is in.
    Directory,
    /// A domain name.
    Domain,
    /// An address or domain, whichever it is.
    Endpoint,
    /// A directory itself.
    Folder,
    /// A file's hash by an algorithm.
    Hash(&'t str),
    /// The name of a mutex or event.
    Mutex,
    /// A file's name.
    Name,
    /// A registry key.
    RegistryKey,
    /// A certificate's serial number.
    Serial,
    /// A certificate's subject.
    Subject,
    /// A URL.
    Url,
    /// An HTTP user agent.
    UserAgent,
}

impl<'t> Property<'t> {
    fn of(test: &'t Test) -> Option<Self> {
        let steps = test.steps.iter().map(|step| match step {
            Step::Property(name) => Some(name.as_str()),
            Step::Item(_) => None,
        });
        let steps = steps.collect::<Option<Vec<&str>>>()?;
        Some(match (test.object.as_str(), steps.as_slice()) {
            ("ipv4-addr" | "ipv6-addr", ["value"]) => Self::Address,
            ("domain-name", ["value"]) => Self::Domain,
            ("url", ["value"]) => Self::Url,
            ("mutex", ["name"]) => Self::Mutex,
            ("directory", ["path"]) => Self::Folder,
            ("network-traffic", ["dst_ref" | "src_ref", "value"]) => Self::Endpoint,
            ("network-traffic", ["extensions", "http-request-ext", "request_header", header])
                if header.eq_ignore_ascii_case("user-agent") =>
            {
                Self::UserAgent
            }
            ("windows-registry-key", ["key"]) => Self::RegistryKey,
            ("x509-certificate", ["serial_number"]) => Self::Serial,
            ("x509-certificate", ["subject"]) => Self::Subject,
            ("artifact" | "x509-certificate", ["hashes", algorithm]) => Self::Hash(algorithm),
            ("process", ["name"]) => Self::Name,
            ("process", ["binary_ref" | "image_ref", of_file @ ..]) | ("file", of_file) => {
                match of_file {
                    ["name"] => Self::Name,
                    ["parent_directory_ref", "path"] => Self::Directory,
                    ["hashes", algorithm] => Self::Hash(algorithm),
                    _ => return None,
                }
            }
            _ => return None,
        })
    }
}

/// Whether a test is about a file, in whichever property.
fn is_of_file(test: &Test) -> bool {
    let of_image = matches!(
        test.steps.first(),
        Some(Step::Property(name)) if name == "image_ref" || name == "binary_ref"
    );
    test.object == "file" || (test.object == "process" && of_image)
}

/// The path patterns of a file by name and directory, when the tests are just that.
fn located_name(name: &Test, directory: &Test) -> Option<Vec<String>> {
    let is_pair = Property::of(name) == Some(Property::Name)
        && Property::of(directory) == Some(Property::Directory)
        && name.object == directory.object;
    if !is_pair {
        return None;
    }
    let (names, directories) = (globs_of(name)?, globs_of(directory)?);
    if names.len().saturating_mul(directories.len()) > LOCATED_MAX {
        return None;
    }
    let joined = directories.iter().flat_map(|directory| {
        let directory = directory.trim_end_matches(['/', '\\']);
        names.iter().map(move |name| format!("{directory}/{name}"))
    });
    Some(joined.collect())
}

fn globs_of(test: &Test) -> Option<Vec<String>> {
    let globs = test.values.iter().map(|value| match value {
        Literal::Text(text) => glob_of(text, test.operator),
        _ => None,
    });
    globs.collect()
}

/// A name as a wildcard pattern; `None` when it cannot be one.
fn glob_of(text: &str, operator: Operator) -> Option<String> {
    if text.contains(['*', '?']) {
        return None;
    }
    match operator {
        Operator::Equal | Operator::In => Some(text.to_owned()),
        Operator::Like => Some(text.replace('%', "*").replace('_', "?")),
        _ => None,
    }
}

fn address(text: &str) -> Option<IndicatorKind> {
    match text.split_once('/') {
        Some((address, bits)) => {
            Some(IndicatorKind::Cidr(address.parse().ok()?, bits.parse().ok()?))
        }
        None => canonical_ip(text).map(IndicatorKind::Ip),
    }
}

/// Whether a value can be a hash by the algorithm that the pattern names.
fn fits_algorithm(algorithm: &str, value: &str) -> bool {
    let algorithm = algorithm.to_ascii_uppercase().replace(['-', '_'], "");
    let digits: &[usize] = match algorithm.as_str() {
        "MD5" | "IMPHASH" | "JA3" | "JA3S" => &[32],
        "SHA1" | "AUTHENTIHASHSHA1" => &[40],
        "SHA224" => &[56],
        "SHA256" | "SHA3256" | "AUTHENTIHASH" | "AUTHENTIHASHSHA256" => &[64],
        "SHA384" => &[96],
        "SHA512" | "SHA3512" => &[128],
        _ => return false,
    };
    digits.contains(&value.len())
}

/// The name in a certificate's subject: its common name, or the whole when it is a bare name.
fn common_name(subject: &str) -> Option<&str> {
    if !subject.contains('=') {
        return Some(subject.trim()).filter(|name| !name.is_empty());
    }
    let attributes = subject.split([',', '/']);
    let names = attributes.filter_map(|part| part.trim().strip_prefix("CN="));
    names.map(|name| name.trim_matches('"')).find(|name| !name.is_empty())
}

/// The way to a property, as a pattern writes it.
fn path_text(test: &Test) -> String {
    let steps = test.steps.iter().map(|step| match step {
        Step::Property(name) => name.clone(),
        Step::Item(place) => format!("[{place}]"),
    });
    format!("{}:{}", test.object, steps.collect::<Vec<_>>().join("."))
}

#[cfg(test)]
mod tests;
