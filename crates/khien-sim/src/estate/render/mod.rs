//! Turns drafts into lines, as fast as text can be copied.
//!
//! The modules of `crate::format` write the same formats from richer values; a fleet needs them a
//! hundred times as often, so here every fixed part is escaped once and appended.

mod es;
mod inventory;
mod network;
mod stamp;
mod sysmon;

use std::collections::BTreeMap;

use super::draft::{Body, Draft};
use super::product::Platform;
use super::world::World;
use crate::record::FileKind;

/// Writes lines; keeps what tools count.
#[derive(Debug)]
pub(crate) struct Renderer<'w> {
    world: &'w World,
    /// Windows event record identifiers and Endpoint Security sequence numbers, by host.
    numbers: BTreeMap<(u32, FileKind), u64>,
}

impl<'w> Renderer<'w> {
    pub(crate) fn new(world: &'w World) -> Self {
        Self { world, numbers: BTreeMap::new() }
    }

    /// The format of a draft's line.
    pub(crate) fn kind(&self, draft: &Draft) -> FileKind {
        let platform = self.world.hosts.get(super::shelf::index_of(draft.host)).map(|h| h.platform);
        match (draft.body, platform) {
            (Body::ZeekConn { .. }, _) => FileKind::ZeekConn,
            (Body::ZeekDns { .. }, _) => FileKind::ZeekDns,
            (Body::ZeekHttp { .. }, _) => FileKind::ZeekHttp,
            (Body::ZeekSsl { .. }, _) => FileKind::ZeekSsl,
            (Body::EveDns { .. } | Body::EveFlow { .. } | Body::EveTls { .. }, _) => {
                FileKind::SuricataEve
            }
            (Body::Installer { .. }, _) => FileKind::InstallerEvtxJson,
            (Body::Inventory { .. } | Body::Listen { .. }, _) => FileKind::OsqueryResults,
            (Body::Connect { .. }, Some(Platform::Macos)) => FileKind::OsqueryResults,
            (_, Some(Platform::Macos)) => FileKind::Eslogger,
            (_, Some(Platform::Linux)) => FileKind::OsqueryResults,
            _ => FileKind::SysmonEvtxJson,
        }
    }

    /// Appends the draft's line to `out`, without a line end.
    pub(crate) fn line(&mut self, draft: &Draft, kind: FileKind, out: &mut String) {
        let world = self.world;
        let Some(host) = world.hosts.get(super::shelf::index_of(draft.host)) else { return };
        match kind {
            FileKind::ZeekConn | FileKind::ZeekDns | FileKind::ZeekHttp | FileKind::ZeekSsl => {
                network::zeek(world, host, draft, out);
            }
            FileKind::SuricataEve => network::eve(world, host, draft, out),
            FileKind::Eslogger => {
                let number = self.next(draft.host, kind);
                es::line(world, host, draft, number, out);
            }
            FileKind::OsqueryResults => inventory::line(world, host, draft, out),
            _ => {
                let number = self.next(draft.host, kind);
                sysmon::line(world, host, draft, number, out);
            }
        }
    }

    fn next(&mut self, host: u32, kind: FileKind) -> u64 {
        let number = self.numbers.entry((host, kind)).or_insert(20_000 + u64::from(host) * 37);
        *number += 1;
        *number
    }
}
