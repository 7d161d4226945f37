//! Plain words under a one-byte XOR key or in base64.
//!
//! The XOR of two neighbours does not depend on the key: `(a ^ k) ^ (b ^ k) = a ^ b`. So all 255
//! keys are looked for at once, in the sequence of these differences.

use aho_corasick::packed::{self, Searcher};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use khien_lineage::TraitKind;

use super::MatchersError;
use super::collect::{Collector, place};
use super::runs::{Runs, table};
use super::text::widened;

/// Words that are nobody's secret: hiding them is what tells.
const WORDS: &[&str] = &[
    "Mozilla/5.0",
    "http://",
    "https://",
    "CreateProcess",
    "VirtualAlloc",
    "VirtualProtect",
    "GetProcAddress",
    "LoadLibraryA",
    "This program cannot be run",
    "powershell",
    "kernel32.dll",
    "cmd.exe /c",
    "/bin/sh",
    "/bin/bash",
    "SOFTWARE\\Microsoft",
    "Content-Type:",
    "User-Agent:",
    "child_process",
    "subprocess",
];

/// Bytes whose differences are made at once.
const BLOCK: usize = 1 << 16;

/// Finds hidden words.
#[derive(Debug)]
pub(crate) struct HiddenWords {
    /// Over differences.
    xor: Differences,
    /// By pattern of `xor`: the word and its bytes.
    xor_words: Vec<(&'static str, Vec<u8>)>,
    /// Over the bytes.
    base64: AhoCorasick,
    /// By pattern of `base64`: the word.
    base64_words: Vec<&'static str>,
    /// The characters of base64.
    in_base64: [bool; 256],
    /// Longest pattern of `xor`.
    longest: usize,
}

impl HiddenWords {
    /// Builds both automata.
    ///
    /// # Errors
    /// Ours: a word that cannot be searched for.
    pub(crate) fn new() -> Result<Self, MatchersError> {
        let forms = |word: &'static str| [word.as_bytes().to_vec(), widened(word.as_bytes())];
        let xor_words: Vec<(&str, Vec<u8>)> =
            WORDS.iter().flat_map(|word| forms(word).map(|form| (*word, form))).collect();
        let patterns: Vec<Vec<u8>> = xor_words.iter().map(|(_, form)| differences(form)).collect();
        let longest = patterns.iter().map(Vec::len).max().unwrap_or(0);
        let encoded: Vec<(&str, String)> = xor_words
            .iter()
            .flat_map(|(word, form)| (0..3).map(move |shift| (*word, base64_core(form, shift))))
            .filter(|(_, core)| core.len() >= CORE_MIN)
            .collect();
        Ok(Self {
            xor: Differences::new(&patterns)?,
            xor_words,
            base64: automaton(encoded.iter().map(|(_, core)| core))?,
            base64_words: encoded.into_iter().map(|(word, _)| word).collect(),
            in_base64: table(BASE64),
            longest,
        })
    }

    /// Looks at `bytes`.
    pub(crate) fn scan(&self, bytes: &[u8], out: &mut Collector) {
        let mut looks = 0;
        let in_base64 = |at: usize| bytes.get(at).is_some_and(|b| self.in_base64[usize::from(*b)]);
        for run in Runs::new(bytes.len(), CORE_MIN, in_base64) {
            let text = bytes.get(run.clone()).unwrap_or_default();
            for found in self.base64.find_iter(text) {
                let start = run.start.saturating_add(found.start());
                looks += 1;
                if looks <= ARMOUR_LOOKS_MAX && is_armoured(bytes, start) {
                    continue;
                }
                if let Some(word) = self.base64_words.get(found.pattern().as_usize()) {
                    let evidence = place(start, found.len(), word);
                    out.add(TraitKind::HiddenText, &format!("base64:{word}"), 1, evidence);
                }
            }
        }
        let mut block = Vec::with_capacity(BLOCK);
        let mut from = 0_usize;
        while from.saturating_add(1) < bytes.len() {
            // Blocks overlap by what the longest word needs, so that none is cut in two.
            let until = from.saturating_add(BLOCK).saturating_add(self.longest).min(bytes.len());
            let (Some(these), Some(next)) = (
                bytes.get(from..until.saturating_sub(1)),
                bytes.get(from.saturating_add(1)..until),
            ) else {
                break;
            };
            block.clear();
            block.extend(these.iter().zip(next).map(|(a, b)| a ^ b));
            self.xor.each(&block, |id, at| {
                if at < BLOCK {
                    self.xored(id, bytes, from, at, out);
                }
            });
            from = from.saturating_add(BLOCK);
        }
    }

    fn xored(&self, id: usize, bytes: &[u8], from: usize, at: usize, out: &mut Collector) {
        let start = from.saturating_add(at);
        let Some((word, form)) = self.xor_words.get(id) else { return };
        let (Some(byte), Some(first)) = (bytes.get(start), form.first()) else { return };
        let key = byte ^ first;
        // Key 0 is the plain word; 0x20 swaps the case of letters.
        let swaps_case = key == 0x20 && word.bytes().all(|c| c.is_ascii_alphabetic());
        if key != 0 && !swaps_case {
            let evidence = place(start, form.len(), &format!("{word} ^ 0x{key:02x}"));
            out.add(TraitKind::HiddenText, &format!("xor:{word}"), 1, evidence);
        }
    }
}

fn automaton(
    patterns: impl IntoIterator<Item = impl AsRef<[u8]>>,
) -> Result<AhoCorasick, MatchersError> {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .kind(Some(AhoCorasickKind::DFA))
        .build(patterns)
        .map_err(|why| MatchersError::Table { table: "hidden", why: why.to_string() })
}

/// Finds sequences of differences: many bytes at a time where the processor can, which is ten times
/// as fast as one after the other; both find the same.
#[derive(Debug)]
enum Differences {
    Automaton(AhoCorasick),
    Packed(Searcher),
}

impl Differences {
    fn new(patterns: &[Vec<u8>]) -> Result<Self, MatchersError> {
        let mut config = packed::Config::new();
        // `MatchKind::LeftmostFirst` is what it does unless told otherwise, as the automaton is told.
        let packed = config.heuristic_pattern_limits(false).builder().extend(patterns).build();
        packed.map_or_else(|| automaton(patterns).map(Self::Automaton), |s| Ok(Self::Packed(s)))
    }

    /// Calls back with the number and the place of each.
    fn each(&self, block: &[u8], mut found: impl FnMut(usize, usize)) {
        match self {
            Self::Automaton(automaton) => {
                automaton.find_iter(block).for_each(|m| found(m.pattern().as_usize(), m.start()));
            }
            Self::Packed(searcher) => {
                searcher.find_iter(block).for_each(|m| found(m.pattern().as_usize(), m.start()));
            }
        }
    }
}

/// Shortest base64 that is searched for.
const CORE_MIN: usize = 8;

/// Bound: words whose surroundings are looked at for armour; later ones count as hidden.
const ARMOUR_LOOKS_MAX: usize = 1000;

/// Bound: bytes of an armoured certificate up to a word in it.
const ARMOUR_MAX: usize = 8192;

/// Whether a place is inside a certificate or key in PEM armour (RFC 7468), which names revocation
/// lists in base64.
fn is_armoured(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(at.saturating_sub(ARMOUR_MAX)..at).unwrap_or_default();
    let Some(begin) = memchr::memmem::rfind(before, b"-----BEGIN ") else { return false };
    let inside = before.get(begin..).unwrap_or_default();
    // Base64, broken into lines that may be strings of a program; anything else ends the armour.
    let is_armour = |b: &u8| b.is_ascii_alphanumeric() || b"+/=-\\\"', \t\r\n:".contains(b);
    inside.iter().all(is_armour) && memchr::memmem::find(inside, b"-----END ").is_none()
}

fn differences(form: &[u8]) -> Vec<u8> {
    form.iter().zip(form.iter().skip(1)).map(|(a, b)| a ^ b).collect()
}

/// The characters that `word` gives in base64 wherever it stands `shift` bytes after a multiple of
/// three, whatever stands around it.
fn base64_core(word: &[u8], shift: usize) -> String {
    let bit = |at: usize| {
        let byte = word.get(at / 8).copied().unwrap_or(0);
        usize::from(byte >> (7_usize.saturating_sub(at % 8)) & 1)
    };
    // The first bit of the word that starts a character of its own.
    let skip = (6_usize.saturating_sub(shift.saturating_mul(8) % 6)) % 6;
    let whole = word.len().saturating_mul(8).saturating_sub(skip) / 6;
    (0..whole)
        .filter_map(|i| {
            let start = skip.saturating_add(i.saturating_mul(6));
            let index = (0..6).fold(0, |value, n| value << 1 | bit(start.saturating_add(n)));
            BASE64.get(index).map(|c| char::from(*c))
        })
        .collect()
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn values(bytes: &[u8]) -> Vec<String> {
        let mut out = Collector::default();
        HiddenWords::new().expect("builds").scan(bytes, &mut out);
        out.finish().0.iter().map(|o| o.of.value.as_raw().to_owned()).collect()
    }

    #[test]
    fn every_key_shows_the_word_and_the_plain_word_shows_nothing() {
        for key in 1..=255_u8 {
            let mut bytes = vec![0x11; 100];
            bytes.extend(b"Mozilla/5.0".iter().map(|c| c ^ key));
            bytes.extend([0x22; 100]);
            assert_eq!(values(&bytes), ["xor:Mozilla/5.0"], "key {key}");
        }
        assert_eq!(values(b"Mozilla/5.0 CREATEPROCESS cREATEpROCESS"), Vec::<String>::new());
        let wide: Vec<u8> = widened(b"CreateProcess").iter().map(|c| c ^ 0x5a).collect();
        assert_eq!(values(&wide), ["xor:CreateProcess"]);
    }

    proptest! {
        #[test]
        fn many_at_a_time_find_what_one_after_the_other_finds(
            pieces in prop::collection::vec(
                (prop::sample::select(WORDS), any::<u8>(), any::<bool>(), 0_usize..3), 0..20
            ),
        ) {
            let words = HiddenWords::new().expect("builds");
            let patterns: Vec<Vec<u8>> =
                words.xor_words.iter().map(|(_, form)| differences(form)).collect();
            let plain = Differences::Automaton(automaton(&patterns).expect("builds"));
            let mut bytes = Vec::new();
            for (word, key, wide, cut) in pieces {
                let form = if wide { widened(word.as_bytes()) } else { word.as_bytes().to_vec() };
                bytes.extend(form.iter().skip(cut).map(|c| c ^ key));
            }
            let block = differences(&bytes);
            let list = |by: &Differences| {
                let mut found = Vec::new();
                by.each(&block, |id, at| found.push((id, at)));
                found
            };
            prop_assert_eq!(list(&words.xor), list(&plain));
        }
    }

    #[test]
    fn a_word_across_two_blocks_is_found_once() {
        for before in BLOCK - 14..BLOCK + 3 {
            let mut bytes = vec![0; before];
            bytes.extend(b"powershell".iter().map(|c| c ^ 0x41));
            bytes.extend([0; 50]);
            let mut out = Collector::default();
            HiddenWords::new().expect("builds").scan(&bytes, &mut out);
            let (observed, _) = out.finish();
            assert_eq!(observed.len(), 1, "at {before}");
            assert_eq!(observed[0].amount, 1, "at {before}");
        }
    }

    #[test]
    fn base64_is_known_at_each_alignment() {
        // "ahttp://inert.test", "xx…", "xxx…" by the system's base64.
        for text in [
            "aHR0cHM6Ly9pbmVydC50ZXN0",
            "eGh0dHBzOi8vaW5lcnQudGVzdA==",
            "eHhodHRwczovL2luZXJ0LnRlc3Q=",
        ] {
            assert_eq!(values(text.as_bytes()), ["base64:https://"], "{text}");
        }
        assert_eq!(values(b"aHR0cHM6aHR0cHM6"), Vec::<String>::new());
        let armour = b"-----BEGIN CERTIFICATE-----\naHR0cHM6Ly9pbmVydC50ZXN0";
        assert_eq!(values(armour), Vec::<String>::new());
        let behind =
            [&armour[..], b"\n-----END CERTIFICATE-----\naHR0cHM6Ly9pbmVydC50ZXN0"].concat();
        assert_eq!(values(&behind), ["base64:https://"]);
        // A line that only opens armour shelters nothing behind other text.
        let forged = b"-----BEGIN X-----\nrun(atob(\n'aHR0cHM6Ly9pbmVydC50ZXN0'";
        assert_eq!(values(forged), ["base64:https://"]);
        let in_source = b"'-----BEGIN CERTIFICATE-----\\n' +\n  'aHR0cHM6Ly9pbmVydC50ZXN0";
        assert_eq!(values(in_source), Vec::<String>::new());
    }
}
