//! Products that nobody ran before.

use khien_model::{Event, EventClass, Timestamp};

use super::fleet::*;
use crate::engine::{Engine, Snapshot};
use crate::{Config, RuntimeRates, TraitKind};

const NOBODY: &[(&str, &str)] = &[];
/// The day on which the newcomer comes.
const COMES: u32 = 16;
const CHROME: &str = r"C:\Users\an\AppData\Local\Google\Chrome\User Data\Default\Login Data";

/// Application number so and so of the office.
fn tool(number: u32) -> (String, String) {
    let letter = char::from_u32(u32::from('a') + number).unwrap();
    (format!("Tool {letter}"), format!(r"C:\Program Files\Tool{letter}\tool{letter}.exe"))
}

/// An office of so many applications that do what applications do.
fn office(tools: u32) -> Story {
    let mut story = Story::default();
    for day in 0..COMES + 4 {
        for number in 0..tools {
            let (product, image) = tool(number);
            let company = format!("Maker {number}");
            let app = App { company: &company, product: &product, version: "1.0", image: &image };
            for on in 0..4 {
                story.start(day, 8.0 + f64::from(number) / 10.0, on, app);
                story.ask(day, 9.0 + f64::from(number) / 10.0, on, app, "updates.tools.example");
            }
        }
    }
    story
}

const NEW_ONE: App<'static> = App {
    company: "Helpful Ltd.",
    product: "Helpful",
    version: "1.0.1",
    image: r"C:\Program Files\Helpful\helpful.exe",
};

fn reads(story: &mut Story, day: u32, on: u32, app: App<'_>) {
    let fields = [("ObjectName", CHROME)];
    story.act(day, 12.1, on, app, EventClass::File, "file_access", &fields);
}

fn injects(story: &mut Story, day: u32, on: u32, app: App<'_>) {
    let fields = [
        ("SourceImage", app.image),
        ("TargetImage", r"C:\Program Files\Google\Chrome\Application\chrome.exe"),
    ];
    story.act(day, 12.2, on, app, EventClass::Process, "create_remote_thread", &fields);
}

/// The newcomer comes to one host and does both.
fn poisoned(tools: u32) -> Story {
    let mut story = office(tools);
    story.start(COMES, 12.0, 1, NEW_ONE);
    injects(&mut story, COMES, 1, NEW_ONE);
    reads(&mut story, COMES, 1, NEW_ONE);
    story
}

#[test]
fn a_newcomer_that_injects_and_reads_a_browsers_store_is_a_finding() {
    let findings = poisoned(15).findings();
    let kinds: Vec<_> = open(&findings).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["runtime.files.secrets", "runtime.injects"]);
    let finding = &findings[0];
    assert_eq!(finding.lineage.product.as_raw(), "helpful");
    assert_eq!(finding.raised, at(COMES, 12.1));
    assert_eq!(*finding, finding.recompute());
    let peers = finding.evidence.known.peers.unwrap();
    assert_eq!((peers.known, peers.showing), (15, 0));
    let says = finding.sentence();
    assert_eq!(says.id, "lineage.says.newcomer");
    let args = serde_json::to_value(&says.args).unwrap();
    assert!(args.to_string().contains("[\"peers\",15],[\"peers_showing\",0]"), "{args}");
    assert!(finding.table().iter().any(|row| row.id == "lineage.step.peers"));
}

/// Where few applications are known, or somebody only began to watch, nothing can be said of a newcomer.
#[test]
fn an_organisation_that_is_not_known_compares_nobody() {
    assert_eq!(open(&poisoned(9).findings()), NOBODY);
    let mut story = office(15);
    // Another host is watched from now on, and what runs there may have run for years.
    story.start(COMES, 11.9, 40, NEW_ONE);
    injects(&mut story, COMES, 40, NEW_ONE);
    reads(&mut story, COMES, 40, NEW_ONE);
    assert_eq!(open(&story.findings()), NOBODY);
}

#[test]
fn a_newcomer_that_does_what_newcomers_do_is_learnt() {
    let mut story = office(15);
    for day in COMES..COMES + 3 {
        story.start(day, 12.0, 1, NEW_ONE);
        for name in ["api.helpful.example", "cdn.delivery.example", "in.metrics.example"] {
            story.ask(day, 12.1, 1, NEW_ONE, name);
        }
        story.write(day, 12.2, 1, NEW_ONE, r"C:\Users\an\AppData\Roaming\Helpful\state.db");
        let key = r"HKU\S-1\Software\Microsoft\Windows\CurrentVersion\Run\Helpful";
        let fields = [("TargetObject", key)];
        story.act(day, 12.3, 1, NEW_ONE, EventClass::Registry, "registry_set", &fields);
    }
    assert_eq!(open(&story.findings()), NOBODY);
}

/// A keeper of passwords reads what another of the office does; the same is odd where none does.
#[test]
fn what_others_of_the_office_do_is_their_way() {
    for (others, expected) in [(0, 1), (1, 0)] {
        let mut story = office(15);
        for day in 0..COMES {
            let (product, image) = tool(3);
            let app = App { company: "Maker 3", product: &product, version: "1.0", image: &image };
            for on in 0..others {
                reads(&mut story, day, on, app);
            }
        }
        story.start(COMES, 12.0, 1, NEW_ONE);
        reads(&mut story, COMES, 1, NEW_ONE);
        assert_eq!(open(&story.findings()).len(), expected, "{others}");
    }
}

/// A second security product: both things together are the way of such products.
#[test]
fn what_others_do_together_is_the_way_of_their_class() {
    for (is_together, expected) in [(true, 0), (false, 2)] {
        let mut story = office(15);
        for day in 0..COMES {
            let (product, image) = tool(3);
            let (other, elsewhere) = tool(4);
            let app = App { company: "Maker 3", product: &product, version: "1.0", image: &image };
            let second =
                App { company: "Maker 4", product: &other, version: "1.0", image: &elsewhere };
            if is_together {
                injects(&mut story, day, 1, app);
                reads(&mut story, day, 1, app);
            } else if day == COMES {
                reads(&mut story, day, 1, second);
            }
        }
        story.start(COMES, 12.0, 1, NEW_ONE);
        injects(&mut story, COMES, 1, NEW_ONE);
        reads(&mut story, COMES, 1, NEW_ONE);
        assert_eq!(open(&story.findings()).len(), expected, "{is_together}");
    }
}

/// The system starts whatever is installed: that is the product's doing. What nobody made is not.
#[test]
fn what_the_system_starts_for_a_product_is_no_departure_of_the_system() {
    let scheduler = App {
        company: "Microsoft Corporation",
        product: "Microsoft® Windows® Operating System",
        version: "10.0.19041.1",
        image: r"C:\Windows\System32\svchost.exe",
    };
    let starts = |image: &str, company: &str| {
        let mut story = office(15);
        for day in 0..COMES + 2 {
            story.start(day, 7.0, 1, scheduler);
        }
        let child = App { company, product: "Helpful Update", version: "1", image };
        story.child(COMES, 12.0, 1, scheduler, child);
        let mut engine = engine();
        story.tell(&mut engine);
        let lineages = engine.lineages();
        let traits = lineages.into_iter().filter(|l| l.name.product.as_raw() == "svchost.exe");
        let mut traits = traits.flat_map(|lineage| lineage.traits);
        traits.any(|shown| shown.of.kind == TraitKind::StartsProgram)
    };
    assert!(!starts(r"C:\Program Files\Helpful\up.exe", "Helpful Ltd."));
    assert!(starts(r"C:\Program Files\Helpful\up.exe", ""));
    assert!(starts(r"C:\Windows\System32\other.exe", "Microsoft Corporation"));
}

/// A browser keeps its own store, and whoever calls itself so without a maker does not.
#[test]
fn a_browser_reads_its_own_store() {
    for (company, expected) in [("Google LLC", 0), ("", 1)] {
        let image = r"C:\Program Files\Google\Chrome\Application\chrome.exe";
        let app = App { company, product: "Google Chrome", version: "111.0", image };
        let mut story = office(15);
        story.start(COMES, 12.0, 1, app);
        reads(&mut story, COMES, 1, app);
        let mut engine = engine();
        story.tell(&mut engine);
        let lineages = engine.lineages();
        let traits = lineages.iter().flat_map(|lineage| &lineage.traits);
        let reads = traits.filter(|shown| shown.of.kind == TraitKind::ReadsSecrets);
        assert_eq!(reads.count(), expected, "{company}");
    }
}

/// Live out of order, interrupted, and from history: the same.
#[test]
fn a_newcomer_is_found_in_any_order_and_after_a_restart() {
    let expected = poisoned(15).findings();
    let events = poisoned(15).sorted().events;
    let mut engine = engine();
    let late = |number: usize, event: &Event| {
        let delay = i64::try_from(number * 7 % 290).unwrap();
        event.time.unwrap().saturating_add_seconds(delay)
    };
    let mut shuffled: Vec<_> = events.iter().enumerate().collect();
    shuffled.sort_by_key(|(number, event)| late(*number, event));
    let half = events.len() * 4 / 5 + 9;
    for (told, (_, event)) in shuffled.into_iter().enumerate() {
        engine.observe(event, "bank", "", Timestamp::from_nanos(0));
        if told == half {
            let stored = serde_json::to_string(&engine.snapshot()).unwrap();
            let snapshot: Snapshot = serde_json::from_str(&stored).unwrap();
            let rates = RuntimeRates::built_in().unwrap();
            engine = Engine::restore(Config::default(), rates, snapshot).unwrap();
        }
    }
    engine.advance(events.last().and_then(|event| event.time).unwrap());
    assert_eq!(engine.findings(), expected);
    assert!(!expected.is_empty());
}
