//! Whether a release continues any of those that it is compared with.
//!
//! Of two products nothing can be told by comparing: whatever the newer one is, it is new as a whole,
//! which counts for little. So a release that continues nothing is held as unknown, and never passes.

use std::collections::BTreeSet;

use khien_vet::identity::ReleaseIdentity;
use khien_vet::profile::{FileProfile, ReleaseProfile};
use khien_vet::report::{Change, Report};
use khien_vet::version::stem;

/// Share of a single program's functions that may be new while it is still called the same program.
const NEW_FUNCTIONS_SHARE_MAX: f64 = 0.6;

/// Whether a file of the release continues an earlier one, or it states to be what they are.
///
/// Where both sides have code it takes code: a licence text is in many products.
pub(super) fn continues(report: &Report, earlier: &[ReleaseProfile], new: &ReleaseProfile) -> bool {
    earlier.iter().any(|old| says_the_same(old, new)) || has_a_file_of(report, earlier, new)
}

/// Product; or, where not both state one, publisher, a signer, or the name of the artefact without its
/// version.
fn says_the_same(old: &ReleaseProfile, new: &ReleaseProfile) -> bool {
    let (of_old, of_new) = (&old.identity, &new.identity);
    let equal = |a: &Option<String>, b: &Option<String>| match (a, b) {
        (Some(a), Some(b)) => Some(a.to_lowercase() == b.to_lowercase()),
        _ => None,
    };
    let product = equal(&of_old.product, &of_new.product);
    let name = |release: &ReleaseProfile| stem(&release.name.as_raw().to_lowercase());
    // One publisher has many products, and says so.
    let publisher = product.is_none()
        && (equal(&of_old.publisher, &of_new.publisher) == Some(true)
            || have_a_signer_in_common(of_old, of_new));
    product == Some(true)
        || publisher
        // Many products come as `setup.exe`.
        || (product.is_none() && name(old) == name(new))
}

fn have_a_signer_in_common(old: &ReleaseIdentity, new: &ReleaseIdentity) -> bool {
    old.signers.iter().any(|signer| new.signers.contains(signer))
}

fn has_a_file_of(report: &Report, earlier: &[ReleaseProfile], new: &ReleaseProfile) -> bool {
    let is_inside = |file: &&FileProfile| !file.path.as_raw().is_empty();
    let added: BTreeSet<&str> = report
        .files
        .iter()
        .filter(|file| file.change == Change::Added)
        .map(|file| file.path.as_raw())
        .collect();
    let both =
        earlier.iter().any(|old| old.files.iter().any(is_code)) && new.files.iter().any(is_code);
    // A container goes on under its name whatever is in it.
    let counts = |file: &&FileProfile| file.format.is_leaf() && (!both || is_code(file));
    // The artefact itself is always set beside the one before it, whatever the two are.
    let mut inside = new.files.iter().filter(is_inside).peekable();
    if inside.peek().is_none() {
        return is_the_same_program(report);
    }
    inside.filter(counts).any(|file| !added.contains(file.path.as_raw()))
}

/// A program, or a script under a name that only some packages have.
fn is_code(file: &FileProfile) -> bool {
    file.is_program() || (file.script.is_some() && !EVERYWHERE.contains(&file.name.as_str()))
}

/// Scripts that every package of their kind has.
const EVERYWHERE: [&str; 8] =
    ["__init__.py", "index.js", "postinst", "postrm", "preinst", "prerm", "setup.py", "test.js"];

/// Whether a release of one file has most of the functions that it had, or all of its bytes.
fn is_the_same_program(report: &Report) -> bool {
    let whole = report.files.iter().find(|file| {
        file.path.as_raw().is_empty() && matches!(file.change, Change::Added | Change::Changed)
    });
    whole.is_none_or(|file| file.code.share().is_some_and(|new| new <= NEW_FUNCTIONS_SHARE_MAX))
}

#[cfg(test)]
mod tests;
