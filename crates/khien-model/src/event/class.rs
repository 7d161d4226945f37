//! Kinds of events.

use serde::{Deserialize, Serialize};

/// What kind of thing happened, named after OCSF classes.
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventClass {
    /// OCSF 3002 Authentication: a logon or logoff, or an attempt.
    Authentication,
    /// OCSF 4003 DNS Activity.
    Dns,
    /// OCSF 1001 File System Activity.
    File,
    /// OCSF 2004 Detection Finding: another product's alert.
    Finding,
    /// OCSF 4002 HTTP Activity, and TLS sessions, which carry the same observables.
    Http,
    /// OCSF 1002 Kernel Extension Activity: a driver was loaded.
    Driver,
    /// OCSF 1005 Module Activity: a library was loaded.
    Module,
    /// OCSF 4001 Network Activity: a connection or flow.
    Network,
    /// Anything without a class of its own (OCSF 0 Base Event).
    #[default]
    Other,
    /// OCSF 1007 Process Activity.
    Process,
    /// OCSF 201001/201002 Registry Key and Value Activity.
    Registry,
    /// OCSF 5020 Software Inventory Info.
    Software,
}

impl EventClass {
    /// The OCSF class uid (OCSF 1.3; registry classes are of the Windows extension).
    pub const fn ocsf_uid(self) -> u32 {
        match self {
            Self::Authentication => 3002,
            Self::Dns => 4003,
            Self::Driver => 1002,
            Self::File => 1001,
            Self::Finding => 2004,
            Self::Http => 4002,
            Self::Module => 1005,
            Self::Network => 4001,
            Self::Other => 0,
            Self::Process => 1007,
            Self::Registry => 201_001,
            Self::Software => 5020,
        }
    }
}
