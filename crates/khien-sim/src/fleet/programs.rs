//! Programs of an ordinary office workstation: Windows 11 22H2, Microsoft 365, two browsers.

use super::file_spec::{Digests, FileSpec};

pub(crate) const EXPLORER: FileSpec =
    windows("C:\\Windows\\explorer.exe", "Windows Explorer", "EXPLORER.EXE");
pub(crate) const SVCHOST: FileSpec = system32(
    "C:\\Windows\\System32\\svchost.exe",
    "Host Process for Windows Services",
    "svchost.exe",
);
pub(crate) const LSASS: FileSpec =
    system32("C:\\Windows\\System32\\lsass.exe", "Local Security Authority Process", "lsass.exe");
pub(crate) const SPOOLER: FileSpec =
    system32("C:\\Windows\\System32\\spoolsv.exe", "Spooler SubSystem App", "spoolsv.exe");
pub(crate) const SYSTEM: FileSpec = FileSpec { path: "System", ..SVCHOST };
pub(crate) const TASK_HOST: FileSpec = system32(
    "C:\\Windows\\System32\\taskhostw.exe",
    "Host Process for Windows Tasks",
    "taskhostw.exe",
);
pub(crate) const RUNTIME_BROKER: FileSpec =
    system32("C:\\Windows\\System32\\RuntimeBroker.exe", "Runtime Broker", "RuntimeBroker.exe");
pub(crate) const SEARCH_PROTOCOL_HOST: FileSpec = system32(
    "C:\\Windows\\System32\\SearchProtocolHost.exe",
    "Microsoft Windows Search Protocol Host",
    "SearchProtocolHost.exe",
);
pub(crate) const SEARCH_INDEXER: FileSpec = system32(
    "C:\\Windows\\System32\\SearchIndexer.exe",
    "Microsoft Windows Search Indexer",
    "SearchIndexer.exe",
);
pub(crate) const PRINT_DRIVER_HOST: FileSpec =
    windows("C:\\Windows\\splwow64.exe", "Print driver host for applications", "splwow64.exe");
pub(crate) const POLICY_SCRIPT: FileSpec = system32(
    "C:\\Windows\\System32\\gpscript.exe",
    "Group Policy Script Application",
    "GPSCRIPT.EXE",
);
pub(crate) const COMMAND_SHELL: FileSpec =
    system32("C:\\Windows\\System32\\cmd.exe", "Windows Command Processor", "Cmd.Exe");
pub(crate) const CONSOLE_HOST: FileSpec =
    system32("C:\\Windows\\System32\\conhost.exe", "Console Window Host", "CONHOST.EXE");
pub(crate) const WHOAMI: FileSpec = system32(
    "C:\\Windows\\System32\\whoami.exe",
    "whoami - displays logged on user information",
    "whoami.exe",
);

pub(crate) const WINHTTP: FileSpec =
    system32("C:\\Windows\\System32\\winhttp.dll", "Windows HTTP Services", "winhttp.dll");
pub(crate) const MEDIA_FOUNDATION: FileSpec =
    system32("C:\\Windows\\System32\\mfplat.dll", "Media Foundation Platform DLL", "mfplat.dll");

pub(crate) const DEFENDER: FileSpec = FileSpec {
    path: "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.2302.7-0\\MsMpEng.exe",
    version: "4.18.2302.7 (0ff5eb4e1e8a52e6f1dca7cd12d4d1ae7a1fb2b5)",
    description: "Antimalware Service Executable",
    product: WINDOWS,
    company: MICROSOFT,
    original_name: "MsMpEng.exe",
    signer: "Microsoft Windows Publisher",
    digests: Digests::Derived(""),
};
pub(crate) const DEFENDER_TOOL: FileSpec = FileSpec {
    path: "C:\\ProgramData\\Microsoft\\Windows Defender\\Platform\\4.18.2302.7-0\\MpCmdRun.exe",
    description: "Microsoft Malware Protection Command Line Utility",
    original_name: "MpCmdRun.exe",
    ..DEFENDER
};

pub(crate) const EDGE: FileSpec = FileSpec {
    path: "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
    version: "111.0.1661.41",
    description: "Microsoft Edge",
    product: "Microsoft Edge",
    company: MICROSOFT,
    original_name: "msedge.exe",
    signer: MICROSOFT,
    digests: Digests::Derived(""),
};
/// The release of the browser that arrives while the scenario runs: an ordinary update.
pub(crate) const EDGE_NEXT: FileSpec = FileSpec { version: "111.0.1661.54", ..EDGE };
pub(crate) const EDGE_UPDATER: FileSpec = FileSpec {
    path: "C:\\Program Files (x86)\\Microsoft\\EdgeUpdate\\MicrosoftEdgeUpdate.exe",
    version: "1.3.173.45",
    description: "Microsoft Edge Update",
    product: "Microsoft Edge Update",
    original_name: "msedgeupdate.dll",
    ..EDGE
};
pub(crate) const CHROME: FileSpec = FileSpec {
    path: "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    version: "111.0.5563.64",
    description: "Google Chrome",
    product: "Google Chrome",
    company: "Google LLC",
    original_name: "chrome.exe",
    signer: "Google LLC",
    digests: Digests::Derived(""),
};

pub(crate) const OUTLOOK: FileSpec = office(
    "C:\\Program Files\\Microsoft Office\\root\\Office16\\OUTLOOK.EXE",
    "Microsoft Outlook",
    "Outlook.exe",
);
pub(crate) const WORD: FileSpec = office(
    "C:\\Program Files\\Microsoft Office\\root\\Office16\\WINWORD.EXE",
    "Microsoft Word",
    "WinWord.exe",
);
pub(crate) const EXCEL: FileSpec = office(
    "C:\\Program Files\\Microsoft Office\\root\\Office16\\EXCEL.EXE",
    "Microsoft Excel",
    "Excel.exe",
);
pub(crate) const OFFICE_LIBRARY: FileSpec = office(
    "C:\\Program Files\\Microsoft Office\\root\\vfs\\ProgramFilesCommonX64\\Microsoft Shared\\\
     OFFICE16\\MSO.DLL",
    "Microsoft Office component",
    "MSO.dll",
);
pub(crate) const READER: FileSpec = FileSpec {
    path: "C:\\Program Files\\Adobe\\Acrobat DC\\Acrobat\\Acrobat.exe",
    version: "23.1.20093.0",
    description: "Adobe Acrobat",
    product: "Adobe Acrobat",
    company: "Adobe Systems Incorporated",
    original_name: "Acrobat.exe",
    signer: "Adobe Inc.",
    digests: Digests::Derived(""),
};
pub(crate) const TEAMS: FileSpec = FileSpec {
    path: "C:\\Users\\%U%\\AppData\\Local\\Microsoft\\Teams\\current\\Teams.exe",
    version: "1.6.00.4472",
    description: "Microsoft Teams",
    product: "Microsoft Teams",
    company: MICROSOFT,
    original_name: "Teams.exe",
    signer: MICROSOFT,
    digests: Digests::Derived(""),
};
/// The Teams launcher: the same Squirrel layout as the softphone's, and harmless.
pub(crate) const TEAMS_UPDATER: FileSpec = FileSpec {
    path: "C:\\Users\\%U%\\AppData\\Local\\Microsoft\\Teams\\Update.exe",
    version: "3.2.3.0",
    original_name: "Update.exe",
    ..TEAMS
};

const fn system32(
    path: &'static str,
    description: &'static str,
    original_name: &'static str,
) -> FileSpec {
    FileSpec {
        path,
        version: "10.0.22621.1 (WinBuild.160101.0800)",
        description,
        product: WINDOWS,
        company: MICROSOFT,
        original_name,
        signer: "Microsoft Windows",
        digests: Digests::Derived(""),
    }
}

const fn windows(
    path: &'static str,
    description: &'static str,
    original_name: &'static str,
) -> FileSpec {
    FileSpec {
        version: "10.0.22621.1344 (WinBuild.160101.0800)",
        ..system32(path, description, original_name)
    }
}

const fn office(
    path: &'static str,
    description: &'static str,
    original_name: &'static str,
) -> FileSpec {
    FileSpec {
        path,
        version: "16.0.16130.20218",
        description,
        product: "Microsoft Office",
        company: MICROSOFT,
        original_name,
        signer: MICROSOFT,
        digests: Digests::Derived(""),
    }
}

const MICROSOFT: &str = "Microsoft Corporation";
const WINDOWS: &str = "Microsoft® Windows® Operating System";
