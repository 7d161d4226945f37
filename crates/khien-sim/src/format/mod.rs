//! The formats: each module writes lines as one tool does, and knows nothing of scenarios.

pub(crate) mod auditd;
pub(crate) mod evtx_json;
pub(crate) mod nxlog;
mod object;
pub(crate) mod suricata;
pub(crate) mod sysmon;
pub(crate) mod traffic;
pub(crate) mod winlogbeat;
pub(crate) mod zeek;
