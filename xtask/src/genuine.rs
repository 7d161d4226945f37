//! `cargo xtask genuine`: what vetting says of programs that were really signed.
//!
//! The pairs of the test kit are made here and signed by nobody. These are not: the library of the
//! 3CX incident as Microsoft signed it, from a public wheel, with inert bytes where that incident
//! carried its payload; and every signed program of a list of public packages, none of which may be
//! accused of carrying anything.

mod signed;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use khien_testkit::release::{line, noise};
use khien_unpack::{Limits, Node, Visitor};
use serde_json::Value;

use crate::programs::{Release, bytes_of, command, khien, target};
use crate::say;

const WHEEL: Release<'_> =
    Release { registry: "pypi", name: "PyQt5-Qt5", version: "5.15.2", platform: "win_amd64" };
/// The library that carried a payload in March 2023, and one beside it that does not know it.
const CARRIER: &str = "d3dcompiler_47.dll";
const SIBLING: &str = "ssleay32.dll";
/// As many bytes as then.
const APPENDED: usize = 280_016;

/// Runs the chore.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let folder = match arguments {
        [] => target().join("genuine"),
        [flag, folder] if flag == "--folder" => folder.into(),
        _ => bail!("usage: cargo xtask genuine [--folder DIR]"),
    };
    appended(&folder).context("the library with bytes in its signature")?;
    signed::run(&folder)
}

/// Vets the genuine library beside itself, and beside itself with bytes in its certificate table and
/// a sibling that names it.
fn appended(folder: &Path) -> Result<()> {
    let wheel = WHEEL.fetch(&folder.join("pyqt5-qt5"))?;
    let mut found = Named(Vec::new());
    let name = wheel.file_name().context("a name")?.to_string_lossy().into_owned();
    khien_unpack::open(&name, bytes_of(&wheel)?.into(), &Limits::default(), &mut found);
    let [carrier, sibling] = [CARRIER, SIBLING].map(|name| found.bytes(name));
    let (carrier, sibling) = (carrier?, sibling?);

    let release = |side: &str, about: &str, carrier: &[u8], sibling: &[u8]| -> Result<PathBuf> {
        let path = folder.join("appended").join(side).join("app");
        fs::create_dir_all(&path)?;
        fs::write(path.join(CARRIER), carrier)?;
        fs::write(path.join(SIBLING), sibling)?;
        fs::write(path.join("README.txt"), about)?;
        Ok(path)
    };
    let old = release("old", "Release 1.\n", &carrier, &sibling)?;
    let same = release("same", "Release 2.\n", &carrier, &sibling)?;
    let program = khien()?;
    let report = vet(&program, &old, &same, 0)?;
    ensure!(report["decision"] == "pass", "the genuine pair: {report:#}");
    say("genuine libraries, unchanged:                     pass");

    let naming = with_name(&sibling, CARRIER)?;
    let (text, noise) = (line(APPENDED), noise(APPENDED, 0));
    let cases = [("text", &text, true), ("noise", &noise, true), ("text alone", &text, false)];
    for (what, payload, named) in cases {
        let carrying = with_bytes_in_table(&carrier, payload)?;
        let beside = if named { &naming } else { &sibling };
        let new = release(what, "Release 2.\n", &carrying, beside)?;
        let report = vet(&program, &old, &new, 1)?;
        ensure!(report["decision"] == "block", "{report:#}");
        let reasons = report["reasons"].as_array().context("reasons")?;
        let kind = |reason: &Value| reason["departure"]["of"]["kind"].as_str().map(str::to_owned);
        let kinds: Vec<String> = reasons.iter().filter_map(kind).collect();
        // Named, the story of the two files comes first; the bytes decide by themselves either way.
        let story = kinds.first().is_some_and(|kind| kind == "story.names-carrier");
        ensure!(story == named, "{kinds:?}");
        let bytes = reasons.iter().find(|reason| {
            let departure = &reason["departure"];
            departure["of"]["kind"] == "signature.unsigned-bytes" && departure["path"] == CARRIER
        });
        let bytes = bytes.with_context(|| format!("{kinds:?}"))?;
        ensure!(bytes["decides"] == "block", "{bytes:#}");
        ensure!(bytes["departure"]["amount"] == APPENDED, "{bytes:#}");
        say(&format!(
            "{APPENDED} bytes, inert {what:<10} in its table:     block, {}",
            kinds.join(", ")
        ));
    }
    Ok(())
}

/// What the program says of two releases.
fn vet(program: &Path, old: &Path, new: &Path, exit: i32) -> Result<Value> {
    let output =
        command(program).arg("vet").args([old, new]).args(["--json", "--no-progress"]).output()?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout).context(complaint.into_owned())?;
    ensure!(output.status.code() == Some(exit), "{}: {report:#}", output.status);
    Ok(report)
}

/// Takes files by their names.
struct Named(Vec<(String, Vec<u8>)>);

impl Named {
    fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        let found = self.0.iter().find(|(path, _)| path.ends_with(name));
        found.map(|(_, bytes)| bytes.clone()).with_context(|| format!("no {name} in the wheel"))
    }
}

impl Visitor for Named {
    fn visit(&mut self, node: Node) {
        let path = node.path.as_raw();
        if [CARRIER, SIBLING].iter().any(|name| path.ends_with(&format!("/{name}"))) {
            self.0.push((path.to_owned(), node.bytes.to_vec()));
        }
    }
}

/// A signed PE file with more bytes at the end of its certificate table, lengths mended: what the
/// signature covers does not change, and verifiers that do not look there see nothing.
///
/// Source: PE/COFF specification, "The Attribute Certificate Table".
fn with_bytes_in_table(pe: &[u8], more: &[u8]) -> Result<Vec<u8>> {
    let header = number(pe, 0x3c)?;
    let optional = header + 24;
    let directories = match pe.get(optional..optional + 2) {
        Some([0x0b, 0x02]) => optional + 112,
        Some([0x0b, 0x01]) => optional + 96,
        _ => bail!("neither PE32 nor PE32+"),
    };
    let directory = directories + 4 * 8;
    let (table, size) = (number(pe, directory)?, number(pe, directory + 4)?);
    ensure!(size > 8 && table + size == pe.len(), "a table at the end of the file");
    ensure!(more.len().is_multiple_of(8), "entries are padded to 8 bytes");
    let mut out = pe.to_vec();
    out.extend(more);
    for place in [table, directory + 4] {
        let longer = u32::try_from(size + more.len())?.to_le_bytes();
        out.get_mut(place..place + 4).context("a length")?.copy_from_slice(&longer);
    }
    Ok(out)
}

fn number(bytes: &[u8], at: usize) -> Result<usize> {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).context("cut short")?;
    Ok(u32::from_le_bytes(four) as usize)
}

/// A PE file that holds a name as a string, in zeros between its data.
fn with_name(pe: &[u8], name: &str) -> Result<Vec<u8>> {
    let images = khien_binary::read(pe)?;
    let image = images.first().context("an image")?;
    let data = image.sections.iter().find(|s| s.name == ".rdata" || s.name == ".data");
    let range = &data.context("a section of data")?.file;
    let (start, end) = (usize::try_from(range.start)?, usize::try_from(range.end)?);
    // A zero on each side, and some more on the left, which may belong to what stands there.
    let room = name.len() + 32;
    let section = pe.get(start..end).context("a section in the file")?;
    let zeros = section.windows(room).position(|part| part.iter().all(|byte| *byte == 0));
    let at = start + zeros.context("zeros in the section")? + 24;
    let mut out = pe.to_vec();
    out.get_mut(at..at + name.len()).context("room")?.copy_from_slice(name.as_bytes());
    Ok(out)
}
