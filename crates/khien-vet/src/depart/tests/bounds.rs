//! Time, and what must hold of every release.

use std::cell::Cell;

use khien_unpack::GapReason;
use proptest::prelude::*;

use super::*;

/// A hundred thousand small files on both sides, all of them changed, with things that are looked up.
fn many(salt: &str, count: usize) -> Vec<FileProfile> {
    let one = |i: usize| {
        let mut file = match i % 10 {
            0 => library(&format!("p/{}/lib{i}.dll", i % 97), &format!("{salt}{i}"), [i as u64]),
            1 => script(&format!("s/{}/s{i}.js", i % 97), &format!("{salt}{i}")),
            _ => text(&format!("t/{}/t{i}.txt", i % 97), &format!("{salt}{i}")),
        };
        file.names.files = vec![format!("lib{}.dll", (i + 10) / 10 * 10)];
        if salt == "b" {
            file.names.hosts = vec![format!("h{i}.example.test")];
        }
        with(file, TraitKind::NamesStartup, "run key", 1)
    };
    (0..count).map(one).collect()
}

/// Questions whether the time is up: a measure of work that no machine changes.
fn asked(count: usize) -> usize {
    let (old, new) = (release("1.0", many("a", count)), release("1.1", many("b", count)));
    let asked = Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        false
    };
    let report = judge_within(&[old], &new, &rates(), &stop);
    assert_eq!(report.changes.changed, count + 1);
    asked.get()
}

#[test]
fn work_grows_with_the_number_of_files_and_not_with_its_square() {
    let (few, more) = (asked(1000), asked(4000));
    assert!(more < few * 5, "{few} {more}");
}

#[test]
fn a_hundred_thousand_small_files_are_judged_in_seconds() {
    let (old, new) = (release("1.0", many("a", 100_000)), release("1.1", many("b", 100_000)));
    #[expect(clippy::disallowed_methods, reason = "the test is about time")]
    let start = std::time::Instant::now();
    let report = judge(&[old], &new, &rates());
    // Generous: a tenth of it is usual without optimisation, and any square is hours.
    assert!(start.elapsed().as_secs() < 120, "{:?}", start.elapsed());
    assert_eq!(report.changes.changed, 100_001);
}

#[test]
fn past_its_time_the_judge_holds_and_says_why() {
    let (old, new) = (release("1.0", many("a", 50)), release("1.1", many("a", 50)));
    assert_eq!(judge(std::slice::from_ref(&old), &new, &rates()).decision, Decision::Pass);
    let (old, new) = (release("1.0", many("a", 50)), release("1.1", many("b", 50)));
    for allowed in 0..150 {
        let left = Cell::new(allowed);
        let stop = || {
            left.set(left.get() - 1);
            left.get() < 0
        };
        let report = judge_within(std::slice::from_ref(&old), &new, &rates(), &stop);
        if left.get() < 0 {
            assert_eq!(report.decision, Decision::Hold, "{allowed}");
            assert!(!report.complete, "{allowed}");
            assert_eq!(report.gaps.last().unwrap().reason, GapReason::TooMuchTime, "{allowed}");
        }
    }
}

#[test]
fn programs_that_were_not_compared_are_a_gap() {
    let program = |folder: &str, i: u64| {
        library(&format!("{folder}{i}.dll"), &format!("{folder}{i}"), i * 10..i * 10 + 9)
    };
    let all = |folder: &str, from: u64| (0..10_001).map(|i| program(folder, from + i)).collect();
    let report = vet(all("a", 0), all("b", 20_000));
    assert!(!report.complete);
    assert_eq!(report.gaps[0].reason, GapReason::TooManyEntries);
}

/// Releases in which files are alike in many ways.
fn files() -> impl Strategy<Value = Vec<FileProfile>> {
    let kinds = prop::sample::select(TraitKind::STATIC);
    let one = (0..4_u64, 0..5_u64, 0..4_usize, kinds, 0..4_usize);
    let one = one.prop_map(|(name, content, sort, kind, named)| {
        let path = format!("{}/f{name}-1.{content}.dll", name % 2);
        let content = format!("{content}{name}{sort}{}{named}", kind.id());
        let file = match sort {
            0 => library(&path, &content, name * 20..name * 20 + 60),
            1 => program(&format!("{}/f{name}.exe", name % 2), &content, "1.0"),
            2 => script(&path, &content),
            _ => text(&path, &content),
        };
        let mut file = naming(with(file, kind, "value", 70_000), &format!("f{named}.exe"));
        file.names.hosts = vec![format!("h{name}.test")];
        file
    });
    prop::collection::vec(one, 0..10)
}

fn shuffled() -> impl Strategy<Value = (Vec<FileProfile>, Vec<FileProfile>)> {
    files().prop_flat_map(|f| (Just(f.clone()), Just(f).prop_shuffle()))
}

proptest! {
    #[test]
    fn a_release_beside_itself_in_any_order_passes_without_a_departure((files, other) in shuffled()) {
        let (old, new) = (release("1.0", files), release("1.0", other));
        let report = judge(&[old], &new, &rates());
        prop_assert_eq!(report.decision, Decision::Pass);
        prop_assert!(report.reasons.is_empty());
        prop_assert!(report.files.is_empty());
    }

    #[test]
    fn the_same_earlier_release_again_changes_nothing(old in files(), new in files(), times in 2..5_usize) {
        let (old, new) = (release("1.0", old), release("1.1", new));
        let once = judge(std::slice::from_ref(&old), &new, &rates());
        let often = judge(&vec![old; times], &new, &rates());
        prop_assert_eq!(once.decision, often.decision);
        prop_assert_eq!(once.reasons, often.reasons);
    }

    #[test]
    fn the_order_of_files_changes_nothing((old, old_other) in shuffled(), (new, new_other) in shuffled()) {
        let one = judge(&[release("1.0", old)], &release("1.1", new), &rates());
        let other = judge(&[release("1.0", old_other)], &release("1.1", new_other), &rates());
        prop_assert_eq!(one.decision, other.decision);
        prop_assert_eq!(one.reasons, other.reasons);
    }
}
