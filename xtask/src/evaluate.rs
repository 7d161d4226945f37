//! `cargo xtask evaluate`: what the detectors that know no indicator find in simulated fleets and in
//! real logs, and what they find that is not there.
//!
//! Simulated and real figures are never added up. Seeds of the second set and the incidents that are
//! held out are not for tuning: they are told apart, and only when asked for.

mod fleet;
mod real;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::say;

const HELP: &str = "\
Usage: cargo xtask evaluate [--hosts N] [--days N] [--seeds A,B,…] [--held] [--real DIR] [--quick]
                            [--sources both|endpoints|sensors]

  --hosts N    hosts of each fleet (500)
  --days N     days of each fleet (60)
  --seeds A,B  seeds of the fleets (11,12)
  --held       the seeds that are not for tuning (903,904), and the incidents that are held out
  --real DIR   the real logs below a folder instead of fleets, each folder in it apart
  --quick      fleets of 120 hosts over 40 days
  --sources    who tells: endpoints, sensors on the network, or both (both)
";

/// Seeds that are used for tuning.
const TUNING: [u64; 2] = [11, 12];
/// Seeds that never were.
const HELD: [u64; 2] = [903, 904];

/// What to play.
struct Wanted {
    hosts: u32,
    days: u32,
    seeds: Vec<u64>,
    held: bool,
    sources: Sources,
}

/// Who tells of a fleet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Sources {
    Both,
    Endpoints,
    Sensors,
}

/// Runs the command.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let mut wanted = Wanted {
        hosts: 500,
        days: 60,
        seeds: TUNING.to_vec(),
        held: false,
        sources: Sources::Both,
    };
    let mut real = None;
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--hosts" => wanted.hosts = value()?.parse()?,
            "--days" => wanted.days = value()?.parse()?,
            "--seeds" => {
                let seeds = value()?.split(',').map(|seed| Ok(seed.parse()?));
                wanted.seeds = seeds.collect::<Result<_>>()?;
            }
            "--held" => (wanted.held, wanted.seeds) = (true, HELD.to_vec()),
            "--real" => real = Some(PathBuf::from(value()?)),
            "--sources" => {
                wanted.sources = match value()?.as_str() {
                    "both" => Sources::Both,
                    "endpoints" => Sources::Endpoints,
                    "sensors" => Sources::Sensors,
                    other => bail!("no sources `{other}`: both, endpoints or sensors"),
                };
            }
            "--quick" => (wanted.hosts, wanted.days) = (120, 40),
            "--help" | "-h" => {
                say(HELP.trim_end());
                return Ok(());
            }
            other => bail!("no option `{other}`\n\n{HELP}"),
        }
    }
    match real {
        Some(folder) => real::run(&folder),
        None => fleet::run(&wanted),
    }
}
