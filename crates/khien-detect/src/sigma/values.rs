//! The values of one event that rules look at, each found and brought to lower case once.

use std::borrow::Cow;
use std::cell::OnceCell;

use rsigma_eval::matcher::{GroupMode, ascii_lowercase_cow};
use rsigma_eval::{CompiledMatcher, EventValue};

use super::plan::Plan;
use super::program::Slots;
use super::view::View;

/// One value, found when first asked for.
#[derive(Default)]
struct Cell<'e> {
    value: OnceCell<Option<Value<'e>>>,
}

/// A value of the event.
pub(super) struct Value<'e> {
    raw: EventValue<'e>,
    lower: OnceCell<Cow<'e, str>>,
}

/// What the rules in scope may ask one event for.
pub(super) struct Values<'e, 'p> {
    pub(super) view: View<'e>,
    slots: &'p Slots,
    plan: &'p Plan,
    cells: Vec<Cell<'e>>,
}

impl<'e, 'p> Values<'e, 'p> {
    pub(super) fn new(view: View<'e>, slots: &'p Slots, plan: &'p Plan) -> Self {
        let mut cells = Vec::new();
        cells.resize_with(plan.present.len(), Cell::default);
        Self { view, slots, plan, cells }
    }

    /// The value of a field, by its number.
    pub(super) fn get(&self, slot: u32) -> Option<&Value<'e>> {
        let place = *self.plan.places.get(slot as usize)?;
        let find = || {
            let raw = self.view.value(self.slots.name(slot))?;
            Some(Value { raw, lower: OnceCell::new() })
        };
        self.cells.get(place as usize)?.value.get_or_init(find).as_ref()
    }

    /// The field's name.
    pub(super) fn name(&self, slot: u32) -> &'p str {
        self.slots.name(slot)
    }
}

impl<'e> Value<'e> {
    pub(super) const fn raw(&self) -> &EventValue<'e> {
        &self.raw
    }

    /// The text in lower case, when the value is one text.
    fn lower(&self) -> Option<&str> {
        match &self.raw {
            EventValue::Str(Cow::Borrowed(text)) => {
                Some(self.lower.get_or_init(|| ascii_lowercase_cow(text)))
            }
            _ => None,
        }
    }
}

/// [`CompiledMatcher::matches`], except that the text is not brought to lower case each time.
pub(super) fn holds(matcher: &CompiledMatcher, value: &Value<'_>, view: View<'_>) -> bool {
    match matcher {
        CompiledMatcher::Not(inner) => !holds(inner, value, view),
        CompiledMatcher::AnyOf(parts) => parts.iter().any(|part| holds(part, value, view)),
        CompiledMatcher::AllOf(parts) => parts.iter().all(|part| holds(part, value, view)),
        CompiledMatcher::CaseInsensitiveGroup { .. }
        | CompiledMatcher::Exact { case_insensitive: true, .. }
        | CompiledMatcher::Contains { case_insensitive: true, .. }
        | CompiledMatcher::StartsWith { case_insensitive: true, .. }
        | CompiledMatcher::EndsWith { case_insensitive: true, .. }
        | CompiledMatcher::AhoCorasickSet { case_insensitive: true, .. } => value
            .lower()
            .and_then(|lower| holds_lower(matcher, lower))
            .unwrap_or_else(|| matcher.matches(&value.raw, &view)),
        _ => matcher.matches(&value.raw, &view),
    }
}

/// The same for a text in lower case; `None` for a matcher that may ask for more than that.
fn holds_lower(matcher: &CompiledMatcher, lower: &str) -> Option<bool> {
    let any = |parts: &[CompiledMatcher]| {
        for part in parts {
            if holds_lower(part, lower)? {
                return Some(true);
            }
        }
        Some(false)
    };
    let all = |parts: &[CompiledMatcher]| {
        for part in parts {
            if !holds_lower(part, lower)? {
                return Some(false);
            }
        }
        Some(true)
    };
    Some(match matcher {
        CompiledMatcher::Exact { value, case_insensitive: true } => lower == value,
        CompiledMatcher::Contains { value, case_insensitive: true } => {
            memchr::memmem::find(lower.as_bytes(), value.as_bytes()).is_some()
        }
        CompiledMatcher::StartsWith { value, case_insensitive: true } => lower.starts_with(value),
        CompiledMatcher::EndsWith { value, case_insensitive: true } => lower.ends_with(value),
        CompiledMatcher::AhoCorasickSet { automaton, case_insensitive: true, .. } => {
            automaton.is_match(lower)
        }
        CompiledMatcher::Regex(regex) => regex.is_match(lower),
        CompiledMatcher::RegexSetMatch { set, mode: GroupMode::Any } => set.is_match(lower),
        CompiledMatcher::RegexSetMatch { set, mode: GroupMode::All } => {
            set.matches(lower).iter().count() == set.len()
        }
        CompiledMatcher::Not(inner) => !holds_lower(inner, lower)?,
        CompiledMatcher::AnyOf(parts)
        | CompiledMatcher::CaseInsensitiveGroup { children: parts, mode: GroupMode::Any } => {
            any(parts)?
        }
        CompiledMatcher::AllOf(parts)
        | CompiledMatcher::CaseInsensitiveGroup { children: parts, mode: GroupMode::All } => {
            all(parts)?
        }
        _ => return None,
    })
}
