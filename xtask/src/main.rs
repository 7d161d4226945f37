//! Chores in Rust: `cargo xtask help`.
fn main() {}
