//! Times as logs write them, without a calendar library in the way.

use super::super::text::{push_number, push_padded};
use crate::calendar::SimTime;

/// Seconds that the organisation's clocks are ahead of UTC.
pub(super) const LOCAL_S: i64 = 7 * 3_600;

/// Appends `2023-03-06`, a separator, `01:12:11`, at so many seconds ahead of UTC.
pub(super) fn push_moment(out: &mut String, at: SimTime, ahead_s: i64, separator: char) {
    let seconds = at.unix_s() + ahead_s;
    let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(day);
    push_number(out, year.unsigned_abs());
    out.push('-');
    push_padded(out, month, 2);
    out.push('-');
    push_padded(out, day, 2);
    out.push(separator);
    push_padded(out, second / 3_600, 2);
    out.push(':');
    push_padded(out, second / 60 % 60, 2);
    out.push(':');
    push_padded(out, second % 60, 2);
}

/// Appends `.123` or `.123456`.
pub(super) fn push_fraction(out: &mut String, at: SimTime, digits: usize) {
    out.push('.');
    let micros = at.micros();
    if digits == 3 {
        push_padded(out, micros / 1_000, 3);
    } else {
        push_padded(out, micros, 6);
    }
}

/// Year, month and day of a count of days since 1970-01-01.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
pub(super) fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}
