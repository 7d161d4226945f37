//! Observables that a report mentions without calling them indicators.

use std::collections::BTreeMap;

use khien_model::IndicatorKind;
use khien_model::observable::canonical_ip;
use serde_json::Value;

use super::{Object, str_of};

/// An observable with the id of its object.
pub(super) struct Mentioned {
    pub(super) id: String,
    pub(super) kind: IndicatorKind,
}

/// Every observable that reports and groupings refer to, directly or through observed data.
pub(super) fn mentioned(objects: &[&Object], places: &BTreeMap<&str, usize>) -> Vec<Mentioned> {
    let by_id = |id: &str| places.get(id).and_then(|at| objects.get(*at)).copied();
    let reports = objects
        .iter()
        .copied()
        .filter(|object| matches!(str_of(object, "type"), Some("report" | "grouping")));
    let mut found = Vec::new();
    for object in reports.flat_map(references).filter_map(by_id) {
        if str_of(object, "type") != Some("observed-data") {
            take(object, str_of(object, "id"), &by_id, &mut found);
            continue;
        }
        for inner in references(object).filter_map(by_id) {
            take(inner, str_of(inner, "id"), &by_id, &mut found);
        }
        // STIX 2.0 keeps them inside, under keys of their own.
        let embedded = object.get("objects").and_then(Value::as_object);
        let by_key = |key: &str| embedded?.get(key)?.as_object();
        for inner in embedded.into_iter().flat_map(Object::values).filter_map(Value::as_object) {
            take(inner, str_of(object, "id"), &by_key, &mut found);
        }
    }
    found
}

fn references(object: &Object) -> impl Iterator<Item = &str> {
    let list = object.get("object_refs").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

/// Adds what one observable says; nothing for types that events do not show.
fn take<'o>(
    object: &'o Object,
    id: Option<&str>,
    by_id: &impl Fn(&str) -> Option<&'o Object>,
    found: &mut Vec<Mentioned>,
) {
    let text = |key| str_of(object, key).map(str::to_owned);
    let kind = match str_of(object, "type") {
        Some("file") => return found.extend(file(object, id, by_id)),
        Some("domain-name") => text("value").map(IndicatorKind::Domain),
        Some("ipv4-addr" | "ipv6-addr") => str_of(object, "value").and_then(address),
        Some("mutex") => text("name").map(IndicatorKind::Mutex),
        Some("url") => text("value").map(IndicatorKind::Url),
        Some("x509-certificate") => text("serial_number").map(IndicatorKind::SignerSerial),
        _ => None,
    };
    let id = id.unwrap_or_default().to_owned();
    found.extend(kind.map(|kind| Mentioned { id, kind }));
}

/// A file by its hashes; one without hashes by its name, with its directory if that is known.
fn file<'o>(
    object: &'o Object,
    id: Option<&str>,
    by_id: &impl Fn(&str) -> Option<&'o Object>,
) -> Vec<Mentioned> {
    let hashes = object.get("hashes").and_then(Value::as_object);
    let values = hashes.into_iter().flat_map(Object::values).filter_map(Value::as_str);
    // Fuzzy hashes have other lengths.
    let exact = values.filter_map(khien_model::observable::canonical_hash);
    let mut kinds: Vec<_> = exact.map(IndicatorKind::Hash).collect();
    if kinds.is_empty()
        && let Some(name) = str_of(object, "name")
    {
        let directory = str_of(object, "parent_directory_ref").and_then(by_id);
        kinds.push(IndicatorKind::Path(match directory.and_then(|d| str_of(d, "path")) {
            Some(path) => format!("{}/{name}", path.trim_end_matches(['/', '\\'])),
            None => name.to_owned(),
        }));
    }
    let id = id.unwrap_or_default();
    kinds.into_iter().map(|kind| Mentioned { id: id.to_owned(), kind }).collect()
}

fn address(text: &str) -> Option<IndicatorKind> {
    match text.split_once('/') {
        Some((address, bits)) => {
            Some(IndicatorKind::Cidr(address.parse().ok()?, bits.parse().ok()?))
        }
        None => canonical_ip(text).map(IndicatorKind::Ip),
    }
}
