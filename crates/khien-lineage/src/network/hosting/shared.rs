//! Who hosts what everybody may upload.

/// Hosts, with all below them, that many tenants share, and how many segments of the path name one:
/// 0 where the host does.
///
/// Source: services that were abused as dead drops, staging or channels in published cases, and
/// their peers. Suffixes of the private part of the public suffix list count besides.
const SHARED: [(&str, usize); 88] = [
    ("1drv.ms", 1),
    ("4shared.com", 1),
    ("amazonaws.com", 1),
    ("api.dropboxapi.com", 0),
    ("api.telegram.org", 1),
    ("archive.org", 2),
    ("azureedge.net", 0),
    ("azurefd.net", 0),
    ("azurewebsites.net", 0),
    ("backblazeb2.com", 1),
    ("bit.ly", 1),
    ("bitbucket.org", 2),
    ("blob.core.windows.net", 1),
    ("blogspot.com", 0),
    ("box.com", 1),
    ("catbox.moe", 1),
    ("cdn.discordapp.com", 2),
    ("cdn.jsdelivr.net", 3),
    ("cloudflare-ipfs.com", 2),
    ("cloudfront.net", 0),
    ("cloudfunctions.net", 1),
    ("codeberg.org", 2),
    ("codeload.github.com", 2),
    ("content.dropboxapi.com", 0),
    ("controlc.com", 1),
    ("digitaloceanspaces.com", 1),
    ("discord.com", 3),
    ("docs.google.com", 3),
    ("drive.google.com", 2),
    ("drive.usercontent.google.com", 1),
    ("dropbox.com", 2),
    ("dropboxusercontent.com", 2),
    ("dweb.link", 1),
    ("file.io", 1),
    ("firebaseio.com", 0),
    ("firebasestorage.googleapis.com", 3),
    ("fly.dev", 0),
    ("gist.github.com", 2),
    ("gist.githubusercontent.com", 2),
    ("github.com", 2),
    ("github.io", 1),
    ("gitlab.com", 2),
    ("gitlab.io", 1),
    ("glitch.me", 0),
    ("gofile.io", 2),
    ("googleusercontent.com", 1),
    ("graph.microsoft.com", 2),
    ("hastebin.com", 2),
    ("herokuapp.com", 0),
    ("hooks.slack.com", 3),
    ("i.imgur.com", 1),
    ("imgur.com", 1),
    ("ipfs.io", 2),
    ("media.discordapp.net", 2),
    ("mediafire.com", 2),
    ("medium.com", 1),
    ("mega.nz", 1),
    ("netlify.app", 0),
    ("ngrok-free.app", 0),
    ("ngrok.app", 0),
    ("ngrok.io", 0),
    ("notion.so", 1),
    ("objects.githubusercontent.com", 1),
    ("onedrive.live.com", 0),
    ("onrender.com", 0),
    ("pages.dev", 0),
    ("paste.ee", 2),
    ("pastebin.com", 2),
    ("pinimg.com", 2),
    ("r2.dev", 1),
    ("raw.githubusercontent.com", 2),
    ("reddit.com", 2),
    ("rentry.co", 2),
    ("run.app", 0),
    ("script.google.com", 3),
    ("sharepoint.com", 2),
    ("sites.google.com", 2),
    ("sourceforge.net", 2),
    ("steamcommunity.com", 2),
    ("storage.googleapis.com", 1),
    ("t.me", 1),
    ("transfer.sh", 2),
    ("trycloudflare.com", 0),
    ("twitter.com", 1),
    ("unpkg.com", 1),
    ("vercel.app", 0),
    ("workers.dev", 0),
    ("x.com", 1),
];

/// How many segments of the path name the tenant at this host, where it is shared hosting. The
/// longest name that is listed decides.
pub(super) fn segments(host: &str) -> Option<usize> {
    let mut rest = host;
    loop {
        if let Ok(at) = SHARED.binary_search_by_key(&rest, |(name, _)| *name) {
            return SHARED.get(at).map(|(_, segments)| *segments);
        }
        match rest.split_once('.') {
            Some((_, parent)) => rest = parent,
            None => break,
        }
    }
    let suffix = psl::suffix(host.as_bytes())?;
    (suffix.typ() == Some(psl::Type::Private)).then_some(0)
}

#[cfg(test)]
mod tests {
    use super::SHARED;

    #[test]
    fn the_list_is_sorted_and_says_each_host_once() {
        assert!(SHARED.is_sorted_by(|a, b| a.0 < b.0));
    }
}
