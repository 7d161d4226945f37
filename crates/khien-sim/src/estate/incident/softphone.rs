//! 3CX desktop app, March 2023, on Windows and macOS.
//!
//! Names of command hosts are the published ones; here they resolve to documentation addresses.

use super::Incident;
use super::case::{Altered, By, Case, DAY, Deed, HOUR, Reach, line};
use crate::manifest::Step;

pub(super) static WINDOWS: Case = Case {
    incident: Incident::ThreeCxWindows,
    product: "3cx-windows",
    releases: &["18.12.407", "18.12.416"],
    altered: &[
        Altered {
            file: "ffmpeg.dll",
            published: Some((
                "18.12.416",
                "7986BBAEE8940DA11CE089383521AB420C443AB7B15ED42AED91FD31CE833896",
            )),
        },
        Altered {
            file: "d3dcompiler_47.dll",
            published: Some((
                "18.12.416",
                "11BE1803E2E307B647A8A7E02D128335C448FF741BF06BF52B332E0BBF423B03",
            )),
        },
    ],
    reach: Reach::All,
    script: &[
        line(
            Step::TimerFile,
            "timer file in the program folder",
            (90, 300),
            By::Main,
            Deed::Write {
                path: "C:\\Users\\%U%\\AppData\\Local\\Programs\\3CXDesktopApp\\app\\manifest",
            },
        )
        .waiting(),
        line(
            Step::DeadDrop,
            "raw.githubusercontent.com contacted by the softphone",
            (7 * DAY, 7 * DAY + HOUR),
            By::Main,
            Deed::Contact { hosts: &["raw.githubusercontent.com"], up: 640, down: 9_400 },
        )
        .again(90, 40, 2),
        line(
            Step::Beacon,
            "contact to a command host",
            (600, 4 * HOUR),
            By::Main,
            Deed::Contact {
                hosts: &["msstorageazure.com", "azuredeploystore.com", "msedgepackageinfo.com"],
                up: 820,
                down: 3_300,
            },
        )
        .again(HOUR, 18, 4_000),
        line(
            Step::HistoryCopy,
            "copy of a browser's history by the softphone",
            (2 * DAY, 5 * DAY),
            By::Main,
            Deed::Write {
                path: "C:\\Users\\%U%\\AppData\\Local\\Google\\Chrome\\User Data\\Default\\History.old",
            },
        )
        .percent(30),
        line(
            Step::HistoryCopy,
            "copy of another browser's history by the softphone",
            (5, 40),
            By::Main,
            Deed::Write {
                path: "C:\\Users\\%U%\\AppData\\Local\\Microsoft\\Edge\\User Data\\Default\\History.old",
            },
        )
        .percent(30),
        line(
            Step::Upload,
            "upload to a command host",
            (20, 90),
            By::Main,
            Deed::Contact { hosts: &["azuredeploystore.com"], up: 96_000, down: 3_400 },
        )
        .percent(30),
        line(
            Step::ShellChild,
            "command shell started by the softphone",
            (DAY, 4 * DAY),
            By::Main,
            Deed::Child {
                path: "C:\\Windows\\System32\\cmd.exe",
                arguments: "/c whoami",
                signer: "Microsoft Windows",
                slot: None,
            },
        )
        .percent(4),
    ],
};

pub(super) static MACOS: Case = Case {
    incident: Incident::ThreeCxMacos,
    product: "3cx-macos",
    releases: &["18.12.402", "18.12.416"],
    altered: &[Altered { file: "Frameworks/libffmpeg.dylib", published: None }],
    reach: Reach::All,
    script: &[
        line(
            Step::TimerFile,
            "hidden timer file of the softphone",
            (60, 240),
            By::Main,
            Deed::Write {
                path: "/Users/%U%/Library/Application Support/3CX Desktop App/.main_storage",
            },
        )
        .waiting(),
        line(
            Step::Beacon,
            "contact to a command host",
            (7 * DAY, 8 * DAY),
            By::Main,
            Deed::Contact {
                hosts: &["officestoragebox.com", "visualstudiofactory.com", "msstorageboxes.com"],
                up: 900,
                down: 2_800,
            },
        )
        .again(2 * HOUR, 35, 2_000),
        line(
            Step::SecondStage,
            "program written by the softphone",
            (4 * HOUR, 2 * DAY),
            By::Main,
            Deed::Write {
                path: "/Users/%U%/Library/Application Support/3CX Desktop App/UpdateAgent",
            },
        )
        .percent(40),
        line(
            Step::SecondStage,
            "the written program made executable",
            (1, 4),
            By::Main,
            Deed::Mode {
                path: "/Users/%U%/Library/Application Support/3CX Desktop App/UpdateAgent",
            },
        )
        .percent(40),
        line(
            Step::Execution,
            "ad hoc signed program started by the softphone",
            (1, 6),
            By::Main,
            Deed::Child {
                path: "/Users/%U%/Library/Application Support/3CX Desktop App/UpdateAgent",
                arguments: "",
                signer: "",
                slot: Some(0),
            },
        )
        .percent(40),
        line(
            Step::SelfDeletion,
            "the program deletes its own file",
            (1, 5),
            By::Slot(0),
            Deed::Unlink {
                path: "/Users/%U%/Library/Application Support/3CX Desktop App/UpdateAgent",
            },
        )
        .percent(40),
        line(
            Step::Discovery,
            "settings of the softphone read",
            (1, 5),
            By::Slot(0),
            Deed::Open {
                path: "/Users/%U%/Library/Application Support/3CX Desktop App/config.json",
            },
        )
        .percent(40),
        line(
            Step::Upload,
            "upload from a program whose file is gone",
            (2, 20),
            By::Slot(0),
            Deed::Contact { hosts: &["sbmsa.wiki"], up: 8_200, down: 900 },
        )
        .percent(40),
    ],
};
