//! The date of a text: in its first lines, where people put it.

use super::super::fold::fold;
use super::{Line, holds_any};

/// How many lines are looked at.
const LINES_MAX: usize = 25;

/// The date as `2023-03-30`; `None` when the head of the text has none.
pub(super) fn date(lines: &[Line]) -> Option<String> {
    let filled = lines.iter().filter(|line| !line.text.trim().is_empty());
    filled.take(LINES_MAX).find_map(|line| of_line(&line.text))
}

fn of_line(line: &str) -> Option<String> {
    if line.len() > 300 {
        return None;
    }
    let folded = fold(line);
    let tokens: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|token| !token.is_empty() && !FILLERS.contains(token))
        .collect();
    let words = tokens.join(" ");
    let (place, found) = (0..tokens.len()).find_map(|at| {
        let [a, b, c] = tokens.get(at..at.checked_add(3)?)? else { return None };
        Some((at, of_three(a, b, c)?))
    })?;
    // Either something calls it the date, or the line is little more than it.
    let is_called = holds_any(&words, &CALLED) || (place < 3 && tokens.len() <= 8);
    is_called.then_some(found)
}

fn of_three(a: &str, b: &str, c: &str) -> Option<String> {
    let number = |text: &str| text.trim_end_matches(char::is_alphabetic).parse::<u32>().ok();
    let year =
        |text: &str| number(text).filter(|year| text.len() == 4 && (1995..2100).contains(year));
    let month = |text: &str| {
        let place = MONTHS.iter().position(|name| text.len() >= 3 && name.starts_with(text));
        place.and_then(|place| u32::try_from(place).ok()?.checked_add(1))
    };
    let (year, month, day) = match (year(a), year(c)) {
        // `2020.2.1` is a version.
        (Some(y), _) if b.len() == 2 && c.len() >= 2 => (y, number(b)?, number(c)?),
        (Some(_), _) => return None,
        (None, Some(y)) => match (month(a), month(b)) {
            (Some(m), _) => (y, m, number(b)?),
            (None, Some(m)) => (y, m, number(a)?),
            // Day first, as everywhere but in the United States.
            (None, None) => match (number(a)?, number(b)?) {
                (month, day @ 13..) => (y, month, day),
                (day, month) => (y, month, day),
            },
        },
        (None, None) => return None,
    };
    let fits = (1..=12).contains(&month) && (1..=31).contains(&day);
    fits.then(|| format!("{year:04}-{month:02}-{day:02}T00:00:00Z"))
}

const FILLERS: [&str; 6] = ["thang", "nam", "of", "the", "st", "th"];

const CALLED: [&str; 9] =
    ["published", "date", "posted", "updated", "released", "issued", "ngay", "cap nhat", "release"];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
