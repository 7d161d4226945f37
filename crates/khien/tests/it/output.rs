//! What people and programs read: every format, in both languages, with friendly and hostile data.

mod catalogue;
mod fixture;
mod hostile;
mod large;
mod machine;
mod page;
mod terminal;
