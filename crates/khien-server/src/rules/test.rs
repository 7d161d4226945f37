//! A rule tried on what is stored, as a job: in a process of its own with limits, as everything that somebody
//! wrote and that asks the lake.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use khien_detect::sigma::document;
use khien_ops::hunt::reader::Unanswered;
use khien_ops::hunt::trial::{Trial, Tried};
use khien_ops::scan::knowledge::RuleTexts;
use khien_wire::{ChangeKind, HuntColumn, RuleFault, RuleHost, RuleTestResult, Time};
use serde_json::{Value, json};

use super::{Rulebook, reading};
use crate::asking::{AskError, Asking};
use crate::jobs::{JobContext, JobFailure, JobKind};
use crate::state::Store;

/// The word of the job.
pub(crate) const TEST: &str = "rule.test";
/// The most days that are looked back.
pub(crate) const DAYS_MAX: u32 = 30;
/// What one test may take.
const SECONDS: u64 = 15 * 60;
const MEMORY_BYTES: usize = 512 << 20;
const THREADS: usize = 1;
/// Bound: rows that are shown.
const ROWS: usize = 50;
/// How often it is looked whether the job has to stop.
const LOOK: Duration = Duration::from_secs(1);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Tries rules on what is stored.
pub(crate) struct TestRule {
    /// Nothing where this server has no lake.
    pub(crate) lake: Option<Asking>,
    pub(crate) rulebook: Arc<Rulebook>,
}

#[async_trait]
impl JobKind for TestRule {
    fn kind(&self) -> &'static str {
        TEST
    }

    fn resumable(&self) -> bool {
        true
    }

    fn is_patient(&self) -> bool {
        true
    }

    async fn run(&self, context: &JobContext) -> Result<Value, JobFailure> {
        let failed = |reason: &dyn std::fmt::Display| JobFailure::Reason(reason.to_string());
        let Some(lake) = &self.lake else { return Err(failed(&"no_lake")) };
        let store = context.store();
        let id = context.input().get("test").and_then(Value::as_str).unwrap_or_default();
        let (rule, text, days) = store.rule_test_asked(id).await?;
        let began = tokio::time::Instant::now();
        let (texts, wanted) =
            self.wanted(store, rule.as_deref(), text).await.map_err(|e| failed(&e))?;
        let until_ms = store.now();
        let since_ms = until_ms.saturating_sub(DAY_MS.saturating_mul(i64::from(days)));
        let rules = texts.sources.into_iter();
        let trial = Trial {
            lake: std::path::PathBuf::new(),
            rules: rules.map(|one| (one.origin.as_raw().to_owned(), one.text)).collect(),
            placeholders: texts.placeholders,
            wanted,
            since_ms,
            until_ms,
            seconds: SECONDS,
            memory_bytes: MEMORY_BYTES,
            rows: ROWS,
            threads: THREADS,
        };
        let tried = look(context, lake, trial).await?;
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let span = (Time::from_ms(since_ms), Time::from_ms(until_ms));
        let result = result_of(tried, span, took_ms);
        store.keep_rule_test(id, &result).await?;
        context.progress(result.events, Some(result.events)).await?;
        if let Some(rule) = &rule {
            context.tell(ChangeKind::Rule, rule);
        }
        Ok(json!({ "test": id, "hits": result.hits, "hosts": result.host_count }))
    }
}

impl TestRule {
    /// What has to be loaded, and what alerts would call those that are tried.
    async fn wanted(
        &self,
        store: &Store,
        rule: Option<&str>,
        text: Option<String>,
    ) -> Result<(RuleTexts, Vec<String>), String> {
        let shelf = self.rulebook.now(store).await.map_err(|error| error.to_string())?;
        if let Some(rule) = rule {
            let number = shelf.position(rule).ok_or("gone")?;
            let entry = shelf.entry(number).ok_or("gone")?;
            return Ok((shelf.catalogue.alone(entry), vec![entry.key.clone()]));
        }
        let read = tokio::task::spawn_blocking(move || {
            let text = text.unwrap_or_default();
            let documents = document::documents(&text).take(khien_wire::RULES_AT_ONCE_MAX);
            let read = documents
                .filter_map(|one| Some((one.text.to_owned(), document::about(one.text).ok()?)));
            let read: Vec<_> = read.collect();
            let wanted = read.iter().map(|(_, about)| reading::key_of(about).to_owned());
            (shelf.catalogue.beside(&read), wanted.collect())
        });
        read.await.map_err(|error| error.to_string())
    }
}

/// Asks, tells how far it is, and ends it when nobody wants it any more.
async fn look(context: &JobContext, lake: &Asking, trial: Trial) -> Result<Tried, JobFailure> {
    let (stop, looked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    // Also where this job is given up, the process ends.
    let guard = StopWhenGone(Arc::clone(&stop));
    let time = Duration::from_secs(SECONDS).saturating_add(Duration::from_secs(30));
    let mut work = std::pin::pin!(lake.try_rules(time, trial, stop, Arc::clone(&looked)));
    let answer = loop {
        tokio::select! {
            answer = &mut work => break answer,
            () = tokio::time::sleep(LOOK) => {
                context.progress(looked.load(Ordering::Relaxed), None).await?;
            }
        }
    };
    drop(guard);
    let reason = match answer {
        Ok(Ok(tried)) => return Ok(tried),
        Ok(Err(Unanswered::NoLake(_))) => "no_lake".to_owned(),
        Ok(Err(Unanswered::TooMuch(why))) => why,
        Ok(Err(error)) => error.to_string(),
        Err(AskError::Busy) => "overloaded".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(JobFailure::Reason(reason))
}

struct StopWhenGone(Arc<AtomicBool>);

impl Drop for StopWhenGone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn result_of(tried: Tried, (since, until): (Time, Time), took_ms: u64) -> RuleTestResult {
    let hosts = tried.hosts.into_iter();
    let hosts = hosts.map(|(host, hits)| RuleHost { host, hits, first: None, last: None });
    let columns = tried.rows.columns.into_iter();
    let blind = tried.inert.into_iter().map(|(title, code, missing)| {
        let detail =
            if missing.is_empty() { title } else { format!("{title}: {}", missing.join(", ")) };
        RuleFault { code, line: 0, detail }
    });
    let left_out = tried.problems.into_iter().map(|(title, detail)| RuleFault {
        code: "malformed".to_owned(),
        line: 0,
        detail: format!("{title}: {detail}"),
    });
    RuleTestResult {
        since,
        until,
        events: tried.events,
        hits: tried.count,
        host_count: tried.host_count,
        hosts: hosts.collect(),
        columns: columns.map(|(name, number)| HuntColumn { name, number }).collect(),
        rows: tried.rows.rows,
        blind: blind.collect(),
        left_out: left_out.collect(),
        took_ms,
    }
}
