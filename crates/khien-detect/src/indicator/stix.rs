//! Advisories as STIX 2.1 and 2.0 bundles.
//!
//! A bundle is read object by object. One that is malformed, or says something that no indicator
//! can stand for, becomes a [`Problem`] and costs none of the others.

use std::collections::{BTreeMap, HashSet};

use khien_model::{Indicator, IndicatorKind, Timestamp};
use serde_json::{Map, Value};
use thiserror::Error;

use super::canonical::canonical_kind;
use super::pattern::parse;
use super::translate::Translation;
use super::{Advisory, AffectedProduct, Form, Problem, affected, excerpt, origin_name};

mod marking;
mod observable;

/// The largest bundle, in bytes. Bound: its tree takes several times as much memory.
pub const BUNDLE_BYTES_MAX: usize = 256 << 20;

/// The confidence in an observable that a report mentions without calling it an indicator.
const OBSERVABLE_CONFIDENCE: u8 = 20;

/// The most references of one object that are read for its sources.
const REFERENCES_MAX: usize = 64;

/// Why a text is no STIX bundle at all: the publisher's fault, but for the limit, which is ours.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StixError {
    /// The text is not JSON.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The JSON is neither a bundle nor a STIX object nor a list of them.
    #[error("JSON without STIX objects")]
    NoObjects,
    /// The text is larger than [`BUNDLE_BYTES_MAX`].
    #[error("{0} bytes are over the limit of {BUNDLE_BYTES_MAX}")]
    TooLarge(usize),
}

/// Reads a bundle, a bare list of objects or a single object.
///
/// `origin` says where the text is from (a file name as a rule); it names the advisory, and the
/// source of indicators that name none.
///
/// # Errors
///
/// When the text holds no STIX objects: the publisher's fault, or our limit.
pub fn parse_bundle(text: &str, origin: &str) -> Result<Advisory, StixError> {
    if text.len() > BUNDLE_BYTES_MAX {
        return Err(StixError::TooLarge(text.len()));
    }
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))?;
    of_value(&value, origin)
}

/// Reads what JSON holds. The errors are those of [`parse_bundle`].
pub(super) fn of_value(value: &Value, origin: &str) -> Result<Advisory, StixError> {
    let objects = match value {
        Value::Array(list) => list.as_slice(),
        Value::Object(map) => match (map.get("objects"), map.get("type")) {
            (Some(Value::Array(list)), _) => list.as_slice(),
            (None, Some(Value::String(_))) => std::slice::from_ref(value),
            _ => return Err(StixError::NoObjects),
        },
        _ => return Err(StixError::NoObjects),
    };
    if !objects.is_empty() && objects.iter().all(|object| str_of_value(object, "type").is_none()) {
        return Err(StixError::NoObjects);
    }
    let mut reader = Reader::new(origin);
    reader.index(objects);
    Ok(reader.read())
}

type Object = Map<String, Value>;

/// A bundle on its way to an advisory.
struct Reader<'b> {
    origin: &'b str,
    /// The newest version of each object, in the bundle's order.
    objects: Vec<&'b Object>,
    /// Where each id is in `objects`.
    places: BTreeMap<&'b str, usize>,
    advisory: Advisory,
}

impl<'b> Reader<'b> {
    fn new(origin: &'b str) -> Self {
        let advisory =
            Advisory { name: origin_name(origin), form: Form::Stix, ..Advisory::default() };
        Self { origin, objects: Vec::new(), places: BTreeMap::new(), advisory }
    }

    /// Takes in the objects; of several versions of one the newest counts.
    fn index(&mut self, values: &'b [Value]) {
        for (place, value) in values.iter().enumerate() {
            let Some(object) = value.as_object().filter(|o| str_of(o, "type").is_some()) else {
                self.problem(&format!("objects[{place}]"), "not a STIX object");
                continue;
            };
            let known = str_of(object, "id").and_then(|id| self.places.get(id)).copied();
            match known.and_then(|at| self.objects.get_mut(at)) {
                Some(earlier) if modified(earlier) <= modified(object) => *earlier = object,
                Some(_) => {}
                None => {
                    if let Some(id) = str_of(object, "id") {
                        self.places.insert(id, self.objects.len());
                    }
                    self.objects.push(object);
                }
            }
        }
    }

    fn read(mut self) -> Advisory {
        self.report();
        for object in self.objects.clone() {
            match str_of(object, "type") {
                Some("indicator") => self.indicator(object),
                Some("software") => self.software(object),
                Some("vulnerability") => self.vulnerability(object),
                _ => {}
            }
        }
        self.observables();
        self.advisory.tlp = marking::strictest(&self.objects, &self.places).map(str::to_owned);
        if self.advisory.title.is_empty() {
            self.advisory.title.clone_from(&self.advisory.name);
        }
        self.advisory
    }

    /// The first report says what the advisory is about.
    fn report(&mut self) {
        let Some(report) = self.of_type("report").next() else { return };
        self.advisory.title = str_of(report, "name").unwrap_or_default().to_owned();
        self.advisory.description = str_of(report, "description").unwrap_or_default().to_owned();
        self.advisory.published = self.time(report, "published");
    }

    fn indicator(&mut self, object: &Object) {
        if object.get("revoked") == Some(&Value::Bool(true)) {
            return;
        }
        let id = str_of(object, "id").unwrap_or_default();
        let language = str_of(object, "pattern_type").unwrap_or("stix");
        if language != "stix" {
            return self
                .problem(id, &format!("cannot be matched here: {} pattern", excerpt(language)));
        }
        let Some(pattern) = str_of(object, "pattern") else {
            return self.problem(id, "an indicator without a pattern");
        };
        let translation = match parse(pattern) {
            Ok(pattern) => Translation::of(&pattern),
            Err(error) => return self.problem(id, &format!("a malformed pattern: {error}")),
        };
        for lost in &translation.unmatched {
            self.problem(id, &format!("cannot be matched here: {lost}"));
        }
        // The grammar allows a set without members, `IN ()`, which nothing is in.
        if translation.kinds.is_empty() && translation.unmatched.is_empty() {
            self.problem(id, "a pattern that nothing can match");
        }
        let valid_from = self.time(object, "valid_from");
        let valid_until = self.time(object, "valid_until");
        let sources = self.sources(object);
        let confidence = self.confidence(object);
        let tlp = marking::of_object(object, &self.objects, &self.places).map(str::to_owned);
        for kind in translation.kinds {
            self.advisory.indicators.push(Indicator {
                kind,
                id: id.to_owned(),
                name: str_of(object, "name").unwrap_or_default().to_owned(),
                description: str_of(object, "description").unwrap_or_default().to_owned(),
                sources: sources.clone(),
                confidence,
                valid_from,
                valid_until,
                tlp: tlp.clone(),
            });
        }
    }

    fn software(&mut self, object: &Object) {
        let id = str_of(object, "id").unwrap_or_default();
        let Some(name) = str_of(object, "name") else {
            return self.problem(id, "software without a name");
        };
        let text = |key| str_of(object, key).or_else(|| in_extensions(object, key)?.as_str());
        let range = text("x_khien_affected_range").and_then(|range| range.split_once(".."));
        let of_cpe = text("cpe").and_then(affected::of_cpe).unwrap_or_default();
        let versions = match (range, text("version")) {
            (Some((first, last)), _) => vec![affected::between(first, last)],
            (None, Some(version)) => affected::versions_of_field(version),
            (None, None) => of_cpe.versions,
        };
        if versions.is_empty() && text("version").is_some_and(|version| !version.is_empty()) {
            self.problem(id, "a version that is none");
        }
        let product = AffectedProduct {
            product: name.to_owned(),
            vendor: text("vendor").map_or(of_cpe.vendor, str::to_owned),
            platform: text("x_khien_platform").map(str::to_owned),
            purl: text("x_khien_purl").map(str::to_owned),
            versions,
        };
        affected::add(&mut self.advisory.affected, product);
    }

    /// A vulnerability says in prose which versions have it.
    fn vulnerability(&mut self, object: &Object) {
        let description = str_of(object, "description").unwrap_or_default();
        for product in affected::in_prose(description) {
            affected::add(&mut self.advisory.affected, product);
        }
    }

    /// Observables that a report mentions, unless an indicator says the same.
    fn observables(&mut self) {
        let mentioned = observable::mentioned(&self.objects, &self.places);
        if mentioned.is_empty() {
            return;
        }
        let mut known: HashSet<IndicatorKind> =
            self.advisory.indicators.iter().map(|indicator| indicator.kind.clone()).collect();
        let valid_from = self.advisory.published;
        for found in mentioned {
            let Some(kind) = canonical_kind(found.kind) else {
                self.problem(&found.id, "an observable that has not the form of its type");
                continue;
            };
            if known.insert(kind.clone()) {
                let sources = vec![self.origin_source()];
                self.advisory.indicators.push(Indicator {
                    id: found.id,
                    sources,
                    confidence: Some(OBSERVABLE_CONFIDENCE),
                    valid_from,
                    ..Indicator::bare(kind)
                });
            }
        }
    }

    /// Who published an object: whom it refers to, else its creator, else the bundle's origin.
    fn sources(&self, object: &Object) -> Vec<String> {
        let references = object.get("external_references").and_then(Value::as_array);
        let mut sources: Vec<String> = Vec::new();
        for reference in references.into_iter().flatten().take(REFERENCES_MAX) {
            // References to ATT&CK and the like say what it is, not who found it.
            let named = str_of_value(reference, "source_name")
                .filter(|name| !["mitre-attack", "capec", "cve", "cwe"].contains(name));
            if let Some(name) = named.filter(|name| !sources.iter().any(|known| known == name)) {
                sources.push(name.to_owned());
            }
        }
        if sources.is_empty() {
            let creator = str_of(object, "created_by_ref").and_then(|id| self.by_id(id));
            let name = creator.and_then(|identity| str_of(identity, "name"));
            sources.push(name.map_or_else(|| self.origin_source(), str::to_owned));
        }
        sources
    }

    fn confidence(&mut self, object: &Object) -> Option<u8> {
        let value = object.get("confidence")?;
        let confidence = value.as_u64().and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= 100);
        if confidence.is_none() {
            let id = str_of(object, "id").unwrap_or_default();
            self.problem(id, "a confidence that is not between 0 and 100");
        }
        confidence
    }

    fn time(&mut self, object: &Object, key: &str) -> Option<Timestamp> {
        let text = str_of(object, key)?;
        let time = Timestamp::parse(text);
        if time.is_none() {
            let id = str_of(object, "id").unwrap_or_default();
            self.problem(id, &format!("{key} “{}” is no time", excerpt(text)));
        }
        time
    }

    fn by_id(&self, id: &str) -> Option<&'b Object> {
        self.objects.get(*self.places.get(id)?).copied()
    }

    fn of_type<'r>(&'r self, kind: &'r str) -> impl Iterator<Item = &'b Object> + 'r {
        self.objects.iter().copied().filter(move |object| str_of(object, "type") == Some(kind))
    }

    fn origin_source(&self) -> String {
        origin_name(self.origin)
    }

    fn problem(&mut self, id: &str, detail: &str) {
        Problem::push(&mut self.advisory.problems, id, detail);
    }
}

/// A property of an object's extensions, whichever of them has it.
fn in_extensions<'o>(object: &'o Object, key: &str) -> Option<&'o Value> {
    let extensions = object.get("extensions")?.as_object()?;
    extensions.values().find_map(|extension| extension.get(key))
}

fn str_of<'o>(object: &'o Object, key: &str) -> Option<&'o str> {
    object.get(key)?.as_str()
}

fn str_of_value<'o>(value: &'o Value, key: &str) -> Option<&'o str> {
    value.get(key)?.as_str()
}

/// When this version of an object was made.
fn modified(object: &Object) -> Option<Timestamp> {
    Timestamp::parse(str_of(object, "modified").or_else(|| str_of(object, "created"))?)
}

#[cfg(test)]
mod tests;
