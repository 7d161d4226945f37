//! Text of two bytes a letter, which Windows' own tools write: scripts, `.inf`, `.reg`.

/// Bytes looked at to tell text from data.
const SAMPLE: usize = 64 << 10;

/// Letters below which text without a byte order mark is not believed.
const UNITS_MIN: usize = 12;

/// Which byte of a letter comes first.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn unit(self, pair: &[u8]) -> u16 {
        let pair = [pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)];
        match self {
            Self::Little => u16::from_le_bytes(pair),
            Self::Big => u16::from_be_bytes(pair),
        }
    }

    fn units(self, bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
        bytes.chunks_exact(2).map(move |pair| self.unit(pair))
    }
}

/// Whether these bytes are UTF-16 text, with a byte order mark or without.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    order(bytes).is_some()
}

/// UTF-16 text as UTF-8; `None` for anything else. Behind a byte order mark all letters count;
/// without one, it takes text that is mostly ASCII.
pub fn decode_utf16(bytes: &[u8]) -> Option<String> {
    let (order, skip) = order(bytes)?;
    let units = order.units(bytes.get(skip..)?);
    let letter = |letter: Result<char, _>| letter.unwrap_or(char::REPLACEMENT_CHARACTER);
    Some(char::decode_utf16(units).map(letter).collect())
}

fn order(bytes: &[u8]) -> Option<(Order, usize)> {
    let marked = match bytes {
        [0xff, 0xfe, ..] => Some(Order::Little),
        [0xfe, 0xff, ..] => Some(Order::Big),
        _ => None,
    };
    let sample = bytes.get(..bytes.len().min(SAMPLE))?;
    if let Some(order) = marked {
        return is_readable(order, sample.get(2..)?).then_some((order, 2));
    }
    [Order::Little, Order::Big]
        .into_iter()
        .find(|order| is_plain(*order, sample))
        .map(|order| (order, 0))
}

/// Hardly any letter is half a pair, a control or no letter at all; of noise one in thirty is.
fn is_readable(order: Order, sample: &[u8]) -> bool {
    let odd = char::decode_utf16(order.units(sample))
        .filter(|letter| match letter {
            Ok(c) => {
                c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0c') || *c == '\u{ffff}'
            }
            Err(_) => true,
        })
        .count();
    odd * 100 <= sample.len() / 2
}

/// Nineteen letters in twenty are printable ASCII.
fn is_plain(order: Order, sample: &[u8]) -> bool {
    let count = sample.len() / 2;
    let plain =
        order.units(sample).filter(|unit| matches!(unit, 0x20..=0x7e | 0x09 | 0x0a | 0x0d)).count();
    count >= UNITS_MIN && plain * 20 >= count * 19 && is_readable(order, sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str, order: Order, mark: bool) -> Vec<u8> {
        let mark = if mark { "\u{feff}" } else { "" };
        let bytes = |unit: u16| match order {
            Order::Little => unit.to_le_bytes(),
            Order::Big => unit.to_be_bytes(),
        };
        format!("{mark}{text}").encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn wide_text_is_read_in_both_orders() {
        for order in [Order::Little, Order::Big] {
            for mark in [true, false] {
                let text = "Write-Host 'INERT VET TEST FIXTURE'\r\n# Xin chào\r\n";
                assert_eq!(decode_utf16(&wide(text, order, mark)).as_deref(), Some(text));
            }
            let letters = "Тестовый текст без кода, только буквы.";
            assert_eq!(decode_utf16(&wide(letters, order, true)).as_deref(), Some(letters));
            // Without the mark such text cannot be told from data.
            assert_eq!(decode_utf16(&wide(letters, order, false)), None);
        }
        // Half a letter at the end is no reason to stop reading.
        let cut = [wide("Write-Host 'inert'", Order::Little, true), vec![0x41]].concat();
        assert_eq!(decode_utf16(&cut).as_deref(), Some("Write-Host 'inert'"));
    }

    #[test]
    fn numbers_and_noise_are_no_text() {
        let mut state = 1_u32;
        let noise: Vec<u8> = (0..4096)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            })
            .collect();
        assert_eq!(decode_utf16(&noise), None);
        assert_eq!(decode_utf16(&[&[0xff, 0xfe][..], &noise].concat()), None);
        let table: Vec<u8> = (0..2000_u16).flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode_utf16(&table), None);
        assert_eq!(decode_utf16(b"plain text of one byte a letter"), None);
        assert_eq!(decode_utf16(b"a\0b\0"), None);
        assert_eq!(decode_utf16(b""), None);
    }
}
