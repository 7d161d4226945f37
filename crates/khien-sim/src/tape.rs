//! Collects what happens, in any order, and plays it back in time order as log lines.
//!
//! Numbers that a real tool hands out as it writes (event record ids, audit serials) are given at
//! playback, so that they rise with time as they do in life.

use std::collections::{BTreeMap, VecDeque};
use std::vec::IntoIter;

use crate::calendar::SimTime;
use crate::format::auditd::AuditGroup;
use crate::format::sysmon::WinEvent;
use crate::format::{auditd, evtx_json, nxlog, winlogbeat};
use crate::manifest::Step;
use crate::random::Random;
use crate::record::{FileKind, SimFile, SimRecord};

/// Says that records belong to a planted step.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) host: &'static str,
    pub(crate) step: Step,
    pub(crate) what: String,
}

/// What a file will say; turned into text at playback.
#[derive(Debug)]
pub(crate) enum Body {
    Audit(AuditGroup),
    Line(String),
    Windows(WinEvent),
}

/// Collects records of one scenario.
#[derive(Debug)]
pub(crate) struct Tape {
    seed: u64,
    drafts: Vec<Draft>,
    mark: Option<Mark>,
}

#[derive(Debug)]
struct Draft {
    time: SimTime,
    file: SimFile,
    body: Body,
    mark: Option<Mark>,
}

impl Tape {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, drafts: Vec::new(), mark: None }
    }

    /// Adds one record, marked as the surrounding [`Tape::plant`] says.
    pub(crate) fn add(&mut self, time: SimTime, file: SimFile, body: Body) {
        self.drafts.push(Draft { time, file, body, mark: self.mark.clone() });
    }

    /// Marks every record that `act` adds; without a mark, just acts.
    pub(crate) fn plant<T>(&mut self, mark: Option<Mark>, act: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.mark, mark);
        let result = act(self);
        self.mark = outer;
        result
    }

    /// Plays everything in time order; records of the same microsecond in order of files, then
    /// of adding.
    pub(crate) fn play(mut self) -> Playback {
        self.drafts.sort_by_key(|draft| (draft.time, draft.file));
        Playback {
            seed: self.seed,
            drafts: self.drafts.into_iter(),
            numbers: BTreeMap::new(),
            pending: VecDeque::new(),
        }
    }
}

/// Yields records in time order, each with its mark.
#[derive(Debug)]
pub(crate) struct Playback {
    seed: u64,
    drafts: IntoIter<Draft>,
    numbers: BTreeMap<SimFile, u64>,
    pending: VecDeque<(SimRecord, Option<Mark>)>,
}

impl Playback {
    /// Hands out the next record id or serial of `file`; the first is as if the log were old.
    fn next_number(&mut self, file: SimFile) -> u64 {
        let seed = self.seed;
        let number = self.numbers.entry(file).or_insert_with(|| {
            Random::stream(seed, file.path).range(12_000, 90_000).unsigned_abs()
        });
        *number += 1;
        *number
    }

    fn render(&mut self, draft: Draft) {
        let Draft { time, file, body, mark } = draft;
        let lines = match body {
            Body::Line(line) => vec![line],
            Body::Audit(group) => auditd::lines(time, self.next_number(file), &group),
            Body::Windows(event) => {
                let number = self.next_number(file);
                vec![match file.kind {
                    FileKind::NxlogSysmon => nxlog::line(time, number, &event),
                    FileKind::WinlogbeatSysmon => winlogbeat::line(time, number, &event),
                    _ => evtx_json::line(time, number, &event),
                }]
            }
        };
        let time = time.timestamp();
        self.pending
            .extend(lines.into_iter().map(|line| (SimRecord { file, time, line }, mark.clone())));
    }
}

impl Iterator for Playback {
    type Item = (SimRecord, Option<Mark>);

    fn next(&mut self) -> Option<Self::Item> {
        while self.pending.is_empty() {
            let draft = self.drafts.next()?;
            self.render(draft);
        }
        self.pending.pop_front()
    }
}
