//! What distinguishes the variants, and what must never be in which.

use std::collections::BTreeSet;

use khien_sim::{SoftphoneScenario, Step, Variant};

use crate::written::Written;

/// Published command hosts that the known incident contacts.
const PUBLISHED_HOSTS: &[&str] =
    &["msstorageazure.com", "azuredeploystore.com", "msedgepackageinfo.com"];
/// Invented ones on reserved domains.
const INVENTED_HOSTS: &[&str] =
    &["azureonlinestorage-cdn.example", "officeaddons-update.test", "msedgepackages.example"];
/// Published hashes, names and version of the affected release.
const PUBLISHED_MARKS: &[&str] = &[
    "FAD482DED2E25CE9E1DD3D3ECC3227AF714BDFBBDE04347DBC1B21D6A3670405",
    "7986BBAEE8940DA11CE089383521AB420C443AB7B15ED42AED91FD31CE833896",
    "11BE1803E2E307B647A8A7E02D128335C448FF741BF06BF52B332E0BBF423B03",
    "18.12.",
];

fn mentions(written: &Written, word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    written.all_lines().any(|line| line.to_ascii_lowercase().contains(&word))
}

#[test]
fn benign_holds_nothing_of_the_incident() {
    let written = Written::new(11, Variant::Benign);
    assert!(written.manifest.ground_truth.is_empty());
    for word in [PUBLISHED_HOSTS, INVENTED_HOSTS, PUBLISHED_MARKS].concat() {
        assert!(!mentions(&written, word), "{word}");
    }
    for word in ["History.old", "whoami", "\\\\app\\\\manifest", "203.0.113.", "198.51.100."] {
        assert!(!mentions(&written, word), "{word}");
    }
    assert!(mentions(&written, "update.exe\\\" --update "), "the ordinary update is missing");
}

#[test]
fn known_incident_holds_the_published_indicators_on_every_sensor() {
    let written = Written::new(11, Variant::Incident);
    for host in PUBLISHED_HOSTS {
        for path in [
            "HCM-ACC-07/sysmon.jsonl",
            "HCM-ACC-08/winlogbeat.jsonl",
            "zeek/dns.log",
            "zeek/ssl.log",
            "suricata/eve.json",
        ] {
            assert!(written.files[path].iter().any(|line| line.contains(host)), "{host} in {path}");
        }
        let untouched = &written.files["HCM-SAL-03/nxlog.json.gz"];
        assert!(!untouched.iter().any(|line| line.contains(host)));
    }
    for mark in PUBLISHED_MARKS {
        assert!(mentions(&written, mark), "{mark}");
    }
}

#[test]
fn unknown_incident_holds_no_published_indicator_and_no_3cx() {
    let written = Written::new(11, Variant::IncidentWithUnknownIndicators);
    // Not "3cx" alone: three letters also occur in random connection identifiers.
    let product: &[&str] = &["3CXDesktop", "3CX Desktop", "3CX Ltd", "3cx.com"];
    for word in [PUBLISHED_HOSTS, PUBLISHED_MARKS, product].concat() {
        assert!(!mentions(&written, word), "{word}");
    }
    for host in INVENTED_HOSTS {
        assert!(mentions(&written, host), "{host}");
    }
}

#[test]
fn both_incidents_plant_the_same_steps() {
    let steps = |variant| -> Vec<(String, Step, String, u64)> {
        let manifest = SoftphoneScenario { seed: 12, variant }.manifest();
        let planted = manifest.ground_truth.into_iter();
        planted.map(|record| (record.host, record.step, record.file, record.line)).collect()
    };
    assert_eq!(steps(Variant::Incident), steps(Variant::IncidentWithUnknownIndicators));
}

#[test]
fn all_variants_have_the_same_people_and_hosts() {
    let people = |variant| -> BTreeSet<String> {
        let written = Written::new(13, variant);
        let names = written.all_lines().flat_map(|line| {
            let parts: Vec<&str> = line.split("LAMSON\\\\").skip(1).collect();
            parts.into_iter().map(|part| part.split('"').next().unwrap().to_owned())
        });
        names.filter(|name| !name.contains("\\n") && !name.contains("\\r")).collect()
    };
    let benign = people(Variant::Benign);
    assert_eq!(benign.len(), 3, "{benign:?}");
    assert_eq!(benign, people(Variant::Incident));
    assert_eq!(benign, people(Variant::IncidentWithUnknownIndicators));
}

#[test]
fn names_of_variants_are_distinct() {
    let names: BTreeSet<_> = Variant::ALL.iter().map(|variant| variant.name()).collect();
    assert_eq!(names.len(), Variant::ALL.len());
}
