//! The catalogues are complete, agree with each other, and hold nothing that nobody says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use khien_detect::indicator::LeftOutReason;
use khien_detect::sigma::{InertReason, ProblemKind};
use khien_ingest::Reason;
use khien_lineage::TraitKind;
use khien_lineage::weigh::{Decision, Softening};
use khien_model::RecordFormat;
use khien_ops::exceptions::Standing;
use khien_unpack::{GapReason, SpanKind};
use khien_vet::pair::How;
use khien_vet::report::{Change, Confidence};
use serde::Serialize;

type Catalogue = BTreeMap<String, String>;

fn catalogue(lang: &str) -> Catalogue {
    let path = root().join("../../i18n").join(format!("{lang}.json"));
    serde_json::from_str(&read(&path)).unwrap()
}

fn read(path: &Path) -> String {
    std::fs::File::open(path).and_then(std::io::read_to_string).unwrap()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Names in braces; the word forms behind a colon are the language's own business.
fn placeholders(text: &str) -> BTreeSet<&str> {
    let inside = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
    inside.map(|(placeholder, _)| placeholder.split(':').next().unwrap()).collect()
}

#[test]
fn both_languages_say_the_same_things() {
    let (en, vi) = (catalogue("en"), catalogue("vi"));
    let keys = |catalogue: &Catalogue| catalogue.keys().cloned().collect::<BTreeSet<_>>();
    let differing: Vec<String> = keys(&en).symmetric_difference(&keys(&vi)).cloned().collect();
    assert!(differing.is_empty(), "in one language only: {differing:?}");
    for (key, text) in &en {
        assert_eq!(placeholders(text), placeholders(&vi[key]), "arguments of {key}");
        assert!(!text.trim().is_empty() && !vi[key].trim().is_empty(), "{key} is empty");
    }
}

#[test]
fn vietnamese_never_says_safe() {
    for (key, text) in catalogue("vi") {
        let text = text.to_lowercase();
        assert!(!text.contains("an toàn"), "{key}: nothing that was scanned is called safe");
        assert!(!text.contains("tập tin"), "{key}: the word is tệp");
    }
}

fn sources(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else {
            into.push_str(&read(&path));
        }
    }
}

fn all_sources() -> String {
    let mut text = String::new();
    sources(&root().join("src"), &mut text);
    sources(&root().join("templates"), &mut text);
    text
}

/// Literals that stand as the first argument of `text(` or `counted(`.
fn keys_asked_for(sources: &str) -> BTreeSet<String> {
    let calls = ["text(", "counted("].into_iter().flat_map(|call| sources.split(call).skip(1));
    let keys = calls.filter_map(|rest| rest.trim_start().strip_prefix('"')?.split_once('"'));
    let is_key = |key: &str| key.contains('.') && !key.contains(['{', ' ', '/', '\\']);
    keys.map(|(key, _)| key.to_owned()).filter(|key| is_key(key)).collect()
}

fn word(variant: impl Serialize) -> String {
    serde_json::to_value(variant).unwrap().as_str().unwrap().to_owned()
}

/// Keys that are put together from a word.
fn keys_made_of_words() -> BTreeSet<String> {
    use RecordFormat as F;
    let formats = [
        F::Auditd,
        F::Azure,
        F::CloudTrail,
        F::Eslogger,
        F::Evtx,
        F::GcpAudit,
        F::Journald,
        F::Json,
        F::Osquery,
        F::SuricataEve,
        F::Syslog,
        F::WindowsJson,
        F::ZeekJson,
        F::ZeekTsv,
    ];
    let reasons = [
        Reason::DamagedContainer,
        Reason::DamagedPart,
        Reason::Empty,
        Reason::Encrypted,
        Reason::LimitExceeded,
        Reason::Malformed,
        Reason::TooDeep,
        Reason::TooLarge,
        Reason::Truncated,
        Reason::Unreadable,
        Reason::UnknownFormat,
    ];
    let problems = [
        ProblemKind::Malformed,
        ProblemKind::MissingPlaceholder,
        ProblemKind::MissingReference,
        ProblemKind::Unsupported,
        ProblemKind::Unused,
    ];
    let gaps = [
        "correlation-groups-evicted",
        "dead-letters",
        "events-without-time",
        "fields-dropped",
        "indicator-kind-without-data",
        "indicators-left-out",
        "indicators-not-matchable",
        "log-sources-uncounted",
        "nothing-read",
        "rules-inert",
        "rules-not-loaded",
        "skipped-paths",
    ];
    let mut keys = BTreeSet::new();
    keys.extend(formats.map(|format| format!("format.{}", word(format))));
    keys.extend(reasons.map(|reason| format!("reason.{}", word(reason))));
    keys.extend(problems.map(|kind| format!("problem.{}", word(kind))));
    keys.extend(gaps.iter().flat_map(|key| [format!("gap.{key}.what"), format!("gap.{key}.step")]));
    let inert = [InertReason::NoLogSource, InertReason::FieldsNeverSeen];
    keys.extend(inert.map(|reason| format!("inert.{}", word(reason))));
    keys.extend(khien_model::Severity::ALL.map(|severity| format!("severity.{severity}")));
    keys.extend(["rule", "correlation", "indicator"].map(|kind| format!("kind.{kind}")));
    for verdict in ["hit", "clear", "unknown", "not_applicable"] {
        keys.extend([format!("verdict.{verdict}"), format!("verdict.{verdict}.about")]);
    }
    keys.extend(keys_of_vetting());
    keys.extend(keys_of_lineages());
    keys
}

fn keys_of_lineages() -> BTreeSet<String> {
    use khien_lineage::departure::Step as S;
    let mut keys = BTreeSet::new();
    for kind in TraitKind::RUNTIME {
        keys.extend(["does", "benign"].map(|what| format!("lineage.{what}.{kind}")));
    }
    let steps = [
        S::Kind,
        S::Peers,
        S::Exotic,
        S::Earlier,
        S::Age,
        S::Spread,
        S::Alignment,
        S::Elsewhere,
        S::Family,
        S::Companion,
        S::Own,
        S::Chain,
        S::Rhythm,
        S::Tunnel,
        S::Upload,
        S::Chance,
    ];
    keys.extend(steps.map(|step| format!("lineage.step.{}", word(step))));
    keys.extend(
        ["prompt", "delayed", "undated", "newcomer", "network"]
            .map(|form| format!("lineage.says.{form}")),
    );
    let traffic = ["chain", "rhythm", "tunnel", "upload"];
    keys.extend(traffic.map(|what| format!("lineage.traffic.{what}")));
    keys.extend(["counted", "judged"].map(|form| format!("lineage.rate.{form}")));
    use Standing as E;
    let standings = [E::Ahead, E::Ended, E::Holds, E::TakenBack];
    keys.extend(standings.map(|standing| format!("lineage.exceptions.{}", word(standing))));
    let columns = ["name", "releases", "newest", "hosts", "since", "departures"];
    keys.extend(columns.map(|column| format!("lineage.column.{column}")));
    keys
}

fn keys_of_vetting() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for kind in TraitKind::STATIC {
        keys.extend(["title", "why", "benign"].map(|what| format!("vet.kind.{kind}.{what}")));
        keys.insert(format!("vet.family.{}", word(kind.family())));
    }
    for decision in [Decision::Pass, Decision::Hold, Decision::Block] {
        let key = format!("vet.decision.{}", decision.as_str());
        keys.extend([format!("{key}.about"), key]);
    }
    use Softening as S;
    let softened = [
        S::Rebuilt,
        S::NewFile,
        S::ElsewhereBefore,
        S::MoreOfTheSame,
        S::Readable,
        S::OtherTools,
        S::RolledBack,
        S::OtherKey,
    ];
    keys.extend(softened.map(|why| format!("vet.softened.{}", word(why))));
    use Confidence as C;
    let confidence = [C::High, C::Medium, C::Low, C::NoCode];
    keys.extend(confidence.map(|how| format!("vet.confidence.{}", word(how))));
    use GapReason as G;
    let gaps = [
        G::Encrypted,
        G::Unsupported,
        G::Damaged,
        G::TooManyBytes,
        G::TooManyBytesPerByte,
        G::TooDeep,
        G::TooManyEntries,
        G::Recursive,
        G::External,
        G::Cancelled,
        G::TooMuchTime,
        G::TooMuchMemory,
        G::NotComparable,
    ];
    for gap in gaps.map(word) {
        keys.extend([format!("vet.gap.{gap}.what"), format!("vet.gap.{gap}.step")]);
    }
    use LeftOutReason as L;
    let left_out = [
        L::CommonAddress,
        L::CommonDomain,
        L::CommonFile,
        L::EmptyFile,
        L::Malformed,
        L::OwnDomain,
        L::Placeholder,
        L::PrivateAddress,
        L::PublicSuffix,
        L::TooMany,
        L::TooWide,
    ];
    keys.extend(left_out.map(|why| format!("left-out.{}", word(why))));
    // Hashes of another length are shown by no record.
    let kinds = khien_lake::REACH_KINDS.into_iter().chain(["hash"]);
    keys.extend(kinds.map(|kind| format!("check.kind.{kind}")));
    use How as H;
    let how = [
        H::SameBytes,
        H::SamePath,
        H::SameStem,
        H::SameIdentity,
        H::SameName,
        H::SharedFunctions,
        H::SimilarBytes,
        H::SplitOff,
    ];
    keys.extend(how.map(|how| format!("vet.how.{}", word(how))));
    use SpanKind as P;
    let spans = [P::Structure, P::Content, P::Signature, P::Padding, P::Program, P::Unexplained];
    keys.extend(spans.map(|kind| format!("vet.ledger.{}", word(kind))));
    let changes = [Change::Same, Change::Changed, Change::Added, Change::Removed];
    keys.extend(changes.map(|change| format!("vet.change.{}", word(change))));
    keys
}

#[test]
fn every_key_exists_and_none_is_unused() {
    let catalogue = catalogue("en");
    let sources = all_sources();
    // The console and the server have their own keys, and tests of their own that hold them.
    let others = ["cli.", "console.", "server."];
    let is_ours = |key: &&String| !others.iter().any(|of| key.starts_with(of));
    let mut wanted = keys_made_of_words();
    wanted.extend(keys_asked_for(&sources));
    let missing: Vec<_> =
        wanted.iter().filter(is_ours).filter(|k| !catalogue.contains_key(*k)).collect();
    assert!(missing.is_empty(), "asked for, but in no catalogue: {missing:?}");
    let named = |key: &String| wanted.contains(key) || sources.contains(&format!("\"{key}\""));
    let unused: Vec<_> = catalogue.keys().filter(is_ours).filter(|key| !named(key)).collect();
    assert!(unused.is_empty(), "in the catalogue, but asked for nowhere: {unused:?}");
}
