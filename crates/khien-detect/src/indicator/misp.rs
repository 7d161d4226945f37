//! Advisories as MISP's JSON: events, lists of events, answers of its REST interface, bare attributes.
//!
//! `to_ids` says which attributes are for detection. Where some are, the others are omitted with the
//! reason; where none is, the flag says nothing and all are taken, with little confidence. As in
//! MISP's own export to STIX, `first_seen` and `last_seen` bound the validity.

use khien_model::{Indicator, IndicatorKind, Timestamp};
use serde_json::{Map, Value};

use super::affected::{self, AffectedProduct};
use super::{Advisory, Form, Omitted, OmittedReason, Problem, excerpt, origin_name, tlp};

mod attribute;

pub(super) use attribute::{Meaning, meaning};

type Object = Map<String, Value>;

/// Reads what JSON holds; `None` when it is not MISP's.
pub(super) fn of_value(value: &Value, origin: &str) -> Option<Advisory> {
    let mut reader = Reader {
        advisory: Advisory { name: origin_name(origin), form: Form::Misp, ..Advisory::default() },
        found: Vec::new(),
        events: 0,
    };
    reader.root(value, "$").then(|| reader.finished())
}

/// The confidence in attributes of an event that marks none as for detection.
const UNMARKED_CONFIDENCE: u8 = 20;

/// A document on its way to an advisory.
struct Reader {
    advisory: Advisory,
    found: Vec<Found>,
    events: u32,
}

/// An attribute that stands for something.
struct Found {
    path: String,
    value: String,
    to_ids: ToIds,
    indicators: Vec<Indicator>,
    event: u32,
}

/// What an attribute says about detection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum ToIds {
    No,
    Silent,
    Yes,
}

/// What an attribute inherits from its event.
#[derive(Clone, Default)]
struct Context {
    source: String,
    confidence: Option<u8>,
    tlp: Option<&'static str>,
    /// The object that it is part of.
    object: String,
}

impl Reader {
    /// Reads a document; false when nothing in it is MISP's.
    fn root(&mut self, value: &Value, path: &str) -> bool {
        match value {
            Value::Object(map) => {
                if let Some(event) = map.get("Event").and_then(Value::as_object) {
                    self.event(event, &format!("{path}.Event"));
                    return true;
                }
                if let Some(response) = map.get("response") {
                    return self.root(response, &format!("{path}.response"));
                }
                let is_event = map.contains_key("info")
                    && (map.contains_key("Attribute") || map.contains_key("Object"));
                if is_event {
                    self.event(map, path);
                    return true;
                }
                let is_list = map.get("Attribute").is_some_and(Value::is_array)
                    || map.get("Object").is_some_and(Value::is_array);
                if is_list {
                    self.parts(map, path, &self.outer_context());
                }
                is_list
            }
            Value::Array(list) => self.list(list, path),
            _ => false,
        }
    }

    /// A list of events or of attributes.
    fn list(&mut self, list: &[Value], path: &str) -> bool {
        let mut any = false;
        let is_attribute = |value: &Value| {
            let has = |key: &str| value.get(key).is_some();
            has("type")
                && has("value")
                && !has("spec_version")
                && !has("pattern")
                && (has("to_ids") || has("category") || has("event_id") || has("uuid"))
        };
        for (place, value) in list.iter().enumerate() {
            let path = format!("{path}[{place}]");
            let known = value.get("Event").is_some() || value.get("info").is_some();
            if known && self.root(value, &path) {
                any = true;
            } else if is_attribute(value)
                && let Some(attribute) = value.as_object()
            {
                let context = self.outer_context();
                self.attribute(attribute, &path, &context);
                any = true;
            } else if any {
                self.problem(&path, "neither an event nor an attribute");
            }
        }
        any
    }

    /// What attributes without an event inherit.
    fn outer_context(&self) -> Context {
        Context { source: self.advisory.name.clone(), ..Context::default() }
    }

    fn event(&mut self, event: &Object, path: &str) {
        self.events = self.events.saturating_add(1);
        let tags = tags(event);
        let organisation = ["Orgc", "Org"]
            .iter()
            .find_map(|key| event.get(*key)?.get("name")?.as_str().filter(|name| !name.is_empty()));
        let context = Context {
            source: organisation.map_or_else(|| self.advisory.name.clone(), str::to_owned),
            confidence: confidence_of_tags(&tags).or_else(|| confidence_of_threat(event)),
            tlp: tlp_of_tags(&tags),
            object: String::new(),
        };
        if self.advisory.title.is_empty() {
            self.advisory.title = text(event, "info").unwrap_or_default().to_owned();
            self.advisory.published = published(event);
            if self.advisory.published.is_none() && event.contains_key("date") {
                self.problem(path, "a date that is none");
            }
        }
        for name in galaxies(event, &tags) {
            let description = &mut self.advisory.description;
            if description.len() < DESCRIPTION_BYTES_MAX
                && !description.split(", ").any(|known| known == name)
            {
                if !description.is_empty() {
                    description.push_str(", ");
                }
                description.push_str(&name);
            }
        }
        if let Some(label) = context.tlp {
            let known = self.advisory.tlp.as_deref().and_then(tlp::label);
            let strictest = tlp::strictest_of(known.into_iter().chain([label]));
            self.advisory.tlp = strictest.map(str::to_owned);
        }
        self.parts(event, path, &context);
    }

    /// The attributes and objects of an event or answer.
    fn parts(&mut self, map: &Object, path: &str, context: &Context) {
        for (key, is_object) in [("Attribute", false), ("Object", true)] {
            let Some(value) = map.get(key) else { continue };
            let Some(list) = value.as_array() else {
                self.problem(&format!("{path}.{key}"), "not a list");
                continue;
            };
            for (place, part) in list.iter().enumerate() {
                let path = format!("{path}.{key}[{place}]");
                match part.as_object() {
                    Some(part) if is_object => self.object(part, &path, context),
                    Some(part) => self.attribute(part, &path, context),
                    None => self.problem(&path, "not an object"),
                }
            }
        }
    }

    fn object(&mut self, object: &Object, path: &str, context: &Context) {
        if is_true(object, "deleted") {
            return;
        }
        let name = text(object, "name").unwrap_or_default();
        let context = Context { object: name.to_owned(), ..context.clone() };
        let attributes = object.get("Attribute").and_then(Value::as_array);
        let attributes: Vec<&Object> =
            attributes.into_iter().flatten().filter_map(Value::as_object).collect();
        if let Some(product) = product(&attributes) {
            return affected::add(&mut self.advisory.affected, product);
        }
        // A file's hash decides; its name, path and size only describe it.
        let kinds = |attribute: &&&Object| match meaning(
            text(attribute, "type").unwrap_or_default(),
            text(attribute, "value").unwrap_or_default(),
        ) {
            Meaning::Kinds(kinds) => {
                kinds.iter().any(|kind| matches!(kind, IndicatorKind::Hash(_)))
            }
            _ => false,
        };
        let is_hashed_file = name == "file" && attributes.iter().any(|attribute| kinds(&attribute));
        for (place, attribute) in attributes.iter().enumerate() {
            let path = format!("{path}.Attribute[{place}]");
            let is_name = matches!(
                text(attribute, "type"),
                Some("filename" | "text" | "size-in-bytes" | "mime-type")
            );
            if is_hashed_file && is_name {
                if text(attribute, "type") == Some("filename") {
                    let value = text(attribute, "value").unwrap_or_default();
                    Omitted::push(
                        &mut self.advisory.omitted,
                        &path,
                        value,
                        OmittedReason::BesideHash,
                    );
                }
                continue;
            }
            self.attribute(attribute, &path, &context);
        }
    }

    fn attribute(&mut self, attribute: &Object, path: &str, context: &Context) {
        if is_true(attribute, "deleted") {
            return;
        }
        let (Some(kind), Some(value)) = (text(attribute, "type"), text(attribute, "value")) else {
            return self.problem(path, "an attribute without type or value");
        };
        let to_ids = match attribute.get("to_ids") {
            None | Some(Value::Null) => ToIds::Silent,
            Some(_) if is_true(attribute, "to_ids") => ToIds::Yes,
            Some(_) => ToIds::No,
        };
        // A certificate's serial number is text to MISP.
        let relation = text(attribute, "object_relation").unwrap_or_default();
        let kind = if relation == "serial-number" { "x509-serial" } else { kind };
        match meaning(kind, value) {
            Meaning::Kinds(kinds) => {
                let indicators = self.indicators(kinds, attribute, path, context);
                let (path, value) = (path.to_owned(), value.to_owned());
                self.found.push(Found { path, value, to_ids, indicators, event: self.events });
            }
            Meaning::Product(product) => affected::add(&mut self.advisory.affected, product),
            Meaning::Reference => {
                Omitted::push(&mut self.advisory.omitted, path, value, OmittedReason::Reference);
            }
            Meaning::Remark if to_ids == ToIds::Yes => {
                self.problem(path, &format!("cannot be matched here: {}", excerpt(kind)));
            }
            Meaning::Remark => {}
            Meaning::Unmatched(_) if to_ids == ToIds::No => {
                Omitted::push(
                    &mut self.advisory.omitted,
                    path,
                    value,
                    OmittedReason::NotForDetection,
                );
            }
            Meaning::Unmatched(detail) => self.problem(path, &detail),
        }
    }

    fn indicators(
        &mut self,
        kinds: Vec<IndicatorKind>,
        attribute: &Object,
        path: &str,
        context: &Context,
    ) -> Vec<Indicator> {
        let tags = tags(attribute);
        let (valid_from, valid_until) =
            (self.time(attribute, "first_seen", path), self.time(attribute, "last_seen", path));
        let comment = text(attribute, "comment").unwrap_or_default();
        let category = text(attribute, "category").unwrap_or_default();
        let name = if context.object.is_empty() { category } else { &context.object };
        let of_kind = |kind| Indicator {
            kind,
            id: text(attribute, "uuid").unwrap_or_default().to_owned(),
            name: name.to_owned(),
            description: comment.to_owned(),
            sources: vec![context.source.clone()],
            confidence: confidence_of_tags(&tags).or(context.confidence),
            valid_from,
            valid_until,
            tlp: tlp_of_tags(&tags).or(context.tlp).map(str::to_owned),
        };
        kinds.into_iter().map(of_kind).collect()
    }

    fn time(&mut self, attribute: &Object, key: &str, path: &str) -> Option<Timestamp> {
        let text = text(attribute, key).filter(|text| !text.is_empty())?;
        let time = Timestamp::parse(text);
        if time.is_none() {
            self.problem(&format!("{path}.{key}"), &format!("“{}” is no time", excerpt(text)));
        }
        time
    }

    fn problem(&mut self, path: &str, detail: &str) {
        Problem::push(&mut self.advisory.problems, path, detail);
    }

    /// Decides by `to_ids`, event by event, and removes doubles.
    fn finished(mut self) -> Advisory {
        let is_marked = |found: &&Found| found.to_ids != ToIds::No;
        let marked: std::collections::HashSet<u32> =
            self.found.iter().filter(is_marked).map(|found| found.event).collect();
        let mut known = std::collections::HashSet::new();
        for found in std::mem::take(&mut self.found) {
            let is_for_detection = found.to_ids != ToIds::No;
            if !is_for_detection && marked.contains(&found.event) {
                let reason = OmittedReason::NotForDetection;
                Omitted::push(&mut self.advisory.omitted, &found.path, &found.value, reason);
                continue;
            }
            for mut indicator in found.indicators {
                if !is_for_detection {
                    let low = indicator
                        .confidence
                        .map_or(UNMARKED_CONFIDENCE, |c| c.min(UNMARKED_CONFIDENCE));
                    indicator.confidence = Some(low);
                }
                if known.insert(indicator.kind.clone()) {
                    self.advisory.indicators.push(indicator);
                }
            }
        }
        if self.advisory.title.is_empty() {
            self.advisory.title.clone_from(&self.advisory.name);
        }
        if self.events > 1 {
            let others = self.events.saturating_sub(1);
            self.advisory.title = format!("{} (+{others})", self.advisory.title);
        }
        self.advisory
    }
}

/// Bound: further names of threats are not kept.
const DESCRIPTION_BYTES_MAX: usize = 2000;

fn text<'o>(object: &'o Object, key: &str) -> Option<&'o str> {
    object.get(key)?.as_str()
}

/// MISP writes flags as booleans, as numbers and as text.
fn is_true(object: &Object, key: &str) -> bool {
    match object.get(key) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Number(number)) => number.as_u64() == Some(1),
        Some(Value::String(text)) => text == "1" || text.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

fn tags(object: &Object) -> Vec<&str> {
    let tags = object.get("Tag").and_then(Value::as_array);
    tags.into_iter().flatten().filter_map(|tag| tag.get("name")?.as_str()).collect()
}

fn tlp_of_tags(tags: &[&str]) -> Option<&'static str> {
    tlp::strictest_of(tags.iter().filter_map(|tag| {
        let (scale, label) = tag.split_once(':')?;
        scale.eq_ignore_ascii_case("tlp").then(|| tlp::label(label))?
    }))
}

/// Source: the `misp` taxonomy's `confidence-level`.
fn confidence_of_tags(tags: &[&str]) -> Option<u8> {
    tags.iter().find_map(|tag| {
        let level = tag.strip_prefix("misp:confidence-level=")?.trim_matches('"');
        Some(match level {
            "completely-confident" => 100,
            "usually-confident" => 75,
            "fairly-confident" => 50,
            "rarely-confident" => 25,
            "unconfident" => 0,
            _ => return None,
        })
    })
}

/// The threat level of an event is the nearest thing to a confidence that most have.
fn confidence_of_threat(event: &Object) -> Option<u8> {
    let level = event.get("threat_level_id")?;
    let level = level.as_u64().or_else(|| level.as_str()?.parse().ok())?;
    match level {
        1 => Some(80),
        2 => Some(50),
        3 => Some(25),
        _ => None,
    }
}

fn published(event: &Object) -> Option<Timestamp> {
    Timestamp::parse(&format!("{}T00:00:00Z", text(event, "date")?.trim()))
}

/// The names of threats that an event is tagged with.
fn galaxies(event: &Object, tags: &[&str]) -> Vec<String> {
    let clusters = event.get("Galaxy").and_then(Value::as_array).into_iter().flatten();
    let clusters = clusters.filter_map(|galaxy| galaxy.get("GalaxyCluster")?.as_array()).flatten();
    let mut names: Vec<String> =
        clusters.filter_map(|cluster| cluster.get("value")?.as_str()).map(str::to_owned).collect();
    for tag in tags.iter().filter(|tag| tag.starts_with("misp-galaxy:")) {
        if let Some((_, name)) = tag.split_once('=') {
            names.push(name.trim_matches('"').to_owned());
        }
    }
    let mut known = std::collections::HashSet::new();
    names.retain(|name| known.insert(name.clone()));
    names
}

/// The product that an object describes by its parts.
fn product(attributes: &[&Object]) -> Option<AffectedProduct> {
    let of = |relations: &[&str]| {
        let found = attributes.iter().find(|attribute| {
            text(attribute, "object_relation").is_some_and(|relation| relations.contains(&relation))
        });
        found.and_then(|attribute| text(attribute, "value"))
    };
    let versions: Vec<&str> = attributes
        .iter()
        .filter(|attribute| {
            matches!(
                text(attribute, "object_relation"),
                Some("version" | "affected-version" | "versions")
            )
        })
        .filter_map(|attribute| text(attribute, "value"))
        .collect();
    let name = of(&["product", "product-name", "package-name", "software", "software-name"])?;
    (!versions.is_empty()).then(|| AffectedProduct {
        product: name.to_owned(),
        vendor: of(&["vendor", "vendor-name"]).unwrap_or_default().to_owned(),
        platform: of(&["platform", "operating-system", "os"]).map(str::to_lowercase),
        purl: of(&["purl"]).map(str::to_owned),
        versions: versions
            .iter()
            .flat_map(|version| affected::versions_of_field(version))
            .collect(),
    })
}

#[cfg(test)]
mod tests;
