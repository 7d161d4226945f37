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
    fn json_text_says_what_the_tree_says(
        fields in prop::collection::vec(("[a-c]{1,2}", ".*", any::<f64>(), 0..5), 0..40),
    ) {
        let mut event = Event::new();
        event.push("a", Scalar::Str("first"));
        event.alias("a", "b");
        for (name, text, number, kind) in &fields {
            event.push(name, match kind {
                0 => Scalar::Str(text),
                1 => Scalar::Float(*number),
                2 => Scalar::Bool(true),
                3 => Scalar::Null,
                _ => Scalar::Int(i64::MIN),
            });
        }
        let mut text = String::new();
        event.write_json(&mut text);
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(read, event.to_json());
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
