use khien_model::{EventClass, Indicator, IndicatorKind};
use proptest::prelude::*;

use super::*;
use crate::indicator::{IndicatorSet, NoisePolicy};

fn seen(event: &Event) -> Vec<String> {
    let mut observables = Observables::default();
    observables.event(event);
    let mut found: Vec<String> =
        observables.iter().map(|(kind, value)| format!("{} {value}", kind.word())).collect();
    found.sort();
    found
}

#[test]
fn a_record_shows_its_hashes_names_addresses_and_paths() {
    let mut event = Event::new();
    event.push("Image", Scalar::Str(r"C:\Program Files\App\App.exe"));
    event.push("Hashes", Scalar::Str("MD5=D41D8CD98F00B204E9800998ECF8427E"));
    event.push("CommandLine", Scalar::Str("app.exe https://Cdn.Example.NET/a?b 192.0.2.7"));
    event.push("FileVersion", Scalar::Str("10.0.0.1"));
    event.class = EventClass::Process;
    assert_eq!(
        seen(&event),
        [
            "domain cdn.example.net",
            "hash d41d8cd98f00b204e9800998ecf8427e",
            "ip 192.0.2.7",
            "path c:/program files/app/app.exe",
            "url https://cdn.example.net/a?b",
        ]
    );
}

#[test]
fn host_and_path_apart_are_a_url_too() {
    let mut event = Event::new();
    event.push("host", Scalar::Str("update.example.net"));
    event.push("uri", Scalar::Str("/a.bin"));
    let found = seen(&event);
    assert!(found.contains(&"url http://update.example.net/a.bin".to_owned()), "{found:?}");
}

#[test]
fn a_file_name_is_no_host() {
    let mut event = Event::new();
    event.push("text", Scalar::Str("rundll32.exe shell32.dll readme.TXT 10.5"));
    assert_eq!(seen(&event), Vec::<String>::new());
}

#[test]
fn the_end_of_a_time_is_no_host() {
    let mut event = Event::new();
    event.push("time", Scalar::Str("2023-03-29T07:12:03.138836Z 12.5z 123.5z.example a3.5z"));
    assert_eq!(seen(&event), ["domain 123.5z.example", "domain a3.5z"]);
}

#[test]
fn a_record_of_nothing_but_names_is_cut_off_and_says_so() {
    let mut event = Event::new();
    let names: Vec<String> =
        (0..OBSERVABLES_MAX + 5).map(|n| format!("h{n}.example.net")).collect();
    event.push("text", Scalar::Str(&names.join(" ")));
    let mut observables = Observables::default();
    observables.event(&event);
    assert_eq!((observables.iter().count(), observables.left_out()), (OBSERVABLES_MAX, 5));
}

#[test]
fn memory_is_bounded_and_begins_anew() {
    let mut observables = Observables::default();
    let mut event = Event::new();
    for number in 0..400 {
        event.clear();
        let names: Vec<String> = (0..500).map(|n| format!("h{n}.{number}-example.net")).collect();
        event.push("text", Scalar::Str(&names.join(" ")));
        observables.clear();
        observables.event(&event);
        assert_eq!(observables.numbers().len(), 500);
        assert_eq!(observables.iter().count(), 500);
    }
    assert!(observables.age() > 0);
}

#[test]
fn extensions_are_sorted_for_the_search() {
    assert!(EXTENSIONS.is_sorted());
}

/// Text in which tokens of all kinds stand close together.
fn texts() -> impl Strategy<Value = String> {
    let token = prop_oneof![
        "[a-z]{1,6}(\\.[a-z]{2,5}){1,3}",
        "(https?|ftp)://[a-zA-Z0-9.@:/?#)]{1,24}",
        "[0-9]{1,3}(\\.[0-9]{1,3}){3}",
        "[0-9a-f:]{2,20}",
        "[0-9a-fA-F]{32}",
        "[A-Z]:\\\\\\PC{0,12}",
        "\\PC{0,4}",
    ];
    prop::collection::vec((token, "[ ,;=\"()|%]{0,2}"), 0..6)
        .prop_map(|parts| parts.into_iter().map(|(token, gap)| token + &gap).collect())
}

proptest! {
    /// What was read before shows the same when it is met again, whatever was read in between.
    #[test]
    fn memory_changes_nothing(
        texts in prop::collection::vec(texts(), 1..4),
        order in prop::collection::vec((0_usize..4, prop::sample::select(vec!["text", "Version"])), 1..16),
    ) {
        let mut remembering = Observables::default();
        for (at, field) in order {
            let text = &texts[at % texts.len()];
            let mut event = Event::new();
            event.push(field, Scalar::Str(text));
            event.push("again", Scalar::Str(&texts[0]));
            let readings = [Reading::Path, Reading::HostName, Reading::Hash, Reading::Signer];
            let (mut fresh, mut numbered) = (Observables::default(), Observables::default());
            for observables in [&mut remembering, &mut fresh] {
                observables.clear();
                observables.event(&event);
                readings.iter().for_each(|reading| observables.read(*reading, text));
                observables.settle();
            }
            // The same by numbers.
            let mut numbers = Vec::new();
            for (text, reading) in [(text, if field == "text" { Reading::Text } else { Reading::Version }), (&texts[0], Reading::Text)] {
                numbered.shown_by(reading, text, &mut numbers);
            }
            readings.iter().for_each(|reading| numbered.shown_by(*reading, text, &mut numbers));
            numbered.mark(&numbers);
            numbered.settle();
            let sorted = |observables: &Observables| {
                let mut all: Vec<_> = observables.iter().map(|(k, v)| (k, v.to_owned())).collect();
                all.sort();
                all
            };
            prop_assert_eq!(sorted(&remembering), sorted(&fresh));
            prop_assert_eq!(sorted(&numbered), sorted(&fresh));
        }
    }

    /// What is passed over at a glance shows nothing when it is read.
    #[test]
    fn a_glance_overlooks_nothing(
        text in prop_oneof![texts(), "[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:]{8}[.:]?[0-9.a:]{0,8}Z?", "[~%A-F]{0,4}[-a-f0-9]{0,40}"],
        is_version in any::<bool>(),
    ) {
        let reading = if is_version { Reading::Version } else { Reading::Text };
        let mut numbers = Vec::new();
        Observables::default().shown_by(reading, &text, &mut numbers);
        prop_assert!(numbers.is_empty() || !reading.cannot_show(&text), "{text:?}");
    }

    /// What the index holds is what a scan finds: an indicator made of any observable is seen in
    /// the event, unless it is of a kind that is too common to be an indicator.
    #[test]
    fn whatever_is_indexed_would_be_found_by_a_scan(text in texts()) {
        let mut event = Event::new();
        event.push("text", Scalar::Str(&text));
        let mut observables = Observables::default();
        observables.event(&event);
        for (kind, value) in observables.iter() {
            let value = value.to_owned();
            let kind = match kind {
                ObservableKind::Domain => IndicatorKind::Domain(value),
                ObservableKind::Hash => IndicatorKind::Hash(value),
                ObservableKind::Url => IndicatorKind::Url(value),
                ObservableKind::Ip => IndicatorKind::Ip(value.parse().unwrap()),
                _ => continue,
            };
            let indicator = Indicator::bare(kind);
            let (set, left_out) = IndicatorSet::build(vec![indicator.clone()], &NoisePolicy::default());
            let mut sightings = Vec::new();
            set.matches(&event, &mut sightings);
            prop_assert!(!sightings.is_empty() || !left_out.is_empty(), "{indicator:?} in {text:?}");
        }
    }
}
