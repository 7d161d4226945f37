use proptest::prelude::*;

use super::*;
use crate::made::{library, release, script, text};
use crate::profile::{FileProfile, ReleaseProfile};

fn paired(old: &ReleaseProfile, new: &ReleaseProfile) -> Pairing {
    pair(&Sorted::new(old), &Sorted::new(new), &|| false)
}

/// Paths of the old files that a new one continues.
fn continued(old: &[FileProfile], new: &[FileProfile], path: &str) -> Vec<String> {
    let (old, new) = (release("1.0.1", old.to_vec()), release("1.0.2", new.to_vec()));
    let at = new.files.iter().position(|f| f.path.as_raw() == path).unwrap();
    let found = paired(&old, &new).predecessors(at);
    found.iter().map(|i| old.files[*i].path.as_raw().to_owned()).collect()
}

fn how(old: FileProfile, new: FileProfile) -> Option<How> {
    paired(&release("1.0.1", vec![old]), &release("1.0.2", vec![new])).pair_of(1).map(|p| p.how)
}

#[test]
fn one_library_that_becomes_two_is_the_predecessor_of_both() {
    let old = [library("core.dll", "a", 0..200)];
    let new = [library("core.dll", "b", 0..120), library("extra.dll", "c", 120..200)];
    assert_eq!(continued(&old, &new, "core.dll"), ["core.dll"]);
    assert_eq!(continued(&old, &new, "extra.dll"), ["core.dll"]);
    // Both parts under new names: the larger is the pair, the smaller was split off.
    let new = [library("x/one.dll", "b", 0..120), library("x/two.dll", "c", 120..200)];
    assert_eq!(continued(&old, &new, "x/one.dll"), ["core.dll"]);
    assert_eq!(continued(&old, &new, "x/two.dll"), ["core.dll"]);
}

#[test]
fn a_new_library_with_few_functions_of_an_old_one_is_no_part_of_it() {
    let old = [library("core.dll", "a", 0..200)];
    let new = [library("core.dll", "b", 0..200), library("extra.dll", "c", 180..300)];
    assert!(continued(&old, &new, "extra.dll").is_empty());
}

#[test]
fn two_libraries_that_become_one_are_both_its_predecessors() {
    let old = [library("a.dll", "a", 0..100), library("b.dll", "b", 100..200)];
    assert_eq!(continued(&old, &[library("a.dll", "c", 0..200)], "a.dll"), ["b.dll", "a.dll"]);
    assert_eq!(continued(&old, &[library("x/all.dll", "c", 0..200)], "x/all.dll").len(), 2);
}

#[test]
fn three_libraries_that_become_one_are_its_predecessors_though_none_is_most_of_it() {
    let old: Vec<_> = (0..3)
        .map(|i| library(&format!("{i}.dll"), &format!("{i}"), i * 100..i * 100 + 100))
        .collect();
    let new = [library("x/all.dll", "c", 0..300)];
    assert_eq!(continued(&old, &new, "x/all.dll").len(), 3);
}

#[test]
fn renamed_and_moved_at_once_with_a_version_in_the_name() {
    let old = |path| library(path, "a", 0..200);
    let new = |path| library(path, "b", 5..205);
    let is = |a, b, wanted| assert_eq!(how(old(a), new(b)), Some(wanted), "{a} {b}");
    is("app-1.0.1/libvet-1.0.1.so", "app-1.0.2/libvet-1.0.2.so", How::SameStem);
    is("lib/libvet-1.0.1.so", "usr/lib/vet/libvet-1.0.2.so", How::SameName);
    is("lib/libvet-1.0.1.so", "usr/lib/core-2.0.so", How::SharedFunctions);
    is("a-1.0.1.zip!/lib/x.so", "a-1.0.2.tar!/lib/x.so", How::SameName);
}

#[test]
fn another_processors_library_in_another_place_is_another_library() {
    let mut other = library("arm/core.dll", "b", 0..200);
    other.images[0].machine = "aarch64".to_owned();
    assert_eq!(how(library("core.dll", "a", 0..200), other.clone()), None);
    other.path = "core.dll".into();
    other.stem = "core.dll".to_owned();
    assert_eq!(how(library("core.dll", "a", 0..200), other), Some(How::SamePath));
}

#[test]
fn many_new_texts_do_not_keep_a_program_from_being_known() {
    let old = [library("core.dll", "a", 0..200)];
    let mut new: Vec<_> =
        (0..3000).map(|i| text(&format!("a/{i}.txt"), &format!("t{i}"))).collect();
    new.push(library("z/other.dll", "b", 0..190));
    assert_eq!(continued(&old, &new, "z/other.dll"), ["core.dll"]);
}

#[test]
fn programs_that_are_too_many_to_be_compared_are_counted() {
    let many = |folder: &str, from: u64| -> Vec<_> {
        let one = |i: u64| {
            let first = (from + i) * 10;
            let path = format!("{folder}/{folder}{i}.dll");
            library(&path, &format!("{folder}{i}"), first..first + 9)
        };
        (0..10_001).map(one).collect()
    };
    let old = release("1.0.1", many("a", 0));
    assert_eq!(paired(&old, &release("1.0.2", many("b", 20_000))).left_out, 1);
    assert_eq!(paired(&old, &old).left_out, 0);
}

#[test]
fn nothing_is_paired_by_code_once_the_time_is_up() {
    let (old, new) = (library("a.dll", "a", 0..200), library("x/b.dll", "b", 0..200));
    let (old, new) = (release("1.0.1", vec![old]), release("1.0.2", vec![new]));
    let late = pair(&Sorted::new(&old), &Sorted::new(&new), &|| true);
    assert_eq!(late.added, [1]);
    assert_eq!(paired(&old, &new).pair_of(1).unwrap().how, How::SharedFunctions);
}

/// Some files with few names, contents and functions, so that many are alike.
fn files() -> impl Strategy<Value = Vec<FileProfile>> {
    let one = (0..4_u64, 0..6_u64, 0..3_usize).prop_map(|(name, content, sort)| {
        let path = format!("{}/f{name}-1.{content}.so", name % 2);
        let content = format!("{content}{sort}");
        match sort {
            0 => library(&path, &content, name * 20..name * 20 + 60),
            1 => script(&path, &content),
            _ => text(&path, &content),
        }
    });
    prop::collection::vec(one, 0..12)
}

proptest! {
    #[test]
    fn the_order_of_files_decides_no_pair(
        old in files(), (new, shuffled) in files().prop_flat_map(|f| (Just(f.clone()), Just(f).prop_shuffle())),
    ) {
        let old = release("1.0.1", old);
        let names = |new: &ReleaseProfile| {
            let pairing = paired(&old, new);
            let key = |i: usize| (new.files[i].path.clone(), new.files[i].sha256.clone());
            let mut out: Vec<_> = pairing.pairs.iter()
                .map(|p| (key(p.new), old.files[p.old].path.clone(), old.files[p.old].sha256.clone(), p.how))
                .collect();
            out.sort();
            out
        };
        prop_assert_eq!(names(&release("1.0.2", new)), names(&release("1.0.2", shuffled)));
    }

    #[test]
    fn pairs_are_one_to_one_and_nothing_is_lost(old in files(), new in files()) {
        let (old, new) = (release("1.0.1", old), release("1.0.2", new));
        let pairing = paired(&old, &new);
        let mut olds: Vec<usize> = pairing.pairs.iter().map(|p| p.old).chain(pairing.removed.clone()).collect();
        let mut news: Vec<usize> = pairing.pairs.iter().map(|p| p.new).chain(pairing.added.clone()).collect();
        olds.sort_unstable();
        news.sort_unstable();
        prop_assert_eq!(olds, (0..old.files.len()).collect::<Vec<_>>());
        prop_assert_eq!(news, (0..new.files.len()).collect::<Vec<_>>());
    }
}
