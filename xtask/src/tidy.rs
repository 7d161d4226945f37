//! The house rules that a compiler does not hold. `cargo xtask tidy` says all that is wrong;
//! `cargo test` runs each rule as a test of its own.
//!
//! A rule looks at the files of the checkout and returns complaints, each of which says what to do.
//! Size is told and never complained about: a long flat table that reads well is fine.

mod content;
mod manifests;
mod size;
mod sources;
mod tree;

#[cfg(test)]
mod tests;

use anyhow::{Result, bail};

use self::tree::Tree;
use crate::{root, say, say_error};

/// Looks at the checkout and returns what is wrong.
type Rule = fn(&Tree) -> Vec<String>;

/// Every rule, by a name that a test has too.
const RULES: [(&str, Rule); 16] = [
    ("async-only-above", manifests::async_only_above),
    ("catalogues-agree", content::catalogues_agree),
    ("changelog-is-open", content::changelog_is_open),
    ("dependencies-have-reasons", manifests::dependencies_have_reasons),
    ("file-names-name-things", sources::file_names_name_things),
    ("files-are-reachable", sources::files_are_reachable),
    ("imports-run-downwards", manifests::imports_run_downwards),
    ("incidents-name-content", content::incidents_name_content),
    ("lints-are-inherited", manifests::lints_are_inherited),
    ("no-ignored-tests", sources::no_ignored_tests),
    ("no-marks-left", sources::no_marks_left),
    ("no-paths-of-one-machine", sources::no_paths_of_one_machine),
    ("packages-are-from-the-registry", manifests::packages_are_from_the_registry),
    ("rules-have-tests", content::rules_have_tests),
    ("unsafe-is-forbidden", sources::unsafe_is_forbidden),
    ("workspace-dependencies-are-used", manifests::workspace_dependencies_are_used),
];

/// Runs every rule over the checkout.
pub(crate) fn run() -> Result<()> {
    let tree = Tree::read(&root())?;
    let mut complaints = 0_usize;
    for (name, rule) in RULES {
        for complaint in rule(&tree) {
            complaints += 1;
            say_error(&format!("{name}: {complaint}"));
        }
    }
    for line in size::report(&tree) {
        say(&line);
    }
    if complaints > 0 {
        bail!("{complaints} complaints");
    }
    say(&format!("{} rules hold over {} files", RULES.len(), tree.len()));
    Ok(())
}
