use proptest::prelude::*;

use super::*;
use crate::indicator::covers;

fn values() -> impl Strategy<Value = (&'static str, String)> {
    prop_oneof![
        "(c:/|/|//h/c\\$/)?([a-c]{1,4}|progra~1|ab cd)(/([a-c]{1,4}\\.(exe|dll)|[a-c]{1,3})){0,3}"
            .prop_map(|path| ("path", path)),
        "https?://[ab]{1,2}\\.example/[a-c/]{0,6}".prop_map(|url| ("url", url)),
        "(10|192)\\.(0|1)\\.[0-3]\\.[0-9]".prop_map(|ip| ("ip", ip)),
        "2001:db8:[0-3]::[0-9]".prop_map(|ip| ("ip", ip)),
    ]
}

fn indicators() -> impl Strategy<Value = IndicatorKind> {
    let v4 = ("(10|192)\\.(0|1)\\.[0-3]\\.[0-9]", 0_u8..=32);
    let v6 = ("2001:db8:[0-3]::[0-9]", 0_u8..=128);
    prop_oneof![
        "(/|c:/)?[a-c*?]{1,5}(/[a-c*?]{1,4}){0,2}(\\.(exe|\\*))?".prop_map(IndicatorKind::Path),
        "https?://[ab]{1,2}\\.example/[a-c/]{0,4}\\*".prop_map(IndicatorKind::Url),
        v4.prop_map(|(ip, bits)| IndicatorKind::Cidr(ip.parse().unwrap(), bits)),
        v6.prop_map(|(ip, bits)| IndicatorKind::Cidr(ip.parse().unwrap(), bits)),
    ]
}

proptest! {
    /// Nothing that covers a value is left out.
    #[test]
    fn what_covers_is_among_the_candidates(
        kinds in prop::collection::vec(indicators(), 1..12),
        values in prop::collection::vec(values(), 1..12),
    ) {
        let every = Every::new(kinds.iter().enumerate());
        for (kind, value) in values {
            let candidates = every.candidates(kind, &value);
            prop_assert!(candidates.is_sorted_by(|a, b| a < b));
            for (number, indicator) in kinds.iter().enumerate() {
                let covered = covers(indicator, kind, &value);
                prop_assert!(!covered || candidates.contains(&number), "{indicator:?} {value}");
            }
        }
    }
}

#[test]
fn what_shares_no_text_is_not_tried() {
    let kinds = [
        IndicatorKind::Path("/appdata/*/evil*.dll".to_owned()),
        IndicatorKind::Path("*/x?/*".to_owned()),
        IndicatorKind::Cidr("192.0.2.0".parse().unwrap(), 24),
    ];
    let every = Every::new(kinds.iter().enumerate());
    assert_eq!(every.candidates("path", "c:/windows/system32/a.dll"), [1]);
    assert_eq!(every.candidates("path", "c:/appdata/x/evil1.dll"), [0, 1]);
    assert_eq!(every.candidates("ip", "192.0.2.77"), [2]);
    assert_eq!(every.candidates("ip", "192.0.3.77"), [0_usize; 0]);
    assert_eq!(every.candidates("domain", "192.0.2.77"), [0_usize; 0]);
}
