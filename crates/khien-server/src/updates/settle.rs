//! What follows from decisions: the trusted releases of each product, and the allow list.
//!
//! Both follow from the state alone, so that doing it again does no harm, and what a crash left undone is
//! done at the next start or within a minute.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use khien_model::limits::read_small_file;
use khien_ops::vet::lineage_folder::{self, Entry, LineageError};
use khien_vet::baseline;
use khien_wire::{AllowedUpdate, Update, UpdateAllowList, UpdateDecision};
use sha2::{Digest, Sha256};

use super::job::Moment;
use super::{Updates, write_whole};
use crate::secret::hex;
use crate::state::{StateError, Store, Unsettled};

/// Schema of the allow list.
const SCHEMA: &str = "khien.allow-list/1";
/// Bound: bytes of the allow list that is compared; 20,000 updates take less.
const LIST_BYTES_MAX: u64 = 64 << 20;
/// Bound: bytes of a profile, packed.
const PROFILE_BYTES_MAX: u64 = 1 << 30;
/// Bound: characters of a product's name in the name of its folder.
const FOLDER_CHARS_MAX: usize = 40;
/// The decision of a release that is taken out, as `khien vet --forget` writes it.
const TAKEN_OUT: &str = "forgotten";

/// What may be rolled out, as deployment tools get it.
pub(crate) async fn allow_list(store: &Store) -> Result<UpdateAllowList, StateError> {
    let items = store.allowed_updates().await?.into_iter().filter_map(allowed).collect();
    Ok(UpdateAllowList { schema: SCHEMA.to_owned(), items })
}

fn allowed(update: Update) -> Option<AllowedUpdate> {
    let UpdateDecision { by, at, until, .. } = update.decision?;
    Some(AllowedUpdate {
        sha256: update.sha256,
        name: update.name,
        product: update.product,
        version: update.version.unwrap_or_default(),
        decided: at,
        by: by.name,
        until,
    })
}

/// The folder of a product's lineage: readable where its name is, and another one for each name, whatever the case.
pub(super) fn folder_of(product: &str) -> String {
    let name = product.trim().to_lowercase();
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(FOLDER_CHARS_MAX)
        .collect();
    let hash: String = hex(&Sha256::digest(name.as_bytes())).chars().take(16).collect();
    format!("{}-{hash}", plain.trim_matches('-'))
}

impl Updates {
    /// Where the trusted releases of a product are.
    pub(super) fn lineage(&self, product: &str) -> PathBuf {
        self.folder.join("lineages").join(folder_of(product))
    }

    /// Takes releases out of lineages that the state does not know to be in them, and notes those that are
    /// not there.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub(super) async fn reconcile_lineages(&self, store: &Store) -> Result<(), StateError> {
        let trusted = store.trusted().await?;
        let folders = self.folder.join("lineages");
        let mut found: BTreeSet<(String, String)> = BTreeSet::new();
        for folder in fs::read_dir(&folders).map_err(StateError::io(&folders))? {
            let folder = folder.map_err(StateError::io(&folders))?.path();
            let lineage = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            for file in fs::read_dir(&folder).map_err(StateError::io(&folder))? {
                let file = file.map_err(StateError::io(&folder))?.path();
                let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let Some(digits) = name.strip_suffix(".profile").and_then(digits_of) else {
                    continue;
                };
                let known = |(_, sha256, of): &(String, String, String)| {
                    *of == lineage && sha256.starts_with(digits)
                };
                if trusted.iter().any(known) {
                    found.insert((lineage.clone(), digits.to_owned()));
                } else {
                    fs::remove_file(&file).map_err(StateError::io(&file))?;
                }
            }
        }
        for (id, sha256, lineage) in trusted {
            if !found.iter().any(|(of, digits)| *of == lineage && sha256.starts_with(digits)) {
                store.set_lineage(&id, None, folder_of).await?;
            }
        }
        Ok(())
    }

    /// Brings lineages and the allow list up to date, to the end even where nobody waits for it any more.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub(crate) async fn settle(self: &Arc<Self>, store: &Store) -> Result<(), StateError> {
        let (updates, store) = (Arc::clone(self), store.clone());
        let settled = tokio::spawn(async move { updates.settle_all(&store).await }).await;
        settled.unwrap_or_else(|error| Err(StateError::Corrupt(error.to_string())))
    }

    async fn settle_all(self: &Arc<Self>, store: &Store) -> Result<(), StateError> {
        let _alone = self.settling.lock().await;
        // First what others rely on: lineages may be large.
        let list = allow_list(store).await?;
        let path = self.folder.join("allow-list.json");
        let mut text = serde_json::to_string_pretty(&list).unwrap_or_default();
        text.push('\n');
        let same = read_small_file(&path, LIST_BYTES_MAX).is_ok_and(|there| there == text);
        // A list that cannot be written keeps nothing from being taken out of a lineage.
        let written = if same { Ok(()) } else { write_whole(&path, text.as_bytes()) };
        let at = Moment::of(store.now());
        for one in store.unsettled().await? {
            let lineage = match &one.lineage {
                Some(_) => None,
                None => Some(folder_of(&one.update.product)),
            };
            let (updates, at, id) = (Arc::clone(self), at.clone(), one.update.id.clone());
            let done = tokio::task::spawn_blocking(move || {
                updates.settle_one(&one, &at).map_err(|error| error.to_string())
            });
            if let Err(error) = done.await.unwrap_or_else(|error| Err(error.to_string())) {
                // The others are settled all the same; this one is tried again.
                tracing::error!(error, update = id, "a trusted release could not be settled");
                continue;
            }
            // What was compared with one that is trusted no more is to be compared again.
            store.set_lineage(&id, lineage.as_deref(), folder_of).await?;
        }
        written.map_err(StateError::io(&path))
    }

    /// Puts a release into the lineage of its product, or takes it out.
    fn settle_one(&self, one: &Unsettled, at: &Moment) -> Result<(), LineageError> {
        let update = &one.update;
        let Some(lineage) = &one.lineage else {
            let folder = self.lineage(&update.product);
            let path = self.profile(&update.sha256);
            let bytes = read_bytes(&path);
            let bytes = bytes.map_err(|error| LineageError::Io { path: path.clone(), error })?;
            let profile = baseline::decode(&bytes)
                .map_err(|error| LineageError::Profile { path: path.clone(), error })?;
            if lineage_folder::keep_once(&folder, &profile)? {
                lineage_folder::note(&folder, &entry(update, "pass", true, at))?;
            }
            return Ok(());
        };
        let folder = self.folder.join("lineages").join(lineage);
        match lineage_folder::forget(&folder, &update.sha256) {
            Ok(_) => lineage_folder::note(&folder, &entry(update, TAKEN_OUT, false, at)),
            // It was taken out before, and that could not be noted.
            Err(LineageError::Unknown(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The digits of its hash in the name of a stored release.
fn digits_of(name: &str) -> Option<&str> {
    name.rsplit_once('-').map(|(_, digits)| digits).filter(|digits| digits.len() >= 16)
}

fn read_bytes(path: &std::path::Path) -> io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(PROFILE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn entry<'a>(update: &'a Update, decision: &'a str, kept: bool, at: &'a Moment) -> Entry<'a> {
    let last = update.decision.as_ref();
    Entry {
        time: &at.text,
        by: last.map_or("", |last| last.by.name.as_str()),
        name: &update.name,
        sha256: &update.sha256,
        version: update.version.as_deref(),
        decision,
        kept,
        reason: last.map(|last| last.reason.as_str()),
        // The state knows when it lapses, and then takes it out.
        until: None,
        names: None,
        found: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_products_are_plain_and_differ() {
        let check = |product: &str, begin: &str| {
            let folder = folder_of(product);
            assert!(folder.starts_with(begin), "{folder}");
            assert!(folder.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{folder}");
            assert!(folder.len() <= 60, "{folder}");
        };
        check("3CX Desktop App", "3cx-desktop-app-");
        check("../../etc", "etc-");
        check("Phần mềm", "ph");
        check("", "-");
        check(&"a/".repeat(5000), "a-a-");
        assert_eq!(folder_of("App "), folder_of("app"));
        assert_ne!(folder_of("a b"), folder_of("a-b"));
    }
}
