//! Advisories as STIX bundles or lists, and the indicators in them against an event that holds all
//! of their values.
#![no_main]

use khien_detect::indicator::{IndicatorSet, NoisePolicy, parse_advisory};
use khien_model::{Event, Scalar};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(advisory) = parse_advisory(text, "a") else { return };
    let mut event = Event::new();
    for indicator in &advisory.indicators {
        let value = indicator.kind.value();
        for name in ["DestinationIp", "QueryName", "Hashes", "Image", "c-uri", "Signature"] {
            event.push(name, Scalar::Str(&value));
        }
    }
    let given = advisory.indicators.len();
    let (set, left_out) = IndicatorSet::build(advisory.indicators, &NoisePolicy::default());
    assert!(set.len() + left_out.len() <= given);
    let mut sightings = Vec::new();
    set.matches(&event, &mut sightings);
    let known = u32::try_from(set.len()).unwrap_or(u32::MAX);
    assert!(sightings.iter().all(|sighting| sighting.indicator < known));
});
