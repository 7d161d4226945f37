//! `khien scan`: reads logs, runs rules and indicators, and says what was found and what could not
//! be checked.

pub mod assemble;
pub mod catalogue;
pub mod detection;
pub mod kinds;
pub mod knowledge;
pub mod report;
pub mod rule_cases;
pub mod run;
pub mod spool;
pub mod worker;
