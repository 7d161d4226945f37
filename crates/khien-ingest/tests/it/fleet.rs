//! Every format of a simulated fleet is read, whole and with what it says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use khien_ingest::{DeadLetter, InputFile, Normalizer, Place, Sink, read_file};
use khien_model::{Event, EventClass, Limits, RecordFormat, Role};
use khien_sim::{FileKind, FleetScenario, Incident, Manifest, Sources};

/// What the readers found in the files of one kind.
#[derive(Default)]
struct Found {
    records: u64,
    dead: Vec<String>,
    untimed: u64,
    formats: BTreeSet<String>,
    classes: BTreeMap<EventClass, u64>,
    hosts: BTreeSet<String>,
    said: Vec<Role>,
}

const ROLES: [Role; 14] = [
    Role::ActorImage,
    Role::ActorGuid,
    Role::ProcessImage,
    Role::CommandLine,
    Role::ModulePath,
    Role::FilePath,
    Role::RegistryPath,
    Role::DestinationIp,
    Role::DestinationName,
    Role::DnsQuery,
    Role::Hashes,
    Role::Signer,
    Role::Product,
    Role::FileVersion,
];

impl Sink for Found {
    fn record(&mut self, event: &Event, format: RecordFormat, place: Place) {
        self.formats.insert(format!("{format:?}"));
        self.event(event, place);
    }

    fn event(&mut self, event: &Event, _place: Place) {
        self.records += 1;
        self.untimed += u64::from(event.time.is_none());
        *self.classes.entry(event.class).or_default() += 1;
        self.hosts.insert(event.host().to_owned());
        let new = |role: &&Role| event.facet(**role).is_some() && !self.said.contains(*role);
        let new: Vec<Role> = ROLES.iter().filter(new).copied().collect();
        self.said.extend(new);
    }

    fn dead(&mut self, letter: DeadLetter) {
        self.dead.push(format!("{letter:?}"));
    }
}

fn read_all() -> (Manifest, BTreeMap<FileKind, Found>) {
    let folder = tempfile::tempdir().unwrap();
    let fleet = FleetScenario {
        sources: Sources::ALL,
        ..FleetScenario::new(5, 50, 16).with_incidents(&Incident::ALL)
    };
    let manifest = fleet.write_to(folder.path()).unwrap();
    let mut found: BTreeMap<FileKind, Found> = BTreeMap::new();
    for file in &manifest.files {
        let path = folder.path().join(&file.path);
        let bytes = fs::metadata(&path).unwrap().len();
        let of_kind = found.entry(file.kind).or_default();
        let before = of_kind.records;
        let mut normalizer = Normalizer::default();
        let input = InputFile { path, bytes };
        read_file(&input, &mut normalizer, &Limits::default(), of_kind, &|_| {});
        assert_eq!(of_kind.dead, Vec::<String>::new(), "{}", file.path);
        assert_eq!(of_kind.records - before, file.records, "{}", file.path);
    }
    (manifest, found)
}

#[test]
fn every_format_is_read_without_a_dead_letter_and_says_what_it_should() {
    use EventClass as Class;
    use Role as R;
    let (_, found) = read_all();
    let check = |kind: FileKind, format: &str, classes: &[Class], roles: &[Role]| {
        let found = &found[&kind];
        assert_eq!(found.untimed, 0, "{kind:?}");
        assert_eq!(found.formats.iter().map(String::as_str).collect::<Vec<_>>(), [format]);
        for class in classes {
            assert!(found.classes.contains_key(class), "{kind:?}: {class:?} {:?}", found.classes);
        }
        // Ports that are listened on have no class of their own yet.
        let may_be_other = kind == FileKind::OsqueryResults;
        assert!(may_be_other || !found.classes.contains_key(&Class::Other), "{kind:?}");
        for role in roles {
            assert!(found.said.contains(role), "{kind:?}: {role:?}");
        }
    };
    check(
        FileKind::SysmonEvtxJson,
        "WindowsJson",
        &[Class::Process, Class::Network, Class::Module, Class::File, Class::Registry, Class::Dns],
        &[
            R::ActorImage,
            R::ActorGuid,
            R::ProcessImage,
            R::CommandLine,
            R::ModulePath,
            R::FilePath,
            R::RegistryPath,
            R::DestinationIp,
            R::DnsQuery,
            R::Hashes,
            R::Signer,
            R::Product,
            R::FileVersion,
        ],
    );
    check(
        FileKind::InstallerEvtxJson,
        "WindowsJson",
        &[Class::Software],
        &[R::Product, R::FileVersion],
    );
    check(
        FileKind::Eslogger,
        "Eslogger",
        &[Class::Process, Class::File],
        &[R::ProcessImage, R::ActorImage, R::CommandLine, R::FilePath],
    );
    check(
        FileKind::OsqueryResults,
        "Osquery",
        &[Class::Software, Class::Network, Class::Process, Class::File],
        &[R::Product, R::FileVersion, R::DestinationIp, R::ProcessImage, R::FilePath],
    );
    check(FileKind::ZeekConn, "ZeekTsv", &[Class::Network], &[R::DestinationIp]);
    check(FileKind::ZeekDns, "ZeekTsv", &[Class::Dns], &[R::DnsQuery]);
    check(FileKind::ZeekHttp, "ZeekTsv", &[Class::Http], &[R::DestinationName]);
    check(FileKind::ZeekSsl, "ZeekTsv", &[Class::Http], &[R::DestinationName]);
    check(FileKind::SuricataEve, "SuricataEve", &[Class::Dns, Class::Network], &[R::DnsQuery]);
}

#[test]
fn hosts_are_told_apart_where_the_format_says_them() {
    let (manifest, found) = read_all();
    let hosts = manifest.fleet.unwrap().hosts;
    assert_eq!(hosts, 50);
    // Three in fifty are build hosts and four are laptops with macOS.
    assert_eq!(found[&FileKind::SysmonEvtxJson].hosts.len(), 43);
    assert_eq!(found[&FileKind::OsqueryResults].hosts.len(), 50);
    assert_eq!(found[&FileKind::ZeekConn].hosts.len(), 50);
}
