//! The matcher against its definition: every indicator tried on every text, the simple way.

#![expect(clippy::arithmetic_side_effects, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use khien_model::observable::{canonical_path, canonical_url};
use khien_model::{Event, Indicator, IndicatorKind, Scalar};
use proptest::prelude::*;

use crate::indicator::canonical::{canonical_kind, lower_text, with_root};
use crate::indicator::path::{looks_like_path, without_stream};
use crate::indicator::{IndicatorSet, NoisePolicy, path};

/// Whether a text shows an indicator, by definition.
fn shows(kind: &IndicatorKind, text: &str) -> bool {
    match kind {
        IndicatorKind::Hash(hash) => text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|token| token.eq_ignore_ascii_case(hash)),
        IndicatorKind::Domain(domain) => names(text).iter().any(|name| {
            let name = lower_text(name);
            name == *domain || name.ends_with(&format!(".{domain}"))
        }),
        IndicatorKind::Ip(address) => addresses(text).contains(address),
        IndicatorKind::Cidr(network, bits) => {
            addresses(text).iter().any(|address| in_network(*address, *network, *bits))
        }
        IndicatorKind::Url(url) => urls(text).iter().any(|seen| match url.strip_suffix('*') {
            Some(prefix) => with_root(seen.clone()).starts_with(prefix),
            None => seen == url,
        }),
        IndicatorKind::Path(pattern) => {
            let bare = text.trim_matches('"');
            looks_like_path(text)
                && [Some(bare), without_stream(bare)]
                    .into_iter()
                    .flatten()
                    .any(|text| path::matches(pattern, &canonical_path(text)))
        }
        IndicatorKind::Mutex(name) => text == name,
        _ => false,
    }
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '-' | '_' | '.')
        || (!c.is_ascii() && c.is_alphanumeric())
}

/// The dotted tokens that are no address, also without the digits of a percent escape.
fn names(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for token in tokens(text, is_name_char) {
        let name = token.trim_matches('.');
        if !name.contains('.') || name.len() > 253 || name.parse::<Ipv4Addr>().is_ok() {
            continue;
        }
        found.push(name);
        let at = name.as_ptr() as usize - text.as_ptr() as usize;
        let escaped = name.len() >= 2 && name.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit);
        if text[..at].ends_with('%') && escaped {
            found.push(&name[2..]);
        }
    }
    found
}

/// The longest runs of characters of a class.
fn tokens(text: &str, is_in: fn(char) -> bool) -> impl Iterator<Item = &str> {
    text.split(move |c| !is_in(c)).filter(|token| !token.is_empty())
}

fn addresses(text: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for token in tokens(text, is_name_char) {
        found.extend(token.trim_matches('.').parse::<Ipv4Addr>().ok().map(IpAddr::V4));
    }
    for run in tokens(text, |c| c.is_ascii_hexdigit() || matches!(c, ':' | '.')) {
        let at = run.as_ptr() as usize - text.as_ptr() as usize;
        let glued_ahead = text[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        let glued_behind = text[at + run.len()..].starts_with(|c: char| c.is_ascii_alphanumeric());
        let token = if glued_ahead { run.split_once(':').map_or("", |(_, t)| t) } else { run };
        let token = token.trim_matches('.');
        let token = if token.starts_with("::") { token } else { token.trim_start_matches(':') };
        let token = if token.ends_with("::") { token } else { token.trim_end_matches(':') };
        if !glued_behind && token.matches(':').count() >= 2 {
            found.extend(token.parse::<IpAddr>().ok().map(|address| address.to_canonical()));
        }
    }
    found
}

fn in_network(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let bit = |address: IpAddr, n: u8| match address {
        IpAddr::V4(v4) => v4.to_bits() >> (31 - n) & 1 == 1,
        IpAddr::V6(v6) => v6.to_bits() >> (127 - n) & 1 == 1,
    };
    address.is_ipv4() == network.is_ipv4() && (0..bits).all(|n| bit(address, n) == bit(network, n))
}

/// The canonical URLs of a text, read every way it can be read.
fn urls(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (colon, _) in text.match_indices("://") {
        let head = &text[..colon];
        let scheme = head.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '+');
        let mut start = scheme.len();
        let escaped = head.len() > start + 2
            && head.as_bytes()[start..start + 2].iter().all(u8::is_ascii_hexdigit);
        if scheme.ends_with('%') && escaped {
            start += 2;
        }
        let rest = &text[colon + 3..];
        let whole = rest.find([' ', '"', '<', '\n']).map_or(rest, |end| &rest[..end]);
        let host = if whole.starts_with('[') { whole.find(']').map_or(0, |at| at + 1) } else { 0 };
        let cut = whole[host..].find([')', ']', '}']).map_or(whole, |end| &whole[..host + end]);
        for part in [whole, cut] {
            for part in [part, part.trim_end_matches(['.', ',', ';', ':', '!', '?', '|'])] {
                if !part.is_empty() && start < colon {
                    found.extend(canonical_url(&format!("{}://{part}", &text[start..colon])));
                }
            }
        }
    }
    found
}

fn any_kind() -> impl Strategy<Value = IndicatorKind> {
    let v4 = prop::sample::select(vec!["1.1.1.1", "1.1.1.2", "1.2.1.2", "2.2.2.2", "1.1.2.2"]);
    let v6 = prop::sample::select(vec!["1::2", "::1", "1:2:1:2:1:2:1:2", "::ffff:1.1.1.1", "a::"]);
    let address = prop_oneof![v4, v6].prop_map(|text| text.parse::<IpAddr>().unwrap());
    prop_oneof![
        "[abé]{1,2}(\\.[ab2f]{1,2}){1,2}".prop_map(IndicatorKind::Domain),
        "[ab]{2}".prop_map(|text| IndicatorKind::Hash(text.repeat(16))),
        address.clone().prop_map(IndicatorKind::Ip),
        (address, 0_u8..128).prop_map(|(address, bits)| IndicatorKind::Cidr(address, bits)),
        "http://[ab]{1,2}(\\.b)?(/[ab]{0,2})?(\\?a)?\\*?".prop_map(IndicatorKind::Url),
        "(a:|\\*|/)?([ab]|\\*)(/[ab*?]{1,2}){0,2}".prop_map(IndicatorKind::Path),
        "/?[ab*?]{2,6}".prop_map(IndicatorKind::Path),
        "[ab.]{1,3}".prop_map(IndicatorKind::Mutex),
    ]
}

fn any_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b",
        "ab",
        "é",
        "É",
        ".",
        "..",
        ":",
        "::",
        "://",
        "http://",
        "/",
        "\\",
        "1",
        "2",
        "1.1",
        "1.1.1.1",
        "1::2",
        "::ffff:",
        "%2F",
        "%",
        "2f",
        "-",
        "_",
        " ",
        "\"",
        "<",
        "?",
        "@",
        "A.B",
        "a.b",
        "(",
        ")",
        "]",
        "[",
        "a:/",
        "http://a.b/",
        "#",
        "+",
        "…",
        "x",
        ",",
        "\n",
    ]);
    let hash = "[abAB]{2}".prop_map(|text| text.repeat(16));
    let piece = prop_oneof![9 => piece.prop_map(str::to_owned), 1 => hash];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn agrees_with_the_definition(
        kinds in prop::collection::vec(any_kind(), 1..30),
        texts in prop::collection::vec(any_text(), 1..4),
    ) {
        let list: Vec<Indicator> = kinds.into_iter().map(Indicator::bare).collect();
        let (set, left_out) = IndicatorSet::build(list.clone(), &NoisePolicy::none());
        for out in &left_out {
            prop_assert!(canonical_kind(out.indicator.kind.clone()).is_none());
        }
        let mut event = Event::new();
        for text in &texts {
            event.push("Message", Scalar::Str(text));
        }
        let mut found = Vec::new();
        set.matches(&event, &mut found);
        let found: Vec<usize> = found.iter().map(|s| set.position(s.indicator).unwrap()).collect();
        let distinct: BTreeSet<usize> = found.iter().copied().collect();
        prop_assert_eq!(found.len(), distinct.len(), "reported twice");
        let expected: BTreeSet<usize> = (0..list.len())
            .filter(|n| {
                let kind = canonical_kind(list[*n].kind.clone());
                kind.is_some_and(|kind| texts.iter().any(|text| shows(&kind, text)))
            })
            .collect();
        prop_assert_eq!(distinct, expected, "{:?} in {:?}", list, texts);
    }

    #[test]
    fn any_text_is_survived(
        kinds in prop::collection::vec(any_kind(), 1..10),
        text in any::<String>(),
        name in any::<String>(),
    ) {
        let (set, _) = IndicatorSet::build(
            kinds.into_iter().map(Indicator::bare).collect(),
            &NoisePolicy::default(),
        );
        let mut event = Event::new();
        for name in [name.as_str(), "host", "uri", "Signature", "TargetFilename"] {
            event.push(name, Scalar::Str(&text));
        }
        set.matches(&event, &mut Vec::new());
    }
}
