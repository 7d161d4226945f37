//! Products that nobody had before: each comes on a day of the simulation, and most do one thing that
//! few others do.

use crate::estate::product::{
    Audience, Delivery, Platform, Product, Scheme, Stock, Style, at_start, child, each, every,
    often, own, stock,
};

const NEWCOMER: Product = Product {
    key: "",
    name: "",
    company: "",
    signer: "",
    platform: Platform::Windows,
    audience: Audience::Desks,
    share_percent: 20,
    folder: "",
    file: "",
    libraries: &[],
    delivery: Delivery::Msi,
    train: every(Scheme::Semver(2, 0), 18),
    style: Style::Sessions(2),
    contacts: &[],
    children: &[],
    writes: &[],
    listens: &[],
    browses: false,
    is_nameless: false,
};

/// A library that its maker has not signed.
const UNSIGNED: Stock = Stock { company: "-", product: "-", version: "-", signer: "" };

pub(crate) static PRODUCTS: &[Product] = &[
    // An ordinary application.
    Product {
        key: "heather-plan",
        name: "Heather Plan",
        company: "Heather Works",
        signer: "Heather Works BV",
        folder: "C:\\Program Files\\Heather Plan\\",
        file: "heather.exe",
        libraries: &[own("heathercore.dll")],
        contacts: &[at_start("api.heatherplan.example"), often("in.heatlens.example", 10)],
        children: &[child("heather-sync.exe", "--once", 50)],
        writes: &["C:\\Users\\%U%\\AppData\\Roaming\\Heather\\plan-%N%.db"],
        ..NEWCOMER
    },
    // A browser: it goes where its user likes.
    Product {
        key: "finch-browser",
        name: "Finch Browser",
        company: "Finch Project",
        signer: "Finch Project AS",
        share_percent: 12,
        folder: "C:\\Program Files\\Finch\\Application\\",
        file: "browser.exe",
        libraries: &[own("finch.dll")],
        delivery: Delivery::Updater("C:\\Program Files\\Finch\\Update\\FinchUpdate.exe"),
        contacts: &[at_start("start.finch.example")],
        writes: &["C:\\Users\\%U%\\AppData\\Local\\Finch\\User Data\\Cache\\f_%N%"],
        browses: true,
        ..NEWCOMER
    },
    // Remote support: relays without names, where no other name leads, and a port of its own.
    Product {
        key: "sorrel-remote",
        name: "Sorrel Remote",
        company: "Sorrel Networks",
        signer: "Sorrel Networks Ltd",
        audience: Audience::All,
        share_percent: 8,
        folder: "C:\\Program Files\\Sorrel Remote\\",
        file: "sorrelsvc.exe",
        libraries: &[own("sorrelnet.dll")],
        style: Style::Service,
        contacts: &[
            each("hub.sorrel.example", 7_200),
            often("198.51.100.255", 30),
            often("203.0.113.255", 12),
        ],
        listens: &[6_568],
        ..NEWCOMER
    },
    // A tool of developers: shells and a code-hosting site.
    Product {
        key: "basil-editor",
        name: "Basil Editor",
        company: "Basil Foundation",
        signer: "Basil Foundation",
        audience: Audience::Developers,
        share_percent: 40,
        folder: "C:\\Users\\%U%\\AppData\\Local\\Programs\\Basil\\",
        file: "Basil.exe",
        libraries: &[own("basil.dll")],
        delivery: Delivery::Squirrel,
        contacts: &[often("api.github.com", 20), at_start("plugins.basil.example")],
        children: &[child("C:\\Windows\\System32\\cmd.exe", "/d /s /c \"make\"", 80)],
        ..NEWCOMER
    },
    // A small maker's tool: libraries that nobody signed.
    Product {
        key: "marl-viewer",
        name: "Marl Viewer",
        company: "Marl Imaging",
        signer: "Marl Imaging",
        share_percent: 6,
        folder: "C:\\Program Files\\Marl\\",
        file: "marl.exe",
        libraries: &[own("marlcore.dll"), stock("zcodec.dll", UNSIGNED)],
        contacts: &[at_start("check.marlimaging.example")],
        ..NEWCOMER
    },
    // Helpers whose files name no maker.
    Product {
        key: "reed-fax",
        name: "Reed Fax",
        company: "Reed Office",
        signer: "Reed Office SARL",
        audience: Audience::Finance,
        share_percent: 30,
        folder: "C:\\Program Files\\Reed Fax\\",
        file: "reedfax.exe",
        contacts: &[often("lines.reedoffice.example", 15)],
        children: &[child("faxspool.exe", "/q", 70)],
        is_nameless: true,
        ..NEWCOMER
    },
    // A keeper of passwords: starts at logon, a port for browsers.
    Product {
        key: "larch-vault",
        name: "Larch Vault",
        company: "Larch Security",
        signer: "Larch Security Inc.",
        share_percent: 35,
        folder: "C:\\Program Files\\Larch\\",
        file: "larch.exe",
        libraries: &[own("larchcrypt.dll")],
        style: Style::Logon,
        contacts: &[at_start("vault.larchsecurity.example"), often("storage.googleapis.com", 6)],
        listens: &[21_987],
        ..NEWCOMER
    },
    // A backup: goes to somebody's storage all day.
    Product {
        key: "moss-backup",
        name: "Moss Backup",
        company: "Moss Storage",
        signer: "Moss Storage LLC",
        audience: Audience::Servers,
        share_percent: 30,
        folder: "C:\\Program Files\\Moss\\",
        file: "mossd.exe",
        style: Style::Service,
        contacts: &[each("s3.amazonaws.com", 10_800), at_start("account.moss.example")],
        children: &[child("moss-index.exe", "--changed", 60)],
        ..NEWCOMER
    },
];
