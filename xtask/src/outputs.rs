//! `cargo xtask outputs`: the outputs of vetting, checked with what others made for the purpose.
//!
//! CycloneDX by its own Python library with the schemas it brings; SARIF by the schema that
//! Microsoft's test library brings; in-toto statements by the framework's own library; pages by a
//! parser of the HTML standard, which says what a browser would have to mend.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use khien_testkit::release::{Artefact, Case, benign_cases, cases};

use crate::programs::{Release, command, khien, python, quietly, target};
use crate::say;

/// Says for each file given whether it is valid, and fails if one is not.
const CHECK: &str = include_str!("outputs/check.py");
const LIBRARIES: [&str; 4] = [
    "cyclonedx-python-lib[json-validation]==11.12.0",
    "html5lib==1.1",
    "in-toto-attestation==0.9.3",
    "jsonschema==4.26.0",
];
const SARIF: Release<'_> = Release {
    registry: "npm",
    name: "@microsoft/jest-sarif",
    version: "1.0.0-beta.0",
    platform: "",
};

/// A block in a package, a pass of an installer, a gap, a single file, a disk image, a lost signature.
const CASES: [&str; 6] = [
    "3cx-windows-nupkg",
    "plain-update-msi",
    "encrypted-inner-tar",
    "same-digest-bare",
    "3cx-mac-dmg",
    "signature-lost-zip",
];
/// A file name that a page must not obey.
const HOSTILE: &str = "\"><img src=x onerror=alert(1)><script>alert(1)<\u{2215}script>.zip";
const FORMATS: [&str; 4] = ["sarif", "cyclonedx", "in-toto", "html"];

/// Runs the chore.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    ensure!(arguments.is_empty(), "usage: cargo xtask outputs");
    let folder = target().join("outputs");
    let python = python(&folder, &LIBRARIES)?;
    let schema = schema(&folder)?;
    let program = khien()?;
    let results = folder.join("results");
    fs::create_dir_all(&results)?;
    let all: Vec<Case> = cases().into_iter().chain(benign_cases()).collect();
    // Larger than a reading child may have memory.
    let unread = folder.join("unread-1.1.bin");
    fs::File::create(&unread)?.set_len(300 << 20)?;
    // So little memory that no reading child of a folder lives: then the folder has no hash.
    let dead: &[&str] = &["--memory-mib", "16"];
    let mut outputs = Vec::new();
    for name in CASES {
        let Some(case) = all.iter().find(|case| case.name == name) else { continue };
        let (old, new) =
            (write(&folder, name, "old", &case.old)?, write(&folder, name, "new", &case.new)?);
        let evil = new.with_file_name(HOSTILE);
        fs::copy(&new, &evil)?;
        let (old_folder, new_folder) = (old.parent().context("old")?, new.parent().context("new")?);
        // As files, as folders, the other way round, under a name that wants to be obeyed, and with
        // too little memory to read a file or a folder.
        let ways: [(&str, &Path, &Path, &[&str]); 6] = [
            ("files", &old, &new, &[]),
            ("folders", old_folder, new_folder, &[]),
            ("backwards", &new, &old, &["--lang", "vi"]),
            ("hostile", &old, &evil, &[]),
            ("unread", &old, &unread, &["--memory-mib", "256"]),
            ("unread-folder", old_folder, new_folder, dead),
        ];
        for (way, old, new, more) in ways {
            for format in FORMATS {
                let out = results.join(format!("{name}-{way}.{format}"));
                // What an earlier run left must not pass for this one's.
                let _ = fs::remove_file(&out);
                vet(&program, [old, new], &out, format, more)?;
                // A statement is about a digest, and this folder has none.
                let has_no_digest = way == "unread-folder" && format == "in-toto";
                ensure!(out.exists() != has_no_digest, "{}: wrongly there or not", out.display());
                outputs.extend((!has_no_digest).then_some(out));
            }
        }
    }
    ensure!(
        outputs.len() >= 50,
        "{} outputs are too few: are the cases still there?",
        outputs.len()
    );
    let status = command(python).arg("-c").arg(CHECK).arg(schema).args(&outputs).status()?;
    ensure!(status.success(), "an output is not what its format says");
    say(&format!("{} outputs are valid", outputs.len()));
    Ok(())
}

fn vet(
    program: &Path,
    releases: [&Path; 2],
    out: &Path,
    format: &str,
    more: &[&str],
) -> Result<()> {
    let output = command(program)
        .args(["vet", "--quiet", "--format", format, "--output"])
        .arg(out)
        .args(releases)
        .args(more)
        .output()?;
    match output.status.code() {
        Some(0 | 1 | 3) => Ok(()),
        _ => bail!("{}: {}", out.display(), String::from_utf8_lossy(&output.stderr)),
    }
}

fn write(folder: &Path, case: &str, side: &str, artefact: &Artefact) -> Result<PathBuf> {
    let folder = folder.join("cases").join(case).join(side);
    fs::create_dir_all(&folder)?;
    let path = folder.join(&artefact.file_name);
    fs::write(&path, &artefact.bytes).with_context(|| path.display().to_string())?;
    Ok(path)
}

/// The schema of SARIF 2.1.0.
fn schema(folder: &Path) -> Result<PathBuf> {
    let package = SARIF.fetch(&folder.join("sarif"))?;
    let unpacked = folder.join("schema");
    fs::create_dir_all(&unpacked)?;
    let package = fs::canonicalize(package)?;
    quietly(&unpacked, "tar", &["-xzf", package.to_str().context("a path that is text")?])?;
    Ok(unpacked.join("package/lib/schemas/sarif-2.1.0-rtm.5.json"))
}
