//! Traffic Light Protocol: with whom an advisory may be shared.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::tlp::{label, strictest_of};
use super::{Object, in_extensions, str_of};

/// The strictest label of a bundle: among the markings that its objects carry, or else among those
/// that it defines.
pub(super) fn strictest(
    objects: &[&Object],
    places: &BTreeMap<&str, usize>,
) -> Option<&'static str> {
    let of_carried = objects.iter().filter_map(|object| of_object(object, objects, places));
    let of_defined = || objects.iter().filter_map(|object| of_definition(object));
    strictest_of(of_carried).or_else(|| strictest_of(of_defined()))
}

/// The strictest label among the markings that an object carries.
pub(super) fn of_object(
    object: &Object,
    objects: &[&Object],
    places: &BTreeMap<&str, usize>,
) -> Option<&'static str> {
    let carried = object.get("object_marking_refs").and_then(Value::as_array);
    strictest_of(carried.into_iter().flatten().filter_map(Value::as_str).filter_map(|id| {
        let defined = places.get(id).and_then(|at| objects.get(*at));
        defined.and_then(|object| of_definition(object)).or_else(|| well_known(id))
    }))
}

/// The label that a marking definition gives, in any of three ways.
fn of_definition(object: &Object) -> Option<&'static str> {
    if str_of(object, "type") != Some("marking-definition") {
        return None;
    }
    let extended = in_extensions(object, "tlp_2_0").and_then(Value::as_str);
    let first = object.get("definition").and_then(|d| d.get("tlp")).and_then(Value::as_str);
    let named = str_of(object, "name").and_then(|name| {
        name.get(..4).filter(|tlp| tlp.eq_ignore_ascii_case("TLP:")).and_then(|_| name.get(4..))
    });
    label(extended.or(first).or(named)?)
}

/// The definitions that bundles refer to without carrying them.
///
/// Source: STIX 2.1 §7.2.1.4 and the OASIS extension definition for TLP 2.0.
fn well_known(id: &str) -> Option<&'static str> {
    Some(match id.strip_prefix("marking-definition--")? {
        "613f2e26-407d-48c7-9eca-b8e91df99dc9" | "94868c89-83c2-464b-929b-a1a8aa3c8487" => "clear",
        "34098fce-860f-48ae-8e50-ebd3cc5e41da" | "bab4a63c-aed9-4cf5-a766-dfca5abac2bb" => "green",
        "f88d31f6-486f-44da-b317-01333bde0b82" | "55d920b0-5e8b-4f79-9ee9-91f868d9b421" => "amber",
        "939a9414-2ddd-4d32-a0cd-375ea402b003" => "amber+strict",
        "5e57c739-391a-4eb3-b6be-7d15ca92d5ed" | "e828b379-4e03-4974-9ac4-e53a884c97c1" => "red",
        _ => return None,
    })
}
