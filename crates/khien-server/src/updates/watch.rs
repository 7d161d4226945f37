//! A folder whose files are taken as updates when they come. They are only read, and stay where they are.
//!
//! Hostile: who may put files there may put anything there. No link is followed and no pipe waited for; a
//! file is taken when two looks find it alike, and only if it is still so after it was copied.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use khien_model::Untrusted;
use khien_wire::{HealthState, UpdateOrigin};
use tokio::sync::watch;

use super::incoming::{Refused, Written, name_of};
use super::{Around, Updates};
use crate::app::App;
use crate::health::{Found, HealthSource};
use crate::state::{By, Landed, StateError, Watched};

/// Bound: entries of the folder that are looked at.
const ENTRIES_MAX: usize = 10_000;
/// Bound: files of which it is told that they could not be taken.
const TOLD_MAX: usize = 1000;
/// After how many looks a file that could not be taken is tried again.
const AGAIN: u32 = 120;
/// Names of files that somebody still writes.
const UNFINISHED: [&str; 4] = [".crdownload", ".part", ".partial", ".tmp"];

/// How watching goes.
#[derive(Debug)]
pub(crate) struct Watching {
    folder: PathBuf,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    looked: bool,
    /// Why the folder could not be read.
    unreadable: Option<String>,
    /// Files that could not be taken, and why.
    left_out: BTreeMap<String, String>,
    /// There are more entries than are looked at.
    too_many: bool,
}

impl Watching {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, told: Mutex::default() }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the folder can be read, and all in it was taken.
pub(crate) struct WatchHealth(pub(crate) Arc<Watching>);

#[async_trait]
impl HealthSource for WatchHealth {
    fn id(&self) -> &'static str {
        "updates"
    }

    async fn look(&self) -> Found {
        let told = self.0.told();
        if let Some(why) = &told.unreadable {
            return Found::new(HealthState::Failed, "unreadable", why);
        }
        if !told.looked {
            return Found::new(HealthState::Unknown, "not_yet", "");
        }
        if told.too_many {
            return Found::new(HealthState::Degraded, "too_many", ENTRIES_MAX);
        }
        if let Some((name, why)) = told.left_out.iter().next() {
            let first =
                format!("{}: {}", Untrusted::new(name.as_str()), Untrusted::new(why.as_str()));
            return Found::new(HealthState::Degraded, "left_out", first);
        }
        Found::new(HealthState::Ok, "works", self.0.folder.display())
    }
}

/// Watches until told to stop.
pub(crate) async fn watch(app: Arc<App>, watching: Arc<Watching>, mut stop: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(app.updates.config.watch_every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut round =
        Round { taken: None, before: HashMap::new(), refused: HashMap::new(), looks: 0 };
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        tokio::select! {
            done = round.look(&app, &watching) => {
                if let Err(error) = done {
                    tracing::error!(%error, "the watched folder could not be held against the state");
                }
            }
            // What was being copied is gone, and begins anew after the next start.
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// What is known from look to look.
struct Round {
    /// As the state knows them; nothing before it was asked.
    taken: Option<HashMap<String, Watched>>,
    before: HashMap<String, Watched>,
    refused: HashMap<String, Watched>,
    looks: u32,
}

impl Round {
    async fn look(&mut self, app: &Arc<App>, watching: &Arc<Watching>) -> Result<(), StateError> {
        let mut taken = match self.taken.take() {
            Some(taken) => taken,
            None => app.store.watched().await?,
        };
        self.looks = self.looks.wrapping_add(1);
        if self.looks.is_multiple_of(AGAIN) {
            self.refused.clear();
        }
        let folder = watching.folder.clone();
        let listed = tokio::task::spawn_blocking(move || list(&folder)).await;
        let (files, too_many) = match listed.map_err(io::Error::other).flatten() {
            Ok(listed) => listed,
            Err(error) => {
                self.taken = Some(taken);
                watching.told().unreadable = Some(error.to_string());
                return Ok(());
            }
        };
        {
            let mut told = watching.told();
            (told.looked, told.unreadable, told.too_many) = (true, None, too_many);
            told.left_out.retain(|name, _| files.contains_key(name));
        }
        for (name, file) in &files {
            let known =
                [&taken, &self.refused].into_iter().any(|known| known.get(name) == Some(file));
            // One that was not so at the last look is still being written.
            if known || self.before.get(name) != Some(file) {
                continue;
            }
            match take(app, &watching.folder, name, *file).await {
                Ok(()) => {
                    app.store.note_watched(name, Some(*file)).await?;
                    taken.insert(name.clone(), *file);
                    watching.told().left_out.remove(name);
                }
                Err(why) => {
                    self.refused.insert(name.clone(), *file);
                    let mut told = watching.told();
                    if told.left_out.len() < TOLD_MAX {
                        told.left_out.insert(name.clone(), why);
                    }
                }
            }
        }
        if !too_many {
            let gone: Vec<String> =
                taken.keys().filter(|name| !files.contains_key(*name)).cloned().collect();
            for name in gone {
                app.store.note_watched(&name, None).await?;
                taken.remove(&name);
            }
        }
        self.before = files;
        self.taken = Some(taken);
        Ok(())
    }
}

/// Plain files of the folder, and whether there are more entries than are looked at.
fn list(folder: &Path) -> io::Result<(HashMap<String, Watched>, bool)> {
    let mut files = HashMap::new();
    for (number, entry) in fs::read_dir(folder)?.enumerate() {
        if number >= ENTRIES_MAX {
            return Ok((files, true));
        }
        let entry = entry?;
        // A name that is no text cannot be told apart from others; nobody's installer has one.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let unfinished = UNFINISHED.iter().any(|ending| name.to_lowercase().ends_with(ending));
        if name.starts_with('.') || unfinished {
            continue;
        }
        // Of the entry itself: a link is no plain file. One that is gone again is no news.
        let Ok(about) = entry.metadata() else { continue };
        if about.is_file() && about.len() > 0 {
            files.insert(name, as_it_is(&about));
        }
    }
    Ok((files, false))
}

fn as_it_is(about: &fs::Metadata) -> Watched {
    use std::os::unix::fs::MetadataExt;
    // Not the time of writing, which whoever writes may set as it was.
    let changed = about.ctime().saturating_mul(1_000_000_000).saturating_add(about.ctime_nsec());
    (i64::try_from(about.len()).unwrap_or(i64::MAX), changed)
}

/// Takes one file; else says why not.
async fn take(app: &Arc<App>, folder: &Path, name: &str, file: Watched) -> Result<(), String> {
    let shown = name_of(name).map_err(str::to_owned)?;
    let (updates, path) = (Arc::clone(&app.updates), folder.join(name));
    let copied = tokio::task::spawn_blocking(move || copy(&updates, &path, file)).await;
    let written = copied.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    // What made way for others does so for good: nobody asked for its bytes again, and a look may come upon it
    // because a folder was copied or its rights were changed.
    if app.store.gave_way(&written.sha256).await.map_err(|error| error.to_string())? {
        return Ok(());
    }
    let landed = Landed {
        name: shown,
        sha256: written.sha256.clone(),
        size: written.size,
        product: String::new(),
        origin: UpdateOrigin::Watch,
    };
    let around = Around::of(app);
    let kept = app.updates.keep(&around, &By::system(), written, landed).await;
    kept.map(drop).map_err(|error| error.to_string())
}

fn copy(updates: &Updates, path: &Path, expected: Watched) -> Result<Written, Refused> {
    use rustix::fs::{Mode, OFlags};
    let flags =
        OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let open = rustix::fs::open(path, flags, Mode::empty()).map_err(io::Error::from)?;
    let mut file = File::from(open);
    let same = |file: &File| -> io::Result<bool> {
        let about = file.metadata()?;
        Ok(about.is_file() && as_it_is(&about) == expected)
    };
    let changed = || io::Error::other("it changed while it was read");
    if !same(&file)? {
        return Err(changed().into());
    }
    let mut incoming = updates.begin()?;
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        incoming.write(buffer.get(..read).unwrap_or_default())?;
    }
    if !same(&file)? {
        return Err(changed().into());
    }
    incoming.end()
}
