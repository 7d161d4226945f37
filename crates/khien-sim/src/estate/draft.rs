//! What a record will say, small enough to keep a day of the fleet in memory.

use super::product::Delivery;
use super::shelf::{FileId, NameId, TextId};
use crate::calendar::SimTime;

/// One record before it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draft {
    pub(crate) time: SimTime,
    pub(crate) host: u32,
    /// How much later than the event the endpoint logged it.
    pub(crate) lag_ms: u8,
    pub(crate) mark: Mark,
    pub(crate) body: Body,
}

// A day of the fleet is kept in memory.
const _: () = assert!(size_of::<Draft>() <= 128);

/// Which planted step a record belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Mark {
    /// Number of the incident in the scenario; `u8::MAX` for none.
    pub(crate) incident: u8,
    pub(crate) step: u8,
}

impl Mark {
    pub(crate) const NONE: Self = Self { incident: u8::MAX, step: 0 };
}

/// One process; copies share its identity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Proc {
    pub(crate) file: FileId,
    pub(crate) command: TextId,
    /// By the sensor's clock.
    pub(crate) started: SimTime,
    pub(crate) pid: u32,
    pub(crate) number: u16,
    /// Runs as the person at the desk, not as the system.
    pub(crate) person: bool,
}

/// One connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    pub(crate) name: NameId,
    pub(crate) up: u32,
    pub(crate) down: u32,
    pub(crate) lasting_ms: u32,
    /// Where identifiers are drawn from.
    pub(crate) uid: u64,
    /// Number of an algorithmic label before the name; 0 for none.
    pub(crate) label: u32,
    pub(crate) source_port: u16,
    pub(crate) proxied: bool,
}

/// What is done to a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Deal {
    Create,
    Mode,
    Open,
    Rename,
    Unlink,
}

/// What happened, in the words of one source.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body {
    /// Sysmon 1, Endpoint Security `exec`, osquery `process_events`.
    Start {
        process: Proc,
        parent: Proc,
    },
    /// Sysmon 5, Endpoint Security `exit`.
    End {
        process: Proc,
    },
    /// Sysmon 7.
    Load {
        process: Proc,
        file: FileId,
    },
    /// Sysmon 11, Endpoint Security, osquery `file_events`.
    File {
        process: Proc,
        path: TextId,
        number: u32,
        deal: Deal,
    },
    /// Sysmon 13.
    Registry {
        process: Proc,
        key: TextId,
        value: TextId,
    },
    /// Sysmon 22.
    Query {
        process: Proc,
        link: Link,
    },
    /// Sysmon 3, osquery `process_open_sockets` or `socket_events`.
    Connect {
        process: Proc,
        link: Link,
    },
    /// osquery `listening_ports`.
    Listen {
        process: Proc,
        port: u16,
    },
    /// osquery `programs`, `apps`, `deb_packages`, `rpm_packages`, `npm_packages`.
    Inventory {
        file: FileId,
        kind: Inventory,
        added: bool,
    },
    /// Event 1033 or 1042 of the Windows Installer.
    Installer {
        file: FileId,
        id: u16,
    },
    ZeekConn {
        link: Link,
    },
    ZeekDns {
        link: Link,
    },
    ZeekHttp {
        link: Link,
    },
    ZeekSsl {
        link: Link,
    },
    EveDns {
        link: Link,
    },
    EveFlow {
        link: Link,
    },
    EveTls {
        link: Link,
    },
}

/// The table of an inventory row.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Inventory {
    Apps,
    Deb,
    Npm,
    Programs,
    Rpm,
}

impl Inventory {
    pub(crate) fn of(delivery: Delivery) -> Self {
        match delivery {
            Delivery::Bundle => Self::Apps,
            Delivery::Deb => Self::Deb,
            Delivery::Helper(_) | Delivery::Msi | Delivery::Squirrel | Delivery::Updater(_) => {
                Self::Programs
            }
            Delivery::Npm => Self::Npm,
            Delivery::Rpm => Self::Rpm,
        }
    }
}
