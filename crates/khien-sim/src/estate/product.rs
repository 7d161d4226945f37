//! What a product is: files, habits, and the train of its releases.

/// The operating system that a product or host runs.
#[derive(
    Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Platform {
    /// A build host.
    Linux,
    /// A laptop.
    Macos,
    /// A workstation or server.
    Windows,
}

/// Who has a product.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Audience {
    /// Every host of the platform, servers and build hosts too.
    All,
    /// Everybody who sits at a desk.
    Desks,
    Developers,
    Finance,
    Servers,
    Traders,
}

/// How a release reaches a host.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Delivery {
    /// A macOS bundle that replaces itself.
    Bundle,
    /// Debian package, by the nightly upgrade.
    Deb,
    /// An updater of this path that the program itself starts, as the person.
    Helper(&'static str),
    /// Windows Installer package, by the organisation's rings.
    Msi,
    /// A package of a build's dependencies.
    Npm,
    /// RPM package, by the nightly upgrade.
    Rpm,
    /// Per-user updater that lies beside the program and replaces it.
    Squirrel,
    /// The vendor's per-machine updater of this file name.
    Updater(&'static str),
}

/// When the main program runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Style {
    /// From logon to logoff, as the person.
    Logon,
    /// From boot on, as the system.
    Service,
    /// At most so often a day, for minutes or hours.
    Sessions(i64),
}

/// How releases are numbered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Scheme {
    /// `113.0.5672.64`: four parts, the first rises every fourth release.
    Browser(i64),
    /// These, each published at so many thousandths of the simulated days; 0 is there before.
    Fixed(&'static [(i64, &'static str)]),
    /// `4.12.0`: minor and patch rise.
    Semver(i64, i64),
    /// `2023.4.1`: year, month, build.
    Year,
}

/// The train of a product's releases.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Train {
    pub(crate) scheme: Scheme,
    pub(crate) every_days: i64,
    /// How many of 100 releases change a habit.
    pub(crate) change_percent: i64,
}

/// A library that the main program loads at start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Library {
    /// File name in the program folder, or a full path.
    pub(crate) file: &'static str,
    /// A stock component keeps version, maker and hash over releases.
    pub(crate) stock: Option<Stock>,
}

/// Maker of a stock component.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stock {
    pub(crate) company: &'static str,
    pub(crate) product: &'static str,
    pub(crate) version: &'static str,
    pub(crate) signer: &'static str,
}

/// A name that the main program contacts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contact {
    pub(crate) host: &'static str,
    /// Tenths of contacts per day; 0 with `at_start` is once per run.
    pub(crate) tenths: i64,
    pub(crate) at_start: bool,
    /// A timer that asks so often while the program runs; 0 for none.
    pub(crate) period_s: i64,
}

/// A program that the main program starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Child {
    /// File name in the program folder, or a full path.
    pub(crate) file: &'static str,
    pub(crate) arguments: &'static str,
    /// On how many of 100 days.
    pub(crate) percent: i64,
}

/// A product of the catalogue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Product {
    /// Kebab-case, unique; also the bundle identifier's last part and the package name.
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) company: &'static str,
    /// Subject of the signature; the team identifier on macOS.
    pub(crate) signer: &'static str,
    pub(crate) platform: Platform,
    pub(crate) audience: Audience,
    pub(crate) share_percent: i64,
    /// Ends with a separator; `%U%` stands for the user.
    pub(crate) folder: &'static str,
    pub(crate) file: &'static str,
    pub(crate) libraries: &'static [Library],
    pub(crate) delivery: Delivery,
    pub(crate) train: Train,
    pub(crate) style: Style,
    pub(crate) contacts: &'static [Contact],
    pub(crate) children: &'static [Child],
    /// Files written on most days; `%U%` user, `%N%` a number.
    pub(crate) writes: &'static [&'static str],
    pub(crate) listens: &'static [u16],
    /// Whether people steer it to names of their own choice.
    pub(crate) browses: bool,
    /// Whether its helper programs name no maker.
    pub(crate) is_nameless: bool,
}

pub(crate) const fn own(file: &'static str) -> Library {
    Library { file, stock: None }
}

pub(crate) const fn stock(file: &'static str, maker: Stock) -> Library {
    Library { file, stock: Some(maker) }
}

/// Once per run, a few seconds after the start.
pub(crate) const fn at_start(host: &'static str) -> Contact {
    Contact { host, tenths: 0, at_start: true, period_s: 0 }
}

/// About `tenths` / 10 times a day.
pub(crate) const fn often(host: &'static str, tenths: i64) -> Contact {
    Contact { host, tenths, at_start: false, period_s: 0 }
}

/// By a timer, as honest programs have them too.
pub(crate) const fn each(host: &'static str, period_s: i64) -> Contact {
    Contact { host, tenths: 0, at_start: false, period_s }
}

pub(crate) const fn child(file: &'static str, arguments: &'static str, percent: i64) -> Child {
    Child { file, arguments, percent }
}

pub(crate) const fn weekly(scheme: Scheme) -> Train {
    Train { scheme, every_days: 7, change_percent: 25 }
}

pub(crate) const fn every(scheme: Scheme, every_days: i64) -> Train {
    Train { scheme, every_days, change_percent: 45 }
}

/// Releases on given days that change nothing by themselves.
pub(crate) const fn fixed(releases: &'static [(i64, &'static str)]) -> Train {
    Train { scheme: Scheme::Fixed(releases), every_days: 0, change_percent: 30 }
}

/// Microsoft's shader compiler, which many applications carry.
pub(crate) const SHADER_COMPILER: Stock = Stock {
    company: "Microsoft Corporation",
    product: "Microsoft® Windows® Operating System",
    version: "10.0.20348.1 (WinBuild.160101.0800)",
    signer: "Microsoft Corporation",
};
/// A part of Windows.
pub(crate) const OF_WINDOWS: Stock = Stock {
    company: "Microsoft Corporation",
    product: "Microsoft® Windows® Operating System",
    version: "10.0.22621.1 (WinBuild.160101.0800)",
    signer: "Microsoft Windows",
};
