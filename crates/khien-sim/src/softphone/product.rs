//! The softphone and its releases in each variant.

use super::Variant;
use crate::fleet::file_spec::{Digests, FileSpec};
use crate::fleet::services::{Service, simple};

/// A softphone product: a release that everybody has, and the update that arrives.
#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) old: Release,
    pub(crate) new: Release,
    /// Program folder, ends with a backslash; `%U%` stands for the user.
    pub(crate) program_folder: &'static str,
    /// Folder for its data under the roaming profile, ends with a backslash.
    pub(crate) data_folder: &'static str,
    /// Key under which the user's installed applications list it.
    pub(crate) uninstall_key: &'static str,
    /// Path on the organisation's telephone exchange where updates lie; a version follows it.
    pub(crate) update_path: &'static str,
    /// File name of an update package before its version.
    pub(crate) package_prefix: &'static str,
    /// The vendor's own site.
    pub(crate) vendor: &'static Service,
    /// What the altered release does; `None` for an ordinary one.
    pub(crate) threat: Option<Threat>,
}

/// One release, known by its files.
#[derive(Debug)]
pub(crate) struct Release {
    pub(crate) version: &'static str,
    pub(crate) application: FileSpec,
    pub(crate) updater: FileSpec,
    /// Stock media library of the application framework.
    pub(crate) media_library: FileSpec,
    /// Stock graphics library, signed by Microsoft.
    pub(crate) shader_library: FileSpec,
}

/// Whom an altered release contacts.
#[derive(Debug)]
pub(crate) struct Threat {
    pub(crate) command_hosts: [&'static Service; 3],
}

impl Product {
    pub(crate) fn of(variant: Variant) -> &'static Self {
        match variant {
            Variant::Benign => &BENIGN,
            Variant::Incident => &KNOWN,
            Variant::IncidentWithUnknownIndicators => &UNKNOWN,
        }
    }
}

/// Names and paths that the releases of one product share.
struct Family {
    application: &'static str,
    updater: &'static str,
    media_library: &'static str,
    shader_library: &'static str,
    product: &'static str,
    company: &'static str,
    executable: &'static str,
    signer: &'static str,
}

impl Family {
    const fn release(
        &self,
        version: &'static str,
        application: Digests,
        media_library: Digests,
        shader_library: Digests,
    ) -> Release {
        Release {
            version,
            application: self.file(
                self.application,
                version,
                (self.product, self.company, self.executable),
                application,
            ),
            updater: self.file(
                self.updater,
                "2.0.1.53",
                ("Update", "GitHub", "Update.exe"),
                Digests::Derived(self.product),
            ),
            media_library: self.file(self.media_library, "-", ("-", "-", "-"), media_library),
            shader_library: FileSpec {
                path: self.shader_library,
                version: "10.0.20348.1 (WinBuild.160101.0800)",
                description: "Direct3D HLSL Compiler for Redistribution",
                product: "Microsoft® Windows® Operating System",
                company: "Microsoft Corporation",
                original_name: "d3dcompiler_47.dll",
                signer: "Microsoft Corporation",
                digests: shader_library,
            },
        }
    }

    const fn file(
        &self,
        path: &'static str,
        version: &'static str,
        (product, company, original_name): (&'static str, &'static str, &'static str),
        digests: Digests,
    ) -> FileSpec {
        FileSpec {
            path,
            version,
            description: product,
            product,
            company,
            original_name,
            signer: self.signer,
            digests,
        }
    }
}

const THREE_CX: Family = Family {
    application: "C:\\Users\\%U%\\AppData\\Local\\Programs\\3CXDesktopApp\\app\\3CXDesktopApp.exe",
    updater: "C:\\Users\\%U%\\AppData\\Local\\Programs\\3CXDesktopApp\\app\\update.exe",
    media_library: "C:\\Users\\%U%\\AppData\\Local\\Programs\\3CXDesktopApp\\app\\ffmpeg.dll",
    shader_library: "C:\\Users\\%U%\\AppData\\Local\\Programs\\3CXDesktopApp\\app\\\
                     d3dcompiler_47.dll",
    product: "3CX Desktop App",
    company: "3CX Ltd.",
    executable: "3CXDesktopApp.exe",
    signer: "3CX Ltd",
};

const VOICE_DESK: Family = Family {
    application: "C:\\Users\\%U%\\AppData\\Local\\Programs\\VoiceDesk\\app\\VoiceDesk.exe",
    updater: "C:\\Users\\%U%\\AppData\\Local\\Programs\\VoiceDesk\\app\\update.exe",
    media_library: "C:\\Users\\%U%\\AppData\\Local\\Programs\\VoiceDesk\\app\\ffmpeg.dll",
    shader_library: "C:\\Users\\%U%\\AppData\\Local\\Programs\\VoiceDesk\\app\\d3dcompiler_47.dll",
    product: "VoiceDesk",
    company: "VoiceDesk Ltd.",
    executable: "VoiceDesk.exe",
    signer: "VoiceDesk Ltd",
};

/// Published hashes of release 18.12.416 and its two altered libraries, as in SigmaHQ's rules
/// `93bbde78-dc86-4e73-9ffc-ff8a384ca89c` and `d0b65ad3-e945-435e-a7a9-438e62dd48e9`.
const APPLICATION_416: Digests = Digests::Published {
    sha1: "E272715737B51C01DC2BED0F0AEE2BF6FEEF25F1",
    md5: "9833A4779B69B38E3E51F04E395674C6",
    sha256: "FAD482DED2E25CE9E1DD3D3ECC3227AF714BDFBBDE04347DBC1B21D6A3670405",
};
const MEDIA_LIBRARY_416: Digests = Digests::Published {
    sha1: "BF939C9C261D27EE7BB92325CC588624FCA75429",
    md5: "74BC2D0B6680FAA1A5A76B27E5479CBC",
    sha256: "7986BBAEE8940DA11CE089383521AB420C443AB7B15ED42AED91FD31CE833896",
};
const SHADER_LIBRARY_416: Digests = Digests::Published {
    sha1: "20D554A80D759C50D6537DD7097FED84DD258B3E",
    md5: "82187AD3F0C6C225E2FBA0C867280CC9",
    sha256: "11BE1803E2E307B647A8A7E02D128335C448FF741BF06BF52B332E0BBF423B03",
};

/// Stock libraries do not change between ordinary releases.
const STOCK: Digests = Digests::Derived("stock");
const OWN: Digests = Digests::Derived("");

static BENIGN: Product =
    Product { new: THREE_CX.release("18.11.1186", OWN, STOCK, STOCK), threat: None, ..three_cx() };

static KNOWN: Product = Product {
    new: THREE_CX.release("18.12.416", APPLICATION_416, MEDIA_LIBRARY_416, SHADER_LIBRARY_416),
    ..three_cx()
};

static UNKNOWN: Product = Product {
    old: VOICE_DESK.release("7.4.118", OWN, STOCK, STOCK),
    new: VOICE_DESK.release(
        "7.5.206",
        OWN,
        Digests::Derived("altered"),
        Digests::Derived("altered"),
    ),
    program_folder: "C:\\Users\\%U%\\AppData\\Local\\Programs\\VoiceDesk\\",
    data_folder: "C:\\Users\\%U%\\AppData\\Roaming\\VoiceDesk\\",
    uninstall_key: "VoiceDesk",
    update_path: "https://pbx.lamson.example:5001/desktop/update/win/",
    package_prefix: "VoiceDesk-",
    vendor: &VOICE_DESK_SITE,
    threat: Some(Threat { command_hosts: [&INVENTED[0], &INVENTED[1], &INVENTED[2]] }),
};

const fn three_cx() -> Product {
    Product {
        old: THREE_CX.release("18.10.461", OWN, STOCK, STOCK),
        new: THREE_CX.release("18.10.461", OWN, STOCK, STOCK),
        program_folder: "C:\\Users\\%U%\\AppData\\Local\\Programs\\3CXDesktopApp\\",
        data_folder: "C:\\Users\\%U%\\AppData\\Roaming\\3CXDesktopApp\\",
        uninstall_key: "3CXDesktopApp",
        update_path: "https://pbx.lamson.example:5001/electron/update/win32/",
        package_prefix: "3CXDesktopApp-",
        vendor: &THREE_CX_SITE,
        threat: Some(Threat { command_hosts: [&PUBLISHED[0], &PUBLISHED[1], &PUBLISHED[2]] }),
    }
}

static THREE_CX_SITE: Service = simple("www.3cx.com", &["104.22.68.193", "104.22.69.193"], 300);
static VOICE_DESK_SITE: Service = simple("www.voicedesk.example", &["203.0.113.200"], 300);

/// Published names of the 3CX case; addresses are documentation ranges (RFC 5737).
static PUBLISHED: [Service; 3] = [
    simple("msstorageazure.com", &["203.0.113.24"], 600),
    simple("azuredeploystore.com", &["203.0.113.87"], 600),
    simple("msedgepackageinfo.com", &["198.51.100.41"], 600),
];

/// Invented look-alikes on reserved top-level domains (RFC 2606).
static INVENTED: [Service; 3] = [
    simple("azureonlinestorage-cdn.example", &["203.0.113.24"], 600),
    simple("officeaddons-update.test", &["203.0.113.87"], 600),
    simple("msedgepackages.example", &["198.51.100.41"], 600),
];
