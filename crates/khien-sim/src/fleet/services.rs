//! Names on the network that an office contacts on any day.
//!
//! Addresses of real services are plausible, not looked up. The organisation's own names lie
//! under `lamson.example` (RFC 2606).

use crate::format::traffic::Certificate;

/// A TLS service and how it resolves.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) name: &'static str,
    /// The name that the first one is an alias of (CNAME).
    pub(crate) alias: Option<&'static str>,
    pub(crate) addresses: &'static [&'static str],
    pub(crate) port: u16,
    pub(crate) ttl_s: u32,
    /// Set for services that still speak TLS 1.2.
    pub(crate) certificate: Option<Certificate>,
}

/// The organisation's own telephone exchange.
pub(crate) static EXCHANGE: Service = Service {
    name: "pbx.lamson.example",
    alias: None,
    addresses: &["10.20.10.40"],
    port: 5001,
    ttl_s: 3600,
    certificate: Some(Certificate {
        subject: "CN=pbx.lamson.example",
        issuer: "C=US, O=Let's Encrypt, CN=R3",
    }),
};

/// The code-hosting site that the incident uses as its first contact; developers and browsers
/// use it too.
pub(crate) static CODE_HOSTING: Service = simple(
    "raw.githubusercontent.com",
    &["185.199.108.133", "185.199.109.133", "185.199.110.133", "185.199.111.133"],
    3600,
);

pub(crate) static MAIL: Service = Service {
    alias: Some("hhn-efz.ms-acdc.office.com"),
    ..microsoft("outlook.office365.com", &["52.98.40.34", "52.98.86.162", "40.99.33.210"], 60)
};
pub(crate) static CHAT: Service = Service {
    alias: Some("teams-microsoft-com.s-0005.s-msedge.net"),
    ..simple("teams.microsoft.com", &["52.113.194.132"], 240)
};
pub(crate) static SIGN_IN: Service = Service {
    alias: Some("ak.privatelink.msidentity.com"),
    ..microsoft("login.microsoftonline.com", &["40.126.35.87", "20.190.163.24"], 300)
};
pub(crate) static SYSTEM_UPDATE: Service = Service {
    alias: Some("fe2cr.update.msft.com.trafficmanager.net"),
    ..microsoft("fe2cr.update.microsoft.com", &["20.72.235.82", "40.125.122.176"], 300)
};
pub(crate) static DEFENDER_UPDATE: Service = Service {
    alias: Some("wdcp-alt.microsoft.com"),
    ..microsoft("wdcp.microsoft.com", &["20.6.155.75"], 600)
};
pub(crate) static TELEMETRY: Service = Service {
    alias: Some("onedsblobprdsea15.southeastasia.cloudapp.azure.com"),
    ..microsoft("v10.events.data.microsoft.com", &["20.189.173.26"], 60)
};
pub(crate) static BROWSER_UPDATE: Service = Service {
    alias: Some("msedge-b-tlu-net.trafficmanager.net"),
    ..simple("msedge.b.tlu.dl.delivery.mp.microsoft.com", &["152.199.21.175"], 600)
};

/// Sites that people browse; the first are visited most.
pub(crate) static WEB: &[&Service] =
    &[&GOOGLE, &NEWS, &BING, &ZALO, &TAX, &YOUTUBE, &DRIVE, &NEWS_TOO, &FONTS, &BANK, &LAW, &CDN];

static GOOGLE: Service = simple("www.google.com", &["142.250.66.132"], 300);
static NEWS: Service = simple("vnexpress.net", &["111.65.250.2"], 300);
static BING: Service = Service {
    alias: Some("www-www.bing.com.trafficmanager.net"),
    ..simple("www.bing.com", &["204.79.197.200", "13.107.21.200"], 1200)
};
static ZALO: Service = simple("chat.zalo.me", &["118.102.1.14"], 300);
static TAX: Service = Service {
    certificate: Some(Certificate {
        subject: "C=VN, ST=Hanoi, O=General Department of Taxation, CN=*.gdt.gov.vn",
        issuer: "C=US, O=DigiCert Inc, CN=DigiCert TLS RSA SHA256 2020 CA1",
    }),
    ..simple("thuedientu.gdt.gov.vn", &["113.160.17.12"], 3600)
};
static YOUTUBE: Service = Service {
    alias: Some("youtube-ui.l.google.com"),
    ..simple("www.youtube.com", &["142.250.199.78", "142.250.204.110"], 300)
};
static DRIVE: Service = simple("drive.google.com", &["142.250.71.142"], 300);
static NEWS_TOO: Service = simple("tuoitre.vn", &["123.30.151.71"], 300);
static FONTS: Service = simple("fonts.gstatic.com", &["142.250.198.67"], 300);
static BANK: Service = simple("vcbdigibank.vietcombank.com.vn", &["103.11.172.40"], 600);
static LAW: Service = simple("thuvienphapluat.vn", &["103.53.170.20"], 600);
static CDN: Service = simple("cdnjs.cloudflare.com", &["104.17.24.14", "104.17.25.14"], 300);

/// What the build server fetches from.
pub(crate) static BUILD_SOURCES: &[&Service] = &[&CODE, &PACKAGES, &CODE_HOSTING];

static CODE: Service = simple("github.com", &["20.205.243.166"], 60);
static PACKAGES: Service = Service {
    alias: Some("dualstack.f.shared.global.fastly.net"),
    ..simple("static.crates.io", &["151.101.90.137"], 300)
};

/// A TLS 1.3 service on port 443.
pub(crate) const fn simple(
    name: &'static str,
    addresses: &'static [&'static str],
    ttl_s: u32,
) -> Service {
    Service { name, alias: None, addresses, port: 443, ttl_s, certificate: None }
}

const fn microsoft(name: &'static str, addresses: &'static [&'static str], ttl_s: u32) -> Service {
    Service {
        certificate: Some(Certificate {
            subject: "C=US, ST=WA, L=Redmond, O=Microsoft Corporation, CN=*.microsoft.com",
            issuer: "C=US, O=Microsoft Corporation, CN=Microsoft Azure TLS Issuing CA 01",
        }),
        ..simple(name, addresses, ttl_s)
    }
}
