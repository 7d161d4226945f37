//! How an incident is written down: lines of a script, each one thing that was seen to happen.

use super::Incident;
use crate::manifest::Step;

/// One incident: which releases of which product, and what follows.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) incident: Incident,
    pub(crate) product: &'static str,
    /// The altered releases.
    pub(crate) releases: &'static [&'static str],
    /// Files of the release whose content differs from an honest one's.
    pub(crate) altered: &'static [Altered],
    pub(crate) reach: Reach,
    pub(crate) script: &'static [Line],
}

/// A changed file of an altered release.
#[derive(Debug)]
pub(crate) struct Altered {
    pub(crate) file: &'static str,
    /// A published SHA-256 with the version it belongs to.
    pub(crate) published: Option<(&'static str, &'static str)>,
}

/// Which of the hosts that take an altered release are affected.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reach {
    All,
    Exactly(usize),
    Percent(i64),
}

/// One line of the script.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) step: Step,
    pub(crate) what: &'static str,
    /// Seconds since the line before; for the first, since the host took the release.
    pub(crate) after_s: (i64, i64),
    pub(crate) by: By,
    pub(crate) deed: Deed,
    /// On how many of 100 affected hosts; those of a smaller share are among those of a larger.
    pub(crate) percent: i64,
    pub(crate) again: Option<Again>,
    /// Whether the line after it follows each repetition, and not the first alone.
    pub(crate) leads: bool,
    /// Whether it is, or may be, the first malicious act; what is before is delivery and waiting.
    pub(crate) acts: bool,
}

/// Says that a line is repeated.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Again {
    pub(crate) every_s: i64,
    pub(crate) jitter_percent: i64,
    pub(crate) times: u32,
}

/// Which process does it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum By {
    /// The main program, running in an altered release.
    Main,
    /// Another product's main program, if the host has it.
    Product(&'static str),
    /// A process that an earlier line started.
    Slot(usize),
    /// A program of the operating system.
    System(&'static str),
    /// The product's updater.
    Updater,
}

/// What it does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deed {
    /// Contacts an address that has no name.
    Address {
        address: &'static str,
        port: u16,
        up: i64,
        down: i64,
    },
    /// Starts a program and may keep it in a slot.
    Child {
        path: &'static str,
        arguments: &'static str,
        signer: &'static str,
        slot: Option<usize>,
    },
    /// Contacts one of the names, the first most often.
    Contact {
        hosts: &'static [&'static str],
        up: i64,
        down: i64,
    },
    /// Contacts an algorithmic name below this one.
    Labels {
        domain: &'static str,
    },
    /// Loads a library; an empty signer is none.
    Load {
        path: &'static str,
        signer: &'static str,
    },
    /// Makes a file executable.
    Mode {
        path: &'static str,
    },
    /// Opens a file for reading.
    Open {
        path: &'static str,
    },
    /// Contacts that many neighbours on a port.
    Scan {
        port: u16,
        count: i64,
    },
    /// Sets a registry value.
    Set {
        key: &'static str,
        value: &'static str,
    },
    Unlink {
        path: &'static str,
    },
    Write {
        path: &'static str,
    },
}

pub(crate) const HOUR: i64 = 3_600;
pub(crate) const DAY: i64 = 86_400;

/// A line that happens on every affected host, once.
pub(crate) const fn line(
    step: Step,
    what: &'static str,
    after_s: (i64, i64),
    by: By,
    deed: Deed,
) -> Line {
    Line { step, what, after_s, by, deed, percent: 100, again: None, leads: false, acts: true }
}

impl Line {
    pub(crate) const fn percent(self, percent: i64) -> Self {
        Self { percent, ..self }
    }

    pub(crate) const fn again(self, every_s: i64, jitter_percent: i64, times: u32) -> Self {
        Self { again: Some(Again { every_s, jitter_percent, times }), ..self }
    }

    /// What follows it follows each repetition.
    pub(crate) const fn each_time(self) -> Self {
        Self { leads: true, ..self }
    }

    /// Part of the delivery or of the waiting: not yet an act.
    pub(crate) const fn waiting(self) -> Self {
        Self { acts: false, ..self }
    }
}
