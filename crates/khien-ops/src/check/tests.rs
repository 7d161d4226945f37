use khien_lake::Span;
use khien_model::IndicatorKind;

use super::*;

fn host(name: &str) -> Host {
    Host { org: "acme".to_owned(), name: name.to_owned() }
}

fn span(day: i64) -> Span {
    let time = Timestamp::from_nanos(day * 86_400_000_000_000);
    Span { first: Some(time), last: Some(time), count: 2 }
}

fn data(kinds: &[&str]) -> HostData {
    let kinds = kinds.iter().map(|kind| ((*kind).to_owned(), span(9))).collect();
    let sources = [("dns".to_owned(), span(5))].into();
    HostData { all: span(5), kinds, sources, ..HostData::default() }
}

fn question() -> Question {
    let domain = Indicator::bare(IndicatorKind::Domain("bad.example.net".to_owned()));
    let hash = Indicator::bare(IndicatorKind::Hash("00aa".repeat(16)));
    Question { indicators: vec![domain, hash], ..Question::default() }
}

fn seen(name: &str, micros: i64) -> Seen {
    Seen {
        indicator: 0,
        kind: "domain".to_owned(),
        value: "bad.example.net".to_owned(),
        org: "acme".to_owned(),
        host: name.to_owned(),
        first: Some(micros),
        last: Some(micros + 5),
        exact: true,
        count: 3,
    }
}

fn lake() -> BTreeMap<Host, HostData> {
    let all = ["domain", "sha256"];
    [(host("A"), data(&all)), (host("B"), data(&["domain"])), (host("C"), data(&all))].into()
}

#[test]
fn a_host_is_hit_clear_or_unknown_by_what_it_showed_and_could_have_shown() {
    let retro = Retro { seen: vec![seen("C", 9), seen("C", 4)], ..Retro::default() };
    let report = assemble(question(), retro, lake(), Vec::new(), Vec::new());
    let told: Vec<_> = report.hosts.iter().map(|h| (h.host.name.as_str(), h.verdict)).collect();
    assert_eq!(told, [("C", Verdict::Hit), ("B", Verdict::Unknown), ("A", Verdict::Clear)]);
    assert_eq!(report.verdict, Verdict::Hit);
    let hit = report.hosts.first().unwrap();
    assert_eq!(
        (hit.count, hit.first.unwrap().as_nanos(), hit.last.unwrap().as_nanos()),
        (6, 4000, 14000)
    );
    let lacking: Vec<_> = report.hosts[1].lacking.iter().copied().collect();
    assert_eq!(lacking, ["sha256"]);
    assert_eq!(report.sources["dns"], (3, 6));
    assert_eq!(report.months.iter().collect::<Vec<_>>(), [(&"1970-01".to_owned(), &1)]);
}

#[test]
fn clear_takes_every_host_and_every_indicator() {
    let all = || -> BTreeMap<Host, HostData> { [(host("A"), data(&["domain", "sha256"]))].into() };
    let verdict =
        |question, retro, data| assemble(question, retro, data, Vec::new(), Vec::new()).verdict;
    assert_eq!(verdict(question(), Retro::default(), all()), Verdict::Clear);
    assert_eq!(verdict(question(), Retro::default(), lake()), Verdict::Unknown);
    assert_eq!(verdict(question(), Retro::default(), BTreeMap::new()), Verdict::Unknown);
    assert_eq!(verdict(Question::default(), Retro::default(), all()), Verdict::Unknown);
    let unaskable = Retro { not_indexed: vec![1], ..Retro::default() };
    assert_eq!(verdict(question(), unaskable, all()), Verdict::Unknown);
    let problems = Question { problems: vec!["a pattern".to_owned()], ..question() };
    assert_eq!(verdict(problems, Retro::default(), all()), Verdict::Unknown);
}

#[test]
fn a_host_that_ran_an_affected_version_is_hit_and_one_of_another_is_not() {
    use khien_model::VersionRange;

    let product = AffectedProduct {
        product: "3CX Desktop App".to_owned(),
        versions: vec![VersionRange::Exactly("18.12.416".to_owned())],
        ..AffectedProduct::default()
    };
    let question = Question { affected: vec![product], ..Question::default() };
    let ran = |name: &str, app: &str, version: &str| Installed {
        app: app.to_owned(),
        version: version.to_owned(),
        host: host(name),
        seen: span(3),
    };
    let installed = vec![
        ran("A", "3CXDesktopApp", "18.12.416"),
        ran("B", "3CX Desktop App", "18.12.402"),
        ran("C", "3CX Desktop App Updater", "18.12.416"),
    ];
    let named = named(&question, installed);
    assert_eq!(named.iter().map(|one| one.affected).collect::<Vec<_>>(), [Some(true), Some(false)]);
    let data = ["A", "B", "C"].map(|name| (host(name), data(&["release"]))).into();
    let report = assemble(question, Retro::default(), data, Vec::new(), named);
    let told: Vec<_> = report.hosts.iter().map(|h| (h.host.name.as_str(), h.verdict)).collect();
    assert_eq!(told, [("A", Verdict::Hit), ("B", Verdict::Clear), ("C", Verdict::Clear)]);
    assert_eq!(report.hosts[0].affected.len(), 1);
}

#[test]
fn nobody_is_clear_of_what_his_records_could_not_show() {
    let asked = |kind| Question { indicators: vec![Indicator::bare(kind)], ..Question::default() };
    let verdict = |question: Question, kinds: &[&str]| {
        let data = [(host("A"), data(kinds))].into();
        assemble(question, Retro::default(), data, Vec::new(), Vec::new()).hosts[0].verdict
    };
    let hash = |digits: usize| IndicatorKind::Hash("0a".repeat(digits / 2));
    for (digits, kind, other) in [(32, "md5", "sha256"), (40, "sha1", "md5"), (64, "sha256", "md5")]
    {
        assert_eq!(verdict(asked(hash(digits)), &[kind]), Verdict::Clear, "{kind}");
        assert_eq!(verdict(asked(hash(digits)), &[other]), Verdict::Unknown, "{kind}");
    }
    assert_eq!(verdict(asked(hash(128)), &["md5", "sha1", "sha256"]), Verdict::Unknown);
    for key in ["HKLM\\SOFTWARE\\Inert", "hkey_local_machine/software/inert"] {
        let key = || IndicatorKind::Path(key.to_owned());
        assert_eq!(verdict(asked(key()), &["registry"]), Verdict::Clear);
        assert_eq!(verdict(asked(key()), &["path"]), Verdict::Unknown);
    }
    let domain = || IndicatorKind::Domain("bad.example.net".to_owned());
    assert_eq!(verdict(asked(domain()), &["domain"]), Verdict::Clear);
    // A record of which not every value is in the index may have had it.
    assert_eq!(verdict(asked(domain()), &["domain", REACH_OVERFLOW]), Verdict::Unknown);
    // Versions are asked for as well: names of hosts say nothing about them.
    let product = AffectedProduct { product: "App".to_owned(), ..AffectedProduct::default() };
    let both = || Question { affected: vec![product.clone()], ..asked(domain()) };
    assert_eq!(verdict(both(), &["domain", "release"]), Verdict::Clear);
    assert_eq!(verdict(both(), &["domain", "path"]), Verdict::Unknown);
    // Nothing was asked, or a part could not be: then nobody is clear.
    assert_eq!(verdict(Question::default(), &["domain"]), Verdict::Unknown);
    let problems = Question { problems: vec!["a pattern".to_owned()], ..asked(domain()) };
    assert_eq!(verdict(problems, &["domain"]), Verdict::Unknown);
}

#[test]
fn what_only_speaks_of_another_system_does_not_apply() {
    let of = |product: &str, kinds: &[&str]| HostData {
        products: [product.to_owned()].into(),
        ..data(kinds)
    };
    let run = "hklm/software/microsoft/windows/currentversion/run/updater";
    let key = || Indicator::bare(IndicatorKind::Path(run.to_owned()));
    let verdict = |question: Question, data: HostData| {
        let report = assemble(
            question,
            Retro::default(),
            [(host("A"), data)].into(),
            Vec::new(),
            Vec::new(),
        );
        (report.hosts[0].verdict, report.verdict)
    };
    let registry = || Question { indicators: vec![key()], ..Question::default() };
    let both = |verdict| (verdict, verdict);
    assert_eq!(verdict(registry(), of("linux", &["path"])), both(Verdict::NotApplicable));
    assert_eq!(verdict(registry(), of("windows", &["path"])), both(Verdict::Unknown));
    assert_eq!(verdict(registry(), of("windows", &["registry"])), both(Verdict::Clear));
    // A sensor that saw its traffic does not know which system a host is, nor do two that disagree.
    assert_eq!(verdict(registry(), of("zeek", &["path"])), both(Verdict::Unknown));
    let mut two = of("linux", &["path"]);
    two.products.insert("windows".to_owned());
    assert_eq!(verdict(registry(), two), both(Verdict::Unknown));
    // What else the advisory names applies to every system; what could not be read may.
    let mixed =
        Question { indicators: vec![key(), question().indicators[0].clone()], ..registry() };
    assert_eq!(verdict(mixed, of("linux", &["domain"])), both(Verdict::Clear));
    let problems = Question { problems: vec!["a pattern".to_owned()], ..registry() };
    assert_eq!(verdict(problems, of("linux", &["path"])), both(Verdict::Unknown));
    let product = |platform: Option<&str>| AffectedProduct {
        product: "Softphone".to_owned(),
        platform: platform.map(str::to_owned),
        ..AffectedProduct::default()
    };
    let affects = |platform| Question { affected: vec![product(platform)], ..Question::default() };
    let linux = || of("linux", &["path"]);
    assert_eq!(verdict(affects(Some("windows")), linux()), both(Verdict::NotApplicable));
    assert_eq!(verdict(affects(Some("npm")), linux()), both(Verdict::Unknown));
    assert_eq!(verdict(affects(None), linux()), both(Verdict::Unknown));
}
