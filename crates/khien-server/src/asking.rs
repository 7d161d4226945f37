//! The lake as it is asked: handles that only read, beside the one that writes.
//!
//! A question never waits for the pipeline's lock. Each handle reads what was committed since before
//! it is asked. Questions that take too long are given up: whoever asked is told, and the handle is
//! free again once the engine looks up.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use khien_lake::{Lake, LakeError};
use khien_ops::hunt::reader::{self, Question, Rows, Unanswered};
use khien_ops::hunt::trial::{self, Trial, Tried};
use khien_wire::ProblemCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::http::Fault;

/// Bound: questions at the same time, whoever asks.
const AT_ONCE: usize = 2;
/// How long a question waits for its turn.
const TURN: Duration = Duration::from_secs(15);
/// How long a writer may take between events and their index.
const INDEX_PATIENCE: Duration = Duration::from_secs(5);

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError {
    /// The server's own: too many ask.
    #[error("too many questions wait for the lake")]
    Busy,
    /// The lake's, or of the question.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// It took longer than it was given.
    #[error("the question took more than {} s", .0.as_secs())]
    TooLong(Duration),
    /// A defect.
    #[error("a question ended in a panic")]
    Panic,
}

impl From<AskError> for Fault {
    fn from(error: AskError) -> Self {
        match error {
            AskError::Busy => Self::new(ProblemCode::Overloaded).retry_after(5),
            AskError::Lake(LakeError::Missing(_)) => Self::new(ProblemCode::NoLake),
            AskError::Lake(LakeError::Behind { .. }) => {
                Self::new(ProblemCode::Overloaded).detail(error.to_string()).retry_after(5)
            }
            AskError::TooLong(_) | AskError::Lake(LakeError::Limit(_)) => {
                Self::new(ProblemCode::Overloaded).detail(error.to_string()).retry_after(10)
            }
            other => {
                tracing::error!(error = %other, "the lake could not be asked");
                Self::new(ProblemCode::Internal)
            }
        }
    }
}

/// A lake that can be asked.
#[derive(Clone)]
pub(crate) struct Asking {
    folder: Arc<PathBuf>,
    /// What is started to answer questions of people; without, this process answers.
    program: Option<Arc<PathBuf>>,
    /// Handles that nobody uses now.
    idle: Arc<Mutex<Vec<Lake>>>,
    turns: Arc<Semaphore>,
    /// Bound: rules that are tried at the same time.
    trials: Arc<Semaphore>,
}

impl Asking {
    /// The lake of this folder. Nothing is opened before the first question.
    pub(crate) fn new(folder: PathBuf, program: Option<PathBuf>) -> Self {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        let (folder, program) = (Arc::new(folder), program.map(Arc::new));
        let trials = Arc::new(Semaphore::new(1));
        Self { folder, program, idle: Arc::default(), turns, trials }
    }

    /// Asks what somebody wrote: in a process of its own where there is a program for that.
    ///
    /// # Errors
    ///
    /// [`AskError`] where it could not be asked; [`Unanswered`] where it was.
    pub(crate) async fn hunt(
        &self,
        time: Duration,
        mut question: Question,
    ) -> Result<Result<Rows, Unanswered>, AskError> {
        let Some(program) = self.program.clone() else {
            return self.ask(time, move |lake| Ok(reader::answer(lake, &question))).await;
        };
        let turn = self.turn().await?;
        question.lake.clone_from(&self.folder);
        on_thread(time, move || {
            let _turn = turn;
            Ok(reader::ask(&program, &question))
        })
        .await
    }

    /// Tries rules that somebody wrote, in the same way. It does not wait for the turn of questions that people sit
    /// before, and only one is at work at a time.
    ///
    /// # Errors
    ///
    /// As [`Asking::hunt`].
    pub(crate) async fn try_rules(
        &self,
        time: Duration,
        mut trial: Trial,
        stop: Arc<AtomicBool>,
        looked: Arc<AtomicU64>,
    ) -> Result<Result<Tried, Unanswered>, AskError> {
        let turn = Arc::clone(&self.trials).acquire_owned().await.map_err(|_| AskError::Busy)?;
        trial.lake.clone_from(&self.folder);
        let (program, folder) = (self.program.clone(), Arc::clone(&self.folder));
        on_thread(time, move || {
            let _turn = turn;
            let told = |events: u64| looked.store(events, Ordering::Relaxed);
            match program {
                Some(program) => Ok(trial::ask(&program, &trial, &stop, &told)),
                None => {
                    let mut lake = Lake::open(&folder)?;
                    lake.wait_for_index(INDEX_PATIENCE)?;
                    Ok(trial::answer(&lake, &trial, &told))
                }
            }
        })
        .await
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, AskError> {
        let turn = tokio::time::timeout(TURN, Arc::clone(&self.turns).acquire_owned()).await;
        turn.map_err(|_| AskError::Busy)?.map_err(|_| AskError::Busy)
    }

    /// Asks, on a thread that may block.
    ///
    /// # Errors
    ///
    /// [`AskError`]: there is no lake, it is busy, or the question cannot be answered in this time.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        time: Duration,
        question: impl FnOnce(&Lake) -> Result<T, LakeError> + Send + 'static,
    ) -> Result<T, AskError> {
        let turn = self.turn().await?;
        let (folder, idle) = (Arc::clone(&self.folder), Arc::clone(&self.idle));
        on_thread(time, move || {
            let _turn = turn;
            let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut lake = match kept.map(fresh) {
                Some(Ok(lake)) => lake,
                // What cannot be read on may be another lake by now, so it is opened anew.
                Some(Err(_)) | None => Lake::open(&folder)?,
            };
            lake.wait_for_index(INDEX_PATIENCE)?;
            let answer = question(&lake);
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(lake);
            answer
        })
        .await
    }
}

/// Works on a thread of its own: a runtime that stops would wait for one of its blocking threads.
async fn on_thread<T: Send + 'static>(
    time: Duration,
    work: impl FnOnce() -> Result<T, LakeError> + Send + 'static,
) -> Result<T, AskError> {
    let (told, answer) = tokio::sync::oneshot::channel();
    let thread = std::thread::Builder::new().name("khien-ask".to_owned());
    // Whoever asked may have gone.
    let started = thread.spawn(move || drop(told.send(work())));
    started.map_err(|_| AskError::Busy)?;
    match tokio::time::timeout(time, answer).await {
        Ok(Ok(answer)) => Ok(answer?),
        Ok(Err(_)) => Err(AskError::Panic),
        Err(_) => Err(AskError::TooLong(time)),
    }
}

fn fresh(mut lake: Lake) -> Result<Lake, LakeError> {
    lake.refresh()?;
    Ok(lake)
}
