//! Desktop software: CCleaner, DAEMON Tools, CPUID, Notepad++'s updater, the OpTC exercise.
//!
//! Where no name is published in the project's threat notes, names end in a reserved domain
//! (RFC 2606); addresses are documentation ranges.

use super::Incident;
use super::case::{Altered, By, Case, DAY, Deed, HOUR, Reach, line};
use crate::manifest::Step;

const MICROSOFT: &str = "Microsoft Windows";

pub(super) static CCLEANER: Case = Case {
    incident: Incident::CCleaner,
    product: "ccleaner",
    releases: &["5.33.00.6162"],
    altered: &[Altered { file: "CCleaner.exe", published: None }],
    reach: Reach::All,
    script: &[
        line(
            Step::Beacon,
            "contact to an address without a name",
            (660, 2_400),
            By::Main,
            Deed::Address { address: "203.0.113.148", port: 443, up: 1_900, down: 700 },
        )
        .again(DAY, 30, 200),
        line(
            Step::SecondStage,
            "library written into the system folder",
            (2 * DAY, 6 * DAY),
            By::Main,
            Deed::Write { path: "C:\\Windows\\System32\\TSMSISrv.dll" },
        )
        .percent(6),
        line(
            Step::SideLoad,
            "unsigned library loaded by a service host",
            (60, 900),
            By::System("C:\\Windows\\System32\\svchost.exe"),
            Deed::Load { path: "C:\\Windows\\System32\\TSMSISrv.dll", signer: "" },
        )
        .percent(6),
    ],
};

pub(super) static DAEMON_TOOLS: Case = Case {
    incident: Incident::DaemonTools,
    product: "daemon-tools-lite",
    releases: &["12.5.0.2421", "12.5.0.2434"],
    altered: &[Altered { file: "DiscSoftBusServiceLite.exe", published: None }],
    reach: Reach::All,
    script: &[
        line(
            Step::Beacon,
            "contact to a look-alike of the vendor's name",
            (40, 1_800),
            By::Main,
            Deed::Contact { hosts: &["env-check.daemontools.cc"], up: 1_200, down: 600 },
        )
        .again(5 * HOUR, 40, 600),
        line(
            Step::SecondStage,
            "command shell started by the service",
            (DAY, 5 * DAY),
            By::Main,
            Deed::Child {
                path: "C:\\Windows\\System32\\cmd.exe",
                arguments: "/c C:\\Windows\\Temp\\envchk.exe",
                signer: MICROSOFT,
                slot: Some(0),
            },
        )
        .percent(12),
        line(
            Step::Execution,
            "unsigned program started",
            (1, 4),
            By::Slot(0),
            Deed::Child {
                path: "C:\\Windows\\Temp\\envchk.exe",
                arguments: "",
                signer: "",
                slot: Some(1),
            },
        )
        .percent(12),
        line(
            Step::Upload,
            "contact of the second stage to an address without a name",
            (20, 200),
            By::Slot(1),
            Deed::Address { address: "198.51.100.38", port: 443, up: 24_000, down: 3_000 },
        )
        .percent(12),
    ],
};

pub(super) static CPUID: Case = Case {
    incident: Incident::Cpuid,
    product: "cpu-z",
    releases: &["2.19.0"],
    altered: &[],
    reach: Reach::Percent(60),
    script: &[
        line(
            Step::AlteredUpdate,
            "extra library written by the installer",
            (2, 9),
            By::Updater,
            Deed::Write { path: "C:\\Program Files\\CPUID\\CPU-Z\\CRYPTBASE.dll" },
        )
        .waiting(),
        line(
            Step::SideLoad,
            "unsigned library beside the program loaded in place of the system's",
            (60, 600),
            By::Main,
            Deed::Load { path: "C:\\Program Files\\CPUID\\CPU-Z\\CRYPTBASE.dll", signer: "" },
        ),
        line(
            Step::ShellChild,
            "PowerShell started by the program",
            (2, 20),
            By::Main,
            Deed::Child {
                path: "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
                arguments: "-NoProfile -WindowStyle Hidden -File profile.ps1",
                signer: MICROSOFT,
                slot: Some(0),
            },
        ),
        line(
            Step::Execution,
            "compiler started by PowerShell",
            (3, 15),
            By::Slot(0),
            Deed::Child {
                path: "C:\\Windows\\Microsoft.NET\\Framework64\\v4.0.30319\\csc.exe",
                arguments: "/noconfig @k3.cmdline",
                signer: "Microsoft Corporation",
                slot: None,
            },
        ),
        line(
            Step::Beacon,
            "contact to a command host",
            (10, 90),
            By::Slot(0),
            Deed::Contact { hosts: &["welcome.example.org"], up: 1_500, down: 14_000 },
        )
        .again(1_200, 25, 12),
    ],
};

pub(super) static NOTEPAD: Case = Case {
    incident: Incident::NotepadPlusPlus,
    product: "notepad-plus-plus",
    releases: &["8.8.2"],
    altered: &[],
    reach: Reach::Percent(12),
    script: &[
        line(
            Step::AlteredUpdate,
            "the updater fetches from another host",
            (30, 200),
            By::Updater,
            Deed::Contact { hosts: &["mirror-npp.example.net"], up: 700, down: 780_000 },
        ),
        line(
            Step::SecondStage,
            "installer that the vendor never published",
            (2, 9),
            By::Updater,
            Deed::Write { path: "C:\\Users\\%U%\\AppData\\Local\\Temp\\update.exe" },
        ),
        line(
            Step::Execution,
            "unsigned installer started by the updater",
            (1, 6),
            By::Updater,
            Deed::Child {
                path: "C:\\Users\\%U%\\AppData\\Local\\Temp\\update.exe",
                arguments: "/S",
                signer: "",
                slot: Some(0),
            },
        ),
        line(
            Step::Discovery,
            "command shell asks about the host",
            (10, 60),
            By::Slot(0),
            Deed::Child {
                path: "C:\\Windows\\System32\\cmd.exe",
                arguments: "/c whoami&&tasklist&&systeminfo&&netstat -ano",
                signer: MICROSOFT,
                slot: None,
            },
        ),
        line(
            Step::SecondStage,
            "renamed program of another vendor written",
            (10, 60),
            By::Slot(0),
            Deed::Write {
                path: "C:\\Users\\%U%\\AppData\\Roaming\\Bluetooth\\BluetoothService.exe",
            },
        ),
        line(
            Step::Execution,
            "the renamed program started",
            (1, 5),
            By::Slot(0),
            Deed::Child {
                path: "C:\\Users\\%U%\\AppData\\Roaming\\Bluetooth\\BluetoothService.exe",
                arguments: "",
                signer: "Bitdefender SRL",
                slot: Some(1),
            },
        ),
        line(
            Step::SideLoad,
            "unsigned library loaded by the renamed program",
            (1, 3),
            By::Slot(1),
            Deed::Load { path: "C:\\Users\\%U%\\AppData\\Roaming\\Bluetooth\\log.dll", signer: "" },
        ),
        line(
            Step::Beacon,
            "contact to a command host",
            (60, 900),
            By::Slot(1),
            Deed::Contact { hosts: &["api.sky.example.net"], up: 700, down: 1_100 },
        )
        .again(HOUR, 30, 2_000),
    ],
};

pub(super) static OPTC: Case = Case {
    incident: Incident::OptcUpgrade,
    product: "notepad-plus-plus",
    releases: &["8.8.3"],
    altered: &[],
    reach: Reach::Exactly(2),
    script: &[
        line(
            Step::Execution,
            "malicious upgrade started by the updater",
            (60, 600),
            By::Updater,
            Deed::Child {
                path: "C:\\Users\\%U%\\Downloads\\update.exe",
                arguments: "",
                signer: "",
                slot: Some(0),
            },
        ),
        line(
            Step::Beacon,
            "contact to an address without a name",
            (5, 60),
            By::Slot(0),
            Deed::Address { address: "203.0.113.66", port: 443, up: 900, down: 40_000 },
        )
        .again(300, 20, 400),
        line(
            Step::Discovery,
            "neighbours listed",
            (300, 900),
            By::Slot(0),
            Deed::Child {
                path: "C:\\Windows\\System32\\ARP.EXE",
                arguments: "-a",
                signer: MICROSOFT,
                slot: None,
            },
        ),
        line(
            Step::Discovery,
            "groups of the domain listed",
            (60, 600),
            By::Slot(0),
            Deed::Child {
                path: "C:\\Windows\\System32\\net.exe",
                arguments: "group \"domain admins\" /domain",
                signer: MICROSOFT,
                slot: None,
            },
        ),
        line(
            Step::Discovery,
            "neighbours contacted",
            (60, 600),
            By::Slot(0),
            Deed::Scan { port: 445, count: 24 },
        ),
        line(
            Step::Persistence,
            "value that starts it at logon",
            (60, 900),
            By::Slot(0),
            Deed::Set {
                key: "HKU\\%SID%\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Updater",
                value: "C:\\Users\\%U%\\Downloads\\update.exe",
            },
        ),
    ],
};
