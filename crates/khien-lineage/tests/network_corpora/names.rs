//! What three days of real queries and connections of one server raise by themselves.

use std::collections::BTreeMap;

use khien_lineage::network::Key;
use khien_lineage::network::dns::{Bounds, Kind, Query, Reason, Tunnels};
use khien_model::Timestamp;

use super::zeek;

#[test]
fn real_queries_are_no_tunnels() {
    let Some(root) = khien_testkit::corpus("rita/missing_host") else { return };
    let mut tunnels = Tunnels::new(Bounds::default());
    let mut askers: BTreeMap<String, u64> = BTreeMap::new();
    let (mut queries, mut raised) = (0, Vec::new());
    for hour in zeek::hours(&root) {
        for row in hour.rows("dns") {
            let next = askers.len() as u64;
            let asker = *askers.entry(row.get("id.orig_h").unwrap().to_owned()).or_insert(next);
            queries += 1;
            raised.extend(tunnels.observe(&Query {
                asker: Key(asker),
                time: Timestamp::from_nanos(row.nanos("ts")),
                name: row.get("query").unwrap_or_default(),
                kind: Kind::of(u16::try_from(row.count("qtype")).unwrap_or(0)),
                is_missing: row.get("rcode_name") == Some("NXDOMAIN"),
                answer_bytes: 0,
            }));
        }
    }
    let informed = raised.iter().filter(|tunnel| tunnel.reasons != [Reason::ManyNames]).count();
    println!(
        "{queries} queries of {} askers: {informed} raised, {} with the rule of 100 names",
        askers.len(),
        raised.len()
    );
    assert!(queries > 5000);
    assert_eq!(informed, 0, "{raised:?}");
}
