//! Entities, and the chain from a first fetch to a domain nobody has seen.

use khien_model::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::network::Key;

const PHONE: Key = Key(1);
const BROWSER: Key = Key(2);

fn visit(host: u64, application: Key, minute: i64, entity: &Entity) -> Visit<'_> {
    let time = Timestamp::from_nanos(minute * 60_000_000_000);
    Visit { host: Key(host), application, time, entity }
}

fn tenant() -> Entity {
    Entity::of("raw.githubusercontent.com", Some("/someone/images/main/icon1.ico"))
}

#[test]
fn a_destination_is_its_registered_domain_unless_hosting_is_shared() {
    let domain = |name: &str| Entity::Domain(name.into());
    let tenant = |name: &str| Entity::Tenant(name.into());
    for (host, path, expected) in [
        ("www.example.co.uk", None, domain("example.co.uk")),
        ("A.B.Example.COM.", Some("/x/y"), domain("example.com")),
        ("intranet", None, domain("intranet")),
        ("co.uk", None, domain("co.uk")),
        (
            "raw.githubusercontent.com",
            Some("/someone/images/main/icon1.ico?x=1"),
            tenant("raw.githubusercontent.com/someone/images"),
        ),
        ("raw.githubusercontent.com", None, tenant("raw.githubusercontent.com")),
        ("abc.blob.core.windows.net", Some("/box/a.bin"), tenant("abc.blob.core.windows.net/box")),
        ("files.workers.dev", Some("/a"), tenant("files.workers.dev")),
        ("someone.github.io", Some("/a/b"), tenant("someone.github.io/a")),
        // Not listed here, but a private suffix of the public list.
        ("someone.dyndns.org", None, tenant("someone.dyndns.org")),
        ("notgithub.com", None, domain("notgithub.com")),
        ("", None, domain("")),
    ] {
        assert_eq!(Entity::of(host, path), expected, "{host}");
    }
    assert_eq!(Entity::of("[2001:db8::1]", None), Entity::of("2001:DB8::1", Some("/")));
    assert!(matches!(Entity::of("192.0.2.1", None), Entity::Address(_)));
}

/// A softphone and a browser that have been at work for a while.
fn lived() -> DeadDrops {
    let mut drops = DeadDrops::new(Bounds::default());
    let server = Entity::of("sip.example", None);
    for minute in 0..1000 {
        assert!(drops.observe(&visit(1, PHONE, minute, &server)).is_empty());
        let page = Entity::of(&format!("page{minute}.example"), None);
        drops.observe(&visit(1, BROWSER, minute, &page));
        drops.observe(&visit(1, BROWSER, minute, &tenant()));
    }
    drops
}

#[test]
fn a_first_fetch_by_a_softphone_is_told_before_anything_follows() {
    let mut drops = lived();
    let found = drops.observe(&visit(1, PHONE, 2000, &tenant()));
    let [Found::Drop(drop)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((drop.newness, drop.novelty.visits), (Newness::ToApplication, 1000));
    assert!(drop.novelty.bits() > 10.0, "{}", drop.novelty.bits());
    // The same from another host is not first, and its host is kept.
    assert!(drops.observe(&visit(2, PHONE, 2001, &tenant())).is_empty());
    let (hosts, visits) = drops.hosts(PHONE, &tenant()).unwrap();
    assert_eq!((hosts.len(), visits), (2, 2));
}

#[test]
fn a_domain_that_nobody_saw_follows_within_ten_minutes() {
    let server = Entity::of("update.invalid", None);
    let check = |host: u64, application, minute, expected: usize| {
        let mut drops = lived();
        drops.observe(&visit(1, PHONE, 2000, &tenant()));
        let found = drops.observe(&visit(host, application, minute, &server));
        assert_eq!(found.len(), expected, "{found:?}");
        found.into_iter().next()
    };
    let Some(Found::FollowUp(follow_up)) = check(1, PHONE, 2010, 1) else { panic!() };
    assert_eq!(follow_up.fetched, tenant());
    assert!(follow_up.fetch_was_first && follow_up.newness == Newness::ToAll);
    check(1, PHONE, 2011, 0);
    check(2, PHONE, 2005, 0);
    check(1, Key(3), 2005, 0);
}

#[test]
fn what_the_application_knows_does_not_follow() {
    let mut drops = lived();
    drops.observe(&visit(1, PHONE, 2000, &tenant()));
    assert!(drops.observe(&visit(1, PHONE, 2001, &Entity::of("sip.example", None))).is_empty());
}

#[test]
fn a_browser_is_not_surprised() {
    let mut drops = lived();
    let other = Entity::of("raw.githubusercontent.com", Some("/other/thing/x"));
    let found = drops.observe(&visit(1, BROWSER, 2000, &other));
    let Some(Found::Drop(drop)) = found.first() else { panic!("{found:?}") };
    assert!(drop.novelty.bits() < 2.0 && drop.newness == Newness::ToAll);
}

#[test]
fn what_does_not_fit_is_counted_and_never_called_new() {
    let mut drops = DeadDrops::new(Bounds { pairs: 1, drops: 1 });
    let other = Entity::of("a.workers.dev", None);
    assert_eq!(drops.observe(&visit(1, PHONE, 0, &tenant())).len(), 1);
    assert!(drops.observe(&visit(1, PHONE, 1, &other)).is_empty());
    assert_eq!(drops.forgotten(), 1);
    // What was kept is counted on.
    drops.observe(&visit(2, PHONE, 2, &tenant()));
    assert_eq!(
        drops.hosts(PHONE, &tenant()).map(|(hosts, visits)| (hosts.len(), visits)),
        Some((2, 2))
    );
}

proptest! {
    #[test]
    fn any_name_has_an_entity(host in ".{0,40}", path in proptest::option::of(".{0,40}")) {
        let entity = Entity::of(&host, path.as_deref());
        let upper = Entity::of(&host.to_ascii_uppercase(), path.as_deref());
        prop_assert_eq!(entity, upper);
    }
}
