//! What can be told of all events that have the same names of fields and the same event id: which
//! rules may match at all, and where words have to be looked for.
//!
//! Bounded by [`super::shard`], where plans are kept.

use khien_model::{Event, Scalar};
use rsigma_eval::EventValue;

use super::bits::Bits;
use super::candidates::Index;
use super::program::{Item, Node, Program, Slots};
use super::view::View;

/// The name that rules tell kinds of records apart by. They compare it as a number, for which no
/// word can be looked up.
const EVENT_ID: &str = "EventID";

/// The event id, as far as it is short and single: what plans are kept by.
///
/// The value itself and not its hash, so that nobody can make two of them equal.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) enum Id {
    /// Absent, several, or of another form: nothing is concluded from it.
    Open,
    Number(i64),
    Text([u8; 8], usize),
}

impl Id {
    pub(super) fn of(event: &Event) -> Self {
        match event.get_with_more(EVENT_ID) {
            Some((Scalar::Int(number), false)) => Self::Number(number),
            Some((Scalar::Str(text), false)) => {
                let mut bytes = [0; 8];
                match bytes.get_mut(..text.len()) {
                    Some(room) => {
                        room.copy_from_slice(text.as_bytes());
                        Self::Text(bytes, text.len())
                    }
                    None => Self::Open,
                }
            }
            _ => Self::Open,
        }
    }
}

/// Which rules may match a kind of event, and what has to be looked at to tell.
pub(super) struct Plan {
    /// The rules that may match.
    pub(super) possible: Bits,
    /// Those of them that no word rules out.
    pub(super) open: Bits,
    /// The fields to look for words in.
    pub(super) scans: Box<[u32]>,
    /// Whether words have to be looked for in all values.
    pub(super) keywords: bool,
    /// The fields that are there.
    pub(super) present: Box<[u32]>,
    /// For each field its place among those that are there, or [`ABSENT`].
    pub(super) places: Box<[u32]>,
}

/// The place of a field that is not there.
const ABSENT: u32 = u32::MAX;

impl Plan {
    /// The plan for events like this one.
    pub(super) fn of(event: &Event, programs: &[Program], slots: &Slots, index: &Index) -> Self {
        let view = View { event };
        let present = (0_u32..).take(slots.len());
        let present: Vec<u32> = present.filter(|s| view.value(slots.name(*s)).is_some()).collect();
        let id = match Id::of(event) {
            Id::Open => None,
            Id::Number(_) | Id::Text(..) => slots.find(EVENT_ID),
        };
        let mut plan = Self::empty(present, slots.len(), programs.len());
        let known = Known { plan: &plan, id: id.zip(view.value(EVENT_ID)), view };
        let possible = (0_u32..).zip(programs).filter(|(_, program)| known.may_match(program));
        let possible: Vec<u32> = possible.map(|(rule, _)| rule).collect();
        plan.possible.insert_all(&possible);
        plan.finish(index)
    }

    /// The plan that is right for every event: only words rule something out.
    pub(super) fn general(programs: &[Program], slots: &Slots, index: &Index) -> Self {
        let all = (0_u32..).take(slots.len()).collect();
        let mut plan = Self::empty(all, slots.len(), programs.len());
        (0_u32..).zip(programs).for_each(|(rule, _)| plan.possible.insert(rule));
        plan.finish(index)
    }

    /// The plan under which every rule is tried.
    pub(super) fn unfiltered(programs: &[Program], slots: &Slots) -> Self {
        let all = (0_u32..).take(slots.len()).collect();
        let mut plan = Self::empty(all, slots.len(), programs.len());
        (0_u32..).zip(programs).for_each(|(rule, _)| plan.possible.insert(rule));
        plan.open.copy_from(&plan.possible);
        plan
    }

    fn empty(present: Vec<u32>, slots: usize, rules: usize) -> Self {
        let mut places = vec![ABSENT; slots];
        for (place, slot) in (0..ABSENT).zip(&present) {
            if let Some(entry) = places.get_mut(*slot as usize) {
                *entry = place;
            }
        }
        Self {
            possible: Bits::new(rules),
            open: Bits::new(rules),
            scans: Box::default(),
            keywords: false,
            present: present.into(),
            places: places.into(),
        }
    }

    fn finish(mut self, index: &Index) -> Self {
        index.open(&self.present, &mut self.open);
        self.open.keep(&self.possible);
        let scans = self.present.iter().filter(|slot| {
            index.rules_of(**slot).is_some_and(|r| self.possible.shares(r, &self.open))
        });
        self.scans = scans.copied().collect();
        self.keywords = self.possible.shares(index.keyword_rules(), &self.open);
        self
    }

    fn is_present(&self, slot: u32) -> bool {
        self.places.get(slot as usize).is_some_and(|place| *place != ABSENT)
    }
}

/// What is known of an event before its values are looked at.
struct Known<'p> {
    plan: &'p Plan,
    id: Option<(u32, EventValue<'p>)>,
    view: View<'p>,
}

impl Known<'_> {
    fn may_match(&self, program: &Program) -> bool {
        match program {
            Program::Plain(conditions) => conditions.iter().any(|c| self.node(c) != Some(false)),
            Program::Whole(_) => true,
        }
    }

    /// Whether a part holds, where that can be told.
    fn node(&self, node: &Node) -> Option<bool> {
        match node {
            Node::All(parts) => self.fold(parts, false),
            Node::Any(parts) => self.fold(parts, true),
            Node::Not(inner) => self.node(inner).map(|holds| !holds),
            Node::Selection(_, inner) => self.node(inner),
            Node::Item(item) => self.item(item),
            Node::Keywords(_) => None,
            Node::Never => Some(false),
        }
    }

    /// A list that is decided as soon as one part is `decisive`.
    fn fold(&self, parts: &[Node], decisive: bool) -> Option<bool> {
        let mut verdict = Some(!decisive);
        for part in parts {
            match self.node(part) {
                Some(holds) if holds == decisive => return Some(decisive),
                Some(_) => {}
                None => verdict = None,
            }
        }
        verdict
    }

    fn item(&self, item: &Item) -> Option<bool> {
        if !self.plan.is_present(item.slot) {
            return Some(item.holds_when_absent());
        }
        match &self.id {
            Some((slot, value)) if *slot == item.slot => item.decides(value, self.view),
            _ => None,
        }
    }
}
