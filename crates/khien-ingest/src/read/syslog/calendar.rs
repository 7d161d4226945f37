//! The times that text logs write, most of them without a zone and some without a year.
//!
//! No clock is asked: a log is read years later as on its day. A missing year is taken from the
//! date in the stream's name, and a time without a zone is taken as UTC.

use khien_model::Timestamp;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A day that a stream's name tells, such as that of `syslog-20230324`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(in crate::read) struct Day {
    year: u16,
    month: u8,
    day: u8,
}

impl Day {
    /// The newest complete date in a name: `20230324`, or with `-`, `_`, `.` or `/` between.
    pub(in crate::read) fn in_name(name: &str) -> Option<Self> {
        let bytes = name.as_bytes();
        let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let starts =
            (0..bytes.len()).filter(|at| is_digit(*at) && !at.checked_sub(1).is_some_and(is_digit));
        starts.filter_map(|at| Self::at_start(name.get(at..)?)).max()
    }

    fn at_start(text: &str) -> Option<Self> {
        let year = text.get(..4)?;
        let rest = text.get(4..)?;
        let separator = rest.get(..1).filter(|c| ["-", "_", ".", "/"].contains(c)).unwrap_or("");
        let rest = rest.strip_prefix(separator)?;
        let (month, rest) = rest.split_at_checked(2)?;
        let (day, rest) = rest.strip_prefix(separator)?.split_at_checked(2)?;
        let number =
            |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?;
        let found = Self {
            year: number(year)?,
            month: u8::try_from(number(month)?).ok()?,
            day: u8::try_from(number(day)?).ok()?,
        };
        let is_whole = (1970..2200).contains(&found.year)
            && (1..=12).contains(&found.month)
            && (1..=31).contains(&found.day)
            && !rest.starts_with(|c: char| c.is_ascii_digit());
        is_whole.then_some(found)
    }

    /// The year of a month and day in a log that was closed on this day: not after it, but for the
    /// hours that a zone may make of difference.
    const fn year_of(self, month: u8, day: u8) -> u16 {
        let is_after =
            month > self.month || (month == self.month && day > self.day.saturating_add(1));
        // A log closed on the last day of a month may hold the first of the next.
        let is_next_day = self.day >= 28
            && day == 1
            && (month == self.month.saturating_add(1) || (self.month == 12 && month == 1));
        match (is_after, is_next_day) {
            (_, true) if month == 1 => self.year.saturating_add(1),
            (true, false) => self.year.saturating_sub(1),
            _ => self.year,
        }
    }
}

/// Takes `Mar 24 08:05:00` (also `Mar  4`, with a fraction, or `Mar 24 2023 08:05:00`) off the front
/// of a line: the text, the time where the year is known, and the rest.
pub(super) fn month_first(
    line: &str,
    named: Option<Day>,
) -> Option<(&str, Option<Timestamp>, &str)> {
    let (month, rest) = line.split_once(' ')?;
    let month = number_of(month)?;
    let (day, rest) = rest.trim_start().split_once(' ')?;
    let day: u8 = day.parse().ok().filter(|day| (1..=31).contains(day))?;
    let (word, after) = rest.trim_start().split_once(' ').unwrap_or((rest.trim_start(), ""));
    let written: Option<u16> = word.parse().ok().filter(|_| word.len() == 4);
    let (clock, rest) = match written {
        Some(_) => after.split_once(' ').unwrap_or((after, "")),
        None => (word, after),
    };
    let clock = clock.strip_suffix(':').unwrap_or(clock);
    is_clock(clock).then_some(())?;
    let year = written.or_else(|| named.map(|named| named.year_of(month, day)));
    let time =
        year.and_then(|year| Timestamp::parse(&format!("{year:04}-{month:02}-{day:02}T{clock}")));
    let len = line.len().saturating_sub(rest.len());
    Some((line.get(..len)?.trim_end(), time, rest))
}

/// Takes an ISO time off the front of a line, with `T` or a space in the middle: the text, the
/// time, and the rest.
pub(super) fn iso_first(line: &str) -> Option<(&str, Option<Timestamp>, &str)> {
    let bytes = line.as_bytes();
    let shape = |at: usize, allowed: &[u8]| bytes.get(at).is_some_and(|b| allowed.contains(b));
    if !(shape(4, b"-/")
        && shape(7, b"-/")
        && shape(10, b"T ")
        && shape(13, b":")
        && shape(16, b":"))
    {
        return None;
    }
    let tail = line.get(19..)?;
    let end = tail.find([' ', '\t']).unwrap_or(tail.len());
    let (zone, rest) = tail.split_at_checked(end)?;
    let text = line.get(..end.checked_add(19)?)?;
    // Log4j and Python write the fraction after a comma, nginx writes dates with slashes.
    let canonical = text.trim_end_matches(':').replace('/', "-").replacen(',', ".", 1);
    let time = Timestamp::parse(&canonical);
    (time.is_some() || zone.is_empty()).then_some((text, time, rest.trim_start()))
}

/// Reads `24/Mar/2023:08:05:00 +0700`, the time of an access log.
pub(super) fn access_time(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_once(':')?;
    let mut parts = date.split('/');
    let (day, month, year) = (parts.next()?, number_of(parts.next()?)?, parts.next()?);
    let (clock, zone) = rest.split_once(' ').unwrap_or((rest, "Z"));
    Timestamp::parse(&format!("{year}-{month:02}-{day:0>2}T{clock}{zone}"))
}

/// Reads `Fri Mar 24 08:05:00.123456 2023`, the time of an Apache error log.
pub(super) fn weekday_first(text: &str) -> Option<Timestamp> {
    let mut words = text.split_ascii_whitespace();
    let (_, month, day) = (words.next()?, number_of(words.next()?)?, words.next()?);
    let (clock, year) = (words.next()?, words.next()?);
    Timestamp::parse(&format!("{year}-{month:02}-{day:0>2}T{clock}"))
}

fn number_of(month: &str) -> Option<u8> {
    let at = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))?;
    u8::try_from(at).ok()?.checked_add(1)
}

fn is_clock(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 8
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            2 | 5 => *byte == b':',
            8 => *byte == b'.',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(year: u16, month: u8, day: u8) -> Option<Day> {
        Some(Day { year, month, day })
    }

    #[test]
    fn days_in_names() {
        for (name, expected) in [
            ("syslog-20230324", day(2023, 3, 24)),
            ("2023-01-02/messages-2023_03_24.gz", day(2023, 3, 24)),
            ("logs.zip!var/log/syslog.2023.12.31", day(2023, 12, 31)),
            ("2023/03/24/auth.log", day(2023, 3, 24)),
            ("syslog-202303241", None),
            ("auth.log.1", None),
            ("build-20231345", None),
            ("20230", None),
            ("", None),
        ] {
            assert_eq!(Day::in_name(name), expected, "{name}");
        }
    }

    #[test]
    fn a_missing_year_is_the_one_before_the_file_was_closed() {
        let named = day(2023, 1, 1);
        for (line, expected) in [
            ("Dec 31 23:59:59 h x", "2022-12-31T23:59:59Z"),
            ("Jan  1 00:00:00 h x", "2023-01-01T00:00:00Z"),
            ("Jan  2 06:00:00 h x", "2023-01-02T06:00:00Z"),
            ("Mar 24 2020 08:05:00: x", "2020-03-24T08:05:00Z"),
        ] {
            let (_, time, _) = month_first(line, named).unwrap();
            assert_eq!(time.unwrap().to_string(), expected);
        }
        let (_, time, _) = month_first("Jan  1 01:00:00 h x", day(2022, 12, 31)).unwrap();
        assert_eq!(time.unwrap().to_string(), "2023-01-01T01:00:00Z");
        let (_, time, _) = month_first("Dec  1 01:00:00 h x", day(2022, 11, 30)).unwrap();
        assert_eq!(time.unwrap().to_string(), "2022-12-01T01:00:00Z");
        let (text, time, rest) = month_first("Mar 24 08:05:00.5 h x", None).unwrap();
        assert_eq!((text, time, rest), ("Mar 24 08:05:00.5", None, "h x"));
    }

    #[test]
    fn other_forms() {
        let expected = Timestamp::parse("2023-03-24T01:05:00Z");
        for text in [
            "2023-03-24T08:05:00+07:00 h x",
            "2023-03-24 01:05:00 h x",
            "2023-03-24 01:05:00,000 h x",
            "2023/03/24 01:05:00 h x",
        ] {
            let (_, time, rest) = iso_first(text).unwrap();
            assert_eq!((time, rest), (expected, "h x"), "{text}");
        }
        assert_eq!(access_time("24/Mar/2023:08:05:00 +0700"), expected);
        assert_eq!(weekday_first("Fri Mar 24 01:05:00.000000 2023"), expected);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in any::<String>(), near in "[A-Z][a-z]{2}  ?[0-9]{0,2} [0-9:.]{0,9} .{0,9}", iso in "[0-9]{0,5}[-/][0-9]{2}[-/][0-9]{2}[T ][0-9:,.Zđ+]{0,14}") {
            for text in [&text, &near, &iso] {
                let named = Day::in_name(text);
                let _ = (month_first(text, named), iso_first(text), access_time(text), weekday_first(text));
            }
        }
    }
}
