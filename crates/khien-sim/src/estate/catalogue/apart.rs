//! Products of the incidents that are kept apart. A fleet has one only where its incident is asked
//! for, so that every other fleet is what it was before these were written.
//!
//! Version numbers of affected releases are the published ones where there are any; the others
//! are plausible.

use crate::estate::product::{
    Audience, Delivery, Platform, Product, Style, at_start, child, each, fixed, often, own,
};

const APART: Product = Product {
    key: "",
    name: "",
    company: "",
    signer: "",
    platform: Platform::Windows,
    audience: Audience::All,
    share_percent: 100,
    folder: "",
    file: "",
    libraries: &[],
    delivery: Delivery::Msi,
    train: fixed(&[]),
    style: Style::Service,
    contacts: &[],
    children: &[],
    writes: &[],
    listens: &[],
    browses: false,
    is_nameless: false,
};

pub(crate) static PRODUCTS: &[Product] = &[
    // The maker's own updater, as it comes with its laptops.
    Product {
        key: "asus-live-update",
        name: "ASUS Live Update",
        company: "ASUSTeK Computer Inc.",
        signer: "ASUSTeK Computer Inc.",
        audience: Audience::Desks,
        share_percent: 30,
        folder: "C:\\Program Files (x86)\\ASUS\\ASUS Live Update\\",
        file: "LiveUpdate.exe",
        libraries: &[own("AsMultiLang.dll")],
        delivery: Delivery::Updater(
            "C:\\Program Files (x86)\\ASUS\\ASUS Live Update\\UpdateChecker.exe",
        ),
        train: fixed(&[(0, "3.6.0"), (330, "3.6.2"), (560, "3.6.5"), (900, "3.6.8")]),
        style: Style::Logon,
        contacts: &[often("liveupdate01.asus.com", 12), often("dlcdnet.asus.com", 3)],
        writes: &["C:\\ProgramData\\ASUS\\Live Update\\log-%N%.txt"],
        ..APART
    },
    // Management of laptops: an agent of the system that looks about and does as it is told.
    Product {
        key: "jumpcloud-agent",
        name: "JumpCloud",
        company: "JumpCloud Inc.",
        signer: "JCL7R2M5QN",
        platform: Platform::Macos,
        folder: "/Applications/JumpCloud.app/Contents/",
        file: "MacOS/jumpcloud-agent",
        libraries: &[own("Frameworks/libosqueryext.dylib")],
        delivery: Delivery::Bundle,
        train: fixed(&[(0, "1.112.0"), (200, "1.116.0"), (390, "1.120.0"), (880, "1.124.0")]),
        contacts: &[each("agent.jumpcloud.com", 3_600), at_start("kickstart.jumpcloud.com")],
        children: &[
            child("/usr/bin/profiles", "show -type configuration", 70),
            child("/usr/bin/sw_vers", "-productVersion", 90),
            child("/usr/bin/env", "bash -c 'softwareupdate --list'", 45),
        ],
        writes: &["/Library/Application Support/JumpCloud/log/agent-%N%.log"],
        ..APART
    },
    // A script that a build runs to send its coverage.
    Product {
        key: "codecov-bash",
        name: "codecov-bash",
        company: "Codecov",
        signer: "Codecov <packages@codecov.example>",
        platform: Platform::Linux,
        folder: "/usr/local/bin/",
        file: "codecov",
        delivery: Delivery::Deb,
        train: fixed(&[(0, "20201130"), (120, "20210113"), (330, "20210129"), (860, "20210415")]),
        style: Style::Sessions(2),
        contacts: &[at_start("codecov.io"), at_start("storage.googleapis.com")],
        children: &[
            child("/usr/bin/git", "rev-parse HEAD", 95),
            child("/usr/bin/curl", "-X POST https://codecov.io/upload/v4", 95),
            child(
                "/usr/bin/curl",
                "-X PUT --data-binary @upload https://storage.googleapis.com",
                90,
            ),
        ],
        writes: &["/srv/build/jobs/web/coverage-%N%.txt"],
        ..APART
    },
];
