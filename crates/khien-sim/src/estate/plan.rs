//! The releases of a product over the simulated days, and the habits of each.

use super::change::{Change, LookAlike};
use super::product::{Delivery, Platform, Product, Scheme};
use super::shelf::{FileId, FileKey, NameId, Shelf, TextId};
use crate::calendar::{HOUR_S, SimTime};
use crate::random::Random;

/// A product and its releases, by day of publication.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) product: &'static Product,
    pub(crate) releases: Vec<Release>,
    /// Whether it comes on a day of the simulation, or, where that is not wanted, never.
    pub(crate) arrival: Arrival,
    /// The day from which the vendor's servers send everybody elsewhere, and where.
    pub(crate) server_move: Option<(SimTime, String, String)>,
}

/// Whether a product was there before the first day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Arrival {
    Before,
    Comes,
    Never,
}

/// One release.
#[derive(Debug)]
pub(crate) struct Release {
    pub(crate) version: String,
    pub(crate) published: SimTime,
    /// Only for the beta ring.
    pub(crate) beta: bool,
    pub(crate) changes: Vec<Change>,
    pub(crate) look_alike: Option<LookAlike>,
    pub(crate) habits: Habits,
}

/// What a release does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Habits {
    pub(crate) main: FileId,
    /// How the main program is started.
    pub(crate) command: TextId,
    pub(crate) updater: FileId,
    pub(crate) loads: Vec<FileId>,
    pub(crate) contacts: Vec<Meeting>,
    pub(crate) children: Vec<Start>,
    pub(crate) writes: Vec<TextId>,
    pub(crate) listens: Vec<u16>,
    pub(crate) starts_at_logon: bool,
    pub(crate) update_name: NameId,
    /// What an update writes.
    pub(crate) installs: Vec<TextId>,
    /// Key and value of the list of installed programs.
    pub(crate) uninstall: (TextId, TextId),
    pub(crate) run_key: (TextId, TextId),
    pub(crate) update_command: TextId,
    /// What a person starts to install it, and how.
    pub(crate) setup: (FileId, TextId),
    /// How the updater is started to look for an update, where it does so by itself.
    pub(crate) check_command: Option<TextId>,
}

/// A name that a release contacts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meeting {
    pub(crate) name: NameId,
    pub(crate) tenths: i64,
    pub(crate) at_start: bool,
    pub(crate) period_s: i64,
    /// Only on so many of 1,000 host-days; 0 stands for all.
    pub(crate) rare_per_mille: i64,
}

/// A program that a release starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    pub(crate) file: FileId,
    pub(crate) command: TextId,
    pub(crate) percent: i64,
}

/// What a release is, before it is put on the shelf.
#[derive(Clone, Debug)]
pub(super) struct Sketch {
    pub(super) name: String,
    pub(super) company: String,
    pub(super) signer: String,
    pub(super) libraries: Vec<(String, Option<super::product::Stock>)>,
    pub(super) contacts: Vec<Acquaintance>,
    pub(super) children: Vec<(String, String, i64)>,
    pub(super) writes: Vec<String>,
    pub(super) listens: Vec<u16>,
    pub(super) starts_at_logon: bool,
}

/// A name that a release contacts, before it is put on the shelf.
#[derive(Clone, Debug, Default)]
pub(super) struct Acquaintance {
    pub(super) host: String,
    pub(super) tenths: i64,
    pub(super) at_start: bool,
    pub(super) period_s: i64,
    pub(super) rare_per_mille: i64,
}

impl Acquaintance {
    pub(super) fn new(host: &str) -> Self {
        Self { host: host.to_owned(), ..Self::default() }
    }
}

impl Sketch {
    pub(super) fn of(product: &Product) -> Self {
        Self {
            name: product.name.to_owned(),
            company: product.company.to_owned(),
            signer: product.signer.to_owned(),
            libraries: product.libraries.iter().map(|l| (l.file.to_owned(), l.stock)).collect(),
            contacts: product
                .contacts
                .iter()
                .map(|c| Acquaintance {
                    tenths: c.tenths,
                    at_start: c.at_start,
                    period_s: c.period_s,
                    ..Acquaintance::new(c.host)
                })
                .collect(),
            children: product
                .children
                .iter()
                .map(|c| (c.file.to_owned(), c.arguments.to_owned(), c.percent))
                .collect(),
            writes: product.writes.iter().map(|path| (*path).to_owned()).collect(),
            listens: product.listens.to_vec(),
            starts_at_logon: false,
        }
    }
}

/// Plans every release of `product` over `days`.
pub(crate) fn plan(
    seed: u64,
    number: u64,
    product: &'static Product,
    days: i64,
    (look_alikes, shelf): (&[LookAlike], &mut Shelf),
) -> Plan {
    let mut random = Random::keyed(seed, [3, number, 0, 0]);
    let wanted =
        |kind: LookAlike| look_alikes.contains(&kind) && kind.products().contains(&product.key);
    let own = [LookAlike::Acquisition, LookAlike::Merger, LookAlike::TelemetryVendor]
        .into_iter()
        .find(|kind| wanted(*kind));
    let mut trains = super::train::departures(product, days, own.is_some(), &mut random);
    let arrival = match LookAlike::Newcomer.products().contains(&product.key) {
        false => Arrival::Before,
        true if wanted(LookAlike::Newcomer) => Arrival::Comes,
        true => Arrival::Never,
    };
    if arrival != Arrival::Before {
        // Once the fleet has been watched for a while; its later releases come after it.
        let comes = days * random.range(30, 70) / 100;
        trains.retain(|(day, _)| *day == 0 || *day > comes + 3);
        if let Some((day, _)) = trains.first_mut() {
            *day = comes;
        }
    }
    let mut sketch = Sketch::of(product);
    let mut releases = Vec::new();
    for (index, (day, version)) in trains.drain(..).enumerate() {
        let mut changes = Vec::new();
        let mut look_alike =
            (index == 0 && arrival == Arrival::Comes).then_some(LookAlike::Newcomer);
        if index > 0 {
            if let Some(kind) = own.filter(|_| day * 100 >= days * 35 && !shown(&releases)) {
                look_alike = Some(kind);
                changes = super::train::imitate(kind, product, &mut sketch);
            } else {
                changes = super::train::change(product, &mut sketch, &mut random);
            }
        }
        let published = match index {
            0 if arrival == Arrival::Before => SimTime::on_day(-40, 0),
            _ => SimTime::on_day(day, 9 * HOUR_S + random.range(0, 7 * HOUR_S)),
        };
        if index > 0 && wanted(LookAlike::BetaRing) {
            let is_first = !releases.iter().any(|release: &Release| release.beta);
            let said = (changes.as_slice(), is_first);
            releases.extend(beta_of(product, &sketch, (&version, published), said, shelf));
        }
        let habits = sketch.shelve(product, &version, shelf);
        releases.push(Release { version, published, beta: false, changes, look_alike, habits });
    }
    releases[1..].sort_by_key(|release| release.published);
    let server_move = wanted(LookAlike::CdnMove).then(|| {
        let at = SimTime::on_day(days * 55 / 100, 14 * HOUR_S);
        let (from, to) = ("dl.sparrow-static.example", "dl.sparrowedge.example");
        let target = shelf.name(to);
        let source = shelf.name(from);
        if let Some(entry) = shelf.names.get_mut(super::shelf::index_of(source)) {
            entry.moves = Some((at, target));
        }
        (at, from.to_owned(), to.to_owned())
    });
    Plan { product, releases, arrival, server_move }
}

fn shown(releases: &[Release]) -> bool {
    releases.iter().any(|release| release.look_alike.is_some())
}

/// The pre-release of a release, eight days before it, with a habit of its own.
fn beta_of(
    product: &Product,
    sketch: &Sketch,
    (version, published): (&str, SimTime),
    (changes, is_first): (&[Change], bool),
    shelf: &mut Shelf,
) -> Option<Release> {
    let early = published.plus_s(-8 * crate::calendar::DAY_S);
    if early.day() < 1 {
        return None;
    }
    let mut sketch = sketch.clone();
    let host = format!("insiders.{}-feedback.example", product.key);
    sketch.contacts.push(Acquaintance { tenths: 10, at_start: true, ..Acquaintance::new(&host) });
    let version = format!("{version}.901");
    let own = is_first.then_some(Change::NewContact { host });
    let changes = changes.iter().cloned().chain(own).collect();
    let habits = sketch.shelve(product, &version, shelf);
    let look_alike = Some(LookAlike::BetaRing);
    Some(Release { version, published: early, beta: true, changes, look_alike, habits })
}

impl Sketch {
    /// Gives numbers to everything that the release's records refer to.
    fn shelve(&self, product: &Product, version: &str, shelf: &mut Shelf) -> Habits {
        let main = shelf.file(self.key(product, product.file, version, None));
        let updater = shelf.file(updater_key(self, product, version));
        let loads = self
            .libraries
            .iter()
            .map(|(file, stock)| shelf.file(self.key(product, file, version, stock.as_ref())));
        let loads = loads.collect();
        let children = self.children.iter().map(|(file, arguments, percent)| {
            let path = path_in(product, file);
            let command = match product.platform {
                Platform::Windows => format!("\"{path}\" {arguments}"),
                _ => format!("{path} {arguments}"),
            };
            let file = shelf.file(self.key(product, file, version, None));
            Start { file, command: shelf.text(&command), percent: *percent }
        });
        let children = children.collect();
        let contacts = self.contacts.iter().map(|contact| Meeting {
            name: shelf.name(&contact.host),
            tenths: contact.tenths,
            at_start: contact.at_start,
            period_s: contact.period_s,
            rare_per_mille: contact.rare_per_mille,
        });
        let contacts = contacts.collect();
        let list =
            format!("\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\{}", self.name);
        let (hive, run) = match product.delivery {
            Delivery::Squirrel => ("HKU\\%SID%", "HKU\\%SID%"),
            _ => ("HKLM", "HKLM"),
        };
        let run =
            format!("{run}\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\{}", self.name);
        let program = path_in(product, product.file);
        let command = match product.platform {
            Platform::Windows => format!("\"{program}\""),
            _ => program,
        };
        let command = shelf.text(&command);
        Habits {
            main,
            command,
            updater,
            loads,
            contacts,
            children,
            writes: self.writes.iter().map(|path| shelf.text(path)).collect(),
            listens: self.listens.clone(),
            starts_at_logon: self.starts_at_logon,
            update_name: shelf.name(&update_host(product)),
            installs: installs(self, product, shelf),
            uninstall: (shelf.text(&format!("{hive}{list}\\DisplayVersion")), shelf.text(version)),
            run_key: (shelf.text(&run), command),
            setup: self.setup(product, version, shelf),
            check_command: check_command(product).map(|command| shelf.text(&command)),
            update_command: shelf.text(&update_command(self, product, version)),
        }
    }

    fn setup(&self, product: &Product, version: &str, shelf: &mut Shelf) -> (FileId, TextId) {
        let path = format!("C:\\Users\\%U%\\Downloads\\{}-setup.exe", product.key);
        let command = shelf.text(&format!("\"{path}\""));
        let name = format!("{} Setup", self.name);
        let file = FileKey { product: name, ..self.key(product, &path, version, None) };
        (shelf.file(file), command)
    }

    fn key(
        &self,
        product: &Product,
        file: &str,
        version: &str,
        stock: Option<&super::product::Stock>,
    ) -> FileKey {
        let path = path_in(product, file);
        if let Some(stock) = stock {
            return FileKey {
                path,
                version: stock.version.to_owned(),
                product: stock.product.to_owned(),
                company: stock.company.to_owned(),
                signer: stock.signer.to_owned(),
                content: "stock".to_owned(),
                bundle: String::new(),
                platform: product.platform,
                sha256: None,
            };
        }
        if is_system(&path) && file != product.file {
            return system_key(path, product.platform);
        }
        if product.is_nameless && self.children.iter().any(|(child, ..)| child == file) {
            let nobody = || "-".to_owned();
            return FileKey {
                path,
                version: nobody(),
                product: nobody(),
                company: nobody(),
                signer: String::new(),
                content: version.to_owned(),
                bundle: String::new(),
                platform: product.platform,
                sha256: None,
            };
        }
        // A media library is stock too, but signed by who ships it.
        let is_media = file.ends_with("ffmpeg.dll");
        FileKey {
            path,
            version: if is_media { "-".to_owned() } else { version.to_owned() },
            product: self.name.clone(),
            company: self.company.clone(),
            signer: self.signer.clone(),
            content: if is_media { "stock".to_owned() } else { version.to_owned() },
            bundle: format!("com.{}", product.key.replace('-', ".")),
            platform: product.platform,
            sha256: None,
        }
    }
}

/// A program of the operating system.
pub(crate) fn system_key(path: String, platform: Platform) -> FileKey {
    let (version, product, company, signer) = match platform {
        Platform::Windows => (
            "10.0.22621.1 (WinBuild.160101.0800)",
            "Microsoft® Windows® Operating System",
            "Microsoft Corporation",
            "Microsoft Windows",
        ),
        Platform::Macos => ("13.2.1", "macOS", "Apple", ""),
        Platform::Linux => ("22.04", "Ubuntu", "Ubuntu", ""),
    };
    FileKey {
        path,
        version: version.to_owned(),
        product: product.to_owned(),
        company: company.to_owned(),
        signer: signer.to_owned(),
        content: "system".to_owned(),
        bundle: "com.apple".to_owned(),
        platform,
        sha256: None,
    }
}

fn updater_key(sketch: &Sketch, product: &Product, version: &str) -> FileKey {
    match product.delivery {
        Delivery::Helper(path) | Delivery::Updater(path) => {
            sketch.key(product, path, version, None)
        }
        Delivery::Squirrel => {
            let file = FileKey {
                product: "Update".to_owned(),
                company: "GitHub".to_owned(),
                ..sketch.key(product, "Update.exe", "2.0.1.53", None)
            };
            FileKey { content: product.key.to_owned(), ..file }
        }
        Delivery::Msi => {
            system_key("C:\\Windows\\System32\\msiexec.exe".to_owned(), Platform::Windows)
        }
        Delivery::Bundle => sketch.key(product, "Frameworks/Autoupdate", version, None),
        Delivery::Deb => system_key("/usr/bin/dpkg".to_owned(), Platform::Linux),
        Delivery::Rpm => system_key("/usr/bin/rpm".to_owned(), Platform::Linux),
        Delivery::Npm => system_key("/usr/bin/node".to_owned(), Platform::Linux),
    }
}

/// Where a file of a product lies: in its folder, unless it says.
pub(crate) fn path_in(product: &Product, file: &str) -> String {
    let is_whole = file.starts_with('/') || file.get(1..2) == Some(":");
    if is_whole { file.to_owned() } else { format!("{}{file}", product.folder) }
}

fn is_system(path: &str) -> bool {
    path.starts_with("C:\\Windows\\") || path.starts_with("/usr/bin/")
}

/// Whom an update is fetched from.
fn update_host(product: &Product) -> String {
    let of_vendor = |host: &str| {
        let mut parts: Vec<&str> = host.split('.').collect();
        let last = parts.split_off(parts.len().saturating_sub(2));
        format!("updates.{}", last.join("."))
    };
    match (product.key, product.delivery) {
        ("3cx-windows" | "3cx-macos", _) => "pbx.lamson.example".to_owned(),
        (_, Delivery::Msi) => "deploy.lamson.example".to_owned(),
        (_, Delivery::Deb | Delivery::Rpm) => "mirror.lamson.example".to_owned(),
        (_, Delivery::Npm) => "registry.npmjs.org".to_owned(),
        ("asus-live-update", _) => "liveupdate01.asus.com".to_owned(),
        ("medoc", _) => "upd.me-doc.com.ua".to_owned(),
        ("notepad-plus-plus", _) => "notepad-plus-plus.org".to_owned(),
        _ => {
            let external = |c: &&super::product::Contact| {
                !c.host.contains("lamson") && !c.host.contains("github")
            };
            let first = product.contacts.iter().find(external);
            first.map_or_else(|| "updates.example.com".to_owned(), |c| of_vendor(c.host))
        }
    }
}

/// What an update writes: the program, what it loads, what it starts.
fn installs(sketch: &Sketch, product: &Product, shelf: &mut Shelf) -> Vec<TextId> {
    let libraries = sketch.libraries.iter().map(|(file, _)| file.as_str());
    let children = sketch.children.iter().map(|(file, ..)| file.as_str());
    let mut paths: Vec<String> = [product.file]
        .into_iter()
        .chain(libraries)
        .chain(children)
        .map(|file| path_in(product, file))
        .filter(|path| !is_system(path))
        .collect();
    paths.dedup();
    paths.iter().map(|path| shelf.text(path)).collect()
}

/// Packages are looked for by the organisation's own tools, not by each product.
fn check_command(product: &Product) -> Option<String> {
    match product.delivery {
        Delivery::Squirrel => {
            let host = update_host(product);
            Some(format!("\"{}Update.exe\" --checkForUpdate https://{host}/", product.folder))
        }
        Delivery::Helper(path) => Some(format!("\"{path}\" -check")),
        Delivery::Updater(path) => Some(format!("\"{path}\" /c /installsource scheduler")),
        Delivery::Bundle => Some(format!("{}Frameworks/Autoupdate --check", product.folder)),
        Delivery::Deb | Delivery::Msi | Delivery::Npm | Delivery::Rpm => None,
    }
}

fn update_command(sketch: &Sketch, product: &Product, version: &str) -> String {
    match product.delivery {
        Delivery::Squirrel if product.key == "3cx-windows" => format!(
            "\"{}Update.exe\" --update https://pbx.lamson.example:5001/electron/update/win32/{version}",
            product.folder
        ),
        Delivery::Squirrel => format!(
            "\"{}Update.exe\" --update https://{}/releases/{version}",
            product.folder,
            update_host(product)
        ),
        Delivery::Helper(path) => format!("\"{path}\" -v{version}"),
        Delivery::Updater(path) => format!("\"{path}\" /ua /installsource scheduler"),
        Delivery::Msi => format!(
            "C:\\Windows\\system32\\msiexec.exe /i \\\\deploy.lamson.example\\packages\\{}-{version}.msi /qn",
            product.key
        ),
        Delivery::Bundle => format!("{}Frameworks/Autoupdate {version}", product.folder),
        Delivery::Deb => format!("/usr/bin/dpkg --install {}_{version}_amd64.deb", product.key),
        Delivery::Rpm => format!("/usr/bin/rpm -U {}-{version}-1.x86_64.rpm", product.key),
        Delivery::Npm => format!("npm install {}@{version}", sketch.name),
    }
}

/// The honest content of a product's file in a release.
pub(crate) fn file_key(product: &Product, file: &str, version: &str) -> FileKey {
    let library = product.libraries.iter().find(|library| library.file == file);
    let stock = library.and_then(|library| library.stock.as_ref());
    Sketch::of(product).key(product, file, version, stock)
}

/// Whether a product's releases are given and not drawn.
pub(crate) fn is_fixed(product: &Product) -> bool {
    matches!(product.train.scheme, Scheme::Fixed(_))
}
