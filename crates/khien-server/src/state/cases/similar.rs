//! Cases that share hosts, products or rules with one, and what they share.

use std::collections::BTreeMap;

use khien_wire::{CaseOverlap, CaseSimilar, CaseSimilarList, OverlapKind};
use sqlx::SqliteConnection;

use super::super::{StateError, Store};
use super::find;

/// Bound: cases that are told.
const TOLD_MAX: usize = 10;
/// Bound: values that are named of each kind.
const VALUES_MAX: usize = 5;
/// Bound: shared things that are looked at; those that few cases have come first.
const SHARED_MAX: i64 = 5000;

/// One thing that another case has too.
struct Shared {
    case: String,
    kind: OverlapKind,
    value: String,
    /// In how many cases it is.
    cases: i64,
}

/// What is asked for each kind: the other case, the value, and in how many cases it is.
const ASKED: [(OverlapKind, &str); 3] = [
    (
        OverlapKind::Host,
        "SELECT b.case_id, b.shown, (SELECT count(DISTINCT c.case_id) FROM case_host c WHERE c.host = a.host) n \
         FROM case_host a JOIN case_host b ON b.host = a.host AND b.case_id <> a.case_id \
         WHERE a.case_id = ? AND a.verdict <> 'not_applicable' AND b.verdict <> 'not_applicable' ORDER BY n LIMIT ?",
    ),
    (
        OverlapKind::Product,
        "SELECT DISTINCT b.case_id, b.product, \
         (SELECT count(DISTINCT c.case_id) FROM case_alert c WHERE c.product = a.product) n \
         FROM case_alert a JOIN case_alert b ON b.product = a.product AND b.case_id <> a.case_id \
         WHERE a.case_id = ? AND a.product <> '' ORDER BY n LIMIT ?",
    ),
    (
        OverlapKind::Rule,
        "SELECT DISTINCT b.case_id, b.rule, \
         (SELECT count(DISTINCT c.case_id) FROM case_alert c WHERE c.rule = a.rule) n \
         FROM case_alert a JOIN case_alert b ON b.rule = a.rule AND b.case_id <> a.case_id \
         WHERE a.case_id = ? AND a.rule <> '' ORDER BY n LIMIT ?",
    ),
];

async fn shared(tx: &mut SqliteConnection, id: &str) -> Result<Vec<Shared>, StateError> {
    let mut all = Vec::new();
    for (kind, sql) in ASKED {
        let rows: Vec<(String, String, i64)> =
            sqlx::query_as(sql).bind(id).bind(SHARED_MAX).fetch_all(&mut *tx).await?;
        all.extend(rows.into_iter().map(|(case, value, cases)| Shared {
            case,
            kind,
            value,
            cases,
        }));
    }
    Ok(all)
}

/// Bits of one shared thing: the fewer of all cases have it, the more it says.
#[expect(clippy::cast_precision_loss, reason = "counts of cases are small")]
fn bits(cases: i64, of: i64) -> f64 {
    (of.max(2) as f64 / cases.max(1) as f64).log2().max(0.1)
}

/// The most alike first: by the rarity of what is shared.
fn ranked(shared: Vec<Shared>, of: i64) -> Vec<(String, f64, Vec<CaseOverlap>)> {
    let mut cases: BTreeMap<String, (f64, BTreeMap<OverlapKind, CaseOverlap>)> = BTreeMap::new();
    for one in shared {
        let (sum, why) = cases.entry(one.case).or_default();
        *sum += bits(one.cases, of);
        let empty = || CaseOverlap { kind: one.kind, values: Vec::new(), count: 0 };
        let overlap = why.entry(one.kind).or_insert_with(empty);
        overlap.count += 1;
        if overlap.values.len() < VALUES_MAX {
            overlap.values.push(one.value);
        }
    }
    let mut all: Vec<_> = cases
        .into_iter()
        .map(|(case, (sum, why))| (case, sum, why.into_values().collect()))
        .collect();
    // Ids grow with time: of two that are equally alike, the later one comes first.
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| b.0.cmp(&a.0)));
    all.truncate(TOLD_MAX);
    all
}

impl Store {
    /// Cases that are alike, and why.
    pub(crate) async fn similar_cases(&self, id: &str) -> Result<CaseSimilarList, StateError> {
        let mut tx = self.read().await?;
        find(&mut tx, id).await?;
        let of: i64 =
            sqlx::query_scalar("SELECT count(*) FROM case_file").fetch_one(&mut *tx).await?;
        let mut items = Vec::new();
        for (case, bits, why) in ranked(shared(&mut tx, id).await?, of) {
            let bits = (bits * 10.0).round() / 10.0;
            items.push(CaseSimilar { case: find(&mut tx, &case).await?.case, bits, why });
        }
        Ok(CaseSimilarList { items })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_few_cases_have_counts_more_and_is_told_first() {
        let shared = |case: &str, kind, value: &str, cases| Shared {
            case: case.to_owned(),
            kind,
            value: value.to_owned(),
            cases,
        };
        let all = vec![
            shared("common", OverlapKind::Rule, "everybody's", 90),
            shared("common", OverlapKind::Host, "PC-1", 50),
            shared("rare", OverlapKind::Product, "softphone", 2),
        ];
        let told = ranked(all, 100);
        let names: Vec<&str> = told.iter().map(|(case, ..)| case.as_str()).collect();
        assert_eq!(names, ["rare", "common"]);
        assert_eq!(told[1].2.len(), 2);
        let many = (0..40).map(|n| shared("x", OverlapKind::Host, &n.to_string(), 2)).collect();
        let told = ranked(many, 100);
        assert_eq!((told[0].2[0].count, told[0].2[0].values.len()), (40, VALUES_MAX));
    }
}
