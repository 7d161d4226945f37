//! Exceptions: one kind of trait, in one lineage, for one release or up to one, until a day.
//!
//! In March 2023 the alarm was right and was switched off for the whole product. So an exception names
//! its lineage, its trait, a reason, an owner and an end, and none silences everything that a publisher
//! signs.

use khien_model::{Timestamp, Untrusted, version};
use serde::{Deserialize, Serialize};

use crate::TraitKind;
use crate::finding::Finding;

/// The longest time that an exception may hold, in days.
pub const DAYS_MAX: i64 = 365;

/// Which releases an exception is for.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Releases {
    /// This one.
    Only(String),
    /// This one and earlier ones.
    UpTo(String),
    /// This one and later ones: what the vendor says it does from here on.
    Since(String),
}

impl Releases {
    /// The release that it names.
    pub fn named(&self) -> &str {
        let (Self::Only(release) | Self::UpTo(release) | Self::Since(release)) = self;
        release
    }
}

/// A departure that somebody answers for.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The organisation.
    pub org: String,
    /// The publisher, as in the finding.
    pub publisher: String,
    /// The product, as in the finding.
    pub product: String,
    /// Where its program is, as in the finding: two products of one name whose makers nobody says are told
    /// apart by it. Empty for all others.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub folder: String,
    /// The releases.
    pub releases: Releases,
    /// The kind of trait.
    pub kind: TraitKind,
    /// Which one.
    pub value: String,
    /// Why it is benign.
    pub reason: String,
    /// Who says so.
    pub owner: String,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends.
    pub until: Timestamp,
}

/// Why an exception is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ExceptionError {
    /// Product, trait, reason or owner is empty or a pattern.
    #[error("an exception names one product, one trait, a reason and an owner")]
    TooWide,
    /// It ends before it begins, or too late.
    #[error("an exception ends after it begins, and within a year")]
    Time,
    /// It is about no runtime trait.
    #[error("this is no trait of a running release")]
    Kind,
}

impl Exception {
    /// Checks that it is narrow and ends.
    ///
    /// # Errors
    ///
    /// [`ExceptionError`] says what is missing.
    pub fn check(&self) -> Result<(), ExceptionError> {
        let Self { product, value, reason, owner, .. } = self;
        let release = self.releases.named();
        let is_empty = |text: &&str| text.trim().is_empty() || text.contains('*');
        if [product.as_str(), value, release].iter().any(is_empty)
            || [reason, owner].iter().any(|text| text.trim().is_empty())
        {
            return Err(ExceptionError::TooWide);
        }
        if !TraitKind::RUNTIME.contains(&self.kind) {
            return Err(ExceptionError::Kind);
        }
        let days = self.until.nanos_since(self.from).div_euclid(crate::fleet::DAY);
        let is_sound = self.until > self.from && days <= DAYS_MAX;
        if is_sound { Ok(()) } else { Err(ExceptionError::Time) }
    }

    /// Whether it covers a finding at a time.
    pub fn covers(&self, finding: &Finding, time: Timestamp) -> bool {
        (self.from..self.until).contains(&time) && self.is_about(finding)
    }

    /// Whether it is about a finding, at whatever time.
    pub fn is_about(&self, finding: &Finding) -> bool {
        let same = |text: &str, other: &Untrusted| text == other.as_raw();
        same(&self.org, &finding.org)
            && same(&self.publisher, &finding.lineage.publisher)
            && same(&self.product, &finding.lineage.product)
            && same(&self.folder, &finding.lineage.folder)
            && self.kind == finding.evidence.of.kind
            && same(&self.value, &finding.evidence.of.value)
            && self.covers_release(finding.version.as_raw())
    }

    fn covers_release(&self, release: &str) -> bool {
        match &self.releases {
            Releases::Only(version) => version == release,
            // What is no version cannot be said to be earlier or later.
            Releases::UpTo(last) => {
                version::is_version(release) && version::compare(release, last).is_le()
            }
            Releases::Since(first) => {
                version::is_version(release) && version::compare(release, first).is_ge()
            }
        }
    }
}
