use std::io::Read;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};

use khien_lake::{QueryLimits, Selection, Walked};
use khien_lineage::{Config, RuntimeRates, Status};
use khien_sim::{SoftphoneScenario, Variant};

use super::*;
use crate::live::spool::{Parcel, ParcelKey, Spool, SpoolLimits};
use crate::live::writer::Writer;
use crate::scan::knowledge::{RuleInputs, load_advisories, load_rules};

fn clock() -> (Timestamp, Instant) {
    #[expect(clippy::disallowed_methods, reason = "a process of its own, as far as the test goes")]
    (Timestamp::from_nanos(1_800_000_000_000_000_000), Instant::now())
}

/// A folder with a lake and a spool, and what runs on them.
struct Running {
    pipeline: Pipeline,
    spool: SharedSpool,
    lake: Arc<Mutex<Lake>>,
    told: Receiver<Told>,
}

fn start(folder: &Path) -> Running {
    let lake = Lake::open_to_write(&folder.join("lake")).unwrap();
    let limits = SpoolLimits { segment_bytes: 2 << 20, ..SpoolLimits::default() };
    let spool = Spool::open(&folder.join("spool"), limits, clock().0).unwrap();
    let spool = Arc::new(Mutex::new(spool));
    let rules = load_rules(&RuleInputs { builtin: true, ..RuleInputs::default() }).unwrap();
    let known = Known::new(rules, load_advisories(&["3cx".to_owned()]).unwrap());
    let mut engine = Engine::new(Config::default(), RuntimeRates::built_in().unwrap());
    let (selection, limits) = (Selection::default(), QueryLimits::default());
    crate::lineage::learn(
        &mut engine,
        &lake,
        &selection,
        vec![],
        &limits,
        &Walked::default(),
        &|_| {},
    )
    .unwrap();
    let lake = Arc::new(Mutex::new(lake));
    let (teller, told): (Sender<Told>, _) = channel();
    let pipeline = Pipeline::start(Setup {
        lake: Arc::clone(&lake),
        spool: Arc::clone(&spool),
        known: Arc::new(known),
        engine,
        // Nobody said which: that must make no difference.
        org: String::new(),
        mappings: Vec::new(),
        clock,
        told: Box::new(move |told| drop(teller.send(told))),
    });
    Running { pipeline, spool, lake, told }
}

fn count(lake: &Mutex<Lake>, what: &str) -> u64 {
    let sql = format!("SELECT count(*) AS n FROM {what}");
    let answer = lock(lake).query(&sql, &QueryLimits::default()).unwrap();
    answer.json().unwrap()[0]["n"].as_u64().unwrap()
}

/// The JSON logs of the simulated office, a record a line.
fn office() -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    SoftphoneScenario { seed: 42, variant: Variant::Incident }.write_to(folder.path()).unwrap();
    let found = khien_ingest::walk(&[folder.path().to_owned()], &|_| true);
    let mut lines = Vec::new();
    for file in found.files {
        let mut text = Vec::new();
        let bytes = std::fs::File::open(&file.path).unwrap().take(1 << 30);
        let mut bytes: Box<dyn Read> = match file.path.extension().is_some_and(|e| e == "gz") {
            true => Box::new(flate2::read::MultiGzDecoder::new(bytes)),
            false => Box::new(bytes),
        };
        bytes.read_to_end(&mut text).unwrap();
        let Ok(text) = String::from_utf8(text) else { continue };
        let is_log =
            text.starts_with('{') && text.lines().nth(1).is_some_and(|l| l.starts_with('{'));
        if is_log && !file.path.ends_with("SYNTHETIC.json") {
            lines.extend(text.lines().map(str::to_owned));
        }
    }
    assert!(lines.len() > 5_000, "{}", lines.len());
    lines
}

fn send(writer: &Writer, number: usize, lines: &[String]) {
    let parcel = Parcel {
        form: Form::Json,
        key: Some(ParcelKey::new("test", &number.to_string())),
        records: u32::try_from(lines.len()).unwrap(),
        bytes: lines.join("\n").into_bytes(),
    };
    let (told, answer) = channel();
    writer.offer(parcel, Box::new(move |taken| told.send(taken).unwrap())).unwrap();
    answer.recv().unwrap().unwrap();
}

fn is_empty(spool: &SharedSpool) -> bool {
    super::super::writer::lock(spool).waiting_bytes() == 0
}

/// Waits until all that was sent is stored; closing what is open, so that it can go.
fn drain(running: &Running) {
    for _ in 0..1200 {
        super::super::writer::lock(&running.spool).close_all();
        if is_empty(&running.spool) {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the spool is not empty after two minutes");
}

/// What is sent is found as if it had been read from files; a pipeline that is stopped in the middle and
/// started again stores each record once, and senders who send again change nothing.
#[test]
fn everything_that_is_sent_is_stored_once_and_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let lines = office();
    let mut departed: HashMap<String, Finding> = HashMap::new();
    let mut found = Vec::new();
    let parcels: Vec<&[String]> = lines.chunks(500).collect();
    for (round, half) in parcels.chunks(parcels.len().div_ceil(2)).enumerate() {
        let mut running = start(folder.path());
        let (writer, thread) = Writer::start(Arc::clone(&running.spool), || clock().0);
        for (number, parcel) in half.iter().enumerate() {
            send(&writer, round * 100_000 + number, parcel);
        }
        send(&writer, round * 100_000, half[0]);
        match round {
            // In the middle of whatever it does.
            0 => std::thread::sleep(Duration::from_millis(700)),
            _ => drain(&running),
        }
        if round == 1 {
            // What waits for records that come late waits no longer.
            let end = Timestamp::parse("2023-04-20T00:00:00Z").unwrap();
            running.pipeline.with_engine(|engine| engine.advance(end));
            std::thread::sleep(LOOK + STORE + STORE);
        }
        running.pipeline.stop();
        drop(writer);
        thread.join().unwrap();
        for told in running.told.try_iter() {
            match told {
                Told::Found(more) => found.extend(more),
                Told::Departed(more) => {
                    departed.extend(more.into_iter().map(|finding| (finding.id.clone(), finding)));
                }
                Told::Stored(_) | Told::Recovered => {}
                Told::Failed(text) | Told::SetAside(text) => panic!("{text}"),
            }
        }
        if round == 1 {
            // What was found stands beside what happened, as sources do.
            let findings = count(&running.lake, "finding WHERE fields LIKE '%\"found.kind\"%'");
            let dead = count(&running.lake, "dead_letters");
            let other = findings + dead + count(&running.lake, "sources");
            let stored = count(&running.lake, "events") - other;
            assert_eq!((stored, dead), (lines.len() as u64, 0), "{other} other rows");
            assert_eq!(findings, found.len() as u64);
        }
    }
    assert!(found.iter().any(|(name, _)| name.kind == "indicator"), "the 3CX advisory is seen");
    let open = departed.values().filter(|finding| finding.status == Status::Open);
    let releases: Vec<&str> = open.map(|finding| finding.version.as_raw()).collect();
    assert!(releases.contains(&"18.12.416"), "{releases:?}");
}
