//! `khien scan`: reads logs, runs rules and indicators, and says what was found and what could not
//! be checked.

pub mod detection;
pub mod report;
pub mod spool;
