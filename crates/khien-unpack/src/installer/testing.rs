//! What the tests of installers and disk images share.

use std::path::Path;
use std::process::Command;

use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::{FactKind, GapReason, Limits, Node, Opened, SpanKind, Visitor, open};

/// The only payload that fixtures carry.
pub(crate) const INERT: &[u8] = b"INERT VET TEST FIXTURE - CONTAINS NO CODE\n";

/// All nodes and the account of one artefact.
pub(crate) struct Seen {
    pub(crate) nodes: Vec<Node>,
    pub(crate) opened: Opened,
}

struct Keep(Vec<Node>);

impl Visitor for Keep {
    fn visit(&mut self, node: Node) {
        self.0.push(node);
    }
}

impl Seen {
    pub(crate) fn open(name: &str, bytes: impl Into<Bytes>) -> Self {
        Self::within(name, bytes.into(), &Limits::default())
    }

    pub(crate) fn within(name: &str, bytes: Bytes, limits: &Limits) -> Self {
        let mut keep = Keep(Vec::new());
        let opened = open(name, bytes, limits, &mut keep);
        Self { nodes: keep.0, opened }
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.nodes.iter().map(|n| n.path.as_raw()).collect()
    }

    /// The node with this path.
    pub(crate) fn node(&self, path: &str) -> &Node {
        let found = self.nodes.iter().find(|n| n.path.as_raw() == path);
        found.unwrap_or_else(|| panic!("no {path} in {:#?}", self.names()))
    }

    pub(crate) fn facts(&self, kind: FactKind) -> Vec<&str> {
        self.opened.facts.iter().filter(|f| f.kind == kind).map(|f| f.detail.as_raw()).collect()
    }

    pub(crate) fn has_fact(&self, kind: FactKind, part: &str) -> bool {
        self.facts(kind).iter().any(|detail| detail.contains(part))
    }

    pub(crate) fn gaps(&self) -> Vec<(GapReason, &str)> {
        self.opened.gaps.iter().map(|g| (g.reason, g.detail.as_raw())).collect()
    }

    /// Bytes of a kind in the outermost container.
    pub(crate) fn bytes(&self, kind: SpanKind) -> u64 {
        let outer = self.opened.ledgers.iter().find(|l| l.path.is_empty());
        outer.map_or(0, |l| l.bytes(kind))
    }

    /// Every ledger covers its container, in order, without a hole; no reader panicked.
    pub(crate) fn check(&self) -> Result<(), String> {
        for ledger in &self.opened.ledgers {
            let mut at = 0;
            for span in &ledger.spans {
                if span.range.start != at || span.range.end <= at {
                    return Err(format!("{}: hole or overlap at {at}", ledger.path));
                }
                at = span.range.end;
            }
            if at != ledger.len {
                return Err(format!("{}: covered to {at} of {}", ledger.path, ledger.len));
            }
        }
        let failed = |detail: &str| detail.contains("the reader failed");
        match self.opened.gaps.iter().find(|g| failed(g.detail.as_raw())) {
            Some(gap) => Err(format!("panic in {:?}", gap.path)),
            None => Ok(()),
        }
    }
}

/// Opens many damaged forms of a sound file: flipped bytes, numbers set to extremes, cut ends.
pub(crate) fn survives_damage(name: &str, sound: &[u8], cases: u32) {
    let len = sound.len().max(1);
    // Heads and tails are where the structure is: half of the damage goes there.
    let place = prop_oneof![0..len, 0..len.min(512), len.saturating_sub(1024)..len];
    let value = prop_oneof![Just(0_u8), Just(0xFF), Just(0x7F), Just(0x80), any::<u8>()];
    let edits = prop::collection::vec((place, value, 1..5_usize), 0..6);
    let strategy = (edits, prop_oneof![3 => Just(None), 1 => (0..len).prop_map(Some)]);
    let mut runner =
        TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let limits = Limits { bytes_out_max: 32 << 20, member_bytes_max: 8 << 20, ..Limits::default() };
    let result = runner.run(&strategy, |(edits, cut)| {
        let mut bytes = sound.to_vec();
        for (at, value, count) in edits {
            for byte in bytes.iter_mut().skip(at).take(count) {
                *byte = value;
            }
        }
        if let Some(cut) = cut {
            bytes.truncate(cut);
        }
        let seen = Seen::within(name, Bytes::from(bytes), &limits);
        seen.check().map_err(TestCaseError::fail)
    });
    result.unwrap();
}

/// Whether a program is there; a test that needs it says that it is skipped.
pub(crate) fn has_tool(tool: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).any(|folder| folder.join(tool).is_file());
    if !found {
        #[expect(clippy::print_stderr, reason = "a skipped test must say so")]
        {
            eprintln!("skipped: {tool} is not installed");
        }
    }
    found
}

/// Runs a program in a folder and insists that it ends well.
#[expect(clippy::disallowed_methods, reason = "fixtures are made by the formats' own tools")]
pub(crate) fn run(folder: &Path, tool: &str, arguments: &[&str]) {
    let output = Command::new(tool).args(arguments).current_dir(folder).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{tool}: {text} {}", String::from_utf8_lossy(&output.stdout));
}

/// A file's bytes.
#[expect(clippy::disallowed_methods, reason = "a file that the test has just made")]
pub(crate) fn file(path: impl AsRef<Path>) -> Vec<u8> {
    std::fs::read(path).unwrap()
}

/// A PE file without code: headers and `sections` empty sections of 512 bytes, no resources.
pub(crate) fn program(sections: u16) -> Vec<u8> {
    let named: Vec<(&[u8], Vec<u8>)> =
        (0..sections).map(|_| (&b".rdata"[..], Vec::new())).collect();
    program_with(&named, None)
}

/// A PE file without code with these sections; `resources` is the number of the section that holds
/// the resources.
pub(crate) fn program_with(sections: &[(&[u8], Vec<u8>)], resources: Option<usize>) -> Vec<u8> {
    let mut out = vec![0; 0x200];
    out[..2].copy_from_slice(b"MZ");
    out[0x3C] = 0x40;
    out[0x40..0x44].copy_from_slice(b"PE\0\0");
    out[0x44..0x46].copy_from_slice(&0x14C_u16.to_le_bytes());
    out[0x46..0x48].copy_from_slice(&u16::try_from(sections.len()).unwrap().to_le_bytes());
    out[0x54..0x56].copy_from_slice(&0xE0_u16.to_le_bytes());
    out[0x58..0x5A].copy_from_slice(&0x10B_u16.to_le_bytes());
    out[0xB4..0xB8].copy_from_slice(&16_u32.to_le_bytes());
    for (index, (name, content)) in sections.iter().enumerate() {
        let start = out.len();
        let padded = content.len().max(1).next_multiple_of(0x200);
        let address = 0x1000 * u32::try_from(index + 1).unwrap();
        let head = 0x138 + index * 40;
        out[head..head + name.len()].copy_from_slice(name);
        for (field, value) in [(8, padded), (16, padded), (20, start)] {
            let value = u32::try_from(value).unwrap().to_le_bytes();
            out[head + field..head + field + 4].copy_from_slice(&value);
        }
        out[head + 12..head + 16].copy_from_slice(&address.to_le_bytes());
        if resources == Some(index) {
            out[0xC8..0xCC].copy_from_slice(&address.to_le_bytes());
            out[0xCC..0xD0].copy_from_slice(&u32::try_from(padded).unwrap().to_le_bytes());
        }
        out.extend_from_slice(content);
        out.resize(start + padded, 0);
    }
    out
}
