//! Cases as rows: what people work on, with what alerts and people put into them.
//!
//! Every change by a person is an entry of the audit log and of the case's own timeline, in the
//! transaction of the change. What could overwrite somebody else's change names the version that was
//! looked at; what is only added does not.

mod attach;
mod read;
mod similar;
mod work;

pub(super) use attach::seen_again;

use khien_wire::{
    Actor, ActorKind, Case, CaseChange, CaseClock, CaseDetail, CaseEntryKind, CaseNew, CaseOrigin,
    CaseOriginKind, CasePage, CaseState, CaseTime, CaseTimes, Severity, Time,
};
use serde_json::json;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::accounts::{value, word};
use super::alerts::{check_owner, rank, severity_of};
use super::audit::{self, Act, By};
use super::list::{self, ListAsked};
use super::{StateError, Store};
use crate::duties;
use crate::secret::new_id;

/// Bound: cases; more are refused, because a case is never thrown away.
const CASES_MAX: i64 = 100_000;
/// Bound: alerts that one request attaches.
const ALERTS_AT_ONCE: usize = 100;
/// Bound: entries of a timeline; what people do goes on, and is in the audit log.
const ENTRIES_MAX: i64 = 5000;
/// How far ahead of our clock a time of somebody else's clock may be.
const AHEAD_MS: i64 = 5 * 60 * 1000;
/// Stands for no deadline, behind all others.
const NO_DUE: i64 = i64::MAX;

const TITLE_MAX: usize = 200;
const TEXT_MAX: usize = 4000;
const REASON_MAX: usize = 1000;

const COLUMNS: &str = "id, number, title, summary, severity, state, resolution, owner, origin_kind, origin_id, \
     origin_title, times, next_due, version, created, updated, \
     (SELECT count(*) FROM case_alert x WHERE x.case_id = case_file.id), \
     (SELECT count(*) FROM case_host x WHERE x.case_id = case_file.id), \
     (SELECT count(*) FROM case_task x WHERE x.case_id = case_file.id), \
     (SELECT count(*) FROM case_task x WHERE x.case_id = case_file.id AND x.done IS NOT NULL)";

/// Which cases.
#[derive(Clone, Debug, Default)]
pub(crate) struct CaseFilter {
    /// In one of these states; all where there is none.
    pub(crate) states: Vec<CaseState>,
    /// At least so severe.
    pub(crate) severity: Option<Severity>,
    /// Led by the account of this name.
    pub(crate) owner: Option<String>,
    /// With this alert.
    pub(crate) alert: Option<String>,
    /// With this host.
    pub(crate) host: Option<String>,
}

/// A case as it is held.
pub(super) struct Held {
    case: Case,
    times: CaseTimes,
}

fn held(row: &SqliteRow) -> Result<Held, StateError> {
    let count = |index: usize| -> Result<u64, sqlx::Error> {
        Ok(u64::try_from(row.try_get::<i64, _>(index)?).unwrap_or_default())
    };
    let resolution: Option<&str> = row.try_get(6)?;
    let id: String = row.try_get(0)?;
    let times = serde_json::from_str(row.try_get(11)?)
        .map_err(|_| StateError::Corrupt(format!("case {id}: its times cannot be read")))?;
    let next_due: i64 = row.try_get(12)?;
    let case = Case {
        id,
        number: row.try_get(1)?,
        title: row.try_get(2)?,
        summary: row.try_get(3)?,
        severity: severity_of(row.try_get(4)?),
        state: value(row.try_get(5)?)?,
        resolution: resolution.map(value).transpose()?,
        owner: row.try_get(7)?,
        origin: CaseOrigin {
            kind: value(row.try_get(8)?)?,
            id: row.try_get(9)?,
            title: row.try_get(10)?,
        },
        next_due: (next_due != NO_DUE).then(|| Time::from_ms(next_due)),
        version: count(13)?,
        created: Time::from_ms(row.try_get(14)?),
        updated: Time::from_ms(row.try_get(15)?),
        alert_count: count(16)?,
        host_count: count(17)?,
        task_count: count(18)?,
        tasks_done: count(19)?,
    };
    Ok(Held { case, times })
}

async fn find(tx: &mut SqliteConnection, id: &str) -> Result<Held, StateError> {
    let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM case_file WHERE id = "));
    let row = query.push_bind(id).build().fetch_optional(tx).await?;
    held(&row.ok_or(StateError::NotFound)?)
}

/// The case, if it is still the one that was looked at.
async fn find_at(tx: &mut SqliteConnection, id: &str, version: u64) -> Result<Held, StateError> {
    let held = find(tx, id).await?;
    if held.case.version == version { Ok(held) } else { Err(StateError::Changed) }
}

fn narrow(query: &mut QueryBuilder<Sqlite>, filter: &CaseFilter, asked: &ListAsked) {
    if !filter.states.is_empty() {
        query.push(" AND state IN (");
        let mut separated = query.separated(", ");
        for state in &filter.states {
            separated.push_bind(word(state));
        }
        query.push(")");
    }
    if let Some(severity) = filter.severity {
        query.push(" AND severity >= ").push_bind(rank(severity));
    }
    if let Some(owner) = &filter.owner {
        query.push(" AND owner = ").push_bind(owner.clone());
    }
    let inside = [
        (" AND id IN (SELECT case_id FROM case_alert WHERE alert_id = ", filter.alert.clone()),
        (
            " AND id IN (SELECT case_id FROM case_host WHERE host = ",
            filter.host.as_ref().map(|host| host.to_lowercase()),
        ),
    ];
    for (clause, value) in inside {
        if let Some(value) = value {
            query.push(clause).push_bind(value).push(")");
        }
    }
    let hosts = "(SELECT group_concat(shown, ' ') FROM case_host x WHERE x.case_id = case_file.id)";
    asked.search(query, &["number", "title", "summary", "owner", "origin_title", hosts]);
}

/// What people write: within a length, without control characters.
pub(super) fn text(
    field: &str,
    given: &str,
    most: usize,
    may_be_empty: bool,
) -> Result<String, StateError> {
    let said = given.trim();
    let code = if said.is_empty() && !may_be_empty {
        "empty"
    } else if said.chars().count() > most {
        "too_long"
    } else if said.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        "characters"
    } else {
        return Ok(said.to_owned());
    };
    Err(StateError::invalid(field, code))
}

/// A time that somebody gives: not in the future.
fn past(field: &str, at: Time, now: i64) -> Result<i64, StateError> {
    let is_past = at.as_ms() <= now.saturating_add(AHEAD_MS);
    if is_past { Ok(at.as_ms()) } else { Err(StateError::invalid(field, "in_future")) }
}

fn json_of(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// An entry of the timeline.
struct Entry<'a> {
    kind: CaseEntryKind,
    what: &'a str,
    detail: serde_json::Value,
    text: &'a str,
    at: i64,
    noted: i64,
    alert: Option<&'a str>,
    host: Option<&'a str>,
}

async fn write_entry(
    tx: &mut SqliteConnection,
    now: i64,
    by: &By,
    case: &str,
    entry: Entry<'_>,
) -> Result<(), StateError> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM case_entry WHERE case_id = ?")
        .bind(case)
        .fetch_one(&mut *tx)
        .await?;
    if count >= ENTRIES_MAX {
        // What people write is refused; what they do is in the audit log all the same.
        let is_written = entry.what == "told";
        return if is_written { Err(StateError::invalid("text", "too_many")) } else { Ok(()) };
    }
    let sql = "INSERT INTO case_entry (id, case_id, kind, what, detail, text, at, noted, actor, alert, host) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    sqlx::query(sql)
        .bind(new_id(now))
        .bind(case)
        .bind(word(entry.kind))
        .bind(entry.what)
        .bind(entry.detail.to_string())
        .bind(entry.text)
        .bind(entry.at)
        .bind(entry.noted)
        .bind(json_of(&by.actor))
        .bind(entry.alert)
        .bind(entry.host)
        .execute(tx)
        .await?;
    Ok(())
}

/// What was done to a case: for the audit log, and for its own timeline.
struct Deed<'a> {
    /// `case.` and a stable word.
    action: &'static str,
    detail: Vec<(&'a str, String)>,
    /// What somebody said about it.
    text: &'a str,
}

impl<'a> Deed<'a> {
    const fn new(action: &'static str) -> Self {
        Self { action, detail: Vec::new(), text: "" }
    }

    fn with(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.detail.push((name, value.into()));
        self
    }
}

/// Notes what was done, in the audit log and on the timeline.
async fn note(
    tx: &mut SqliteConnection,
    now: i64,
    by: &By,
    case: &Case,
    deed: Deed<'_>,
) -> Result<(), StateError> {
    let mut act = Act::new(deed.action, "case", &case.id).with("number", case.number.as_str());
    let mut detail = serde_json::Map::new();
    for (name, value) in &deed.detail {
        act = act.with(name, value.as_str());
        detail.insert((*name).to_owned(), json!(value));
    }
    if !deed.text.is_empty() {
        act = act.with("note", deed.text);
    }
    audit::append(&mut *tx, now, by, act).await?;
    let what = deed.action.strip_prefix("case.").unwrap_or(deed.action);
    let kind = CaseEntryKind::Ours;
    let (detail, text) = (detail.into(), deed.text);
    let entry = Entry { kind, what, detail, text, at: now, noted: now, alert: None, host: None };
    write_entry(tx, now, by, &case.id, entry).await
}

/// Whether a change could overwrite somebody else's.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Weight {
    Added,
    Changed,
}

/// Notes that a case changed, and works out its nearest deadline.
async fn touch(
    tx: &mut SqliteConnection,
    now: i64,
    id: &str,
    weight: Weight,
) -> Result<CaseDetail, StateError> {
    let detail = read::detail(&mut *tx, id, now).await?;
    let due = match detail.case.state {
        CaseState::Closed => None,
        CaseState::Contained | CaseState::Open => duties::next_due(&detail.obligations),
    };
    let sql = "UPDATE case_file SET updated = ?, version = version + ?, next_due = ? WHERE id = ?";
    sqlx::query(sql)
        .bind(now)
        .bind(i64::from(weight == Weight::Changed))
        .bind(due.unwrap_or(NO_DUE))
        .bind(id)
        .execute(&mut *tx)
        .await?;
    Ok(CaseDetail { case: find(tx, id).await?.case, ..detail })
}

impl Store {
    /// Cases, in pages.
    pub(crate) async fn cases(
        &self,
        filter: &CaseFilter,
        asked: &ListAsked,
    ) -> Result<CasePage, StateError> {
        let mut tx = self.read().await?;
        let mut query = QueryBuilder::new("SELECT count(*) FROM case_file WHERE 1");
        narrow(&mut query, filter, asked);
        let total = list::count(query, &mut tx).await?;
        let mut query = QueryBuilder::new(format!("SELECT {COLUMNS} FROM case_file WHERE 1"));
        narrow(&mut query, filter, asked);
        asked.sort_and_page(&mut query, &[], &["updated", "created", "next_due", "severity"])?;
        let (rows, more) = asked.cut(query.build().fetch_all(&mut *tx).await?);
        let all: Vec<Held> = rows.iter().map(held).collect::<Result<_, _>>()?;
        let items: Vec<Case> = all.into_iter().map(|held| held.case).collect();
        let sorted = |case: &Case| match asked.by.as_str() {
            "created" => case.created.as_ms(),
            "next_due" => case.next_due.map_or(NO_DUE, Time::as_ms),
            "severity" => rank(case.severity),
            _ => case.updated.as_ms(),
        };
        let next = items.last().filter(|_| more);
        let next = next.map(|last| list::pair_cursor(&sorted(last).to_string(), &last.id));
        Ok(CasePage { items, next, total })
    }

    /// One case with all that is in it.
    pub(crate) async fn case(&self, id: &str) -> Result<CaseDetail, StateError> {
        let mut tx = self.read().await?;
        read::detail(&mut tx, id, self.now()).await
    }

    /// Opens a case. Says which alerts somebody now looks at, too.
    pub(crate) async fn open_case(
        &self,
        by: &By,
        new: &CaseNew,
    ) -> Result<(CaseDetail, Vec<String>), StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let all: i64 =
            sqlx::query_scalar("SELECT count(*) FROM case_file").fetch_one(&mut *tx).await?;
        if all >= CASES_MAX {
            return Err(StateError::invalid("title", "too_many"));
        }
        let case = insert(&mut tx, by, new, now).await?;
        let deed = Deed::new("case.opened").with("title", case.title.as_str());
        let deed = deed.with("origin", word(case.origin.kind));
        note(&mut tx, now, by, &case, deed).await?;
        if case.origin.kind == CaseOriginKind::Advisory {
            let entry = Entry {
                kind: CaseEntryKind::Intel,
                what: "advisory",
                detail: json!({ "id": case.origin.id }),
                text: &case.origin.title,
                at: now,
                noted: now,
                alert: None,
                host: None,
            };
            write_entry(&mut tx, now, by, &case.id, entry).await?;
            attach::take_hits(&mut tx, &case.id, &case.origin.id).await?;
        }
        if case.origin.kind == CaseOriginKind::Update {
            attach::take_hits(&mut tx, &case.id, &case.origin.id).await?;
        }
        let taken = attach::attach(&mut tx, now, by, &case, &new.alerts).await?;
        let detail = touch(&mut tx, now, &case.id, Weight::Added).await?;
        tx.commit().await?;
        Ok((detail, taken))
    }

    /// Changes a case.
    pub(crate) async fn change_case(
        &self,
        by: &By,
        id: &str,
        change: &CaseChange,
    ) -> Result<CaseDetail, StateError> {
        let (now, mut tx) = (self.now(), self.change().await?);
        let held = find_at(&mut tx, id, change.version).await?;
        let (before, mut times) = (held.case, held.times);
        let mut deed = Deed::new("case.changed");
        let after = changed(&mut tx, &before, change, &mut deed).await?;
        let reason = text("reason", change.reason.as_deref().unwrap_or(""), REASON_MAX, true)?;
        set_times(&mut times, change, &reason, by, now, &mut deed)?;
        if deed.detail.is_empty() {
            let detail = read::detail(&mut tx, id, now).await?;
            return Ok(detail);
        }
        deed.text = &reason;
        let sql = "UPDATE case_file SET title = ?, summary = ?, severity = ?, state = ?, resolution = ?, \
                   owner = ?, times = ? WHERE id = ?";
        sqlx::query(sql)
            .bind(&after.title)
            .bind(&after.summary)
            .bind(rank(after.severity))
            .bind(word(after.state))
            .bind(after.resolution.map(word))
            .bind(&after.owner)
            .bind(json_of(&times))
            .bind(id)
            .execute(&mut *tx)
            .await?;
        note(&mut tx, now, by, &before, deed).await?;
        let detail = touch(&mut tx, now, id, Weight::Changed).await?;
        tx.commit().await?;
        Ok(detail)
    }
}

/// The next number of the year: `2026-014`.
async fn number(tx: &mut SqliteConnection, now: i64) -> Result<String, StateError> {
    let year = Time::from_ms(now).to_string();
    let year = year.split('-').next().unwrap_or_default().to_owned();
    let sql = "INSERT INTO case_year (year, last) VALUES (?, 1) \
               ON CONFLICT (year) DO UPDATE SET last = last + 1 RETURNING last";
    let last: i64 =
        sqlx::query_scalar(sql).bind(year.parse::<i64>().unwrap_or_default()).fetch_one(tx).await?;
    Ok(format!("{year}-{last:03}"))
}

async fn insert(
    tx: &mut SqliteConnection,
    by: &By,
    new: &CaseNew,
    now: i64,
) -> Result<Case, StateError> {
    if new.alerts.len() > ALERTS_AT_ONCE {
        return Err(StateError::invalid("alerts", "too_many"));
    }
    let first = match new.alerts.first() {
        None => None,
        Some(id) => Some(attach::alert(&mut *tx, id).await?.alert),
    };
    let title = match (&new.title, &first) {
        (Some(title), _) => text("title", title, TITLE_MAX, false)?,
        (None, Some(alert)) => alert.title.chars().take(TITLE_MAX).collect(),
        (None, None) => return Err(StateError::invalid("title", "missing")),
    };
    let summary = text("summary", new.summary.as_deref().unwrap_or(""), TEXT_MAX, true)?;
    let origin = match (&new.origin, &first) {
        (Some(origin), _) => CaseOrigin {
            kind: origin.kind,
            id: text("origin.id", &origin.id, 200, origin.kind == CaseOriginKind::Manual)?,
            title: text("origin.title", &origin.title, 300, true)?,
        },
        (None, Some(alert)) => CaseOrigin {
            kind: CaseOriginKind::Alert,
            id: alert.id.clone(),
            title: alert.title.clone(),
        },
        (None, None) => {
            CaseOrigin { kind: CaseOriginKind::Manual, id: String::new(), title: String::new() }
        }
    };
    let is_person = by.actor.kind == ActorKind::Account;
    let owner = match new.owner.as_deref() {
        None => is_person.then(|| by.actor.name.clone()),
        Some(name) => check_owner(&mut *tx, "owner", name).await?,
    };
    let aware = match new.aware {
        None => now,
        Some(at) => past("aware", at, now)?,
    };
    let times = CaseTimes { aware: Some(set_time(aware, by, now)), ..CaseTimes::default() };
    let (id, number) = (new_id(now), number(&mut *tx, now).await?);
    let severity =
        new.severity.unwrap_or_else(|| first.as_ref().map_or(Severity::Medium, |a| a.severity));
    let sql = "INSERT INTO case_file (id, number, title, summary, severity, state, owner, origin_kind, origin_id, \
               origin_title, times, next_due, version, created, updated) \
               VALUES (?, ?, ?, ?, ?, 'open', ?, ?, ?, ?, ?, ?, 1, ?, ?)";
    sqlx::query(sql)
        .bind(&id)
        .bind(&number)
        .bind(&title)
        .bind(&summary)
        .bind(rank(severity))
        .bind(&owner)
        .bind(word(origin.kind))
        .bind(&origin.id)
        .bind(&origin.title)
        .bind(json_of(&times))
        .bind(NO_DUE)
        .bind(now)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    Ok(find(tx, &id).await?.case)
}

fn set_time(at: i64, by: &By, now: i64) -> CaseTime {
    let by: Option<Actor> = Some(by.actor.clone());
    CaseTime { at: Time::from_ms(at), by, set: Time::from_ms(now) }
}

/// The case as somebody wants it, with what differs noted.
async fn changed(
    tx: &mut SqliteConnection,
    before: &Case,
    change: &CaseChange,
    deed: &mut Deed<'_>,
) -> Result<Case, StateError> {
    let mut after = before.clone();
    if let Some(title) = &change.title {
        after.title = text("title", title, TITLE_MAX, false)?;
    }
    if let Some(summary) = &change.summary {
        after.summary = text("summary", summary, TEXT_MAX, true)?;
    }
    after.severity = change.severity.unwrap_or(before.severity);
    after.state = change.state.unwrap_or(before.state);
    after.resolution = match after.state {
        CaseState::Closed => change.resolution.or(before.resolution),
        CaseState::Contained | CaseState::Open => None,
    };
    if after.state == CaseState::Closed && after.resolution.is_none() {
        return Err(StateError::invalid("resolution", "missing"));
    }
    if after.state != CaseState::Closed && change.resolution.is_some() {
        return Err(StateError::invalid("resolution", "only_when_closed"));
    }
    if let Some(owner) = &change.owner {
        after.owner = check_owner(tx, "owner", owner).await?;
    }
    let resolution = |case: &Case| case.resolution.map(word).unwrap_or_default();
    let owner = |case: &Case| case.owner.clone().unwrap_or_default();
    let parts = [
        ("title", before.title.clone(), after.title.clone()),
        ("summary", before.summary.clone(), after.summary.clone()),
        ("severity", word(before.severity), word(after.severity)),
        ("state", word(before.state), word(after.state)),
        ("resolution", resolution(before), resolution(&after)),
        ("owner", owner(before), owner(&after)),
    ];
    for (name, was, is) in parts {
        if was != is {
            deed.detail.push((name, is));
        }
    }
    Ok(after)
}

/// Sets times. One that a person has set is set again only with a reason.
fn set_times(
    times: &mut CaseTimes,
    change: &CaseChange,
    reason: &str,
    by: &By,
    now: i64,
    deed: &mut Deed<'_>,
) -> Result<(), StateError> {
    for clock in CaseClock::ALL {
        let Some(at) = change.times.at(clock) else { continue };
        let field = format!("times.{}", clock.word());
        let at = past(&field, at, now)?;
        let before = times.at(clock);
        if before.is_some_and(|before| before.at.as_ms() == at && before.by.is_some()) {
            continue;
        }
        if before.is_some_and(|before| before.by.is_some()) && reason.is_empty() {
            return Err(StateError::invalid("reason", "missing"));
        }
        deed.detail.push((clock.word(), Time::from_ms(at).to_string()));
        *times.at_mut(clock) = Some(set_time(at, by, now));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
