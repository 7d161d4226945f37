//! Bytecode: which kind it is, and what its strings are means of.
//!
//! The instructions are not read. Class files name every method they call in their constants, and the
//! others keep such names too, so a release that newly fetches or starts programs mostly shows it; the
//! kind itself is a trait, by which bytecode shows where earlier releases had none.

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use khien_lineage::TraitKind;
use serde::Deserialize;

use super::collect::{Collector, place};
use super::file::FileInput;
use super::tables::BytecodeWord;
use super::{Matchers, MatchersError};

/// What the values of traits begin with that were read off bytecode: of the rule that a file is
/// bytecode, where its kind follows, and of means.
pub(crate) const BYTECODE: &str = "bytecode-";

/// Kinds of bytecode.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Bytecode {
    /// Erlang.
    Beam,
    /// Android.
    Dex,
    /// Hermes, the engine of React Native.
    Hermes,
    /// Java class files.
    Java,
    /// Lua.
    Lua,
    /// Python.
    Pyc,
    /// What V8 compiled ahead of time.
    V8,
    /// WebAssembly.
    Wasm,
}

impl Bytecode {
    const fn name(self) -> &'static str {
        match self {
            Self::Beam => "beam",
            Self::Dex => "dex",
            Self::Hermes => "hermes",
            Self::Java => "java",
            Self::Lua => "lua",
            Self::Pyc => "pyc",
            Self::V8 => "v8",
            Self::Wasm => "wasm",
        }
    }

    /// By the first bytes; where those are none, by the name.
    fn of(path: &str, bytes: &[u8]) -> Option<Self> {
        let ends = |ending: &str| {
            let from = path.len().checked_sub(ending.len());
            from.and_then(|from| path.get(from..))
                .is_some_and(|end| end.eq_ignore_ascii_case(ending))
        };
        let word = |at: usize| {
            let bytes = bytes.get(at..)?.first_chunk()?;
            Some(u32::from_be_bytes(*bytes))
        };
        Some(match bytes.first_chunk::<4>()? {
            // The version of a class file; universal Mach-O has the number of its slices there.
            [0xca, 0xfe, 0xba, 0xbe] if word(4)? > 30 => Self::Java,
            b"dex\n" => Self::Dex,
            b"\0asm" => Self::Wasm,
            b"\x1bLua" | b"\x1bLJ\x02" | b"\x1bLJ\x01" => Self::Lua,
            b"FOR1" if bytes.get(8..12) == Some(b"BEAM") => Self::Beam,
            [0xc6, 0x1f, 0xbc, 0x03] => Self::Hermes,
            [_, _, b'\r', b'\n'] if ends(".pyc") || ends(".pyo") => Self::Pyc,
            _ if ends(".jsc") => Self::V8,
            _ => return None,
        })
    }
}

/// Finds the words of bytecode.
#[derive(Debug)]
pub(crate) struct BytecodeWords {
    words: Vec<BytecodeWord>,
    automaton: AhoCorasick,
}

impl BytecodeWords {
    /// Builds the automaton.
    ///
    /// # Errors
    /// Ours: too many words.
    pub(crate) fn new(words: Vec<BytecodeWord>) -> Result<Self, MatchersError> {
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .build(words.iter().map(|word| &word.text))
            .map_err(|why| MatchersError::Table { table: "bytecode", why: why.to_string() })?;
        Ok(Self { words, automaton })
    }
}

/// Adds the traits of bytecode.
pub(crate) fn traits(input: &FileInput<'_>, matchers: &Matchers, out: &mut Collector) {
    if !input.images.is_empty() {
        return;
    }
    let Some(kind) = Bytecode::of(input.path, input.bytes) else { return };
    let value = format!("{BYTECODE}{}", kind.name());
    out.add_text(TraitKind::CapabilityRule, &value, kind.name());
    let table = &matchers.bytecode;
    for found in table.automaton.find_overlapping_iter(input.bytes) {
        let Some(word) = table.words.get(found.pattern().as_usize()) else { continue };
        if word.kinds.contains(&kind) {
            let value = format!("{BYTECODE}{}", word.means.value());
            out.add(word.means.kind(), &value, 1, place(found.start(), found.len(), &word.text));
        }
    }
}

#[cfg(test)]
mod tests {
    use khien_unpack::Format;

    use super::*;

    fn observed(path: &str, bytes: &[u8]) -> Vec<String> {
        let matchers = Matchers::built_in().expect("built in");
        let format = Format::Data;
        let input = FileInput { path, format, bytes, images: &[] };
        let mut out = Collector::default();
        traits(&input, &matchers, &mut out);
        out.finish().0.iter().map(|o| format!("{} {}", o.of.kind, o.of.value)).collect()
    }

    #[test]
    fn class_files_show_what_they_call() {
        let class = b"\xca\xfe\xba\xbe\0\0\0\x41\0\x05\x01\0\x18java/lang/ProcessBuilder";
        let found = observed("a/A.class", class);
        assert_eq!(
            found,
            ["capability.exec bytecode-start-process", "capability.rule bytecode-java"]
        );
        // A universal Mach-O begins with the same four bytes, and a text may name anything.
        assert!(observed("a", b"\xca\xfe\xba\xbe\0\0\0\x02java/lang/ProcessBuilder").is_empty());
        assert!(observed("a.txt", b"java/lang/ProcessBuilder").is_empty());
    }

    #[test]
    fn kinds_are_told_apart() {
        assert_eq!(observed("a.pyc", b"\xa7\x0d\r\nxx"), ["capability.rule bytecode-pyc"]);
        assert_eq!(observed("a", b"\0asm\x01\0\0\0"), ["capability.rule bytecode-wasm"]);
        assert!(observed("a.dat", b"\xa7\x0d\r\nxx").is_empty());
    }
}
