//! Measures the engine on made-up events: acts per second, and bytes for each host, application and
//! destination. `cargo run -p khien-lineage --example drift_rate [EVENTS]`.

use std::sync::Arc;

use khien_lineage::{Config, Engine, RuntimeRates};
use khien_model::{Event, EventClass, LogSource, Scalar, Timestamp};

const HOSTS: u64 = 500;
const NAMES: u64 = 8;

/// A record as a reader gives it: what Sysmon writes, a third each of starts, names and files.
fn fill(event: &mut Event, number: u64, apps: u64, names: u64, sources: &[Arc<LogSource>; 3]) {
    event.clear();
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 17;
    let (host, app) = (mixed % HOSTS, mixed / HOSTS % apps);
    let image = format!("C:\\Program Files\\Maker{app}\\app{}.exe", letters(app));
    let guid = format!("{{{host}-{app}}}");
    event.push("Channel", Scalar::Str("Microsoft-Windows-Sysmon/Operational"));
    event.push("UtcTime", Scalar::Str("2023-03-01 00:00:00.000"));
    event.push("Image", Scalar::Str(&image));
    event.push("ProcessGuid", Scalar::Str(&guid));
    event.push("ProcessId", Scalar::Int(4242));
    event.push("User", Scalar::Str("BANK\\an"));
    let kind = if number < HOSTS * apps { 0 } else { 1 + mixed % 2 };
    match kind {
        0 => {
            event.push("ParentImage", Scalar::Str("C:\\Windows\\explorer.exe"));
            event.push("Company", Scalar::Str("Maker"));
            event.push("Product", Scalar::Str(&format!("App {}", letters(app))));
            event.push("FileVersion", Scalar::Str("1.2.3.4"));
            event.class = EventClass::Process;
            event.source = Arc::clone(&sources[0]);
        }
        1 => {
            let name =
                format!("{}.site{}.example", letters(app), letters(mixed / HOSTS / apps % names));
            event.push("QueryName", Scalar::Str(&name));
            event.push("QueryResults", Scalar::Str("::ffff:192.0.2.1;"));
            event.class = EventClass::Dns;
            event.source = Arc::clone(&sources[1]);
        }
        _ => {
            let path = format!(
                "C:\\Users\\an\\AppData\\Roaming\\App\\{}.db",
                letters(mixed / HOSTS / apps % 30)
            );
            event.push("TargetFilename", Scalar::Str(&path));
            event.class = EventClass::File;
            event.source = Arc::clone(&sources[2]);
        }
    }
    event.set_host(&format!("pc{host}"));
    let seconds = 1_677_628_800 + i64::try_from(number / 200).unwrap_or(0);
    event.time = Timestamp::from_seconds(seconds);
}

fn letters(number: u64) -> String {
    number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
}

fn cpu_seconds() -> f64 {
    // Linux: user and system time in ticks of a hundredth, fields 14 and 15.
    let stat = khien_model::limits::read_small_file("/proc/self/stat".as_ref(), 1 << 16);
    let stat = stat.unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

#[expect(clippy::print_stdout, reason = "a measurement is for reading")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let events: u64 = std::env::args().nth(1).map_or(Ok(3_000_000), |text| text.parse())?;
    let source = |category| Arc::new(LogSource::new(Some("windows"), Some("sysmon"), &[category]));
    let sources = [source("process_creation"), source("dns_query"), source("file_event")];
    let mut event = Event::new();
    let stories =
        [("steady", 40, NAMES), ("many destinations", 40, 900), ("many of each", 2000, 900)];
    for (title, apps, names) in stories {
        let began = cpu_seconds();
        for number in 0..events {
            fill(&mut event, number, apps, names, &sources);
        }
        let making = cpu_seconds() - began;
        let mut engine = Engine::new(Config::default(), RuntimeRates::built_in()?);
        let mut spent = [0.0; 2];
        for (half, spent) in spent.iter_mut().enumerate() {
            let began = cpu_seconds();
            let from = events / 2 * half as u64;
            for number in from..from + events / 2 {
                fill(&mut event, number, apps, names, &sources);
                engine.observe(&event, "bank", "", Timestamp::from_nanos(0));
            }
            *spent = cpu_seconds() - began - making / 2.0;
        }
        engine.advance(event.time.unwrap_or(Timestamp::MAX));
        let keys: u64 = engine
            .lineages()
            .iter()
            .flat_map(|lineage| &lineage.traits)
            .flat_map(|shown| &shown.releases)
            .map(|(_, hosts, _)| u64::from(*hosts))
            .sum();
        let bytes = engine.memory_bytes();
        println!(
            "{title}: {events} events a second and core: {:.0} while learning, {:.0} when known ({making:.1} s of making not counted); {keys} keys, {:.0} B each; {:.1} MB; {:?}",
            events as f64 / 2.0 / spent[0],
            events as f64 / 2.0 / spent[1],
            bytes as f64 / keys as f64,
            bytes as f64 / 1e6,
            engine.losses(),
        );
    }
    Ok(())
}
