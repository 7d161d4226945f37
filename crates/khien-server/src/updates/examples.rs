//! Releases that a demonstration begins with.

use std::sync::Arc;
use std::time::Duration;

use khien_wire::{ChangeKind, UpdateChoice, UpdateDecide, UpdateOrigin, UpdateState};
use tokio::sync::watch;

use super::Around;
use super::incoming::{Refused, Written};
use crate::app::App;
use crate::state::{By, Landed, StateError};

/// How often it is looked whether a release was read.
const LOOK: Duration = Duration::from_millis(100);

/// A release that is there from the beginning.
#[derive(Clone, Debug)]
pub struct ExampleUpdate {
    /// The name of its file.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// Why it is trusted; nothing where somebody is to decide about it.
    pub trusted: Option<String>,
}

/// Takes releases, each after the one before it was read and trusted: it is what they are compared with.
pub(crate) async fn take(
    app: Arc<App>,
    examples: Vec<ExampleUpdate>,
    mut stop: watch::Receiver<bool>,
) {
    for example in examples {
        tokio::select! {
            done = take_one(&app, example) => {
                if let Err(error) = done {
                    tracing::error!(%error, "an example of an update could not be taken");
                    return;
                }
            }
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

async fn take_one(app: &Arc<App>, example: ExampleUpdate) -> Result<(), StateError> {
    let ExampleUpdate { name, bytes, trusted } = example;
    let updates = Arc::clone(&app.updates);
    let written = tokio::task::spawn_blocking(move || -> Result<Written, Refused> {
        let mut incoming = updates.begin()?;
        incoming.write(&bytes)?;
        incoming.end()
    });
    let corrupt = |error: &dyn std::fmt::Display| StateError::Corrupt(error.to_string());
    let written = written.await.map_err(|error| corrupt(&error))?.map_err(|e| corrupt(&e))?;
    let landed = Landed {
        name,
        sha256: written.sha256.clone(),
        size: written.size,
        product: String::new(),
        origin: UpdateOrigin::Watch,
    };
    let taken = app.updates.keep(&Around::of(app), &By::system(), written, landed).await?;
    let Some(reason) = trusted else { return Ok(()) };
    let read = loop {
        let update = app.store.update(&taken.id).await?.update;
        match update.state {
            UpdateState::Queued | UpdateState::Reading => tokio::time::sleep(LOOK).await,
            _ => break update,
        }
    };
    // A demonstration that goes on has its decision from the first time.
    if read.decision.is_some() {
        return Ok(());
    }
    let asked = UpdateDecide {
        revision: read.revision,
        decision: UpdateChoice::Pass,
        reason,
        owner: None,
        until: None,
    };
    app.store.decide_update(&By::system(), &taken.id, &asked, true).await?;
    app.updates.settle(&app.store).await?;
    app.bus.publish(ChangeKind::Update, [taken.id]);
    Ok(())
}
