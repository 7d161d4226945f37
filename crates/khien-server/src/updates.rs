//! Updates under review: taken, read in a limited child process, judged by the releases that people
//! trust, and published to whoever deploys.
//!
//! Everything lies in one folder of the state: `files` has the bytes by their SHA-256, `profiles` what the
//! reader made of them, `dossiers` the whole reports, `lineages` the trusted releases of each product, and
//! `allow-list.json` what may be rolled out. The names under which files come are never paths.

pub(crate) mod dossier;
pub(crate) mod examples;
pub(crate) mod incoming;
pub(crate) mod job;
pub(crate) mod settle;
pub(crate) mod trace;
pub(crate) mod watch;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use khien_ops::vet::run::Bounds;
use khien_wire::ChangeKind;
use serde_json::json;
use tokio::sync::{Mutex, Semaphore};

use crate::app::App;
use crate::jobs::Jobs;
use crate::live::Bus;
use crate::state::{By, Landed, StateError, Store, Taken, make_private_folder};
pub use examples::ExampleUpdate;
use incoming::Incoming;

/// Bound: updates that wait in the queue of jobs, which others use as well; more wait outside of it.
const WAITING_MAX: u64 = 100;
/// Bound: uploads at the same time.
const UPLOADS: usize = 4;

/// How the names of files begin that are being written.
const UNFINISHED: &str = ".khien-";
/// Bytes that are written whatever room the disk has: the allow list is no profile.
const SMALL_BYTES: usize = 64 << 10;

/// How updates are taken and read.
#[derive(Clone, Debug)]
pub struct UpdatesConfig {
    /// Bytes of one update at most.
    pub file_bytes_max: u64,
    /// Bytes of all updates that are kept.
    pub bytes_max: u64,
    /// A folder whose files are taken as they come; they stay there.
    pub watch: Option<PathBuf>,
    /// How often that is looked at. A file is taken when two looks find it alike.
    pub watch_every: Duration,
    /// What reading one update may cost.
    pub bounds: Bounds,
    /// Releases that are there from the beginning, in their order: of a demonstration.
    pub examples: Vec<ExampleUpdate>,
}

impl Default for UpdatesConfig {
    /// As the command line reads: 2 GiB of memory, 15 minutes, 8 GiB unpacked; 2 GiB an update, 64 GiB in all.
    fn default() -> Self {
        Self {
            file_bytes_max: 2 << 30,
            bytes_max: 64 << 30,
            watch: None,
            examples: Vec::new(),
            watch_every: Duration::from_secs(5),
            bounds: Bounds {
                memory_max: 2 << 30,
                time_max: Duration::from_secs(900),
                bytes_out_max: 8 << 30,
                children_max: 1,
            },
        }
    }
}

/// The folder of updates, and what is done in it.
#[derive(Debug)]
pub(crate) struct Updates {
    folder: PathBuf,
    pub(crate) config: UpdatesConfig,
    /// This program, which is started again to read; without it nothing is read.
    program: Option<PathBuf>,
    pub(crate) uploads: Semaphore,
    /// Bound: releases that are read at the same time, those included whose job was stopped.
    reading: Arc<Semaphore>,
    /// Held while an update gets its place, so that nobody else's making room takes it away.
    keeping: Mutex<()>,
    /// Held while lineages and the allow list are brought up to date.
    settling: Mutex<()>,
}

impl Updates {
    /// Opens the folder, and removes what an earlier process left half done.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub(crate) fn open(
        state: &Path,
        config: UpdatesConfig,
        program: Option<PathBuf>,
    ) -> Result<Self, StateError> {
        let folder = state.join("updates");
        for part in ["dossiers", "files", "lineages", "profiles"] {
            make_private_folder(&folder.join(part))?;
        }
        let incoming = folder.join("incoming");
        make_private_folder(&incoming)?;
        for part in [incoming, folder.join("dossiers"), folder.join("profiles"), folder.clone()] {
            let is_incoming = part.ends_with("incoming");
            for entry in fs::read_dir(&part).map_err(StateError::io(&part))? {
                let path = entry.map_err(StateError::io(&part))?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if is_incoming || name.starts_with(UNFINISHED) {
                    fs::remove_file(&path).map_err(StateError::io(&path))?;
                }
            }
        }
        let (uploads, reading) = (Semaphore::new(UPLOADS), Arc::new(Semaphore::new(1)));
        let (keeping, settling) = (Mutex::new(()), Mutex::new(()));
        Ok(Self { folder, config, program, uploads, reading, keeping, settling })
    }

    /// Where the bytes of this hash lie. A hash is hexadecimal, and so never a path.
    fn file(&self, sha256: &str) -> PathBuf {
        self.folder.join("files").join(sha256)
    }

    fn profile(&self, sha256: &str) -> PathBuf {
        self.folder.join("profiles").join(format!("{sha256}.profile"))
    }

    /// Where the whole report on these bytes lies.
    pub(crate) fn document(&self, sha256: &str) -> PathBuf {
        self.folder.join("dossiers").join(format!("{sha256}.json"))
    }

    /// Begins to write an update to disk.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub(crate) fn begin(&self) -> io::Result<Incoming> {
        Incoming::begin(&self.folder.join("incoming"), self.config.file_bytes_max)
    }

    /// Gives an update that was written its place, has it in the state, and asks for a job to read it.
    ///
    /// # Errors
    ///
    /// [`StateError::Full`]: there is no room. Else the machine's.
    pub(crate) async fn keep(
        &self,
        around: &Around<'_>,
        by: &By,
        written: incoming::Written,
        landed: Landed,
    ) -> Result<Taken, StateError> {
        let _alone = self.keeping.lock().await;
        let place = self.file(&landed.sha256);
        // What nobody has heard of is removed at the next start.
        let put = tokio::task::spawn_blocking(move || {
            written.put(&place).map_err(StateError::io(&place))
        });
        put.await.map_err(|error| StateError::Corrupt(error.to_string()))??;
        let taken = match around.store.add_update(by, &landed, self.config.bytes_max).await {
            Ok(taken) => taken,
            Err(error) => {
                if !around.store.updates_kept().await?.contains_key(&landed.sha256) {
                    let _ = fs::remove_file(self.file(&landed.sha256));
                }
                return Err(error);
            }
        };
        for sha256 in &taken.gone {
            let _ = fs::remove_file(self.file(sha256));
        }
        for sha256 in &taken.forgotten {
            for path in [self.file(sha256), self.profile(sha256), self.document(sha256)] {
                let _ = fs::remove_file(path);
            }
        }
        if taken.unread {
            // Where too many jobs wait, it is asked for later.
            around.ask(by, &taken.id).await?;
        }
        around.bus.publish(ChangeKind::Update, [taken.id.clone()]);
        Ok(taken)
    }

    /// Brings the folder and the state together: after a crash, or with a state that was restored from a
    /// backup, which holds no files. The state is right: files that it does not know of are removed, and a
    /// release that it does not know to be trusted is not; files that are gone are noted.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub(crate) async fn reconcile(&self, store: &Store) -> Result<(), StateError> {
        let kept = store.updates_kept().await?;
        let files = self.folder.join("files");
        for entry in fs::read_dir(&files).map_err(StateError::io(&files))? {
            let path = entry.map_err(StateError::io(&files))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !kept.contains_key(&name) {
                fs::remove_file(&path).map_err(StateError::io(&path))?;
            }
        }
        for sha256 in kept.keys().filter(|sha256| !self.file(sha256).exists()) {
            store.update_lost(sha256).await?;
        }
        for (id, sha256) in store.updates_readable().await? {
            if !self.profile(&sha256).exists() {
                store.update_unreadable(&id).await?;
            }
        }
        self.reconcile_lineages(store).await
    }
}

/// What taking an update needs besides its folder.
pub(crate) struct Around<'a> {
    pub(crate) store: &'a Store,
    pub(crate) jobs: &'a Jobs,
    pub(crate) bus: &'a Bus,
}

impl<'a> Around<'a> {
    pub(crate) fn of(app: &'a App) -> Self {
        Self { store: &app.store, jobs: &app.jobs, bus: &app.bus }
    }

    /// Asks for a job that reads an update; says which, or nothing where too many wait.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub(crate) async fn ask(&self, by: &By, id: &str) -> Result<Option<String>, StateError> {
        if self.store.waiting_jobs(job::VET).await? >= WAITING_MAX {
            return Ok(None);
        }
        let job = self.jobs.add(by, job::VET, &json!({ "update": id })).await?;
        if let Some(job) = &job {
            self.store.update_asked(id, job).await?;
        }
        Ok(job)
    }

    /// Asks for all that nobody asked for yet.
    ///
    /// # Errors
    ///
    /// The machine's.
    pub(crate) async fn ask_for_unread(&self) -> Result<(), StateError> {
        for id in self.store.updates_unasked().await? {
            if self.ask(&By::system(), &id).await?.is_none() {
                break;
            }
            self.bus.publish(ChangeKind::Update, [id]);
        }
        Ok(())
    }
}

/// Writes a file as a whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    // The state lies on the same disk, and needs room for what people decide.
    if bytes.len() > SMALL_BYTES && !incoming::has_room(folder) {
        return Err(io::Error::from(io::ErrorKind::StorageFull));
    }
    let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
