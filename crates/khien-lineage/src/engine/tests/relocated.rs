//! Programs of the system in strange places, and names that borrow.

use khien_model::EventClass;

use super::fleet::*;
use crate::{Finding, TraitKind};

const NOBODY: &[(&str, &str)] = &[];
const COPY: App<'static> = App { image: r"C:\ProgramData\TPM\TpmVscMgrSvr.exe", ..SHELL };
const INSTALLER: App<'static> = App { image: r"C:\Windows\System32\msiexec.exe", ..SHELL };

fn relocated(found: &[Finding]) -> Vec<(&str, &str, &str)> {
    let of_kind = found.iter().filter(|f| f.evidence.of.kind == TraitKind::StartsRelocated);
    of_kind
        .map(|f| {
            let of = &f.evidence.of;
            (f.lineage.product.as_raw(), f.version.as_raw(), of.value.as_raw())
        })
        .collect()
}

#[test]
fn a_program_of_the_system_from_elsewhere_is_told_at_once() {
    let started = |child: App<'_>| {
        let mut story = Story::rollout(UPDATE + 6);
        story.child(UPDATE + 2, 10.0, 1, phone(NEW), child);
        story.findings()
    };
    let expected = [("softphone", NEW, "machine-data/tpmvscmgrsvr.exe")];
    assert_eq!(relocated(&started(COPY)), expected);
    // Where the system keeps it, and where its own scanner is kept.
    assert_eq!(relocated(&started(SHELL)), []);
    let scanner = r"C:\ProgramData\Microsoft\Windows Defender\Platform\4.18\MsMpEng.exe";
    assert_eq!(relocated(&started(App { image: scanner, ..SHELL })), []);
    // Somebody else's program there.
    assert_eq!(relocated(&started(App { product: "Helper", company: "Vendor Ltd.", ..COPY })), []);
}

#[test]
fn a_copy_that_always_was_started_is_none() {
    let mut story = Story::rollout(UPDATE + 6);
    story.child(3, 10.0, 30, phone(OLD), COPY);
    story.child(UPDATE + 2, 10.0, 1, phone(NEW), COPY);
    assert_eq!(relocated(&story.findings()), []);
}

/// The system's installer starts it: the package that it is busy with did, whether its end is recorded before or after.
#[test]
fn what_the_installer_starts_is_the_packages() {
    let package = |started: f64, ended: Option<f64>| {
        let mut story = Story::rollout(UPDATE + 6);
        story.child(UPDATE, 7.0 + started, 0, INSTALLER, COPY);
        if let Some(ended) = ended {
            let fields =
                [("Product", "Softphone"), ("FileVersion", NEW), ("Company", "Vendor Ltd")];
            let time = at(UPDATE, 7.0 + ended);
            story.events.push(event(time, &host(0), EventClass::Software, "", &fields));
        }
        story.start(UPDATE, 6.9, 0, INSTALLER);
        story.findings()
    };
    let expected = [("softphone", NEW, "machine-data/tpmvscmgrsvr.exe")];
    assert_eq!(relocated(&package(0.1, Some(0.2))), expected);
    assert_eq!(relocated(&package(0.2, Some(0.15))), expected);
    // No package is known, or it ended long before or after.
    assert_eq!(relocated(&package(0.1, None)), []);
    assert_eq!(relocated(&package(0.1, Some(0.7))), []);
    assert_eq!(relocated(&package(0.4, Some(0.1))), []);
}

#[test]
fn a_name_that_borrows_is_told_on_every_host() {
    let asked = |name: &str| {
        let mut story = Story::rollout(UPDATE + 16);
        for on in [0, 3, 6] {
            story.ask(UPDATE + 13, 12.0 + f64::from(on), on, phone(NEW), name);
        }
        let mut found = story.findings();
        found.retain(|f| f.evidence.of.kind == TraitKind::ContactsBorrowedName);
        found
    };
    let found = asked("api.azureonlinestorage.com");
    assert_eq!(open(&found), [(TraitKind::ContactsBorrowedName.id(), "azureonlinestorage.com")]);
    assert_eq!(found[0].evidence.contrast.showing, 3);
    assert_eq!(open(&asked("login.microsoftonline.com")), NOBODY);
    assert_eq!(open(&asked("www.officefurniture.com")), NOBODY);
}
