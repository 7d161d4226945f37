//! Who has to be told of a case, and by when: `content/obligations`, applied to a case's six times.
//!
//! Deadlines are data. What is missing here stays missing on the screen: a clock that nobody has
//! started makes an obligation wait, and an obligation that nobody has decided on counts.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use khien_wire::{
    Actor, CaseObligation, CaseObligationState, CaseTimes, Duty, DutyLength, DutyUnit, Time,
};
use serde::Deserialize;

const BUILT_IN: [&str; 3] = [
    include_str!("../../../content/obligations/vn.toml"),
    include_str!("../../../content/obligations/eu.toml"),
    include_str!("../../../content/obligations/us.toml"),
];

const HOUR_MS: i64 = 60 * 60 * 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    duty: Vec<Duty>,
}

/// All duties that ship with the program.
static ALL: LazyLock<Vec<Duty>> = LazyLock::new(|| {
    let file = |text: &&str| -> Vec<Duty> {
        let file: File = toml::from_str(text).expect("a test reads what is built in");
        file.duty
    };
    BUILT_IN.iter().flat_map(file).collect()
});

/// What somebody said of a duty.
#[derive(Clone, Debug)]
pub(crate) struct Decision {
    /// When it was sent, in milliseconds since 1970.
    pub(crate) sent: Option<i64>,
    /// Under which number or name.
    pub(crate) sent_as: String,
    /// Why it does not apply.
    pub(crate) reason: String,
    pub(crate) by: Actor,
}

/// The duty of this name.
pub(crate) fn find(id: &str) -> Option<&'static Duty> {
    ALL.iter().find(|duty| duty.id == id)
}

/// Duties that are valid on the day of a time.
fn valid_at(at: i64) -> impl Iterator<Item = &'static Duty> {
    let day = Time::from_ms(at).to_string();
    let day = day.get(..10).unwrap_or_default().to_owned();
    ALL.iter().filter(move |duty| {
        duty.valid_from.as_ref().is_none_or(|from| *from <= day)
            && duty.valid_to.as_ref().is_none_or(|to| day <= *to)
    })
}

/// By when, counted from a time in milliseconds. Nothing where the calendar does not reach so far.
fn due(within: DutyLength, zone: &str, since: i64) -> Option<i64> {
    let amount = i64::from(within.amount);
    match within.unit {
        DutyUnit::Hours => since.checked_add(amount.checked_mul(HOUR_MS)?),
        DutyUnit::Days => since.checked_add(amount.checked_mul(24 * HOUR_MS)?),
        DutyUnit::Months => {
            let at = Timestamp::from_millisecond(since).ok()?.to_zoned(TimeZone::get(zone).ok()?);
            Some(at.checked_add(amount.months()).ok()?.timestamp().as_millisecond())
        }
        DutyUnit::WorkingDays => {
            let mut at =
                Timestamp::from_millisecond(since).ok()?.to_zoned(TimeZone::get(zone).ok()?);
            let mut left = within.amount;
            while left > 0 {
                at = at.checked_add(1.day()).ok()?;
                let is_free = matches!(at.weekday(), Weekday::Saturday | Weekday::Sunday);
                left -= u32::from(!is_free);
            }
            Some(at.timestamp().as_millisecond())
        }
    }
}

/// The obligations of a case: those of the day on which it was opened, and those of which somebody
/// said something.
pub(crate) fn of_case(
    times: &CaseTimes,
    decisions: &BTreeMap<String, Decision>,
    created: i64,
    now: i64,
) -> Vec<CaseObligation> {
    let mut all: Vec<&'static Duty> = valid_at(created).collect();
    for id in decisions.keys() {
        if let Some(duty) = find(id).filter(|duty| !all.iter().any(|one| one.id == duty.id)) {
            all.push(duty);
        }
    }
    all.into_iter().map(|duty| obligation(duty, times, decisions.get(&duty.id), now)).collect()
}

fn obligation(
    duty: &Duty,
    times: &CaseTimes,
    decision: Option<&Decision>,
    now: i64,
) -> CaseObligation {
    let since = times.at(duty.clock).map(|time| time.at);
    let due = match (since, duty.within) {
        (Some(since), Some(within)) => due(within, &duty.zone, since.as_ms()),
        _ => None,
    };
    let sent = decision.and_then(|said| said.sent);
    let reason = decision.map(|said| said.reason.clone()).unwrap_or_default();
    let state = match (sent, reason.is_empty(), since, due) {
        (Some(_), ..) => CaseObligationState::Sent,
        (None, false, ..) => CaseObligationState::NotApplicable,
        (None, true, None, _) => CaseObligationState::Waiting,
        (None, true, Some(_), None) => CaseObligationState::AtOnce,
        (None, true, Some(_), Some(due)) if due < now => CaseObligationState::Overdue,
        (None, true, Some(_), Some(_)) => CaseObligationState::Due,
    };
    CaseObligation {
        duty: duty.clone(),
        state,
        since,
        due: due.map(Time::from_ms),
        sent: sent.map(Time::from_ms),
        sent_as: decision.map(|said| said.sent_as.clone()).unwrap_or_default(),
        reason,
        by: decision.map(|said| said.by.clone()),
    }
}

/// The nearest deadline that is still to be met. What is to be done at once has none.
pub(crate) fn next_due(obligations: &[CaseObligation]) -> Option<i64> {
    let open = obligations
        .iter()
        .filter(|one| matches!(one.state, CaseObligationState::Due | CaseObligationState::Overdue));
    open.filter_map(|one| one.due).map(Time::as_ms).min()
}

#[cfg(test)]
mod tests;
