//! Windows Installer packages: the tables that an installation needs, a cabinet inside, and a
//! signature over the streams.

use std::io::{Cursor, Read, Write};
use std::time::{Duration, UNIX_EPOCH};

use msi::{Category, Column, Insert, Package, PackageType, Value};

use super::authenticode::{Options, indirect_msi, message};
use super::cab::cabinet;
use super::identity::sha256;
use super::payload::LINE;

/// A custom action: its name, type and what it does (all of it text that nothing runs).
#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) name: &'static str,
    pub(crate) kind: i32,
    pub(crate) source: &'static str,
    pub(crate) target: &'static str,
    /// Bytes of the `Binary` row of the source's name, where the action needs one.
    pub(crate) binary: Option<Vec<u8>>,
}

/// What is to be installed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Installer {
    pub(crate) version: String,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) actions: Vec<Action>,
    /// Name and program of a service.
    pub(crate) service: Option<(&'static str, &'static str)>,
}

const WRITES: &str = "a file in memory takes everything";

impl Installer {
    /// The package, signed where it is to be.
    pub(crate) fn build(&self, signing: Option<&Options>) -> Vec<u8> {
        let mut package =
            Package::create(PackageType::Installer, Cursor::new(Vec::new())).expect(WRITES);
        let summary = package.summary_info_mut();
        summary.set_title("Installation Database");
        summary.set_subject("Vet Softphone");
        summary.set_author("Vet Fixtures");
        summary.set_comments(LINE);
        summary.set_word_count(2);
        summary.set_page_count(500);
        summary.set_creation_time(UNIX_EPOCH + Duration::from_secs(1_704_067_200));
        self.write_tables(&mut package);
        let cabinet = cabinet(&self.numbered());
        package.write_stream("app.cab").and_then(|mut s| s.write_all(&cabinet)).expect(WRITES);
        let file = package.into_inner().expect(WRITES).into_inner();
        finish(file, signing)
    }

    /// Files under the keys by which the `File` table knows them.
    fn numbered(&self) -> Vec<(String, Vec<u8>)> {
        let files = self.files.iter().zip(1..);
        files.map(|((_, bytes), number)| (format!("file{number}"), bytes.clone())).collect()
    }

    fn write_tables(&self, package: &mut Package<Cursor<Vec<u8>>>) {
        let key = |name: &str| Column::build(name).primary_key().id_string(72);
        let text = |name: &str| Column::build(name).nullable().text_string(255);
        let number = |name: &str| Column::build(name).nullable().int16();
        let wide = |name: &str| Column::build(name).nullable().int32();
        let mut table = |name: &str, columns: Vec<Column>, rows: Vec<Vec<Value>>| {
            package.create_table(name, columns).expect(WRITES);
            package.insert_rows(Insert::into(name).rows(rows)).expect(WRITES);
        };
        let property = |name: &str, value: &str| vec![Value::from(name), Value::from(value)];
        table(
            "Property",
            vec![key("Property"), text("Value")],
            vec![
                property("Manufacturer", "Vet Fixtures"),
                property("ProductCode", "{4B484945-0000-4000-8000-000000000001}"),
                property("ProductName", "Vet Softphone"),
                property("ProductVersion", &self.version),
                property("UpgradeCode", "{4B484945-0000-4000-8000-000000000002}"),
            ],
        );
        let directory =
            |key: &str, parent: Value, name: &str| vec![key.into(), parent, name.into()];
        table(
            "Directory",
            vec![key("Directory"), text("Directory_Parent"), text("DefaultDir")],
            vec![
                directory("TARGETDIR", Value::Null, "SourceDir"),
                directory("INSTALLDIR", "TARGETDIR".into(), "VetSoftphone"),
            ],
        );
        table(
            "Component",
            vec![key("Component"), text("ComponentId"), text("Directory_"), number("Attributes")],
            vec![vec![
                "Main".into(),
                "{4B484945-0000-4000-8000-000000000003}".into(),
                "INSTALLDIR".into(),
                Value::Int(0),
            ]],
        );
        let rows = self.files.iter().zip(1..).map(|((name, bytes), sequence)| {
            let size = i32::try_from(bytes.len()).expect("fits");
            vec![
                format!("file{sequence}").into(),
                "Main".into(),
                name.as_str().into(),
                Value::Int(size),
                self.version.as_str().into(),
                Value::Int(sequence),
            ]
        });
        table(
            "File",
            vec![
                key("File"),
                text("Component_"),
                text("FileName"),
                wide("FileSize"),
                text("Version"),
                number("Sequence"),
            ],
            rows.collect(),
        );
        let last = i32::try_from(self.files.len()).expect("fits");
        let media = vec![Value::Int(1), Value::Int(last), "#app.cab".into()];
        let disk = Column::build("DiskId").primary_key().int16();
        table("Media", vec![disk, number("LastSequence"), text("Cabinet")], vec![media]);
        self.write_actions(package);
    }

    fn write_actions(&self, package: &mut Package<Cursor<Vec<u8>>>) {
        let key = |name: &str| Column::build(name).primary_key().id_string(72);
        let text = |name: &str| Column::build(name).nullable().text_string(255);
        let number = |name: &str| Column::build(name).nullable().int16();
        let mut table = |name: &str, columns: Vec<Column>, rows: Vec<Vec<Value>>| {
            package.create_table(name, columns).expect(WRITES);
            package.insert_rows(Insert::into(name).rows(rows)).expect(WRITES);
        };
        let mut sequence = vec![
            vec!["InstallInitialize".into(), Value::Null, Value::Int(1500)],
            vec!["InstallFiles".into(), Value::Null, Value::Int(4000)],
            vec!["InstallFinalize".into(), Value::Null, Value::Int(6600)],
        ];
        for (action, at) in self.actions.iter().zip(6500..) {
            sequence.push(vec![action.name.into(), "NOT Installed".into(), Value::Int(at)]);
        }
        table(
            "InstallExecuteSequence",
            vec![key("Action"), text("Condition"), number("Sequence")],
            sequence,
        );
        if let Some((name, program)) = self.service {
            let row: Vec<Value> = vec![
                name.into(),
                name.into(),
                Value::Int(16),
                Value::Int(2),
                "Main".into(),
                program.into(),
            ];
            table(
                "ServiceInstall",
                vec![
                    key("ServiceInstall"),
                    text("Name"),
                    wide_number("ServiceType"),
                    wide_number("StartType"),
                    text("Component_"),
                    text("Arguments"),
                ],
                vec![row],
            );
        }
        if self.actions.is_empty() {
            return;
        }
        let rows = self.actions.iter().map(|action| {
            let kind = Value::Int(action.kind);
            vec![action.name.into(), kind, action.source.into(), action.target.into()]
        });
        table(
            "CustomAction",
            vec![key("Action"), number("Type"), text("Source"), text("Target")],
            rows.collect(),
        );
        let binaries = self.actions.iter().filter_map(|a| Some((a.source, a.binary.clone()?)));
        let binaries: Vec<(&str, Vec<u8>)> = binaries.collect();
        if binaries.is_empty() {
            return;
        }
        let data = Column::build("Data").category(Category::Binary).binary();
        let rows = binaries.iter().map(|(name, _)| vec![(*name).into(), Value::Binary]);
        table("Binary", vec![key("Name"), data], rows.collect());
        for (name, bytes) in binaries {
            let stream = package.write_stream(&format!("Binary.{name}"));
            stream.and_then(|mut stream| stream.write_all(&bytes)).expect(WRITES);
        }
    }
}

fn wide_number(name: &str) -> Column {
    Column::build(name).nullable().int32()
}

/// Copies the database into a file with small sectors, as most installers are, with times of zero,
/// so that the bytes are the same in every run, and signs.
fn finish(file: Vec<u8>, signing: Option<&Options>) -> Vec<u8> {
    let mut database = cfb::CompoundFile::open(Cursor::new(file)).expect(WRITES);
    let mut streams: Vec<(String, Vec<u8>)> = Vec::new();
    let entries: Vec<cfb::Entry> = database.walk().filter(cfb::Entry::is_stream).collect();
    for entry in entries {
        let mut bytes = Vec::new();
        let stream = database.open_stream(entry.path());
        stream.and_then(|mut stream| stream.read_to_end(&mut bytes)).expect(WRITES);
        streams.push((entry.name().to_owned(), bytes));
    }
    let class = *database.root_entry().clsid();
    // The order of the digest: by the UTF-16 bytes of the names, low byte first.
    streams.sort_by_key(|(name, _)| {
        name.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
    });
    if let Some(options) = signing {
        let mut covered: Vec<u8> = streams.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
        let (a, b, c, d) = class.as_fields();
        covered.extend(a.to_le_bytes());
        covered.extend(b.to_le_bytes());
        covered.extend(c.to_le_bytes());
        covered.extend(d);
        let signature = message(&indirect_msi(&sha256(&covered)), options);
        streams.push(("\u{5}DigitalSignature".to_owned(), signature));
    }
    let target = Cursor::new(Vec::new());
    let mut file = cfb::CompoundFile::create_with_version(cfb::Version::V3, target).expect(WRITES);
    file.set_storage_clsid("/", class).expect(WRITES);
    for (name, bytes) in &streams {
        let stream = file.create_stream(format!("/{name}"));
        stream.and_then(|mut stream| stream.write_all(bytes)).expect(WRITES);
    }
    // The root's times are zero by the specification: zero is 1601.
    let zero = UNIX_EPOCH - Duration::from_secs(11_644_473_600);
    file.set_created_time("/", zero).expect(WRITES);
    file.set_modified_time("/", zero).expect(WRITES);
    file.flush().expect(WRITES);
    file.into_inner().into_inner()
}
