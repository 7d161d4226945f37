//! What a release says it is: product, version, publisher. Claims, not proofs: the signer is the proof.

use serde::{Deserialize, Serialize};

use khien_binary::image::Identity as Claimed;

use crate::profile::{FileProfile, ReleaseProfile, own_name};
use crate::{manifest, version};

/// Longest metadata file that is read for claims.
const METADATA_BYTES_MAX: usize = 1 << 20;
/// Longest value that is kept.
const VALUE_CHARS_MAX: usize = 200;

/// What one release states of itself.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct ReleaseIdentity {
    /// Product.
    pub product: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Publisher, as the outermost signature or the metadata says.
    pub publisher: Option<String>,
    /// Organisations that signed any file, most files first.
    pub signers: Vec<String>,
}

/// All the names that a release goes by: what it states of itself, and what its main program does, which
/// is what hosts see running.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Names {
    /// Products.
    pub products: Vec<String>,
    /// Publishers: as stated, as signed, and as the main program says.
    pub publishers: Vec<String>,
    /// Versions.
    pub versions: Vec<String>,
}

impl Names {
    /// Those of a release.
    pub fn of(release: &ReleaseProfile) -> Self {
        let stated = &release.identity;
        let main = main_program(&release.files).and_then(|file| file.images.first());
        let main = main.map(|image| &image.identity);
        let pick = |own: &Option<String>, of_main: &[fn(&Claimed) -> &Option<String>]| {
            let of_main =
                of_main.iter().filter_map(|pick| main.and_then(|main| pick(main).as_ref()));
            let mut names: Vec<String> = Vec::new();
            for name in own.iter().chain(of_main).filter_map(|name| kept(name)) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names
        };
        let mut publishers = pick(&stated.publisher, &[|main| &main.company]);
        publishers.extend(stated.signers.first().filter(|s| !publishers.contains(s)).cloned());
        Self {
            products: pick(&stated.product, &[|main| &main.product]),
            publishers,
            versions: pick(
                &stated.version,
                &[|main| &main.product_version, |main| &main.file_version],
            ),
        }
    }
}

/// A name or version that a metadata file states, with the depth it was found at: the outermost wins.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    found: Vec<Claim>,
}

#[derive(Clone, Debug)]
struct Claim {
    depth: usize,
    product: Option<String>,
    version: Option<String>,
    publisher: Option<String>,
}

impl Claims {
    /// Notes what a metadata file states; any other file is passed over.
    pub fn look_at(&mut self, path: &str, bytes: &[u8]) {
        if bytes.len() > METADATA_BYTES_MAX || self.found.len() >= 64 {
            return;
        }
        let depth = path.matches(['/', '\\']).count();
        let name = own_name(path).to_lowercase();
        let text = || String::from_utf8_lossy(bytes).into_owned();
        let claim = match name.as_str() {
            "package.json" => from_json(bytes, depth),
            "control" | "metadata" | "pkg-info" => from_headers(&text(), depth),
            "appxmanifest.xml" => from_attributes(&text(), depth),
            "info.plist" => from_plist(&text(), depth),
            _ if name.ends_with(".nuspec") || name.ends_with(".vsixmanifest") => {
                from_elements(&text(), depth)
            }
            _ => None,
        };
        self.found.extend(claim);
    }

    fn outermost(&self, pick: impl Fn(&Claim) -> Option<&String>) -> Option<String> {
        self.found
            .iter()
            .filter(|c| pick(c).is_some())
            .min_by_key(|c| c.depth)
            .and_then(|c| pick(c).cloned())
    }
}

fn kept(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty()).then(|| value.chars().take(VALUE_CHARS_MAX).collect())
}

fn from_json(bytes: &[u8], depth: usize) -> Option<Claim> {
    #[derive(Deserialize)]
    struct Package {
        name: Option<String>,
        version: Option<String>,
        author: Option<serde_json::Value>,
    }
    let package: Package = serde_json::from_value(manifest::json(bytes)?).ok()?;
    let author = package.author.as_ref().and_then(|author| {
        author
            .as_str()
            .map(str::to_owned)
            .or_else(|| Some(author.get("name")?.as_str()?.to_owned()))
    });
    Some(Claim {
        depth,
        product: package.name.as_deref().and_then(kept),
        version: package.version.as_deref().and_then(kept),
        publisher: author.as_deref().and_then(kept),
    })
}

/// `Name: value` lines, as in deb control files and Python metadata.
fn from_headers(text: &str, depth: usize) -> Option<Claim> {
    let header = |names: &[&str]| {
        text.lines().take(200).take_while(|line| !line.is_empty()).find_map(|line| {
            let (name, value) = line.split_once(':')?;
            // A gem's metadata is YAML: the version proper is a line deeper, below its type.
            let own = names.iter().any(|n| name.trim().eq_ignore_ascii_case(n));
            own.then(|| kept(value)).flatten().filter(|value| !value.starts_with('!'))
        })
    };
    let claim = Claim {
        depth,
        product: header(&["Package", "Name"]),
        version: header(&["Version"]),
        publisher: header(&["Maintainer", "Author", "Author-email"]),
    };
    (claim.product.is_some() && claim.version.is_some()).then_some(claim)
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(open)?;
    rest.split_once(close).map(|(value, _)| value)
}

fn from_elements(text: &str, depth: usize) -> Option<Claim> {
    let element =
        |name: &str| between(text, &format!("<{name}>"), &format!("</{name}>")).and_then(kept);
    let claim = Claim {
        depth,
        product: element("id"),
        version: element("version"),
        publisher: element("authors"),
    };
    claim.version.is_some().then_some(claim)
}

fn from_attributes(text: &str, depth: usize) -> Option<Claim> {
    let identity = between(text, "<Identity", ">")?;
    let attribute = |name: &str| between(identity, &format!("{name}=\""), "\"").and_then(kept);
    Some(Claim {
        depth,
        product: attribute("Name"),
        version: attribute("Version"),
        publisher: attribute("Publisher"),
    })
}

fn from_plist(text: &str, depth: usize) -> Option<Claim> {
    let key = |name: &str| {
        let (_, rest) = text.split_once(&format!("<key>{name}</key>"))?;
        between(rest.get(..rest.len().min(400)).unwrap_or(rest), "<string>", "</string>")
            .and_then(kept)
    };
    let claim = Claim {
        depth,
        product: key("CFBundleName").or_else(|| key("CFBundleIdentifier")),
        version: key("CFBundleShortVersionString"),
        publisher: None,
    };
    claim.product.is_some().then_some(claim)
}

/// Product, version and publisher: from metadata, else from the main program, else from the file name.
pub(crate) fn of_release(name: &str, claims: &Claims, files: &[FileProfile]) -> ReleaseIdentity {
    let main = main_program(files)
        .map(|file| &file.images)
        .and_then(|images| images.first())
        .map(|i| &i.identity);
    let from_main = |pick: fn(&khien_binary::image::Identity) -> Option<&String>| {
        main.and_then(pick).and_then(|v| kept(v))
    };
    let mut signers: Vec<(String, usize)> = Vec::new();
    for organisation in files.iter().flat_map(signers_of) {
        match signers.iter_mut().find(|(known, _)| *known == organisation) {
            Some((_, count)) => *count += 1,
            None => signers.push((organisation, 1)),
        }
    }
    signers.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let signers: Vec<String> = signers.into_iter().map(|(name, _)| name).collect();
    ReleaseIdentity {
        product: claims
            .outermost(|c| c.product.as_ref())
            .or_else(|| from_main(|i| i.product.as_ref()))
            .or_else(|| kept(product_in_name(name))),
        version: claims
            .outermost(|c| c.version.as_ref())
            .or_else(|| from_main(|i| i.product_version.as_ref().or(i.file_version.as_ref())))
            .or_else(|| version::in_name(name)),
        publisher: claims
            .outermost(|c| c.publisher.as_ref())
            .or_else(|| signers.first().cloned())
            .or_else(|| from_main(|i| i.company.as_ref())),
        signers,
    }
}

/// The name of a file up to the first version in it, which two versions in one name (upstream's and
/// the packager's) begin with; all of it where there is none.
fn product_in_name(name: &str) -> &str {
    let digits = |text: &str| text.find(|c: char| !(c.is_ascii_digit() || c == '.'));
    let begins = |at: &usize| {
        let rest = name.get(*at..).unwrap_or_default();
        let run = rest.get(..digits(rest).unwrap_or(rest.len())).unwrap_or_default();
        let ahead = name.get(..*at).unwrap_or_default().trim_end_matches(['v', 'V']);
        let apart = !ahead.ends_with(|c: char| c.is_alphanumeric() || c == '.');
        run.starts_with(|c: char| c.is_ascii_digit())
            && run.trim_end_matches('.').contains('.')
            && apart
    };
    let Some(at) = name.char_indices().map(|(at, _)| at).find(begins) else { return name };
    let before = name.get(..at).unwrap_or_default();
    let before = before.trim_end_matches(['v', 'V']).trim_end_matches(['-', '_', '.', ' ']);
    if before.is_empty() { name } else { before }
}

/// The largest program that is no library and names a product.
fn main_program(files: &[FileProfile]) -> Option<&FileProfile> {
    let named = |file: &&FileProfile| file.images.iter().any(|i| i.identity.product.is_some());
    let program = |file: &&FileProfile| file.images.iter().any(|i| !i.library);
    files
        .iter()
        .filter(|file| named(file) && program(file))
        .max_by_key(|file| file.size)
        .or_else(|| files.iter().filter(named).max_by_key(|file| file.size))
}

fn signers_of(file: &FileProfile) -> Vec<String> {
    let images = file.images.iter().map(|image| &image.signature);
    let database = file.signature.as_ref().filter(|_| file.format == khien_unpack::Format::Msi);
    images.chain(database).filter_map(|s| s.signers.first()).map(organisation).collect()
}

/// Who signed, in a form that stays when the certificate changes: the organisation with its legal
/// form and spelling evened out, or the common name where there is none.
pub(crate) fn organisation(signer: &khien_binary::signature::Signer) -> String {
    let name = signer.organisation.as_ref().or(signer.common_name.as_ref());
    name.map(|name| fold_organisation(name)).unwrap_or_default()
}

/// Microsoft signs under several names; other publishers change case, commas and legal forms.
pub(crate) fn fold_organisation(name: &str) -> String {
    let words: Vec<String> = name
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !LEGAL_FORMS.contains(word))
        .map(str::to_owned)
        .collect();
    let folded = words.join(" ");
    if folded == "microsoft"
        || folded.starts_with("microsoft windows")
        || folded.starts_with("microsoft 3rd party")
    {
        return "microsoft".to_owned();
    }
    folded
}

const LEGAL_FORMS: [&str; 22] = [
    "inc",
    "incorporated",
    "ltd",
    "limited",
    "llc",
    "corp",
    "corporation",
    "co",
    "company",
    "gmbh",
    "ag",
    "oy",
    "oyj",
    "sa",
    "sas",
    "bv",
    "ab",
    "as",
    "plc",
    "opco",
    "jsc",
    "pty",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legal_forms_and_aliases_do_not_make_another_organisation() {
        assert_eq!(fold_organisation("The Qt Company Oy"), fold_organisation("THE QT COMPANY OY"));
        assert_eq!(
            fold_organisation("Microsoft Corporation"),
            fold_organisation("Microsoft Windows Software Compatibility Publisher")
        );
        assert_ne!(fold_organisation("3CX Ltd"), fold_organisation("3DX Ltd"));
        assert_ne!(fold_organisation("Vet Fixtures"), fold_organisation("Other Vet Fixtures"));
    }

    #[test]
    fn metadata_is_read_and_the_outermost_wins() {
        let mut claims = Claims::default();
        claims.look_at(
            "package/node_modules/inner/package.json",
            br#"{"name":"inner","version":"9.9.9"}"#,
        );
        claims.look_at(
            "package/package.json",
            br#"{"name":"outer","version":"1.2.3","author":{"name":"A"}}"#,
        );
        let identity = of_release("outer-1.2.3.tgz", &claims, &[]);
        assert_eq!(identity.product.as_deref(), Some("outer"));
        assert_eq!(identity.version.as_deref(), Some("1.2.3"));
        assert_eq!(identity.publisher.as_deref(), Some("A"));
    }

    #[test]
    fn headers_of_packages_are_read() {
        let mut claims = Claims::default();
        claims.look_at(
            "control.tar!/control",
            b"Package: liblzma5\nVersion: 5.4.1-1\nMaintainer: Someone\n",
        );
        let identity = of_release("x.deb", &claims, &[]);
        assert_eq!(identity.version.as_deref(), Some("5.4.1-1"));
    }

    #[test]
    fn without_metadata_the_name_is_asked() {
        let identity = of_release("app-18.12.416-full.nupkg", &Claims::default(), &[]);
        assert_eq!(identity.version.as_deref(), Some("18.12.416"));
        assert_eq!(identity.product.as_deref(), Some("app"));
        let product = |name| of_release(name, &Claims::default(), &[]).product.unwrap();
        assert_eq!(product("vet-1.0.2.xar"), "vet");
        assert_eq!(product("vet-v1.0.2.tar.gz"), "vet");
        assert_eq!(product("setup.exe"), "setup.exe");
    }
}
