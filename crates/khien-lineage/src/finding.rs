//! A departure as it is told: one for each lineage, release and trait, with the numbers behind it.
//!
//! Texts are the reader's: a finding gives the identifiers of messages and their arguments.

use khien_model::{Timestamp, Untrusted};
use serde::{Deserialize, Serialize};

use crate::departure::{Evidence, Score, Step, bucket};
use crate::fleet::Basis;
use crate::traffic::{RHYTHM_NATS, UPLOAD_BYTES};

/// A lineage's name.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct LineageName {
    /// The publisher, without its legal form and in lower case; empty where unknown.
    pub publisher: Untrusted,
    /// The product, in lower case.
    pub product: Untrusted,
    /// Where its program is, for one whose publisher nobody says; empty otherwise.
    #[serde(default)]
    pub folder: Untrusted,
}

/// Where a finding stands.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Status {
    /// It asks for somebody.
    Open,
    /// Further evidence has taken it back.
    Withdrawn {
        /// Since when.
        since: Timestamp,
    },
    /// Somebody answers for it.
    Excepted {
        /// Who.
        owner: Untrusted,
        /// Why.
        reason: Untrusted,
        /// Until when.
        until: Timestamp,
    },
}

/// One departure of one release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Stays the same while counts change.
    pub id: String,
    /// The organisation.
    pub org: Untrusted,
    /// The lineage.
    pub lineage: LineageName,
    /// What the lineage is known by.
    pub basis: Basis,
    /// The oldest release that shows the trait; empty where nobody says its version.
    pub version: Untrusted,
    /// Later releases that show it too.
    pub also: Vec<Untrusted>,
    /// When it became a finding.
    pub raised: Timestamp,
    /// When its numbers were last made.
    pub updated: Timestamp,
    /// Where it stands.
    pub status: Status,
    /// The numbers.
    pub evidence: Evidence,
    /// What they tell.
    pub score: Score,
}

/// A message with its arguments.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Message {
    /// The message's identifier in the catalogues.
    pub id: String,
    /// Its arguments, by name.
    pub args: Vec<(&'static str, Arg)>,
}

/// An argument of a message.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Arg {
    /// A count.
    Count(u64),
    /// A number.
    Number(f64),
    /// Text from outside.
    Text(Untrusted),
}

impl Finding {
    /// The finding made again from its own evidence: equal, or it was tampered with.
    #[must_use]
    pub fn recompute(&self) -> Self {
        Self { score: self.evidence.weigh(), ..self.clone() }
    }

    /// What is odd, against which baseline, in one sentence.
    pub fn sentence(&self) -> Message {
        let contrast = self.evidence.contrast;
        let peers = self.evidence.known.peers;
        let form = match self.evidence.sightings.first().map(|seen| bucket(seen.age_hours)) {
            _ if self.evidence.is_network => "network",
            _ if peers.is_some() => "newcomer",
            Some(0) => "prompt",
            Some(1 | 2) => "delayed",
            _ => "undated",
        };
        let age = self.evidence.sightings.first().and_then(|seen| seen.age_hours);
        let text = |text: &Untrusted| Arg::Text(text.clone());
        let count = |count: u32| Arg::Count(u64::from(count));
        Message {
            id: format!("lineage.says.{form}"),
            args: vec![
                ("product", text(&self.lineage.product)),
                ("version", text(&self.version)),
                ("kind", Arg::Text(Untrusted::from(self.evidence.of.kind.id()))),
                ("value", text(&self.evidence.of.value)),
                ("showing", count(contrast.showing)),
                ("on_release", count(contrast.on_release)),
                ("on_earlier", count(contrast.on_earlier)),
                ("ever_earlier", count(contrast.ever_earlier)),
                ("age_days", count(age.unwrap_or(0) / 24)),
                ("host_days", Arg::Count(self.evidence.known.host_days)),
                ("peers", count(peers.map_or(0, |peers| peers.known))),
                ("peers_showing", count(peers.map_or(0, |peers| peers.showing))),
            ],
        }
    }

    /// The steps of the sum, for a table.
    pub fn table(&self) -> Vec<Message> {
        let row = |term: &crate::departure::Term| Message {
            id: format!("lineage.step.{}", step_word(term.of)),
            args: vec![("bits", Arg::Number(term.bits))],
        };
        self.score.terms.iter().map(row).collect()
    }

    /// What traffic with the destination shows.
    pub fn traffic(&self) -> Vec<Message> {
        let Some(traffic) = &self.evidence.traffic else { return Vec::new() };
        let text = |text: &Untrusted| Arg::Text(text.clone());
        let says = |what: &str, args| Message { id: format!("lineage.traffic.{what}"), args };
        let mut messages = Vec::new();
        messages.extend(traffic.chain.as_ref().map(|chain| {
            let seconds = Arg::Count(u64::from(chain.seconds));
            let (host, fetched) = (text(&chain.host), text(&chain.fetched));
            says("chain", vec![("host", host), ("fetched", fetched), ("seconds", seconds)])
        }));
        let clear = traffic.rhythm.as_ref().filter(|rhythm| rhythm.fleet.nats >= RHYTHM_NATS);
        messages.extend(clear.and_then(|rhythm| {
            let scale = rhythm.evidence.best_scale()?;
            let sleeps = u64::try_from(scale.bursts.saturating_sub(1)).unwrap_or(u64::MAX);
            let hosts = u64::try_from(rhythm.fleet.hosts).unwrap_or(u64::MAX);
            let args = vec![
                ("host", text(&rhythm.host)),
                ("sleeps", Arg::Count(sleeps)),
                ("minutes", Arg::Number(scale.median_gap_s / 60.0)),
                ("jitter", Arg::Number(scale.renewal.jitter() * 100.0)),
                ("hosts", Arg::Count(hosts)),
                ("chance", Arg::Number(rhythm.fleet.nats.abs() / std::f64::consts::LN_10)),
            ];
            Some(says("rhythm", args))
        }));
        messages.extend(traffic.tunnel.map(|tunnel| {
            let kilobytes = Arg::Number(tunnel.bytes / 1000.0);
            let minutes = Arg::Number(real(tunnel.window_s) / 60.0);
            let names = Arg::Number(tunnel.names);
            says("tunnel", vec![("kilobytes", kilobytes), ("minutes", minutes), ("names", names)])
        }));
        if traffic.first_day_bytes >= UPLOAD_BYTES {
            let megabytes = Arg::Count(traffic.first_day_bytes / 1_000_000);
            messages.push(says("upload", vec![("megabytes", megabytes)]));
        }
        messages
    }

    /// How often benign releases do the same; another message where that is an assumption.
    pub fn base_rate(&self) -> Message {
        let rate = &self.evidence.rate;
        let form = match rate.standing {
            crate::Standing::Counted(_) => "counted",
            crate::Standing::Judged => "judged",
        };
        let count = |count: u32| Arg::Count(u64::from(count));
        Message {
            id: format!("lineage.rate.{form}"),
            args: vec![
                ("benign", count(rate.benign)),
                ("benign_of", count(rate.benign_of)),
                ("incidents", count(rate.incidents)),
                ("incidents_of", count(rate.incidents_of)),
            ],
        }
    }

    /// What would make it benign.
    pub fn would_be_benign(&self) -> Message {
        let text = |text: &Untrusted| Arg::Text(text.clone());
        Message {
            id: format!("lineage.benign.{}", self.evidence.of.kind.id()),
            args: vec![
                ("product", text(&self.lineage.product)),
                ("version", text(&self.version)),
                ("value", text(&self.evidence.of.value)),
            ],
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a window, for people")]
const fn real(seconds: i64) -> f64 {
    seconds as f64
}

/// The stable word of a step.
pub const fn step_word(step: Step) -> &'static str {
    match step {
        Step::Kind => "kind",
        Step::Peers => "peers",
        Step::Exotic => "exotic",
        Step::Earlier => "earlier",
        Step::Age => "age",
        Step::Spread => "spread",
        Step::Alignment => "alignment",
        Step::Elsewhere => "elsewhere",
        Step::Family => "family",
        Step::Companion => "companion",
        Step::Own => "own",
        Step::Chain => "chain",
        Step::Rhythm => "rhythm",
        Step::Tunnel => "tunnel",
        Step::Upload => "upload",
        Step::Chance => "chance",
    }
}
