//! Which releases an advisory calls affected.
//!
//! Every format says it in text in the end (`18.12.407, 18.12.416`, `before 2.0.3`), so all of them
//! read it here.

use std::ops::Bound;

use khien_model::VersionRange;
use serde::{Deserialize, Serialize};

mod phrase;
mod prose;
mod token;

pub(super) use prose::{Listed, in_prose, is_platform};

/// A product that an advisory calls affected. All its text is from outside, hence untrusted.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct AffectedProduct {
    /// Its name, as the advisory writes it.
    pub product: String,
    /// Who makes it, or empty.
    pub vendor: String,
    /// The platform or ecosystem, in lower case (`windows`, `npm`).
    pub platform: Option<String>,
    /// The package URL.
    pub purl: Option<String>,
    /// Its affected versions; none when the advisory names none.
    pub versions: Vec<VersionRange>,
}

impl AffectedProduct {
    /// Whether a version is affected; `None` when that cannot be said, as when the advisory names no
    /// versions or ones that do not compare with this one.
    pub fn contains(&self, version: &str) -> Option<bool> {
        if self.versions.is_empty() {
            return None;
        }
        let mut is_sure = true;
        for range in &self.versions {
            match range.contains(version) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => is_sure = false,
            }
        }
        is_sure.then_some(false)
    }
}

/// Bound: products of one advisory; further ones are dropped.
const PRODUCTS_MAX: usize = 1000;

/// Adds a product, or its versions to those of the same product.
pub(super) fn add(products: &mut Vec<AffectedProduct>, product: AffectedProduct) {
    let is_same = |known: &AffectedProduct| {
        known.product == product.product
            && known.vendor == product.vendor
            && known.platform == product.platform
            && known.purl == product.purl
    };
    let place = products.iter().position(is_same);
    let place = place.unwrap_or(products.len());
    if place == products.len() && place < PRODUCTS_MAX {
        products.push(AffectedProduct { versions: Vec::new(), ..product.clone() });
    }
    if let Some(known) = products.get_mut(place) {
        for range in product.versions {
            if !known.versions.contains(&range) {
                known.versions.push(range);
            }
        }
    }
}

/// The versions that a field of its own names; none when it names none.
pub(super) fn versions_of_field(text: &str) -> Vec<VersionRange> {
    let text = text.trim();
    if text == "*" {
        return vec![VersionRange::All];
    }
    let tokens = token::tokens(text);
    phrase::ranges(&tokens, phrase::Numbers::AreVersions).into_iter().map(|s| s.range).collect()
}

/// From one version to another, both included.
pub(super) fn between(first: &str, last: &str) -> VersionRange {
    let bound = |text: &str| match text.trim() {
        "" | "*" => Bound::Unbounded,
        version => Bound::Included(version.to_owned()),
    };
    VersionRange::Between { from: bound(first), to: bound(last) }
}

/// Vendor, product and version of a CPE name, of either form; `None` when it is none.
///
/// Source: NIST IR 7695 §6.
pub(super) fn of_cpe(cpe: &str) -> Option<AffectedProduct> {
    let rest = cpe.strip_prefix("cpe:2.3:").or_else(|| cpe.strip_prefix("cpe:/"))?;
    // A colon may be escaped; nobody's name of a product needs one here.
    let mut parts = rest.split(':').map(|part| part.replace('\\', ""));
    let _part = parts.next()?;
    let word = |part: Option<String>| part.filter(|p| p != "*" && p != "-").unwrap_or_default();
    let (vendor, product) = (word(parts.next()), word(parts.next()));
    let version = parts.next().unwrap_or_default();
    let versions = match version.as_str() {
        "*" => vec![VersionRange::All],
        "-" | "" => Vec::new(),
        version => versions_of_field(version),
    };
    (!product.is_empty()).then(|| AffectedProduct {
        product: product.replace('_', " "),
        vendor: vendor.replace('_', " "),
        versions,
        ..AffectedProduct::default()
    })
}

#[cfg(test)]
mod tests;
