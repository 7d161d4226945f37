//! Builders for tests.

#![forbid(unsafe_code)]

use std::path::PathBuf;

pub mod release;

/// A folder of real data beside the checkout, or `None` with a printed line saying that the test
/// was skipped. A plain clone has none of it and passes.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub fn corpus(folder: &str) -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora");
    let path = root.join(folder);
    if path.exists() {
        return path.canonicalize().ok();
    }
    eprintln!("skipped: no corpus `{folder}` beside the checkout");
    None
}
