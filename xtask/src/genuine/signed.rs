//! Every signed program of a list of public packages: none carries bytes that its signature does not
//! cover, and none may be said to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use khien_binary::signature::{Irregularity, IrregularityKind, Scheme, State};
use khien_unpack::{Limits, Node, Visitor};

use crate::programs::{Release, bytes_of};
use crate::say;

/// Programs that have to be read for the count to mean something.
const PROGRAMS_MIN: usize = 500;

/// Windows packages whose programs are signed: by Microsoft, The Qt Company and others.
const PACKAGES: [(&str, &str); 6] = [
    ("dotnetcore2", "3.1.23"),
    ("PyQt5-Qt5", "5.15.2"),
    ("PyQt6-Qt6", "6.11.2"),
    ("cefpython3", "66.0"),
    ("onnxruntime-directml", "1.24.4"),
    ("uv", "0.13.9"),
];

/// What would say that bytes hide in a signature.
const CARRIES: [IrregularityKind; 5] = [
    IrregularityKind::AfterTable,
    IrregularityKind::NotTiled,
    IrregularityKind::Slack,
    IrregularityKind::UnknownEntry,
    IrregularityKind::UnsignedAttribute,
];

/// Downloads the packages and reads their programs.
pub(super) fn run(folder: &Path) -> Result<()> {
    let mut signed = Signed::default();
    for (name, version) in PACKAGES {
        let release = Release { registry: "pypi", name, version, platform: "win_amd64" };
        let wheel = release.fetch(&folder.join(name.to_lowercase()))?;
        let file_name = wheel.file_name().context("a name")?.to_string_lossy().into_owned();
        let before = signed.seen.len();
        khien_unpack::open(&file_name, bytes_of(&wheel)?.into(), &Limits::default(), &mut signed);
        say(&format!("{:<48}  {:>4} signed programs", file_name, signed.seen.len() - before));
    }
    for (state, count) in &signed.states {
        say(&format!("  {state}: {count}"));
    }
    for (path, what) in &signed.accused {
        say(&format!("accused: {path}: {what:?}"));
    }
    let (count, accused) = (signed.seen.len(), signed.accused.len());
    ensure!(count >= PROGRAMS_MIN, "{count} signed programs are too few to say anything");
    ensure!(accused == 0, "{accused} of {count} genuine signed programs are accused");
    say(&format!("{count} genuine signed programs, none accused of carrying unsigned bytes"));
    Ok(())
}

/// Signed programs, each counted once.
#[derive(Default)]
struct Signed {
    seen: BTreeSet<[u8; 32]>,
    states: BTreeMap<String, usize>,
    accused: Vec<(String, Irregularity)>,
}

impl Visitor for Signed {
    fn visit(&mut self, node: Node) {
        if self.seen.contains(&node.sha256) || !khien_binary::is_executable(&node.bytes) {
            return;
        }
        for image in khien_binary::read(&node.bytes).unwrap_or_default() {
            let signature = image.signature;
            if signature.scheme != Scheme::Authenticode || signature.state == State::Unsigned {
                continue;
            }
            self.seen.insert(node.sha256);
            *self.states.entry(format!("{:?}", signature.state)).or_default() += 1;
            let carries = signature.irregularities.into_iter().find(|i| CARRIES.contains(&i.kind));
            if let Some(what) = carries {
                self.accused.push((node.path.as_raw().to_owned(), what));
            }
        }
    }
}
