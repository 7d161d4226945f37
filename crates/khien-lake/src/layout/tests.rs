use proptest::prelude::*;

use super::*;

fn event_of(fields: &[(String, String, f64, i32)]) -> Event {
    let mut event = Event::new();
    event.push("a", Scalar::Str("first"));
    event.alias("a", "b");
    for (name, text, number, kind) in fields {
        event.push(
            name,
            match kind {
                0 => Scalar::Str(text),
                1 => Scalar::Float(*number),
                2 => Scalar::Bool(true),
                3 => Scalar::Null,
                _ => Scalar::Int(i64::MIN),
            },
        );
    }
    event
}

fn write(layout: &Layout, event: &Event, out: &mut Vec<u8>) {
    let taken = Taken::default();
    layout.write_json(&Read { event, layout, taken: &taken }, &mut Words::default(), out);
}

#[test]
fn an_event_without_fields_is_an_empty_object() {
    let (event, mut out) = (Event::new(), Vec::new());
    write(&Layout::new(&event), &event, &mut out);
    assert_eq!(out, b"{}");
}

#[test]
fn a_layout_of_other_names_is_not_taken() {
    let mut layouts = Layouts::default();
    let one = event_of(&[("x".to_owned(), "1".to_owned(), 0.0, 0)]);
    let other = event_of(&[("y".to_owned(), "1".to_owned(), 0.0, 0)]);
    // As if both had one fingerprint.
    let layout = layouts.of(&one);
    layouts.known.insert((other.layout(), other.class), layout);
    let mut out = Vec::new();
    write(&layouts.of(&other), &other, &mut out);
    assert_eq!(out, br#"{"a":"first","y":"1"}"#);
}

/// Hostile: each record with names of its own, as long as names may be.
#[test]
fn layouts_of_long_names_are_bounded_by_their_bytes() {
    let mut layouts = Layouts::default();
    let mut most = 0;
    for record in 0..300 {
        let mut event = Event::new();
        let fields = if record % 2 == 0 { 200 } else { 5 };
        for field in 0..fields {
            let name = format!("{record}-{field}-{}", "x".repeat(4000));
            event.push(&name, Scalar::Int(1));
        }
        layouts.of(&event);
        let names: usize = layouts.known.values().map(|layout| layout.names.len()).sum();
        assert!(names * 2 <= layouts.memory_bytes(), "names are kept in the pieces as well");
        most = most.max(layouts.memory_bytes());
        assert!(most <= BYTES_KEPT);
    }
    assert!(most > BYTES_KEPT / 4, "those of ordinary size are kept: {most}");
}

proptest! {
    #[test]
    fn json_text_says_what_the_tree_says(
        fields in prop::collection::vec(("[a-c]{1,2}", ".*", any::<f64>(), 0..5), 0..40),
    ) {
        let (event, mut layouts) = (event_of(&fields), Layouts::default());
        for _ in 0..2 {
            let mut out = Vec::new();
            write(&layouts.of(&event), &event, &mut out);
            let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
            prop_assert_eq!(read, event.to_json());
        }
    }
}
