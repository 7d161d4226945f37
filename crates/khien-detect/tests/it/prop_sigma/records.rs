//! Records over a small alphabet, so that rules over the same alphabet often match.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;

use crate::reference::{Datum, Record, base64};

/// Fields that hold any text; one name begins another.
pub(super) const TEXT_FIELDS: [&str; 4] = ["A", "b-c", "p", "p.q"];

/// The field that holds numbers. Its name is one from which the matcher concludes beforehand which
/// rules may match.
pub(super) const NUMBER_FIELD: &str = "EventID";

/// Fields that hold one text, never none or several: what `fieldref` is tried on.
pub(super) const SINGLE_FIELDS: [&str; 3] = ["u", "v", "w"];

/// Texts that rules look for, whole or in parts.
pub(super) const WORDS: [&str; 22] = [
    "", "a", "b", "ab", "Ab", "aB", "ba", "abba", "aab", "a b", "a\nb", "a*b", "a?b", r"a\b",
    r"\a", r"b\", "Đa", "đA", "aĐb", "1", "10", "true",
];

/// Texts that are looked for in encoded form.
pub(super) const SECRETS: [&str; 6] = ["a", "ab", "abc", "Ab", "đ", "b a"];

/// What may stand around an encoded text.
const NEIGHBOURS: [&str; 6] = ["", "", "x", "xy", "xyz", "\u{0}"];

/// Numbers at and around those that rules compare with.
pub(super) const WHOLE: [i64; 9] = [-10, -1, 0, 1, 2, 9, 10, 11, 100];

/// Numbers that a 64-bit float does not tell from their neighbours.
pub(super) const LARGE: [i64; 5] = [
    9_007_199_254_740_992,
    9_007_199_254_740_993,
    9_007_199_254_740_994,
    -9_007_199_254_740_992,
    i64::MIN,
];

/// Addresses inside and just outside of the networks that rules ask for.
const ADDRESSES: [&str; 13] = [
    "10.0.0.0",
    "10.255.255.255",
    "11.0.0.0",
    "172.16.0.1",
    "172.31.255.255",
    "172.32.0.0",
    "192.168.95.1",
    "192.168.96.1",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "2001:db8:0:1::a",
    "10.0.0",
];

/// Command lines with every kind of dash, and near misses.
const COMMANDS: [&str; 12] = [
    "-a",
    "/a",
    "x -a",
    "x /A y",
    "x \u{2013}a",
    "x \u{2014}a -b",
    "x /a \u{2015}b",
    "x-a",
    "x - a",
    "--a",
    "x a",
    "x \u{2212}a",
];

/// A field with its values, where the record has it.
type MaybeField = Option<(String, Vec<Datum>)>;

/// So many records.
pub(super) fn records(count: usize) -> impl Strategy<Value = Vec<Record>> {
    let mut fields: Vec<BoxedStrategy<MaybeField>> =
        TEXT_FIELDS.iter().map(|name| field(name, text_datum())).collect();
    fields.push(field(NUMBER_FIELD, number()));
    fields.push(field("Ip", select(&ADDRESSES[..]).prop_map(text)));
    fields.push(field("Enc", encoded()));
    fields.push(field("Cmd", select(&COMMANDS[..]).prop_map(text)));
    fields.push(field("Flag", flag()));
    fields.extend(SINGLE_FIELDS.map(|name| {
        weighted(0.8, text_datum().prop_map(|datum| (name.to_owned(), vec![datum]))).boxed()
    }));
    let record = fields.prop_map(|fields| Record(fields.into_iter().flatten().collect()));
    vec(record, count)
}

fn field(
    name: &'static str,
    datum: impl Strategy<Value = Datum> + 'static,
) -> BoxedStrategy<MaybeField> {
    let datum = datum.boxed();
    let values = prop_oneof![
        16 => vec(datum.clone(), 1),
        1 => Just(vec![Datum::Null]),
        4 => vec(datum, 2..=3),
    ];
    weighted(0.8, values.prop_map(|values| (name.to_owned(), values))).boxed()
}

fn text(text: &str) -> Datum {
    Datum::Text(text.to_owned())
}

fn text_datum() -> impl Strategy<Value = Datum> {
    prop_oneof![
        6 => select(&WORDS[..]).prop_map(text),
        3 => "[aAbBđĐ*?\\\\ \n]{0,5}".prop_map(Datum::Text),
        1 => number(),
        1 => flag(),
    ]
}

fn flag() -> impl Strategy<Value = Datum> {
    prop_oneof![
        any::<bool>().prop_map(Datum::Flag),
        select(&["true", "False", "TRUE", "", "truely", "yes", "1"][..]).prop_map(text),
        (0..2_i64).prop_map(Datum::Whole),
    ]
}

fn number() -> impl Strategy<Value = Datum> {
    prop_oneof![
        3 => select(&WHOLE[..]).prop_map(Datum::Whole),
        1 => select(&LARGE[..]).prop_map(Datum::Whole),
        1 => select(&WHOLE[..]).prop_map(|number| Datum::Text(number.to_string())),
        1 => select(&LARGE[..]).prop_map(|number| Datum::Text(number.to_string())),
        1 => select(&[-1.5, 0.5, 1.5, 9.25][..]).prop_map(Datum::Fraction),
        1 => select(&["", "-", "1 a", "0.5", "9.25"][..]).prop_map(text),
    ]
}

/// A secret between neighbours, in one of the encodings, alone or inside a longer text, sometimes
/// spoilt by other letters.
fn encoded() -> impl Strategy<Value = Datum> {
    let neighbour = || select(&NEIGHBOURS[..]);
    let spoilt = weighted(0.2, any::<bool>());
    (neighbour(), select(&SECRETS[..]), neighbour(), 0..4, any::<bool>(), spoilt).prop_map(
        |(before, secret, after, encoding, alone, spoilt)| {
            let whole = format!("{before}{secret}{after}");
            let units = whole.encode_utf16();
            let bytes: Vec<u8> = match encoding {
                0 => whole.bytes().collect(),
                1 => units.flat_map(u16::to_le_bytes).collect(),
                2 => units.flat_map(u16::to_be_bytes).collect(),
                _ => [0xff, 0xfe].into_iter().chain(units.flat_map(u16::to_le_bytes)).collect(),
            };
            let mut encoded = base64(&bytes);
            match spoilt {
                None => {}
                Some(true) => encoded.make_ascii_uppercase(),
                Some(false) => encoded.make_ascii_lowercase(),
            }
            Datum::Text(if alone { encoded } else { format!("x {encoded} y") })
        },
    )
}
