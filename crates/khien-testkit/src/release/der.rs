//! DER (ITU-T X.690), as much as certificates and signed messages need.

pub(crate) type Der = Vec<u8>;

/// One value with its tag and length.
pub(crate) fn tagged(tag: u8, body: &[u8]) -> Der {
    let mut out = vec![tag];
    let length = body.len().to_be_bytes();
    let first = length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1);
    let length = &length[first..];
    if let [short @ 0..0x80] = length {
        out.push(*short);
    } else {
        out.push(0x80 | u8::try_from(length.len()).expect("at most eight"));
        out.extend_from_slice(length);
    }
    out.extend_from_slice(body);
    out
}

pub(crate) fn sequence(parts: &[Der]) -> Der {
    tagged(0x30, &parts.concat())
}

/// A set, in the order that DER wants.
pub(crate) fn set_of(parts: &[Der]) -> Der {
    tagged(0x31, &sorted(parts).concat())
}

/// A set with a context tag in place of its own.
pub(crate) fn implicit_set(number: u8, parts: &[Der]) -> Der {
    tagged(0xA0 | number, &sorted(parts).concat())
}

fn sorted(parts: &[Der]) -> Vec<Der> {
    let mut parts = parts.to_vec();
    parts.sort();
    parts
}

pub(crate) fn explicit(number: u8, value: &Der) -> Der {
    tagged(0xA0 | number, value)
}

/// A number that is not negative.
pub(crate) fn integer(value: u64) -> Der {
    let bytes = value.to_be_bytes();
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(7);
    let mut body = bytes[first..].to_vec();
    if body.first().is_some_and(|byte| *byte >= 0x80) {
        body.insert(0, 0);
    }
    tagged(0x02, &body)
}

pub(crate) fn octets(bytes: &[u8]) -> Der {
    tagged(0x04, bytes)
}

/// Whole bytes as a string of bits.
pub(crate) fn bits(bytes: &[u8]) -> Der {
    tagged(0x03, &[&[0], bytes].concat())
}

pub(crate) fn null() -> Der {
    vec![0x05, 0x00]
}

pub(crate) fn truth() -> Der {
    vec![0x01, 0x01, 0xFF]
}

pub(crate) fn utf8(text: &str) -> Der {
    tagged(0x0C, text.as_bytes())
}

pub(crate) fn printable(text: &str) -> Der {
    tagged(0x13, text.as_bytes())
}

/// `YYMMDDHHMMSSZ`.
pub(crate) fn utc_time(text: &str) -> Der {
    tagged(0x17, text.as_bytes())
}

/// `YYYYMMDDHHMMSSZ`.
pub(crate) fn generalized_time(text: &str) -> Der {
    tagged(0x18, text.as_bytes())
}

/// An object identifier from its dotted form.
pub(crate) fn oid(dotted: &str) -> Der {
    let arcs: Vec<u64> = dotted.split('.').map(|arc| arc.parse().expect("a number")).collect();
    let mut body = Vec::new();
    let first = arcs[0] * 40 + arcs[1];
    for arc in std::iter::once(first).chain(arcs.into_iter().skip(2)) {
        let groups = (1..10).find(|groups| arc >> (7 * groups) == 0).unwrap_or(10);
        for group in (0..groups).rev() {
            let low = u8::try_from((arc >> (7 * group)) & 0x7F).expect("seven bits");
            body.push(if group == 0 { low } else { low | 0x80 });
        }
    }
    tagged(0x06, &body)
}

pub(crate) fn attribute(kind: &str, value: &Der) -> Der {
    sequence(&[oid(kind), set_of(std::slice::from_ref(value))])
}
