//! One pass over a file's bytes: weighty words, headers of programs, and the anchors of names.
//!
//! A name is found by the part of it that cannot be left out (`.dll`, `://`, `HKLM\`), and read in
//! both directions from there, as ASCII and as UTF-16LE.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::MatchersError;
use super::collect::{Collector, place};
use super::embedded::{self, Program};
use super::names::NameSet;
use super::tables::Word;
use super::text::{View, is_word, widened};

/// What a pattern of the automaton is the beginning, end or middle of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Anchor {
    /// Beginning of a command line.
    Command,
    /// End of a bare domain.
    Domain,
    /// End of a file's name.
    Extension,
    /// A program's magic number.
    Program(Program),
    /// Beginning of a registry path.
    Registry,
    /// Beginning of a URL.
    Scheme,
    /// A weighty word, by its number.
    Word(usize),
}

/// The automaton and what its patterns mean.
#[derive(Debug)]
pub(crate) struct Searcher {
    automaton: AhoCorasick,
    /// By pattern: what it is, and whether it is in UTF-16LE.
    anchors: Vec<(Anchor, bool)>,
    words: Vec<Word>,
}

/// What to look at besides words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope {
    /// Programs inside count: not in containers, whose members are files of their own.
    pub(crate) programs: bool,
    /// Command lines count: not in documents, which explain them.
    pub(crate) commands: bool,
}

impl Searcher {
    /// Builds the automaton.
    ///
    /// # Errors
    /// Ours: too many words.
    pub(crate) fn new(words: Vec<Word>) -> Result<Self, MatchersError> {
        let mut patterns: Vec<Vec<u8>> = Vec::new();
        let mut anchors = Vec::new();
        let mut add = |anchor: Anchor, text: &[u8]| {
            patterns.push(text.to_vec());
            anchors.push((anchor, false));
            patterns.push(widened(text));
            anchors.push((anchor, true));
        };
        for (i, word) in words.iter().enumerate() {
            add(Anchor::Word(i), word.text.as_bytes());
        }
        let lists = [
            (Anchor::Command, COMMANDS),
            (Anchor::Domain, TOP_LEVELS),
            (Anchor::Extension, EXTENSIONS),
            (Anchor::Registry, REGISTRY),
            (Anchor::Scheme, SCHEMES),
        ];
        for (anchor, list) in lists {
            list.iter().for_each(|text| add(anchor, text.as_bytes()));
        }
        for (program, magic) in embedded::MAGICS {
            patterns.push(magic.to_vec());
            anchors.push((Anchor::Program(*program), false));
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(patterns)
            .map_err(|why| MatchersError::Table { table: "literals", why: why.to_string() })?;
        Ok(Self { automaton, anchors, words })
    }

    /// Looks at `bytes`. `programs_at` are places where programs are known to start.
    pub(crate) fn scan(
        &self,
        bytes: &[u8],
        scope: Scope,
        programs_at: &[u64],
        names: &mut NameSet,
        out: &mut Collector,
    ) {
        for found in self.automaton.find_overlapping_iter(bytes) {
            let Some((anchor, wide)) = self.anchors.get(found.pattern().as_usize()) else {
                continue;
            };
            let view = View::new(bytes, *wide);
            let span = (found.start(), found.end());
            match anchor {
                Anchor::Word(i) => self.word(*i, view, span, out),
                Anchor::Program(program) if scope.programs => {
                    if let Some(start) = program.at(bytes, found.start()) {
                        let known = |at: &u64| usize::try_from(*at) == Ok(start);
                        if start > 0 && !programs_at.iter().any(known) {
                            let kind = khien_lineage::TraitKind::EmbeddedProgram;
                            out.add(kind, program.name(), 1, place(start, 0, ""));
                        }
                    }
                }
                Anchor::Command if !scope.commands => {}
                Anchor::Program(_) => {}
                name => names.take(*name, view, span),
            }
        }
    }

    fn word(&self, i: usize, view: View<'_>, (start, end): (usize, usize), out: &mut Collector) {
        let Some(word) = self.words.get(i) else { return };
        let alone = |c: Option<u8>| !c.is_some_and(is_word);
        if word.whole && !(alone(view.before(start)) && alone(view.at(end))) {
            return;
        }
        let len = end.saturating_sub(start);
        out.add(word.kind, &word.value, 1, place(start, len, &word.text));
    }
}

/// Files that are programs, parts of programs, or what programs are hidden in.
const EXTENSIONS: &[&str] = &[
    ".dll", ".exe", ".so", ".dylib", ".node", ".sys", ".ocx", ".cpl", ".scr", ".drv", ".pyd",
    ".bin", ".dat", ".ps1", ".psm1", ".bat", ".cmd", ".vbs", ".vbe", ".jse", ".wsf", ".hta",
    ".lnk", ".js", ".mjs", ".cjs", ".py", ".pyc", ".sh", ".jar", ".msi", ".msp", ".asar", ".wasm",
    ".plist", ".service", ".command", ".scpt", ".ko", ".efi", ".xll", ".chm", ".dex", ".apk",
    ".pkg", ".dmg", ".deb", ".rpm", ".ico", ".tmp",
];

const SCHEMES: &[&str] =
    &["http://", "https://", "http:\\/\\/", "https:\\/\\/", "ws://", "wss://", "ftp://", "tcp://"];

/// Top levels that are seldom names of properties in source code.
const TOP_LEVELS: &[&str] = &[
    ".com",
    ".net",
    ".org",
    ".ru",
    ".cn",
    ".vn",
    ".top",
    ".xyz",
    ".online",
    ".site",
    ".club",
    ".pw",
    ".tk",
    ".su",
    ".cc",
    ".biz",
    ".icu",
    ".onion",
    ".workers.dev",
    ".github.io",
    ".ngrok.io",
    ".icp0.io",
    ".vercel.app",
    ".web.app",
    ".netlify.app",
    ".trycloudflare.com",
    ".oast.fun",
    ".example",
    ".test",
];

const REGISTRY: &[&str] = &[
    "hkey_",
    "hklm\\",
    "hkcu\\",
    "hkcr\\",
    "hklm:\\",
    "hkcu:\\",
    "software\\",
    "system\\currentcontrolset\\",
];

const COMMANDS: &[&str] = &[
    "cmd.exe /c",
    "cmd /c",
    "cmd.exe /k",
    "cmd /k",
    "powershell -",
    "powershell.exe -",
    "pwsh -",
    "/bin/sh -c",
    "/bin/bash -c",
    "sh -c ",
    "bash -c ",
    "curl -",
    "curl http",
    "wget -",
    "wget http",
    "schtasks /",
    "schtasks.exe /",
    "reg add",
    "reg.exe add",
    "reg delete",
    "rundll32 ",
    "rundll32.exe ",
    "regsvr32 ",
    "regsvr32.exe ",
    "mshta ",
    "mshta.exe ",
    "certutil -",
    "certutil.exe -",
    "bitsadmin /",
    "osascript -",
    "launchctl load",
    "launchctl bootstrap",
    "launchctl submit",
    "crontab -",
    "systemctl enable",
    "systemctl start",
    "chmod +x",
    "chmod 7",
    "chmod 0",
    "chmod u+",
    "nohup ",
    "wmic ",
    "netsh ",
    "vssadmin ",
    "wevtutil ",
    "python -c",
    "python3 -c",
    "perl -e",
    "node -e",
    "base64 -d",
    "base64 --decode",
    "xattr -",
    "sc create",
    "sc.exe create",
    "msiexec /",
    "msiexec.exe /",
    "taskkill /",
    ">/dev/null",
    "> /dev/null",
    "/dev/tcp/",
    "net user ",
    "net localgroup ",
    "whoami /",
    "sudo -S",
    "openssl enc",
];
