//! What was read in an advisory, for people to look at before and after it is kept.

use std::ops::Bound;

use khien_detect::indicator::{AffectedProduct, Form, IndicatorSet, LookUp, NoisePolicy, look_up};
use khien_model::{Indicator, VersionRange};
use khien_wire::{
    Advisory, AdvisoryForm, AdvisoryIndicator, AdvisoryProduct, AdvisoryReading, IndicatorUse,
    Time, Tlp,
};

use super::{Unreadable, parsed};

/// Bound: indicators that are shown.
const INDICATORS_MAX: usize = 1000;
/// Bound: products that are shown, and versions of each.
const PRODUCTS_MAX: usize = 200;
const VERSIONS_MAX: usize = 50;
/// Bound: problems that are shown.
const PROBLEMS_MAX: usize = 100;
/// Bound: characters of one text.
const TEXT_MAX: usize = 1000;
const DESCRIPTION_MAX: usize = 8000;
const TITLE_MAX: usize = 200;
/// Bound: publishers that are named.
const SOURCES_MAX: usize = 3;

/// What was read, and who published it.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) wire: AdvisoryReading,
    /// Who published it, as the indicators say; empty where they do not.
    pub(crate) source: String,
}

/// Reads an advisory.
///
/// # Errors
///
/// The publisher's, or of whoever gave the wrong text.
pub(crate) fn read(text: &str, origin: &str) -> Result<Reading, Unreadable> {
    let advisory = parsed(text, origin)?;
    let all = &advisory.indicators;
    let (_, left_out) = IndicatorSet::build(all.clone(), &NoisePolicy::default());
    let mut uses: Vec<(IndicatorUse, Option<String>)> =
        all.iter().map(|indicator| (use_of(indicator), None)).collect();
    for left in &left_out {
        if let Some(one) = uses.get_mut(left.position) {
            let reason = serde_json::to_value(left.reason).unwrap_or_default();
            *one = (IndicatorUse::LeftOut, reason.as_str().map(str::to_owned));
        }
    }
    let usable = uses.iter().filter(|(of, _)| *of == IndicatorUse::Usable).count();
    let shown = all.iter().zip(&uses).take(INDICATORS_MAX);
    let indicators = shown.map(|(indicator, (of, reason))| AdvisoryIndicator {
        kind: indicator.kind.word().to_owned(),
        value: cut(&indicator.kind.text(), TEXT_MAX),
        name: cut(&indicator.name, TITLE_MAX),
        confidence: indicator.confidence,
        r#use: *of,
        reason: reason.clone(),
    });
    let problems = advisory.problems.iter().take(PROBLEMS_MAX);
    let problems = problems.map(|of| cut(&format!("{}: {}", of.id, of.detail), TEXT_MAX)).collect();
    let count = |all: usize| u64::try_from(all).unwrap_or(u64::MAX);
    let wire = AdvisoryReading {
        form: form_of(advisory.form),
        title: cut(&advisory.title, TITLE_MAX),
        description: cut(&advisory.description, DESCRIPTION_MAX),
        tlp: advisory.tlp.as_deref().and_then(tlp_of),
        published: advisory.published.map(time_of),
        indicator_count: count(all.len()),
        usable: count(usable),
        indicators: indicators.collect(),
        product_count: count(advisory.affected.len()),
        products: advisory.affected.iter().take(PRODUCTS_MAX).map(product_of).collect(),
        problems,
        problem_count: count(advisory.problems.len()),
        omitted: count(advisory.omitted.len()),
    };
    Ok(Reading { wire, source: source_of(all, origin) })
}

impl Reading {
    /// The advisory that this was read in, under this id.
    pub(crate) fn advisory(&self, id: &str) -> Advisory {
        Advisory {
            id: id.to_owned(),
            title: self.wire.title.clone(),
            source: self.source.clone(),
            built_in: false,
            form: self.wire.form,
            tlp: self.wire.tlp,
            published: self.wire.published,
            added: None,
            added_by: None,
            indicators: self.wire.indicator_count,
            usable: self.wire.usable,
            products: self.wire.product_count,
            checked: None,
        }
    }
}

fn use_of(indicator: &Indicator) -> IndicatorUse {
    match look_up(&indicator.kind, &indicator.kind.text()) {
        LookUp::NotIndexed => IndicatorUse::NotIndexed,
        _ => IndicatorUse::Usable,
    }
}

/// Who published the indicators; `origin` stands in for nobody, and says nothing.
fn source_of(indicators: &[Indicator], origin: &str) -> String {
    let mut named: Vec<&str> = Vec::new();
    for source in indicators.iter().flat_map(|indicator| &indicator.sources) {
        if source != origin && !named.contains(&source.as_str()) && named.len() < SOURCES_MAX {
            named.push(source);
        }
    }
    cut(&named.join(", "), TITLE_MAX)
}

fn product_of(product: &AffectedProduct) -> AdvisoryProduct {
    AdvisoryProduct {
        product: cut(&product.product, TITLE_MAX),
        vendor: cut(&product.vendor, TITLE_MAX),
        platform: cut(product.platform.as_deref().unwrap_or_default(), TITLE_MAX),
        versions: product.versions.iter().take(VERSIONS_MAX).map(versions_of).collect(),
    }
}

/// Versions as people write them, without words.
fn versions_of(range: &VersionRange) -> String {
    let text = match range {
        VersionRange::All => "*".to_owned(),
        VersionRange::Exactly(version) => version.clone(),
        VersionRange::Series(series) => format!("{series}.x"),
        VersionRange::Between { from, to } => {
            let from = match from {
                Bound::Included(version) => format!("≥ {version}"),
                Bound::Excluded(version) => format!("> {version}"),
                Bound::Unbounded => String::new(),
            };
            let to = match to {
                Bound::Included(version) => format!("≤ {version}"),
                Bound::Excluded(version) => format!("< {version}"),
                Bound::Unbounded => String::new(),
            };
            [from, to].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
        }
        // A range that this does not know of.
        _ => "?".to_owned(),
    };
    cut(if text.is_empty() { "*" } else { &text }, TITLE_MAX)
}

const fn form_of(form: Form) -> AdvisoryForm {
    match form {
        Form::Columns => AdvisoryForm::Columns,
        Form::Html => AdvisoryForm::Html,
        Form::Misp => AdvisoryForm::Misp,
        Form::OpenIoc => AdvisoryForm::Openioc,
        Form::Prose => AdvisoryForm::Prose,
        Form::Stix => AdvisoryForm::Stix,
        _ => AdvisoryForm::List,
    }
}

fn tlp_of(label: &str) -> Option<Tlp> {
    serde_json::from_value(label.into()).ok()
}

pub(super) fn time_of(time: khien_model::Timestamp) -> Time {
    Time::from_ms(time.as_nanos().div_euclid(1_000_000))
}

pub(crate) fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indicators_are_told_with_what_becomes_of_them() {
        let text = "bad.example.net\n8.8.8.8\nhttps://bad.example.net/a\n";
        let read = read(text, "").unwrap().wire;
        let told: Vec<_> = read
            .indicators
            .iter()
            .map(|one| (one.value.as_str(), one.r#use, one.reason.as_deref()))
            .collect();
        assert_eq!(read.form, AdvisoryForm::List);
        assert_eq!((read.indicator_count, read.usable), (3, 2));
        assert!(told.contains(&("8.8.8.8", IndicatorUse::LeftOut, Some("common_address"))));
        assert!(told.contains(&("bad.example.net", IndicatorUse::Usable, None)));
    }

    #[test]
    fn what_says_nothing_is_refused() {
        assert_eq!(read(" \n", "").unwrap_err().code, "empty");
        assert_eq!(read("{\"a\":1}", "").unwrap_err().code, "unreadable");
        let long = "a.example\n".repeat(khien_wire::ADVISORY_BYTES_MAX / 10 + 1);
        assert_eq!(read(&long, "").unwrap_err().code, "too_long");
    }

    #[test]
    fn versions_are_written_without_words() {
        let text = |range| versions_of(&range);
        assert_eq!(text(VersionRange::Series("14".into())), "14.x");
        let between = VersionRange::Between {
            from: Bound::Included("1.0".into()),
            to: Bound::Excluded("2.0".into()),
        };
        assert_eq!(text(between), "≥ 1.0, < 2.0");
        assert_eq!(text(VersionRange::All), "*");
    }

    #[test]
    fn all_that_ship_with_the_program_are_read() {
        let all = super::super::built_in::BuiltIn::all();
        assert_eq!(all.len(), khien_ops::content::advisories().len());
        assert!(super::super::built_in::BuiltIn::named("3cx").is_some());
    }
}
