use khien_wire::{ActorKind, CaseClock, CaseTime};

use super::*;

fn at(text: &str) -> i64 {
    Time::parse(text).unwrap().as_ms()
}

fn times(set: &[(CaseClock, &str)]) -> CaseTimes {
    let mut times = CaseTimes::default();
    for (clock, text) in set {
        let at = Time::parse(text).unwrap();
        *times.at_mut(*clock) = Some(CaseTime { at, by: None, set: at });
    }
    times
}

fn said(sent: Option<i64>, reason: &str) -> Decision {
    let by = Actor { kind: ActorKind::Account, id: "1".to_owned(), name: "an".to_owned() };
    Decision { sent, sent_as: String::new(), reason: reason.to_owned(), by }
}

fn state_of(all: &[CaseObligation], id: &str) -> (CaseObligationState, String) {
    let one = all.iter().find(|one| one.duty.id == id).unwrap();
    (one.state, one.due.map(|due| due.to_string()).unwrap_or_default())
}

#[test]
fn what_is_built_in_can_be_counted_and_is_named_once() {
    let mut ids: Vec<&str> = ALL.iter().map(|duty| duty.id.as_str()).collect();
    assert!(ids.len() >= 10);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), ALL.len());
    for duty in ALL.iter() {
        assert!(duty.id.starts_with(&format!("{}-", duty.jurisdiction)), "{}", duty.id);
        for text in [&duty.title, &duty.recipient, &duty.binds, &duty.remark] {
            assert!(!text.en.is_empty() && !text.vi.is_empty(), "{}", duty.id);
        }
        for day in [&duty.valid_from, &duty.valid_to].into_iter().flatten() {
            assert!(Time::parse(&format!("{day}T00:00:00Z")).is_some(), "{}", duty.id);
        }
        if let Some(within) = duty.within {
            let since = at("2026-03-30T02:14:00Z");
            assert!(due(within, &duty.zone, since).unwrap() > since, "{}", duty.id);
        }
    }
}

#[test]
fn lengths_are_counted_in_their_own_zone() {
    let check = |amount, unit, zone, since: &str, expected: &str| {
        let due = due(DutyLength { amount, unit }, zone, at(since)).unwrap();
        assert_eq!(Time::from_ms(due).to_string(), expected);
    };
    let hanoi = "Asia/Ho_Chi_Minh";
    check(24, DutyUnit::Hours, hanoi, "2026-03-29T07:05:00Z", "2026-03-30T07:05:00.000Z");
    check(5, DutyUnit::Days, hanoi, "2026-03-29T07:05:00Z", "2026-04-03T07:05:00.000Z");
    check(1, DutyUnit::Months, "Etc/UTC", "2026-01-31T12:00:00Z", "2026-02-28T12:00:00.000Z");
    // A Friday evening in Hanoi: Saturday and Sunday do not count.
    check(5, DutyUnit::WorkingDays, hanoi, "2026-03-27T10:00:00Z", "2026-04-03T10:00:00.000Z");
    // Friday in London is already Saturday in Hanoi.
    check(1, DutyUnit::WorkingDays, hanoi, "2026-03-27T18:00:00Z", "2026-03-29T18:00:00.000Z");
    // Clocks go forward in New York on 8 March: the same time of day, an hour less.
    let york = "America/New_York";
    check(1, DutyUnit::WorkingDays, york, "2026-03-06T15:00:00Z", "2026-03-09T14:00:00.000Z");
}

#[test]
fn states_follow_from_times_and_what_was_said() {
    use CaseObligationState::{AtOnce, Due, NotApplicable, Overdue, Sent, Waiting};
    let set =
        [(CaseClock::Detected, "2026-07-10T08:00:00Z"), (CaseClock::Aware, "2026-07-10T09:00:00Z")];
    let times = times(&set);
    let created = at("2026-07-10T09:00:00Z");
    let now = at("2026-07-12T00:00:00Z");
    let mut decisions = BTreeMap::new();
    let all = of_case(&times, &decisions, created, now);
    assert_eq!(state_of(&all, "vn-sbv-first"), (Overdue, "2026-07-11T08:00:00.000Z".into()));
    assert_eq!(state_of(&all, "vn-personal-data"), (Due, "2026-07-13T08:00:00.000Z".into()));
    assert_eq!(state_of(&all, "vn-sbv-completion"), (Waiting, String::new()));
    assert_eq!(state_of(&all, "vn-cybersecurity"), (AtOnce, String::new()));
    assert_eq!(next_due(&all), Some(at("2026-07-11T08:00:00Z")));
    decisions.insert("vn-sbv-first".to_owned(), said(Some(now), ""));
    for id in ["eu-nis2-early", "eu-nis2-notification", "eu-dora-awareness", "eu-nis2-final"] {
        decisions.insert(id.to_owned(), said(None, "not in the EU"));
    }
    let all = of_case(&times, &decisions, created, now);
    assert_eq!(state_of(&all, "vn-sbv-first").0, Sent);
    assert_eq!(state_of(&all, "eu-nis2-early").0, NotApplicable);
    assert_eq!(next_due(&all), Some(at("2026-07-13T08:00:00Z")));
}

#[test]
fn a_case_has_the_duties_of_its_day() {
    let ids = |day: &str| -> Vec<&str> { valid_at(at(day)).map(|duty| duty.id.as_str()).collect() };
    assert!(!ids("2025-12-31T23:00:00Z").contains(&"vn-personal-data"));
    assert!(ids("2026-01-01T00:00:00Z").contains(&"vn-personal-data"));
    // What was said stays, whatever the day.
    let decisions = BTreeMap::from([("vn-personal-data".to_owned(), said(Some(0), ""))]);
    let all = of_case(&CaseTimes::default(), &decisions, at("2020-01-01T00:00:00Z"), 0);
    assert!(all.iter().any(|one| one.duty.id == "vn-personal-data"));
}
