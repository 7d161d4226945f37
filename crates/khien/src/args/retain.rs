//! What can be typed to take old events out of a lake.

use std::num::NonZeroU32;

use clap::Args;

use super::LakeArgs;

/// `khien admin lake retain`.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:
  khien admin lake retain --older-than 400d --dry-run
  khien admin lake retain --older-than 13m --max-size 500GiB --yes
  khien admin lake retain --org acme --sightings-too

Events and records that could not be read go; what was found stays, and a log that is read again is not
stored again. Sightings still say that something was there once, unless --sightings-too.

Exit codes: 0 done, or nothing to do · 2 usage, or not confirmed · 4 internal")]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
pub struct RetainArgs {
    /// Lake.
    #[command(flatten)]
    pub lake: LakeArgs,
    /// Events older than this: 400d, 8w, 13m (months) or 2y
    #[arg(long, value_name = "AGE", value_parser = parse_age, group = "what")]
    pub older_than: Option<Age>,
    /// The oldest months, until all tables fit: 500GiB, 200MB, or bytes
    #[arg(long, value_name = "SIZE", value_parser = parse_size, group = "what")]
    pub max_size: Option<u64>,
    /// Only of this organisation; alone, all of it (repeatable)
    #[arg(long = "org", value_name = "ORG", group = "what")]
    pub orgs: Vec<String>,
    /// Only of this host; alone, all of it (repeatable)
    #[arg(long = "host", value_name = "HOST", group = "what")]
    pub hosts: Vec<String>,
    /// Forget in the sightings too what goes
    #[arg(long)]
    pub sightings_too: bool,
    /// Only say what would go
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask; needed where there is no terminal
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// One JSON document (khien.retain/1)
    #[arg(long)]
    pub json: bool,
}

/// An age in units of the calendar.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Age {
    /// Days.
    Days(NonZeroU32),
    /// Months.
    Months(NonZeroU32),
}

fn parse_age(text: &str) -> Result<Age, String> {
    let wrong = || "give a number and d, w, m (months) or y, as 400d".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let number: NonZeroU32 = number.parse().map_err(|_| wrong())?;
    let times = |factor| {
        let factor = NonZeroU32::new(factor)?;
        number.checked_mul(factor)
    };
    let age = match unit {
        "d" => Some(Age::Days(number)),
        "w" => times(7).map(Age::Days),
        "m" => Some(Age::Months(number)),
        "y" => times(12).map(Age::Months),
        _ => None,
    };
    age.ok_or_else(wrong)
}

fn parse_size(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 9] = [
        ("TiB", 1 << 40),
        ("GiB", 1 << 30),
        ("MiB", 1 << 20),
        ("KiB", 1 << 10),
        ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000),
        ("MB", 1_000_000),
        ("kB", 1000),
        ("B", 1),
    ];
    let unit = UNITS.iter().find_map(|(unit, bytes)| Some((text.strip_suffix(unit)?, *bytes)));
    let (number, bytes) = unit.unwrap_or((text, 1));
    let number: Option<u64> = number.trim().parse().ok();
    let size = number.and_then(|number| number.checked_mul(bytes));
    size.ok_or_else(|| "give a number and a unit, as 500GiB or 200MB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_and_sizes_are_read_and_nonsense_is_refused() {
        let days = |number| Ok(Age::Days(NonZeroU32::new(number).unwrap()));
        let months = |number| Ok(Age::Months(NonZeroU32::new(number).unwrap()));
        assert_eq!(parse_age("400d"), days(400));
        assert_eq!(parse_age("8w"), days(56));
        assert_eq!(parse_age("13m"), months(13));
        assert_eq!(parse_age("2y"), months(24));
        for wrong in ["", "d", "0d", "-1d", "400", "4h", "400000000y", "1é"] {
            assert!(parse_age(wrong).is_err(), "{wrong}");
        }
        assert_eq!(parse_size("500GiB"), Ok(500 << 30));
        assert_eq!(parse_size("2 MB"), Ok(2_000_000));
        assert_eq!(parse_size("17"), Ok(17));
        for wrong in ["", "GiB", "1.5GiB", "99999999999TiB", "5gb", "-1B"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
