use super::*;
use proptest::prelude::*;
use serde_json::json;

fn check(record: &str, expected: serde_json::Value) {
    let mut event = Event::new();
    flatten_json(record.as_bytes(), &mut event, 64).unwrap();
    assert_eq!(event.to_json(), expected, "{record}");
}

#[test]
fn nested_names_are_joined_and_lists_repeat() {
    check(
        r#"{"a":{"b":1,"c":{"d":"x"}},"e":[1,{"f":2},{"f":3}],"g":null,"h":[],"i":{}}"#,
        json!({"a.b":1,"a.c.d":"x","e":1,"e.f":[2,3],"g":null,"h":null,"i":null}),
    );
}

#[test]
fn a_rendered_windows_event_gets_sigma_names() {
    check(
        r##"{"Event":{"#attributes":{"xmlns":"http://x"},"System":{"Provider":{"#attributes":
        {"Name":"P","Guid":"G"}},"EventID":{"#attributes":{"Qualifiers":0},"#text":4688},
        "TimeCreated":{"#attributes":{"SystemTime":"t"}},"Correlation":null,"Computer":"c"},
        "EventData":{"#attributes":{"Name":"n"},"Threat Name":"x","Image":"i","Data":{"#text":["a","b"]}}}}"##,
        json!({"Provider_Name":"P","Provider_Guid":"G","EventID_Qualifiers":0,"EventID":4688,
            "TimeCreated_SystemTime":"t","Correlation":null,"Computer":"c","EventData_Name":"n",
            "ThreatName":"x","Image":"i","Data":["a","b"]}),
    );
}

#[test]
fn user_data_is_named_by_its_leaves() {
    check(
        r##"{"Event":{"System":{"EventID":104},"UserData":{"LogFileCleared":{"#attributes":
        {"xmlns":"u"},"SubjectUserName":"s","Deep":{"er":{"FilePath":"f"}},"After":"a"}}}}"##,
        json!({"EventID":104,"SubjectUserName":"s","FilePath":"f","After":"a"}),
    );
}

#[test]
fn attributes_may_stand_apart_or_unmarked() {
    check(
        r#"{"Event":{"System":{"Provider_attributes":{"Name":"P"},"TimeCreated":{"SystemTime":"t"}},
        "EventData":{"Data":"x"}}}"#,
        json!({"Provider_Name":"P","TimeCreated_SystemTime":"t","Data":"x"}),
    );
}

#[test]
fn numbers_keep_their_digits() {
    check(
        r#"{"a":18446744073709551615,"b":-5,"c":1.5}"#,
        json!({"a":"18446744073709551615","b":-5,"c":1.5}),
    );
}

#[test]
fn hostile_records_are_refused_with_a_place() {
    let read = |text: &str| flatten_json(text.as_bytes(), &mut Event::new(), 64);
    assert!(matches!(read(r#"{"a": tru}"#), Err(FlattenError::Malformed { column: 7..=10, .. })));
    assert!(matches!(read("[1]"), Err(FlattenError::NotAnObject("array"))));
    assert!(matches!(read("7"), Err(FlattenError::NotAnObject("scalar"))));
    let deep = format!("{}1{}", r#"{"a":"#.repeat(100), "}".repeat(100));
    assert_eq!(read(&deep), Err(FlattenError::TooDeep(64)));
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(read(&deep), Err(FlattenError::TooDeep(64)));
    let wide = format!(r#"{{"{}":1}}"#, "k".repeat(5000));
    assert!(matches!(read(&wide), Err(FlattenError::Malformed { .. })));
}

#[test]
fn invalid_utf8_is_replaced_not_lost() {
    let mut event = Event::new();
    flatten_json(b"{\"a\":\"x\xffy\"}", &mut event, 64).unwrap();
    assert_eq!(event.text_of("a"), Some("x\u{fffd}y"));
}

proptest! {
    #[test]
    fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = flatten_json(&bytes, &mut Event::new(), 8);
    }

    #[test]
    fn flat_objects_survive(map in prop::collection::btree_map("[a-z]{1,5}", "[ -~]{0,9}", 0..20)) {
        let text = serde_json::to_string(&map).unwrap();
        let mut event = Event::new();
        flatten_json(text.as_bytes(), &mut event, 4).unwrap();
        prop_assert_eq!(event.to_json(), serde_json::to_value(&map).unwrap());
    }
}
