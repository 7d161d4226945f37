//! Software that institutions use: Orion, M.E.Doc, the GCA client, `X_TRADER`; and a worm among
//! the packages of a build.

use super::Incident;
use super::case::{Altered, By, Case, DAY, Deed, HOUR, Reach, line};
use crate::manifest::Step;

const MICROSOFT: &str = "Microsoft Windows";

pub(super) static SUNBURST: Case = Case {
    incident: Incident::Sunburst,
    product: "orion-platform",
    releases: &["2019.4.5200.9083"],
    altered: &[Altered { file: "SolarWinds.Orion.Core.BusinessLayer.dll", published: None }],
    reach: Reach::All,
    script: &[
        line(
            Step::NameSignal,
            "algorithmic name below one that the product never asked for",
            (12 * DAY, 14 * DAY),
            By::Main,
            Deed::Labels { domain: "appsync-api.us-west-2.avsvmcloud.com" },
        )
        .again(4 * HOUR, 60, 800),
        line(
            Step::Beacon,
            "contact to a command host",
            (DAY, 3 * DAY),
            By::Main,
            Deed::Contact { hosts: &["deftsecurity.com"], up: 1_400, down: 5_200 },
        )
        .percent(50)
        .again(3 * HOUR, 45, 800),
        line(
            Step::SecondStage,
            "library written into the system folder",
            (DAY, 3 * DAY),
            By::Main,
            Deed::Write { path: "C:\\Windows\\SysWOW64\\netsetupsvc.dll" },
        )
        .percent(50),
        line(
            Step::Persistence,
            "debugger value for a system program",
            (60, 600),
            By::Main,
            Deed::Set {
                key: "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\dllhost.exe\\Debugger",
                value: "wscript.exe C:\\Windows\\Temp\\stage.vbs",
            },
        )
        .percent(50),
    ],
};

pub(super) static MEDOC: Case = Case {
    incident: Incident::MeDoc,
    product: "medoc",
    releases: &["10.01.175", "10.01.180", "10.01.188"],
    altered: &[Altered { file: "ZvitPublishedObjects.dll", published: None }],
    reach: Reach::All,
    script: &[
        line(
            Step::ShellChild,
            "command shell started by the accounting program",
            (3 * DAY, 9 * DAY),
            By::Main,
            Deed::Child {
                path: "C:\\Windows\\System32\\cmd.exe",
                arguments: "/c ipconfig /all",
                signer: MICROSOFT,
                slot: None,
            },
        ),
        line(
            Step::SecondStage,
            "library written beside the data of all programs",
            (DAY, 6 * DAY),
            By::Main,
            Deed::Write { path: "C:\\Windows\\perfc.dat" },
        )
        .percent(70),
        line(
            Step::Execution,
            "the library run through rundll32",
            (2, 10),
            By::Main,
            Deed::Child {
                path: "C:\\Windows\\System32\\rundll32.exe",
                arguments: "C:\\Windows\\perfc.dat,#1 30",
                signer: MICROSOFT,
                slot: Some(0),
            },
        )
        .percent(70),
        line(
            Step::Discovery,
            "neighbours contacted",
            (60, 600),
            By::Slot(0),
            Deed::Scan { port: 445, count: 40 },
        )
        .percent(70),
    ],
};

pub(super) static SIGN_SIGHT: Case = Case {
    incident: Incident::SignSight,
    product: "gca-client",
    releases: &["8.3"],
    altered: &[],
    reach: Reach::All,
    script: &[
        line(
            Step::AlteredUpdate,
            "extra program written by the installer",
            (2, 9),
            By::Updater,
            Deed::Write { path: "C:\\Program Files\\VGCA\\Authentication\\SAC\\eToken.exe" },
        )
        .waiting(),
        line(
            Step::Execution,
            "extra program of the package started by the installer",
            (20, 90),
            By::Updater,
            Deed::Child {
                path: "C:\\Program Files\\VGCA\\Authentication\\SAC\\eToken.exe",
                arguments: "",
                signer: "",
                slot: Some(0),
            },
        ),
        line(
            Step::SecondStage,
            "library written into the system folder",
            (2, 20),
            By::Slot(0),
            Deed::Write { path: "C:\\Windows\\apppatch\\netapi32.dll" },
        ),
        line(
            Step::Persistence,
            "value that starts it with the system",
            (1, 5),
            By::Slot(0),
            Deed::Set {
                key: "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\eToken",
                value: "C:\\Program Files\\VGCA\\Authentication\\SAC\\eToken.exe",
            },
        ),
        line(
            Step::Beacon,
            "contact to a dynamic name that resembles the issuer's",
            (60, 900),
            By::Slot(0),
            Deed::Contact {
                hosts: &["vgca.homeunix.org", "office365.blogdns.com"],
                up: 900,
                down: 1_900,
            },
        )
        .again(2 * HOUR, 30, 2_000),
    ],
};

pub(super) static X_TRADER: Case = Case {
    incident: Incident::XTrader,
    product: "x-trader",
    releases: &["7.17.90p608"],
    altered: &[],
    reach: Reach::All,
    script: &[
        line(
            Step::SecondStage,
            "program written beside the data of all programs by the installer",
            (20, 60),
            By::Updater,
            Deed::Write { path: "C:\\ProgramData\\TPM\\TpmVscMgrSvr.exe" },
        ),
        line(
            Step::SecondStage,
            "library written beside it",
            (1, 3),
            By::Updater,
            Deed::Write { path: "C:\\ProgramData\\TPM\\winscard.dll" },
        ),
        line(
            Step::Execution,
            "the written program started by the installer",
            (2, 9),
            By::Updater,
            Deed::Child {
                path: "C:\\ProgramData\\TPM\\TpmVscMgrSvr.exe",
                arguments: "",
                signer: MICROSOFT,
                slot: Some(0),
            },
        ),
        line(
            Step::SideLoad,
            "unsigned library loaded in place of the system's",
            (1, 3),
            By::Slot(0),
            Deed::Load { path: "C:\\ProgramData\\TPM\\winscard.dll", signer: "" },
        ),
        line(
            Step::Beacon,
            "contact of the browser to a command host",
            (HOUR, DAY),
            By::Product("meadow-browser"),
            Deed::Contact { hosts: &["curvefinances.com"], up: 1_000, down: 2_400 },
        )
        .again(4 * HOUR, 40, 1_000),
    ],
};

pub(super) static NPM_WORM: Case = Case {
    incident: Incident::NpmWorm,
    product: "pinyon-palette",
    releases: &["4.1.2"],
    altered: &[],
    reach: Reach::All,
    script: &[
        line(
            Step::ShellChild,
            "install script of a package that had none",
            (5, 30),
            By::Updater,
            Deed::Child {
                path: "/usr/bin/sh",
                arguments: "-c node bundle.js",
                signer: "",
                slot: Some(0),
            },
        ),
        line(
            Step::Execution,
            "the script's bundle run",
            (1, 3),
            By::Slot(0),
            Deed::Child {
                path: "/usr/bin/node",
                arguments: "/srv/build/jobs/web/node_modules/pinyon-palette/bundle.js",
                signer: "",
                slot: Some(1),
            },
        ),
        line(
            Step::SecondStage,
            "secret scanner fetched",
            (2, 15),
            By::Slot(1),
            Deed::Contact { hosts: &["objects.githubusercontent.com"], up: 900, down: 31_000_000 },
        ),
        line(
            Step::CredentialAccess,
            "secret scanner started",
            (5, 20),
            By::Slot(1),
            Deed::Child {
                path: "/tmp/trufflehog",
                arguments: "filesystem / --json",
                signer: "",
                slot: None,
            },
        ),
        line(
            Step::Upload,
            "findings sent to a new repository",
            (60, 400),
            By::Slot(1),
            Deed::Contact { hosts: &["api.github.com"], up: 180_000, down: 4_000 },
        ),
        line(
            Step::Persistence,
            "workflow written into a repository",
            (5, 40),
            By::Slot(1),
            Deed::Write { path: "/srv/build/jobs/web/.github/workflows/shai-hulud-workflow.yml" },
        ),
        line(
            Step::Upload,
            "findings sent to a collector",
            (5, 60),
            By::Slot(1),
            Deed::Contact { hosts: &["collector.example.net"], up: 90_000, down: 600 },
        ),
    ],
};
