use proptest::prelude::{any, prop, proptest};

use super::{Claims, RANKED, SpanKind};

proptest! {
    /// Against a plain reading: each byte by itself.
    #[test]
    fn settled_claims_tile_and_count_overlap(
        claims in prop::collection::vec((1_usize..6, 0_u64..40, 0_u64..40), 0..12),
        bytes in prop::collection::vec(any::<bool>(), 0..32),
    ) {
        let bytes: Vec<u8> = bytes.into_iter().map(u8::from).collect();
        let mut book = Claims::default();
        for (kind, start, end) in &claims {
            book.add(RANKED[*kind], *start..*end);
        }
        let ledger = book.settle(String::new(), &bytes);
        let mut at = 0;
        let mut overlapping = 0;
        for span in &ledger.spans {
            assert_eq!(span.range.start, at);
            at = span.range.end;
            for place in span.range.clone() {
                let here: Vec<_> = claims
                    .iter()
                    .filter(|(_, start, end)| (*start..*end).contains(&place))
                    .map(|(kind, ..)| *kind)
                    .collect();
                overlapping += u64::from(here.len() > 1);
                match here.iter().min() {
                    Some(best) => assert_eq!(span.kind, RANKED[*best]),
                    None if bytes[usize::try_from(place).unwrap()] != 0 => {
                        assert_eq!(span.kind, SpanKind::Unexplained);
                    }
                    None => {
                        let free = [SpanKind::Unexplained, SpanKind::Padding];
                        assert!(free.contains(&span.kind));
                    }
                }
            }
        }
        assert_eq!(at, ledger.len);
        // Claims that touch are joined, so a claim repeated end to start is not an overlap.
        assert_eq!(overlapping, ledger.overlapping);
    }
}

#[test]
fn a_doubt_beats_a_claim_and_is_no_overlap() {
    let mut book = Claims::default();
    book.add(SpanKind::Structure, 0..6);
    book.add(SpanKind::Unexplained, 1..5);
    let ledger = book.settle(String::new(), &[1, 0, 1, 1, 0, 1]);
    assert_eq!(ledger.bytes(SpanKind::Unexplained), 2);
    assert_eq!(ledger.bytes(SpanKind::Padding), 2);
    assert_eq!(ledger.bytes(SpanKind::Structure), 2);
    assert_eq!(ledger.overlapping, 0);
}
