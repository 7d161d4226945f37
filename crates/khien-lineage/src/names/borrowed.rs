//! Names that borrow: a domain put together from a well-known service's name and a word of
//! infrastructure, which is not that service's.
//!
//! Intruders register such names because they look at home in a log (studied as *combosquatting* by Kintis
//! et al., "Hiding in Plain Sight", CCS 2017). People come to shops and blogs of such names with browsers;
//! programs hardly ever do.

/// Well-known services, and whose they are: that maker's own programs may go there.
const SERVICES: [(&str, &str); 22] = [
    ("adobe", "adobe"),
    ("akamai", "akamai"),
    ("amazon", "amazon"),
    ("azure", "microsoft"),
    ("cloudflare", "cloudflare"),
    ("dropbox", "dropbox"),
    ("facebook", "meta"),
    ("firefox", "mozilla"),
    ("github", "github"),
    ("gitlab", "gitlab"),
    ("google", "google"),
    ("icloud", "apple"),
    ("microsoft", "microsoft"),
    ("mozilla", "mozilla"),
    ("msedge", "microsoft"),
    ("office", "microsoft"),
    ("onedrive", "microsoft"),
    ("outlook", "microsoft"),
    ("sharepoint", "microsoft"),
    ("visualstudio", "microsoft"),
    ("vmware", "vmware"),
    ("windows", "microsoft"),
];

/// Words of infrastructure.
const WORDS: [&str; 34] = [
    "account",
    "addon",
    "analytics",
    "api",
    "auth",
    "backup",
    "box",
    "cache",
    "cdn",
    "cloud",
    "connect",
    "container",
    "content",
    "deploy",
    "factory",
    "hotfix",
    "login",
    "metric",
    "network",
    "node",
    "online",
    "package",
    "patch",
    "secur",
    "server",
    "service",
    "stat",
    "storage",
    "store",
    "sync",
    "telemetry",
    "update",
    "upgrade",
    "verify",
];

/// First labels of domains that look so and are the service's own.
const GENUINE: [&str; 44] = [
    "adobelogin",
    "adobestats",
    "akamaiedge",
    "akamaihd",
    "akamaistream",
    "akamaitechnologies",
    "amazonses",
    "amazonwebservices",
    "azure-api",
    "azure-automation",
    "azure-devices",
    "azurecomcdn",
    "azurecontainer",
    "azurecontainerapps",
    "azurestaticapps",
    "cloudflare",
    "cloudflareaccess",
    "cloudflareapps",
    "cloudflareclient",
    "cloudflarestatus",
    "cloudflarestorage",
    "dropboxapi",
    "dropboxstatic",
    "firefoxusercontent",
    "github-cloud",
    "githubstatus",
    "githubusercontent",
    "google-analytics",
    "googleadservices",
    "googleapis",
    "googlecloud",
    "googletagservices",
    "googleusercontent",
    "icloud",
    "icloud-content",
    "microsoftcloud",
    "microsoftonline",
    "microsoftonline-p",
    "microsoftpersonalcontent",
    "microsoftstore",
    "sharepointonline",
    "vmwareidentity",
    "windowsupdate",
    "youtube-nocookie",
];

/// Whose name a registered domain borrows, if it does. A word before the name says that something else is
/// meant (`backoffice`, `libreoffice`), except where that word is one of infrastructure.
pub(crate) fn borrowed_from(domain: &str) -> Option<&'static str> {
    let label = domain.split('.').next().unwrap_or_default();
    if GENUINE.binary_search(&label).is_ok() {
        return None;
    }
    SERVICES.iter().find_map(|(service, owner)| {
        let (before, after) = label.split_once(service)?;
        let is_word = |text: &str| WORDS.iter().any(|word| text.contains(word));
        let is_start = before.trim_end_matches('-').is_empty() || before == "ms";
        let is_borrowed = is_start && is_word(after) || is_infrastructure(before);
        is_borrowed.then_some(*owner)
    })
}

/// Whether a text is one word of infrastructure, or its plural, and nothing else. Short words are too often the
/// beginning of another (`boxoffice`).
fn is_infrastructure(text: &str) -> bool {
    let text = text.trim_end_matches('-');
    let text = text.strip_prefix("ms").unwrap_or(text);
    let text = text.strip_suffix('s').unwrap_or(text);
    text.len() >= 5 && WORDS.binary_search(&text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_borrow() {
        for (domain, expected) in [
            ("msstorageazure.com", Some("microsoft")),
            ("azureonlinestorage.com", Some("microsoft")),
            ("azuredeploystore.com", Some("microsoft")),
            ("officestoragebox.com", Some("microsoft")),
            ("visualstudiofactory.com", Some("microsoft")),
            ("msedgepackageinfo.com", Some("microsoft")),
            ("akamaitechcloudservices.com", Some("akamai")),
            ("update-microsoft.com", Some("microsoft")),
            ("google-analytics-cdn.net", Some("google")),
            // Its own, or something else's.
            ("google-analytics.com", None),
            ("microsoftonline.com", None),
            ("windowsupdate.com", None),
            ("backoffice.com", None),
            ("libreoffice.org", None),
            ("boxoffice.com", None),
            ("officedepot.com", None),
            ("microsoft.com", None),
            ("github.io", None),
            ("vendor-update.com", None),
        ] {
            assert_eq!(borrowed_from(domain), expected, "{domain}");
        }
    }

    #[test]
    fn the_lists_are_sorted() {
        assert!(SERVICES.is_sorted());
        assert!(WORDS.is_sorted());
        assert!(GENUINE.is_sorted());
    }
}
