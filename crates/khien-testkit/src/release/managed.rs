//! .NET assemblies: SolarWinds Orion and M.E.Doc, as structures.

use super::containers::{msi, nupkg, zipped};
use super::dotnet::{Assembly, Method, Type};
use super::pe::Pe;
use super::software::{Edition, Files, signed, texts, version};
use super::{Artefact, Case, Expect};

type Call = (&'static str, &'static str, &'static str);

const PROCESS: Call = ("System.Diagnostics", "Process", "Start");
const REGISTRY: Call = ("Microsoft.Win32", "RegistryKey", "SetValue");
const REQUEST: Call = ("System.Net", "HttpWebRequest", "GetResponse");
const LOAD: Call = ("System.Reflection", "Assembly", "Load");
const WEB_CLIENT: Call = ("System.Net", "WebClient", "DownloadData");

fn methods(prefix: &str, count: u64, first: u64, calls: &[Call]) -> Vec<Method> {
    let one = |number: u64| Method {
        name: format!("{prefix}{number}"),
        number: (first + number).wrapping_mul(0x9E37_79B9_7F4A_7C15),
        calls: calls.to_vec(),
    };
    (0..count).map(one).collect()
}

/// A component of twelve types with ten methods each, which write logs and read settings.
fn component(name: &str, edition: Edition) -> Assembly {
    let honest: [Call; 2] = [("System", "String", "Concat"), ("System.IO", "File", "ReadAllText")];
    let kind = |number: u64| Type {
        namespace: format!("Vet.{name}"),
        name: format!("Component{number}"),
        methods: methods(
            "Step",
            10,
            number * 1000,
            &honest[..usize::from(number.is_multiple_of(3))],
        ),
    };
    let mut assembly = Assembly {
        name: format!("Vet.{name}"),
        version: edition.number(),
        types: (1..=12).map(kind).collect(),
        strings: texts(&["settings.json", "Component started"]),
    };
    if edition == Edition::New {
        assembly.types[4].methods[3].number ^= 0x0101;
        assembly.types[8].methods[7].number ^= 0x0202;
    }
    assembly
}

fn library(assembly: Assembly, edition: Edition) -> (String, Vec<u8>) {
    let file = format!("{}.dll", assembly.name);
    let pe = Pe {
        library: true,
        version: version("Vet Fixtures", "Vet Monitor", "Business layer", &file, edition.number()),
        managed: Some(assembly),
        ..Pe::default()
    };
    (file, signed(&pe))
}

/// The files of a release whose assembly is changed by `change`.
pub(super) fn files(name: &str, edition: Edition, change: fn(&mut Assembly)) -> Files {
    let mut assembly = component(name, edition);
    change(&mut assembly);
    vec![library(assembly, edition)]
}

/// A new type, and a call into it from where nothing shows: an old method that has one more number.
fn solarwinds(assembly: &mut Assembly) {
    let mut added = methods("Update", 12, 77_000, &[]);
    added.extend(methods("Job", 6, 78_000, &[REQUEST, PROCESS]));
    added.extend(methods("Setting", 4, 79_000, &[REGISTRY]));
    let namespace = assembly.types[0].namespace.clone();
    assembly.types.push(Type { namespace, name: "ImprovementLayer".to_owned(), methods: added });
    assembly.types[2].methods[5].calls.push(("System.Threading", "Thread", "Start"));
    assembly.strings.extend(texts(&["appsync-api.example.invalid", "ReportWatcherRetry"]));
}

fn medoc(assembly: &mut Assembly) {
    let mut added = methods("Worker", 8, 87_000, &[WEB_CLIENT]);
    added.extend(methods("Run", 4, 88_000, &[PROCESS, LOAD]));
    let namespace = assembly.types[0].namespace.clone();
    assembly.types.push(Type { namespace, name: "MeCom".to_owned(), methods: added });
    assembly.types[6].methods[1].calls.push(WEB_CLIENT);
    assembly.strings.extend(texts(&["upd.example.invalid", "SMTP password", "HKCU\\SOFTWARE\\WC"]));
}

fn gains_method(assembly: &mut Assembly) {
    assembly.types[3].methods.extend(methods("Extra", 2, 97_000, &[PROCESS]));
}

type Pack = fn(Edition, &Files) -> Artefact;

pub(super) fn cases() -> Vec<Case> {
    let honest = |name| files(name, Edition::Old, |_| {});
    let case =
        |name, incident, (container, pack): (&'static str, Pack), component, change, about| {
            let new = pack(Edition::New, &files(component, Edition::New, change));
            Case {
                name,
                incident,
                container,
                hard: false,
                old: pack(Edition::Old, &honest(component)),
                new,
                expect: Expect::Hold,
                first_cause: "capability.network|capability.exec",
                about,
            }
        };
    let packs: [(&'static str, Pack); 3] = [("msi", msi), ("nupkg", nupkg), ("zip", zipped)];
    let [in_msi, in_nupkg, in_zip] = packs;
    let orion = "A .NET component gains a type that fetches, starts programs and writes settings, started by an old method.";
    let tax = "A .NET library of a tax program gains a type that downloads, loads and starts code.";
    let small = "An old .NET type gains two methods that start programs.";
    vec![
        case("solarwinds-msi", Some("SolarWinds"), in_msi, "BusinessLayer", solarwinds, orion),
        case("solarwinds-nupkg", Some("SolarWinds"), in_nupkg, "BusinessLayer", solarwinds, orion),
        case("solarwinds-zip", Some("SolarWinds"), in_zip, "BusinessLayer", solarwinds, orion),
        case("medoc-zip", Some("M.E.Doc"), in_zip, "PublishedObjects", medoc, tax),
        case("medoc-msi", Some("M.E.Doc"), in_msi, "PublishedObjects", medoc, tax),
        case("managed-method-msi", None, in_msi, "Tools", gains_method, small),
        case("managed-method-nupkg", None, in_nupkg, "Tools", gains_method, small),
        case("managed-method-zip", None, in_zip, "Tools", gains_method, small),
    ]
}
