//! Rule files with something wrong: sound ones, torn and patched at random places.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::rules::{rule, written};

/// Pieces that mean something to YAML, to Sigma, or to neither.
const PIECES: [&str; 40] = [
    "*",
    "&a ",
    "*a",
    "!!binary ",
    "!x ",
    "{",
    "}",
    "[",
    "]",
    "\t",
    "\n",
    "\n\n",
    "\n---\n",
    "\n...\n",
    ": ",
    "|",
    "|all",
    "|re",
    "|expand",
    "|cidr",
    "|windash",
    "%x%",
    "- ",
    "null",
    "~",
    "\u{0}",
    "\u{feff}",
    "é",
    "'",
    "\"",
    "\\",
    "1e999",
    "-0x1",
    ".inf",
    " not ",
    " and (",
    " 3 of them",
    "<<: ",
    "condition: ",
    "#",
];

/// Documents of other kinds.
const OTHERS: [&str; 3] = [
    "title: c\ncorrelation: { type: event_count, rules: [a], group-by: [A], timespan: 1m, \
     condition: { gte: 2 } }\n",
    "title: c\ncorrelation: { type: temporal, rules: [a, a], timespan: 1h, \
     condition: a and not a }\n",
    "title: f\nlogsource: { category: test }\nfilter: { rules: any, sel: { A: x }, \
     condition: not sel }\n",
];

/// One change.
#[derive(Clone, Debug)]
enum Change {
    Cut(Index, Index),
    Insert(Index, &'static str),
    Repeat(Index, Index),
}

/// A rule file after some changes.
pub(super) fn mangled() -> impl Strategy<Value = String> {
    let sound = (vec(rule("category: test"), 1..=2), select(&OTHERS[..]))
        .prop_map(|(rules, other)| format!("name: a\n{}---\n{other}", written(&rules)));
    let change = prop_oneof![
        1 => any::<(Index, Index)>().prop_map(|(from, to)| Change::Cut(from, to)),
        4 => (any::<Index>(), select(&PIECES[..]))
            .prop_map(|(at, piece)| Change::Insert(at, piece)),
        1 => any::<(Index, Index)>().prop_map(|(from, to)| Change::Repeat(from, to)),
    ];
    (sound, vec(change, 1..=4)).prop_map(|(text, changes)| {
        let mut chars: Vec<char> = text.chars().collect();
        for change in changes {
            apply(&mut chars, &change);
        }
        chars.into_iter().collect()
    })
}

/// Pieces that nest when repeated, and how often.
const NESTING: [(&str, usize); 5] =
    [("not ", 4000), ("not\n  ", 4000), ("[", 20_000), ("{ ", 20_000), ("a and (", 20_000)];

/// A rule file with a run that nests deeper than a recursive parser can follow.
pub(super) fn nested_too_deep() -> impl Strategy<Value = String> {
    (mangled(), any::<Index>(), select(&NESTING[..])).prop_map(|(text, at, (piece, times))| {
        let mut chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len() + 1);
        chars.splice(at..at, piece.repeat(times).chars());
        chars.into_iter().collect()
    })
}

fn apply(chars: &mut Vec<char>, change: &Change) {
    let place = |index: &Index| index.index(chars.len() + 1);
    match change {
        Change::Insert(at, piece) => {
            let at = place(at);
            chars.splice(at..at, piece.chars());
        }
        Change::Cut(from, to) | Change::Repeat(from, to) => {
            // Short stretches leave more of the rule to go wrong.
            let from = place(from);
            let to = (from + to.index(40)).min(chars.len());
            let stretch = chars[from..to].to_vec();
            let patch =
                if matches!(change, Change::Cut(..)) { Vec::new() } else { stretch.repeat(2) };
            chars.splice(from..to, patch);
        }
    }
}
