//! What people and programs read: every format, in both languages, with friendly and hostile data.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod catalogue;
mod fixture;
mod hostile;
mod large;
mod machine;
mod page;
mod terminal;
