//! What macOS installer packages do besides copying files.

use roxmltree::{Document, Node, ParsingOptions};

use crate::reader::Context;
use crate::{FactKind, GapReason};

const NODES_MAX: u32 = 100_000;
const BYTES_MAX: usize = 4 << 20;

/// Tells what a package's own files say: `PackageInfo` names scripts that run as root,
/// `Distribution` holds JavaScript that runs before anything is installed.
pub(super) fn tell(cx: &mut Context<'_, '_>, path: &str, bytes: &[u8]) {
    let name = path.rsplit('/').next().unwrap_or_default();
    if !matches!(name, "PackageInfo" | "Distribution") {
        return;
    }
    let options =
        ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= BYTES_MAX);
    let Some(Ok(document)) = text.map(|text| Document::parse_with_options(text, options)) else {
        let detail = "what the package runs: too long, or no XML";
        cx.member_gap(path, GapReason::Damaged, detail, None);
        return;
    };
    for node in document.descendants().filter(Node::is_element) {
        for line in lines(node) {
            cx.member_fact(path, FactKind::InstallAction, None, line);
        }
    }
}

fn lines(node: Node<'_, '_>) -> Vec<String> {
    let attribute = |name: &str| node.attribute(name).unwrap_or_default();
    let own = node.tag_name().name();
    match own {
        "pkg-info" => {
            let place = attribute("install-location");
            let rights = attribute("auth");
            vec![format!("installs {} to {place}, rights: {rights}", attribute("identifier"))]
        }
        "preinstall" | "postinstall" | "preupgrade" | "postupgrade" | "preflight"
        | "postflight" => {
            vec![format!("runs {} as {own}", attribute("file"))]
        }
        "installation-check" | "volume-check" if !attribute("script").is_empty() => {
            vec![format!("{own}: {}", attribute("script"))]
        }
        "script" => {
            let text = node.text().unwrap_or_default();
            let mut out = vec![format!("a script of {} bytes", text.len())];
            for call in ["system.run", "system.runOnce", "system.execute"] {
                out.extend(text.lines().filter(|l| l.contains(call)).map(|l| l.trim().to_owned()));
            }
            out
        }
        _ => Vec::new(),
    }
}
