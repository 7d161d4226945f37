//! Bytecode in a release whose earlier ones had none of the kind.
//!
//! The strings of bytecode are read and its instructions are not. In software that is made of it this
//! is how it always was; where it comes for the first time, nothing says what it does.

use std::collections::BTreeSet;

use khien_lineage::TraitKind;
use khien_lineage::weigh::Departure;

use super::{Comparison, plain};
use crate::traits::BYTECODE;

/// Adds one departure for each kind of bytecode that is new.
pub(super) fn of_release(comparison: &Comparison<'_>, out: &mut Vec<Departure>) {
    if comparison.earlier.is_empty() {
        return;
    }
    let mut told = BTreeSet::new();
    for file in &comparison.new.files {
        for seen in file.observed.iter().filter(|seen| seen.of.kind == TraitKind::CapabilityRule) {
            let Some(which) = seen.of.value.as_raw().strip_prefix(BYTECODE) else { continue };
            if !comparison.seen.in_another(file, &seen.of) && told.insert(which) {
                let value = format!("bytecode ({which}): no earlier release had any");
                out.push(plain(TraitKind::NotOpened, value, &file.path));
            }
        }
    }
}
