//! `/api/v1/rules` and `/api/v1/intel`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use khien_lake::{Lake, LakeError, QueryLimits};
use khien_model::Timestamp;
use khien_ops::content;
use khien_ops::scan::catalogue::{Entry, RuleFrom};
use khien_ops::scan::rule_cases::{self, Expected};
use khien_wire::{
    ChangeKind, IntelOrigin, IntelPage, JobState, ProblemCode, RULE_TEXT_BYTES_MAX, Rule, RuleCase,
    RuleDay, RuleDetail, RuleHits, RuleHost, RuleKind, RuleOrigin, RulePage, RulePreviewNew,
    RuleReplace, RuleState, RuleSwitch, RuleTestNew, RuleText, RulesAdded, Severity, Time,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json as value};

use super::call::Call;
use super::{Fault, inventory, json, no_content};
use crate::app::App;
use crate::rules::reading::{self, RuleReading};
use crate::rules::test::{DAYS_MAX, TEST};
use crate::rules::{RulesError, Shelf, cut, intel as sets};
use crate::secret::new_id;
use crate::state::{Key, Order, RuleCount, RuleRow, StateError};

/// Bound: characters of a reason.
const REASON_MAX: usize = 1000;
/// Bound: items of a list and characters of one text that are told of a rule.
const ITEMS_MAX: usize = 100;
const TEXT_MAX: usize = 8000;
/// Bound: bytes of a text that is shown; only a file whose documents depend on each other is larger.
const SHOWN_MAX: usize = 256 << 10;
/// How far back findings are counted, and on how many hosts they are told.
const HITS_DAYS: i64 = 30;
const HOSTS_MAX: usize = 200;
/// What the lake may take to count them.
const HITS_TIME: Duration = Duration::from_secs(20);
const HITS_MEMORY: usize = 256 << 20;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// How often an addition is tried where others change rules meanwhile.
const TRIES: usize = 3;

impl From<RulesError> for Fault {
    fn from(error: RulesError) -> Self {
        match error {
            RulesError::State(error) => error.into(),
            RulesError::Panic(why) => {
                tracing::error!(%why, "rules could not be told");
                Self::new(ProblemCode::Internal)
            }
        }
    }
}

/// A word of the query; the table has checked it.
fn word<T: DeserializeOwned>(call: &Call, name: &str) -> Option<T> {
    serde_json::from_value(call.asked(name)?.into()).ok()
}

async fn counts(app: &App) -> Result<HashMap<String, RuleCount>, Fault> {
    Ok(app.store.rule_counts(&["correlation", "rule"]).await?)
}

fn number(count: u64) -> Key {
    Key::Number(i64::try_from(count).unwrap_or(i64::MAX))
}

fn at(time: Option<Time>) -> Key {
    Key::Number(time.map_or(i64::MIN, Time::as_ms))
}

fn rank(severity: Option<Severity>) -> i64 {
    let of = |severity| Severity::ALL.into_iter().position(|one| one == severity);
    severity.and_then(of).map_or(-1, |at| i64::try_from(at).unwrap_or(-1))
}

/// What a list of rules is narrowed to, besides words.
struct Narrowed<'c> {
    state: Option<RuleState>,
    origin: Option<RuleOrigin>,
    kind: Option<RuleKind>,
    severity: Option<Severity>,
    technique: Option<&'c str>,
    key: Option<&'c str>,
}

impl<'c> Narrowed<'c> {
    fn of(call: &'c Call) -> Self {
        Self {
            state: word(call, "state"),
            origin: word(call, "origin"),
            kind: word(call, "kind"),
            severity: word(call, "severity"),
            technique: call.asked("technique"),
            key: call.asked("key"),
        }
    }

    fn takes(&self, rule: &Rule) -> bool {
        let names = |wanted: &str| {
            let below = |one: &str| one.strip_prefix(wanted).is_some_and(|s| s.starts_with('.'));
            rule.techniques.iter().any(|one| one == wanted || below(one))
        };
        self.state.is_none_or(|state| state == rule.state)
            && self.origin.is_none_or(|origin| origin == rule.origin)
            && self.kind.is_none_or(|kind| kind == rule.kind)
            && self.severity.is_none_or(|least| rank(rule.severity) >= rank(Some(least)))
            && self.technique.is_none_or(|wanted| names(&wanted.to_ascii_uppercase()))
            && self.key.is_none_or(|key| key == rule.key)
    }
}

pub(super) async fn list(app: &App, call: &Call) -> Result<Response, Fault> {
    let shelf = app.rulebook.now(&app.store).await?;
    let counts = counts(app).await?;
    let (asked, narrowed) = (call.list("severity", Order::Down), Narrowed::of(call));
    let all = (0..shelf.catalogue.entries.len()).filter_map(|number| shelf.rule(number, &counts));
    let rows = all.filter(|rule| {
        let mut texts: Vec<&str> = [
            &rule.title,
            &rule.id,
            &rule.key,
            &rule.product,
            &rule.category,
            &rule.service,
            &rule.author,
            &rule.file,
        ]
        .map(String::as_str)
        .to_vec();
        texts.extend(rule.techniques.iter().map(String::as_str));
        narrowed.takes(rule) && asked.finds(&texts)
    });
    let rows = rows.map(|rule| {
        let key = match asked.by.as_str() {
            "title" => Key::Text(rule.title.to_lowercase()),
            "modified" => at(rule.modified),
            "alerts" => number(rule.alerts),
            "last" => at(rule.last),
            _ => Key::Number(rank(rule.severity)),
        };
        (key, rule.id.clone(), rule)
    });
    let cut = asked.page_of(rows.collect())?;
    Ok(json(StatusCode::OK, &RulePage { items: cut.items, next: cut.next, total: cut.total }))
}

/// The rule of the path, with where it stands.
fn found<'s>(shelf: &'s Shelf, id: &str) -> Result<(usize, &'s Entry), Fault> {
    let number = shelf.position(id).ok_or_else(|| Fault::new(ProblemCode::NotFound))?;
    let entry = shelf.entry(number).ok_or_else(|| Fault::new(ProblemCode::NotFound))?;
    Ok((number, entry))
}

/// A rule as it is now.
async fn told(app: &App, id: &str) -> Result<Rule, Fault> {
    let shelf = app.rulebook.now(&app.store).await?;
    let (number, _) = found(&shelf, id)?;
    let rule = shelf.rule(number, &counts(app).await?);
    rule.ok_or_else(|| Fault::new(ProblemCode::NotFound))
}

pub(super) async fn show(app: &App, call: &Call) -> Result<Response, Fault> {
    let id = call.part("id");
    let shelf = app.rulebook.now(&app.store).await?;
    let (number, entry) = found(&shelf, id)?;
    let rule = shelf.rule(number, &counts(app).await?);
    let rule = rule.ok_or_else(|| Fault::new(ProblemCode::NotFound))?;
    let texts = |all: &[String]| {
        all.iter().take(ITEMS_MAX).map(|text| cut(text, TEXT_MAX)).collect::<Vec<_>>()
    };
    let entries = shelf.catalogue.entries.iter().enumerate();
    let above = entries.filter(|(_, one)| one.stands_on.contains(&number));
    let above: Vec<usize> = above.map(|(number, _)| number).collect();
    let mut text = entry.text.clone();
    text.truncate(text.floor_char_boundary(SHOWN_MAX));
    let detail = RuleDetail {
        rule,
        text,
        description: cut(&entry.about.description, TEXT_MAX),
        references: texts(&entry.about.references),
        false_positives: texts(&entry.about.false_positives),
        tags: texts(&entry.about.tags),
        stands_on: entry.stands_on.iter().filter_map(|number| shelf.referred(*number)).collect(),
        used_by: above.into_iter().filter_map(|number| shelf.referred(number)).collect(),
        cases: cases(entry).await?,
        history: app.store.rule_changes(id).await?,
        test: app.store.last_rule_test(id).await?,
    };
    Ok(json(StatusCode::OK, &detail))
}

/// The test cases that ship with a rule, run now. Those of a file are about what its last document raises.
async fn cases(entry: &Entry) -> Result<Vec<RuleCase>, Fault> {
    if entry.comes_from() != RuleFrom::BuiltIn {
        return Ok(Vec::new());
    }
    let file = content::rules().find(|file| file.name == entry.file());
    let tests = file.and_then(|file| content::rule_tests(&file.name));
    let (Some(file), Some(tests)) = (file, tests) else { return Ok(Vec::new()) };
    let is_last = khien_detect::sigma::document::documents(&file.text)
        .last()
        .is_some_and(|last| last.text == entry.text);
    if !is_last {
        return Ok(Vec::new());
    }
    let run = tokio::task::spawn_blocking(move || rule_cases::run_cases(&file.text, tests)).await;
    let run = run.map_err(|error| error.to_string()).and_then(|cases| cases);
    let cases = run.map_err(|why| {
        tracing::error!(%why, "test cases of a rule could not be run");
        Fault::new(ProblemCode::Internal)
    })?;
    let cases = cases.into_iter().map(|case| RuleCase {
        name: case.name,
        hit: case.expected == Expected::Hit,
        passed: case.passed,
    });
    Ok(cases.collect())
}

/// Reads a text beside the rules that are known.
async fn read(
    shelf: &Arc<Shelf>,
    text: &str,
    instead: Option<usize>,
) -> Result<RuleReading, Fault> {
    let (shelf, text) = (Arc::clone(shelf), text.to_owned());
    let read = tokio::task::spawn_blocking(move || reading::read(&shelf, &text, instead)).await;
    let read = read.map_err(|_| Fault::new(ProblemCode::Internal))?;
    read.map_err(|code| Fault::invalid("text", code))
}

pub(super) async fn preview(app: &App, call: &Call) -> Result<Response, Fault> {
    let asked: RulePreviewNew = call.json()?;
    let shelf = app.rulebook.now(&app.store).await?;
    let instead = asked.instead.as_deref().map(|id| found(&shelf, id)).transpose()?;
    let reading = read(&shelf, &asked.text, instead.map(|(number, _)| number)).await?;
    Ok(json(StatusCode::OK, &reading.preview))
}

/// The first thing that is wrong, as a fault: what is added is added whole.
fn whole(reading: &RuleReading) -> Result<(), Fault> {
    let wrong = reading.preview.documents.iter().find_map(|one| one.fault.as_ref());
    wrong.map_or(Ok(()), |fault| {
        let detail = format!("line {}: {}", fault.line, fault.detail);
        Err(Fault::invalid("text", &fault.code.replace('-', "_")).detail(detail))
    })
}

pub(super) async fn add(app: &App, call: &Call) -> Result<Response, Fault> {
    let asked: RuleText = call.json()?;
    let mut tries = 0;
    let ids = loop {
        tries += 1;
        let shelf = app.rulebook.now(&app.store).await?;
        let reading = read(&shelf, &asked.text, None).await?;
        whole(&reading)?;
        let now = app.store.now();
        let new = reading.new.into_iter().map(|new| {
            let row = RuleRow {
                id: new_id(now),
                key: new.key,
                title: cut(&new.about.title, REASON_MAX),
                text: new.text,
                added: now,
                added_by: call.by.actor.name.clone(),
            };
            (shelf.id_of_new(&new.about.id, &row), row)
        });
        let new: Vec<(String, RuleRow)> = new.collect();
        match app.store.add_rules(&call.by, shelf.revision, &new).await {
            Ok(()) => break new.into_iter().map(|(id, _)| id).collect::<Vec<_>>(),
            // Somebody else was faster; what was read may not hold any more, so it is read again.
            Err(StateError::Changed) if tries < TRIES => {}
            Err(error) => return Err(error.into()),
        }
    };
    changed(app, &ids);
    let shelf = app.rulebook.now(&app.store).await?;
    let counts = counts(app).await?;
    let items = ids.iter().filter_map(|id| shelf.rule(shelf.position(id)?, &counts)).collect();
    Ok(json(StatusCode::CREATED, &RulesAdded { items }))
}

/// Browsers are told, and what comes from now on is held against the rules that there are now.
fn changed(app: &App, ids: &[String]) {
    app.bus.publish(ChangeKind::Rule, ids.iter().cloned());
    if let Some(lookout) = &app.lookout {
        lookout.renew(&app.store);
    }
}

/// The row of a rule that somebody added; what ships or is in a file is not changed here.
fn own(shelf: &Shelf, entry: &Entry) -> Result<RuleRow, Fault> {
    let row = shelf.own(entry).cloned();
    row.ok_or_else(|| Fault::invalid("id", "not_own").detail("it was not added here"))
}

pub(super) async fn replace(app: &App, call: &Call) -> Result<Response, Fault> {
    let asked: RuleReplace = call.json()?;
    let id = call.part("id");
    let shelf = app.rulebook.now(&app.store).await?;
    let (number, entry) = found(&shelf, id)?;
    let before = own(&shelf, entry)?;
    let reading = read(&shelf, &asked.text, Some(number)).await?;
    whole(&reading)?;
    let mut new = reading.new.into_iter();
    let (Some(new), None) = (new.next(), new.next()) else {
        return Err(Fault::invalid("text", "too_many").detail("one document is expected"));
    };
    // Alerts, the switch and the history go by it.
    if new.key != before.key || new.about.id != entry.about.id {
        return Err(Fault::invalid("text", "id_changed").detail("its id has to stay the same"));
    }
    let row = RuleRow {
        title: cut(&new.about.title, REASON_MAX),
        text: new.text,
        added: app.store.now(),
        added_by: call.by.actor.name.clone(),
        ..before
    };
    app.store.replace_rule(&call.by, (shelf.revision, asked.version), id, &row).await?;
    changed(app, &[id.to_owned()]);
    Ok(json(StatusCode::OK, &told(app, id).await?))
}

pub(super) async fn remove(app: &App, call: &Call) -> Result<Response, Fault> {
    let id = call.part("id");
    let shelf = app.rulebook.now(&app.store).await?;
    let (_, entry) = found(&shelf, id)?;
    let row = own(&shelf, entry)?;
    let seen = call.asked("version").ok_or_else(|| Fault::invalid("version", "missing"))?;
    let seen = seen.parse().map_err(|_| Fault::invalid("version", "malformed"))?;
    app.store.remove_rule(&call.by, (id, seen), &row.id).await?;
    changed(app, &[id.to_owned()]);
    Ok(no_content())
}

pub(super) async fn switch(app: &App, call: &Call) -> Result<Response, Fault> {
    let mut asked: RuleSwitch = call.json()?;
    let id = call.part("id");
    let shelf = app.rulebook.now(&app.store).await?;
    let (_, entry) = found(&shelf, id)?;
    if entry.place.is_none() {
        return Err(Fault::invalid("id", "not_loaded").detail("it is not looked for anyway"));
    }
    asked.reason = asked.reason.trim().to_owned();
    let wrong = match asked.reason.chars().count() {
        0 => Some("empty"),
        count if count > REASON_MAX => Some("too_long"),
        _ if asked.reason.chars().any(|c| c.is_control() && c != '\n') => Some("characters"),
        _ => None,
    };
    if let Some(code) = wrong {
        return Err(Fault::invalid("reason", code));
    }
    if !asked.on && asked.until.is_some_and(|until| until.as_ms() <= app.store.now()) {
        return Err(Fault::invalid("until", "not_future"));
    }
    let title = cut(&entry.about.title, REASON_MAX);
    app.store.switch_rule(&call.by, (id, title.as_str()), &asked).await?;
    changed(app, &[id.to_owned()]);
    Ok(json(StatusCode::OK, &told(app, id).await?))
}

pub(super) async fn test(app: &App, call: &Call) -> Result<Response, Fault> {
    let asked: RuleTestNew = call.json()?;
    let shelf = app.rulebook.now(&app.store).await?;
    if !(1..=DAYS_MAX).contains(&asked.days) {
        return Err(Fault::invalid("days", "out_of_range"));
    }
    match (&asked.rule, &asked.text) {
        (Some(id), None) => {
            let (_, entry) = found(&shelf, id)?;
            if entry.place.is_none() {
                return Err(Fault::invalid("rule", "not_loaded"));
            }
            let last = app.store.last_rule_test(id).await?;
            if let Some(last) = last
                && matches!(last.job.state, JobState::Queued | JobState::Running)
            {
                return Ok(json(StatusCode::ACCEPTED, &last));
            }
        }
        (None, Some(text)) if text.len() > RULE_TEXT_BYTES_MAX => {
            return Err(Fault::invalid("text", "too_long"));
        }
        (None, Some(text)) => {
            // What cannot be loaded is said; what can is tried.
            let reading = read_to_try(&shelf, text).await?;
            if reading.new.is_empty() {
                whole(&reading)?;
            }
        }
        _ => return Err(Fault::invalid("rule", "missing")),
    }
    inventory::lake(app)?;
    let what = (asked.rule.as_deref(), asked.text.as_deref());
    let id = app.store.add_rule_test(&call.by, what, asked.days).await?;
    let job = app.jobs.add(&call.by, TEST, &value!({ "test": id })).await?;
    let job = job.ok_or_else(|| Fault::new(ProblemCode::Overloaded).retry_after(60))?;
    app.store.rule_test_begins(&id, &job).await?;
    if let Some(rule) = asked.rule {
        app.bus.publish(ChangeKind::Rule, [rule]);
    }
    Ok(json(StatusCode::ACCEPTED, &app.store.rule_test(&id).await?))
}

/// A text that is tried may be that of a rule that is known: it stands in its place.
async fn read_to_try(shelf: &Arc<Shelf>, text: &str) -> Result<RuleReading, Fault> {
    let documents = khien_detect::sigma::document::documents(text);
    let first = documents.into_iter().next().and_then(|one| {
        let about = khien_detect::sigma::document::about(one.text).ok()?;
        let key = if about.id.is_empty() { about.title } else { about.id };
        shelf.catalogue.entries.iter().position(|entry| entry.key == key)
    });
    read(shelf, text, first).await
}

pub(super) async fn show_test(app: &App, call: &Call) -> Result<Response, Fault> {
    Ok(json(StatusCode::OK, &app.store.rule_test(call.part("id")).await?))
}

pub(super) async fn cancel_test(app: &App, call: &Call) -> Result<Response, Fault> {
    let test = app.store.rule_test(call.part("id")).await?;
    let job = app.store.cancel_job(&call.by, &test.job.id).await?;
    app.bus.publish(ChangeKind::Job, [job.id]);
    Ok(json(StatusCode::OK, &app.store.rule_test(&test.id).await?))
}

pub(super) async fn hits(app: &App, call: &Call) -> Result<Response, Fault> {
    let shelf = app.rulebook.now(&app.store).await?;
    let (_, entry) = found(&shelf, call.part("id"))?;
    let (key, since) = (entry.key.clone(), app.store.now().saturating_sub(HITS_DAYS * DAY_MS));
    // Whole days, so that the first is not half.
    let since = since.div_euclid(DAY_MS).saturating_mul(DAY_MS);
    let lake = inventory::lake(app)?.lake();
    let hits = lake.ask(HITS_TIME, move |lake| hits_of(lake, &key, since)).await?;
    Ok(json(StatusCode::OK, &hits))
}

/// Counts the findings of a rule since a time, in milliseconds since 1970.
fn hits_of(lake: &Lake, key: &str, since: i64) -> Result<RuleHits, LakeError> {
    let limits = |rows| QueryLimits { time: HITS_TIME, memory_bytes: HITS_MEMORY, rows };
    // Hostile: a rule's title stands in for an id that it has not, and is text from outside.
    let key = key.replace('\'', "''");
    let micros = since.saturating_mul(1000);
    let from = format!("arrow_cast({micros}, 'Timestamp(Microsecond, Some(\"UTC\"))')");
    let of = format!("FROM finding WHERE rule = '{key}' AND time >= {from}");
    let days = format!(
        "SELECT CAST(date_trunc('day', time) AS DATE) AS day, count(*) AS n, \
         count(DISTINCT host) AS hosts {of} GROUP BY 1 ORDER BY 1"
    );
    let text = |row: &Map<String, Value>, name: &str| {
        row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let count =
        |row: &Map<String, Value>, name: &str| row.get(name).and_then(Value::as_u64).unwrap_or(0);
    let time = |row: &Map<String, Value>, name: &str| {
        let at = Timestamp::parse(row.get(name).and_then(Value::as_str)?)?;
        Some(Time::from_ms(at.as_nanos().div_euclid(1_000_000)))
    };
    let days = lake.query(&days, &limits(100))?.json()?.into_iter();
    let days: Vec<RuleDay> = days
        .map(|row| RuleDay {
            day: text(&row, "day"),
            hits: count(&row, "n"),
            hosts: count(&row, "hosts"),
        })
        .collect();
    let all = format!("SELECT count(DISTINCT host) AS hosts {of}");
    let all = lake.query(&all, &limits(1))?.json()?;
    let hosts = format!(
        "SELECT host, count(*) AS n, min(time) AS first, max(time) AS last {of} \
         GROUP BY host ORDER BY n DESC, host"
    );
    let hosts = lake.query(&hosts, &limits(HOSTS_MAX))?.json()?.into_iter();
    let hosts = hosts.map(|row| RuleHost {
        host: text(&row, "host"),
        hits: count(&row, "n"),
        first: time(&row, "first"),
        last: time(&row, "last"),
    });
    Ok(RuleHits {
        since: Time::from_ms(since),
        hits: days.iter().fold(0, |sum, day| day.hits.saturating_add(sum)),
        host_count: all.first().map_or(0, |row| count(row, "hosts")),
        days,
        hosts: hosts.collect(),
    })
}

pub(super) async fn intel(app: &Arc<App>, call: &Call) -> Result<Response, Fault> {
    let asked = call.list("added", Order::Down);
    let (origin, watched) = (word::<IntelOrigin>(call, "origin"), call.asked("watched"));
    let rows = sets::all(app, call.own_lang()).await?.into_iter().filter(|one| {
        origin.is_none_or(|origin| origin == one.origin)
            && watched.is_none_or(|watched| (watched == "yes") == one.watched)
            && asked.finds(&[&one.title, &one.source, &one.id])
    });
    let rows = rows.map(|one| {
        let key = match asked.by.as_str() {
            "title" => Key::Text(one.title.to_lowercase()),
            "alerts" => number(one.alerts),
            _ => at(one.added.or(one.published)),
        };
        (key, one.id.clone(), one)
    });
    let cut = asked.page_of(rows.collect())?;
    Ok(json(StatusCode::OK, &IntelPage { items: cut.items, next: cut.next, total: cut.total }))
}
