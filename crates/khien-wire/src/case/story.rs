//! The story of a case as a graph that is laid out already, so that every picture of it is the same.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a node stands for; also the order of the columns.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StoryKind {
    /// What told of it: an advisory, an indicator, a rule.
    Intel,
    /// Who makes it, as it says.
    Signer,
    /// A release of a product.
    Version,
    /// A file.
    File,
    /// A host.
    Host,
    /// A program that ran.
    Process,
    /// An address, a name, a port.
    Network,
}

impl StoryKind {
    /// All of them, from left to right.
    pub const ALL: [Self; 7] = [
        Self::Intel,
        Self::Signer,
        Self::Version,
        Self::File,
        Self::Host,
        Self::Process,
        Self::Network,
    ];

    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Intel => "intel",
            Self::Signer => "signer",
            Self::Version => "version",
            Self::File => "file",
            Self::Host => "host",
            Self::Process => "process",
            Self::Network => "network",
        }
    }
}

/// A column of the picture.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct StoryColumn {
    /// What stands in it.
    pub kind: StoryKind,
    /// Its left edge.
    pub x: u32,
    /// How many things it stands for, folded ones included.
    pub count: u32,
}

/// A thing in the story.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct StoryNode {
    /// Its name within this picture.
    pub id: String,
    /// What it stands for.
    pub kind: StoryKind,
    /// What it is called. Text from outside; empty where it stands for several.
    pub label: String,
    /// How many things it stands for, where they are folded into one; else 0.
    pub folded: u32,
    /// Whether it is of others: no host or program of ours.
    pub outside: bool,
    /// Whether an alert is about it itself, and not only mentions it.
    pub marked: bool,
    /// Ids of the first alerts that tell of it.
    pub alerts: Vec<String>,
    /// Its left edge.
    pub x: u32,
    /// Its upper edge.
    pub y: u32,
}

/// A step from one thing to the next.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct StoryEdge {
    /// From this node.
    pub from: String,
    /// To this one.
    pub to: String,
    /// Whether it follows from an alert as a whole, and no event shows both ends.
    pub inferred: bool,
}

/// The story of a case.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct Story {
    /// The columns that there is something in, from left to right.
    pub columns: Vec<StoryColumn>,
    /// The things.
    pub nodes: Vec<StoryNode>,
    /// The steps.
    pub edges: Vec<StoryEdge>,
    /// The picture's width.
    pub width: u32,
    /// The picture's height.
    pub height: u32,
    /// The width of a node.
    pub node_width: u32,
    /// The height of a node.
    pub node_height: u32,
}
