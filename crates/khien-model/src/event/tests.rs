use super::*;
use proptest::prelude::*;

#[test]
fn a_repeated_name_becomes_a_list() {
    let mut event = Event::new();
    event.push("a", Scalar::Str("1"));
    event.push("b", Scalar::Int(2));
    event.push("a", Scalar::Str("3"));
    assert!(event.is_list("a"));
    assert_eq!(event.values("a").map(|v| v.to_string()).collect::<Vec<_>>(), ["1", "3"]);
    assert_eq!(event.to_json(), serde_json::json!({"a": ["1", "3"], "b": 2}));
}

#[test]
fn an_alias_copies_all_values_and_never_overrides() {
    let mut event = Event::new();
    event.push("NewProcessName", Scalar::Str("a.exe"));
    event.push("NewProcessName", Scalar::Str("b.exe"));
    event.alias("NewProcessName", "Image");
    assert_eq!(event.values("Image").count(), 2);
    event.push("User", Scalar::Str("u"));
    event.alias("NewProcessName", "User");
    assert_eq!(event.text_of("User"), Some("u"));
    event.alias("Absent", "Nowhere");
    assert!(!event.has("Nowhere"));
}

#[test]
fn a_prefix_alias_keeps_lists_and_never_overrides() {
    let mut event = Event::new();
    event.push("w.d.A", Scalar::Str("1"));
    event.push("w.d.A", Scalar::Str("2"));
    event.push("w.d.B", Scalar::Str("3"));
    event.push("B", Scalar::Str("own"));
    event.alias_prefix("w.d.");
    assert_eq!(event.values("A").map(|v| v.to_string()).collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(event.values("B").map(|v| v.to_string()).collect::<Vec<_>>(), ["own"]);
}

#[test]
fn derived_fields_change_neither_json_nor_id() {
    let mut event = Event::new();
    event.push("a", Scalar::Str("1"));
    let (id, json) = (event.id(), event.to_json());
    event.alias("a", "b");
    event.push_derived("c", Scalar::Bool(true));
    assert_eq!(event.id(), id);
    assert_eq!(event.to_json(), json);
}

#[test]
fn the_shape_ignores_order_and_values() {
    let (mut one, mut two) = (Event::new(), Event::new());
    one.push("a", Scalar::Str("1"));
    one.push("b", Scalar::Str("2"));
    two.push("b", Scalar::Str("x"));
    two.push("a", Scalar::Str("y"));
    assert_eq!(one.shape(), two.shape());
    two.push("c", Scalar::Null);
    assert_ne!(one.shape(), two.shape());
}

#[test]
fn too_many_fields_are_counted_not_lost_in_silence() {
    let mut event = Event::new();
    for number in 0..FIELDS_MAX + 7 {
        event.push(&format!("f{number}"), Scalar::Int(0));
    }
    assert_eq!(event.len(), FIELDS_MAX);
    assert_eq!(event.fields_dropped(), 7);
    assert!(event.has("f0") && event.has(&format!("f{}", FIELDS_MAX - 1)));
}

#[test]
fn a_cleared_event_is_empty() {
    let mut event = Event::new();
    event.push("a", Scalar::Str("1"));
    event.set_host("h");
    event.clear();
    assert!(event.is_empty() && !event.has("a") && event.host().is_empty());
}

proptest! {
    #[test]
    fn json_text_says_what_the_tree_says(text in "(.|[\\\\\"\\n\\t\\r\\x00-\\x1f])*", number in any::<f64>(), whole in any::<i64>()) {
        let values =
            [Scalar::Str(&text), Scalar::Float(number), Scalar::Int(whole), Scalar::Bool(true), Scalar::Null];
        for value in values {
            let mut out = Vec::new();
            value.write_json(&mut out);
            let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(read, value.to_json());
        }
    }

    #[test]
    fn a_layout_is_told_by_its_names_in_order(
        one in prop::collection::vec("[ab]{0,2}", 0..6),
        other in prop::collection::vec("[ab]{0,2}", 0..6),
    ) {
        let event_of = |names: &[String]| {
            let mut event = Event::new();
            names.iter().for_each(|name| event.push(name, Scalar::Null));
            event
        };
        let (first, second) = (event_of(&one), event_of(&other));
        prop_assert_eq!(first.layout() == second.layout(), one == other);
        let names = other.iter().map(|name| (name.as_str(), Origin::Read));
        prop_assert_eq!(first.has_layout(names), one == other);
    }

    #[test]
    fn lookup_agrees_with_a_linear_search(names in prop::collection::vec("[a-f.]{0,3}", 0..200)) {
        let mut event = Event::new();
        for (number, name) in names.iter().enumerate() {
            event.push(name, Scalar::Int(i64::try_from(number).unwrap()));
        }
        for name in &names {
            let expected: Vec<i64> = names
                .iter()
                .enumerate()
                .filter(|(_, other)| *other == name)
                .map(|(number, _)| i64::try_from(number).unwrap())
                .collect();
            let found: Vec<i64> = event.values(name).filter_map(Scalar::as_i64).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
