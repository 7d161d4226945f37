//! Releases of one product and of two.

use bytes::Bytes;
use khien_lineage::BaseRates;
use khien_testkit::release::benign_cases;
use khien_unpack::Limits;
use khien_vet::profile::{ReleaseProfile, profile};
use khien_vet::traits::Matchers;

use super::{continues, says_the_same};

fn read(name: &str, bytes: impl Into<Bytes>) -> ReleaseProfile {
    let matchers = Matchers::built_in().unwrap();
    profile(name, bytes.into(), &Limits::default(), &matchers, &mut |_, _| {})
}

/// An update of a package with programs and a text beside them, which says nothing of itself.
fn update() -> (ReleaseProfile, ReleaseProfile) {
    let case = benign_cases().into_iter().find(|case| case.name == "plain-update-zip").unwrap();
    let (mut old, mut new) = (read("one.zip", case.old.bytes), read("two.zip", case.new.bytes));
    old.identity = Default::default();
    new.identity = Default::default();
    assert!(new.files.iter().any(|file| file.is_program()));
    (old, new)
}

fn is_comparable(old: &ReleaseProfile, new: &ReleaseProfile) -> bool {
    let earlier = std::slice::from_ref(old);
    let report = khien_vet::judge(earlier, new, &BaseRates::built_in().unwrap());
    continues(&report, earlier, new)
}

/// Makes every program one that nobody has seen.
fn with_other_programs(mut release: ReleaseProfile) -> ReleaseProfile {
    for (i, file) in release.files.iter_mut().filter(|file| file.is_program()).enumerate() {
        file.path = format!("elsewhere/other{i}.bin").into();
        file.stem = format!("elsewhere/other{i}.bin");
        file.name = format!("other{i}.bin");
        file.sha256 = format!("{i:064x}");
        file.similarity = None;
        for image in &mut file.images {
            image.identity = Default::default();
            image.functions = Default::default();
            image.dotnet = None;
        }
    }
    release
}

#[test]
fn a_program_that_goes_on_is_enough() {
    let (old, new) = update();
    assert!(is_comparable(&old, &new));
}

#[test]
fn a_text_in_common_is_not_enough_where_both_have_programs() {
    let (old, new) = update();
    let old = with_other_programs(old);
    assert!(!is_comparable(&old, &new));
    // The near miss: the same, and both say who made them.
    let (mut said_old, mut said_new) = (old.clone(), new.clone());
    said_old.identity.publisher = Some("Vet Fixtures".to_owned());
    said_new.identity.publisher = Some("VET FIXTURES".to_owned());
    assert!(is_comparable(&said_old, &said_new));
    said_new.identity.publisher = Some("Somebody Else".to_owned());
    assert!(!is_comparable(&said_old, &said_new));
    said_new.identity.signers = vec!["Vet Fixtures".to_owned()];
    said_old.identity.signers = vec!["Other".to_owned(), "Vet Fixtures".to_owned()];
    assert!(is_comparable(&said_old, &said_new));
}

#[test]
fn names_without_versions_tell_products_apart() {
    for (old, new, same) in [
        ("app-1.0.msi", "app-1.1.msi", true),
        ("Other-1.0.msi", "app-1.0.msi", false),
        ("esbuild-win32-x64-0.28.1.tgz", "esbuild-win32-x64-0.28.2.tgz", true),
        ("liblzma5_5.4.1-0.2_amd64.deb", "liblzma5_5.4.5-0.3_amd64.deb", true),
        ("lxml-6.0.1-cp312-cp312-win_amd64.whl", "lxml-6.0.2-cp312-cp312-win_amd64.whl", true),
    ] {
        let (old_release, new_release) = (read(old, "old text\n"), read(new, "new text\n"));
        assert_eq!(says_the_same(&old_release, &new_release), same, "{old} {new}");
        assert_eq!(is_comparable(&old_release, &new_release), same, "{old} {new}");
    }
    // Every product's file is called like this; what it states decides.
    let (mut old, mut new) = (read("setup.exe", "old\n"), read("setup.exe", "new\n"));
    assert!(says_the_same(&old, &new));
    old.identity.product = Some("One".to_owned());
    new.identity.product = Some("Other".to_owned());
    assert!(!says_the_same(&old, &new));
    // One maker has many products.
    old.identity.publisher = Some("Vet Fixtures".to_owned());
    new.identity.publisher = Some("Vet Fixtures".to_owned());
    assert!(!says_the_same(&old, &new));
    new.identity.product = None;
    assert!(says_the_same(&old, &new));
}

#[test]
fn the_same_bytes_under_another_name_go_on() {
    let (old, new) = (read("one.txt", "same\n"), read("two.txt", "same\n"));
    // Two single files are set beside each other whatever they are, so that only what is in them counts.
    let other = read("three.txt", "different\n");
    assert!(!is_comparable(&old, &other));
    assert_eq!(old.sha256, new.sha256, "which is told before anything is compared");
}
