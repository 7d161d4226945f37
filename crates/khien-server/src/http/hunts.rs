//! `/api/v1/hunts`: one question in SQL, reading only, within limits.

use std::path::PathBuf;
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::Response;
use khien_lake::{LakeError, QueryLimits};
use khien_ops::hunt::pack;
use khien_ops::hunt::reader::{Question, Rows, Unanswered};
use khien_wire::{
    FieldProblem, HUNT_CHARS_MAX, HUNT_ROWS_MAX, HuntAnswer, HuntColumn, HuntGuide, HuntNew,
    HuntTable, ProblemCode, ReadyHunt,
};

use super::call::Call;
use super::{Fault, inventory, json};
use crate::app::App;
use crate::asking::AskError;

/// What one question may take: less than a request and a browser wait.
const TIME: Duration = Duration::from_secs(20);
/// The same, with waiting for the index and for a slow disk.
const TIME_IN_ALL: Duration = Duration::from_secs(28);
const MEMORY_BYTES: usize = 256 << 20;
const ROWS: u32 = 1000;
/// Bound: characters of one text, and bytes of all of an answer.
const CELL_CHARS: usize = 4000;
const ANSWER_BYTES: usize = 8 << 20;
const PURPOSE_CHARS: usize = 500;

/// Tables and columns. The engine's own schema is no part of it.
const TABLES: &str = "SELECT table_name, column_name FROM information_schema.columns \
                      WHERE table_schema = 'public' ORDER BY table_name, ordinal_position";

pub(super) async fn guide(app: &App, call: &Call) -> Result<Response, Fault> {
    let lang = call.own_lang();
    let hunts = pack::built_in().into_iter().flat_map(|(_, pack)| pack.hunt);
    let ready = hunts.filter_map(|hunt| {
        let title = hunt.title(lang).to_owned();
        Some(ReadyHunt { id: hunt.id, title, sql: hunt.sql?.trim().to_owned() })
    });
    let mut guide = HuntGuide { ready: ready.collect(), tables: Vec::new() };
    if let Some(lake) = &app.lake {
        let limits = QueryLimits { time: TIME, memory_bytes: MEMORY_BYTES, rows: 10_000 };
        let asked = lake.lake().ask(TIME_IN_ALL, move |lake| lake.query(TABLES, &limits)?.texts());
        match asked.await {
            Ok(rows) => guide.tables = tables(rows),
            Err(AskError::Lake(LakeError::Missing(_))) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(json(StatusCode::OK, &guide))
}

fn tables(rows: Vec<Vec<Option<String>>>) -> Vec<HuntTable> {
    let mut tables: Vec<HuntTable> = Vec::new();
    for row in rows {
        let mut row = row.into_iter().map(Option::unwrap_or_default);
        let (Some(name), Some(column)) = (row.next(), row.next()) else { continue };
        match tables.last_mut().filter(|table| table.name == name) {
            Some(table) => table.columns.push(column),
            None => tables.push(HuntTable { name, columns: vec![column] }),
        }
    }
    tables
}

pub(super) async fn run(app: &App, call: &Call) -> Result<Response, Fault> {
    let new: HuntNew = call.json()?;
    let (sql, purpose) = (new.sql.trim().to_owned(), new.purpose.trim().to_owned());
    let rows = new.rows.unwrap_or(ROWS);
    check(&sql, &purpose, rows)?;
    let lake = inventory::lake(app)?.lake();
    // Before it is asked: what fails was asked, too.
    app.store.note_hunt(&call.by, &purpose, &sql).await?;
    let question = Question {
        lake: PathBuf::new(),
        sql,
        seconds: TIME.as_secs(),
        memory_bytes: MEMORY_BYTES,
        rows: usize::try_from(rows).unwrap_or(usize::MAX),
        cell_chars: CELL_CHARS,
        answer_bytes: ANSWER_BYTES,
    };
    let began = tokio::time::Instant::now();
    let Rows { columns, rows, cut } = match lake.hunt(TIME_IN_ALL, question).await {
        Ok(answered) => answered.map_err(refused)?,
        Err(AskError::TooLong(_)) => {
            return Err(refused(Unanswered::TooMuch(format!("more than {} s", TIME.as_secs()))));
        }
        Err(error) => return Err(error.into()),
    };
    let columns = columns.into_iter().map(|(name, number)| HuntColumn { name, number }).collect();
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    Ok(json(StatusCode::OK, &HuntAnswer { columns, rows, cut, took_ms }))
}

fn check(sql: &str, purpose: &str, rows: u32) -> Result<(), Fault> {
    let of_text = |text: &str, most: usize| match text.chars().count() {
        0 => Some("empty"),
        count if count > most => Some("too_long"),
        _ => None,
    };
    let wrong = [
        ("sql", of_text(sql, HUNT_CHARS_MAX)),
        ("purpose", of_text(purpose, PURPOSE_CHARS)),
        ("rows", (!(1..=HUNT_ROWS_MAX).contains(&rows)).then_some("out_of_range")),
    ];
    let wrong: Vec<FieldProblem> = wrong
        .into_iter()
        .filter_map(|(field, code)| {
            Some(FieldProblem { field: field.to_owned(), code: code?.to_owned() })
        })
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(Fault::fields(wrong)) }
}

/// A question that cannot be answered is its writer's to change.
fn refused(error: Unanswered) -> Fault {
    let code = match &error {
        Unanswered::NotAQuery(_) => "not_a_query",
        Unanswered::TooMuch(_) | Unanswered::Stopped => "too_much",
        Unanswered::NoLake(_) => return Fault::new(ProblemCode::NoLake),
        Unanswered::Failed(why) => {
            tracing::error!(%why, "a hunt could not be run");
            return Fault::new(ProblemCode::Overloaded).retry_after(5);
        }
    };
    Fault::invalid("sql", code).detail(error.to_string())
}
