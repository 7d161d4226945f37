//! Advisories as OpenIOC 1.0 and 1.1.
//!
//! A definition is a tree of conditions. Alternatives are indicators of their own. Of things that
//! must be true together only those are taken that decide alone: a file's hash, whatever else is said
//! about the file, a file's name with its folder, and an address with its port. An `AND` of a name and
//! a size is no indicator of the name: it is reported.
//!
//! Source: the OpenIOC schemas 1.0 and 1.1 of Mandiant, and the terms of their IOC editor.

use std::collections::HashSet;

use khien_model::{Indicator, IndicatorKind, Timestamp, Untrusted};
use roxmltree::{Document, Node, ParsingOptions};

use super::form::AdvisoryError;
use super::list::canonical;
use super::{Advisory, Form, Problem, excerpt, origin_name, tlp};

mod term;

use term::{Condition, Role, Term};

/// Bound: elements, attributes and texts of one document.
const NODES_MAX: u32 = 2_000_000;

/// Bound: how deep conditions may be inside one another.
const DEPTH_MAX: usize = 32;

/// Whether a text begins like XML.
pub(super) fn is_xml(start: &str) -> bool {
    let second = start.strip_prefix('<').and_then(|rest| rest.chars().next());
    second.is_some_and(|c| c == '?' || c == '!' || c.is_ascii_alphabetic())
}

/// Reads a document.
///
/// # Errors
///
/// When the text is no XML, or none of OpenIOC: the publisher's fault.
pub(super) fn parse(text: &str, origin: &str) -> Result<Advisory, AdvisoryError> {
    // Hostile: no document types, hence no entities that expand.
    let options =
        ParsingOptions { allow_dtd: false, nodes_limit: NODES_MAX, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options)
        .map_err(|error| AdvisoryError::Xml(excerpt(&error.to_string())))?;
    let root = document.root_element();
    let documents: Vec<Node<'_, '_>> = root.descendants().filter(is_ioc).collect();
    if documents.is_empty() {
        return Err(AdvisoryError::UnknownXml(Untrusted::from(root.tag_name().name())));
    }
    let name = origin_name(origin);
    let mut reader = Reader {
        advisory: Advisory { name, form: Form::OpenIoc, ..Advisory::default() },
        document: &document,
        known: HashSet::new(),
        source: String::new(),
        label: None,
    };
    for ioc in documents {
        reader.ioc(ioc);
    }
    if reader.advisory.title.is_empty() {
        reader.advisory.title.clone_from(&reader.advisory.name);
    }
    Ok(reader.advisory)
}

fn is_ioc(node: &Node<'_, '_>) -> bool {
    let name = node.tag_name().name();
    name == "ioc" || name == "OpenIOC"
}

/// A document on its way to an advisory.
struct Reader<'d> {
    advisory: Advisory,
    document: &'d Document<'d>,
    known: HashSet<IndicatorKind>,
    source: String,
    label: Option<&'static str>,
}

impl<'d> Reader<'d> {
    fn ioc(&mut self, ioc: Node<'d, 'd>) {
        let metadata = child(ioc, "metadata").unwrap_or(ioc);
        let text = |name: &str| child(metadata, name).and_then(|node| node.text()).map(str::trim);
        if self.advisory.title.is_empty() {
            self.advisory.title = text("short_description").unwrap_or_default().to_owned();
            self.advisory.description = text("description").unwrap_or_default().to_owned();
        }
        let authored = text("authored_date").filter(|date| !date.starts_with("0001"));
        let authored = authored.and_then(Timestamp::parse);
        self.advisory.published = self.advisory.published.or(authored);
        self.source = text("authored_by")
            .filter(|name| !name.is_empty())
            .map_or_else(|| self.advisory.name.clone(), str::to_owned);
        self.label = child(metadata, "links").and_then(label_of_links);
        if let Some(label) = self.label {
            let known = self.advisory.tlp.as_deref().and_then(tlp::label);
            let strictest = tlp::strictest_of(known.into_iter().chain([label]));
            self.advisory.tlp = strictest.map(str::to_owned);
        }
        let definition = child(ioc, "definition").or_else(|| child(ioc, "criteria"));
        let Some(definition) = definition else {
            return self.problem(ioc, "a document without conditions");
        };
        for indicator in definition.children().filter(|node| node.is_element()) {
            self.alternative(indicator, 0);
        }
    }

    /// A condition that is enough by itself.
    fn alternative(&mut self, node: Node<'d, 'd>, depth: usize) {
        if depth > DEPTH_MAX {
            return self.problem(node, "conditions too deep inside one another");
        }
        match node.tag_name().name() {
            "Indicator" if is_negated(node) => self.problem(node, "cannot be matched here: a NOT"),
            "Indicator" if operator_is_and(node) => self.conjunction(node, depth),
            "Indicator" => {
                for part in node.children().filter(|part| part.is_element()) {
                    self.alternative(part, depth.saturating_add(1));
                }
            }
            "IndicatorItem" => match kinds_of_item(node) {
                Ok(kinds) => self.add(kinds, node),
                Err(detail) => self.problem(node, &detail),
            },
            _ => {}
        }
    }

    /// Conditions that must be true together.
    fn conjunction(&mut self, node: Node<'d, 'd>, depth: usize) {
        let parts: Vec<Node<'_, '_>> = node.children().filter(|part| is_condition(*part)).collect();
        if let [only] = parts.as_slice() {
            return self.alternative(*only, depth.saturating_add(1));
        }
        match deciding(&parts) {
            Some(kinds) => self.add(kinds, node),
            None => {
                let names: Vec<String> =
                    parts.iter().take(TERMS_SHOWN).map(|part| name_of(*part)).collect();
                let more = if parts.len() > TERMS_SHOWN { " and more" } else { "" };
                let detail = format!(
                    "{}{more} joined by AND, of which none decides alone",
                    names.join(", ")
                );
                self.problem(node, &format!("cannot be matched here: {detail}"));
            }
        }
    }

    fn add(&mut self, kinds: Vec<IndicatorKind>, node: Node<'_, '_>) {
        let comment = child(node, "Comment").and_then(|node| node.text()).unwrap_or_default();
        for kind in kinds {
            if !self.known.insert(kind.clone()) {
                continue;
            }
            self.advisory.indicators.push(Indicator {
                id: node.attribute("id").unwrap_or_default().to_owned(),
                name: self.advisory.title.clone(),
                description: comment.trim().to_owned(),
                sources: vec![self.source.clone()],
                tlp: self.label.map(str::to_owned),
                ..Indicator::bare(kind)
            });
        }
    }

    fn problem(&mut self, node: Node<'_, '_>, detail: &str) {
        let line = self.document.text_pos_at(node.range().start).row;
        let place = format!(
            "line {line}: {} {}",
            node.tag_name().name(),
            node.attribute("id").unwrap_or_default()
        );
        Problem::push(&mut self.advisory.problems, place.trim_end(), detail);
    }
}

/// How many terms of a conjunction a problem names.
const TERMS_SHOWN: usize = 4;

fn child<'n>(node: Node<'n, 'n>, name: &str) -> Option<Node<'n, 'n>> {
    node.children().find(|child| child.tag_name().name() == name)
}

fn is_condition(node: Node<'_, '_>) -> bool {
    matches!(node.tag_name().name(), "Indicator" | "IndicatorItem")
}

fn operator_is_and(node: Node<'_, '_>) -> bool {
    node.attribute("operator").is_some_and(|operator| operator.eq_ignore_ascii_case("and"))
}

fn is_negated(node: Node<'_, '_>) -> bool {
    node.attribute("negate").is_some_and(|negate| negate.eq_ignore_ascii_case("true"))
}

/// A label among links (`<link rel="tlp">amber</link>`).
fn label_of_links(links: Node<'_, '_>) -> Option<&'static str> {
    tlp::strictest_of(links.children().filter_map(|link| {
        let text = link.text().or_else(|| link.attribute("href")).unwrap_or_default();
        let is_label = link.attribute("rel").is_some_and(|rel| rel.eq_ignore_ascii_case("tlp"));
        tlp::in_text(text).or_else(|| is_label.then(|| tlp::label(text)).flatten())
    }))
}

/// One condition: what it looks at, how, and for what.
fn term(item: Node<'_, '_>) -> Result<Term, String> {
    let context = item.children().find(|node| node.tag_name().name() == "Context");
    let search = context.and_then(|context| context.attribute("search"));
    let content = item.children().find(|node| node.tag_name().name() == "Content");
    let content = content.and_then(|content| content.text()).map(str::trim).unwrap_or_default();
    let (Some(search), false) = (search, content.is_empty()) else {
        return Err(String::from("a condition without a term or content"));
    };
    let condition = item.attribute("condition").unwrap_or("is");
    let negated = is_negated(item)
        || condition.eq_ignore_ascii_case("isnot")
        || condition.eq_ignore_ascii_case("containsnot");
    if negated {
        return Err(format!("cannot be matched here: a NOT ({})", excerpt(search)));
    }
    Ok(Term {
        search: search.to_owned(),
        condition: Condition::of(condition),
        content: content.to_owned(),
    })
}

/// The indicators, in canonical form, that one condition stands for.
fn kinds_of_item(item: Node<'_, '_>) -> Result<Vec<IndicatorKind>, String> {
    canonical(term(item)?.kinds()?)
}

/// The indicators that decide for all of some conditions; `None` when none does.
fn deciding(parts: &[Node<'_, '_>]) -> Option<Vec<IndicatorKind>> {
    let groups: Vec<Vec<Term>> = parts.iter().map(|part| group(*part)).collect::<Option<_>>()?;
    let role_of = |group: &Vec<Term>| {
        let first = group.first().map(Term::role)?;
        group.iter().all(|term| term.role() == first).then_some(first)
    };
    let roles: Vec<Role> = groups.iter().map(role_of).collect::<Option<_>>()?;
    let of_file = |role: &Role| {
        matches!(role, Role::FileHash | Role::FileName | Role::FileFolder | Role::FileOther)
    };
    let of_peer = |role: &Role| matches!(role, Role::Address | Role::Port);
    let with = |wanted: Role| {
        groups.iter().zip(&roles).filter(move |(_, role)| **role == wanted).map(|(group, _)| group)
    };
    if roles.iter().all(of_file) && roles.contains(&Role::FileHash) {
        return kinds_of_terms(with(Role::FileHash).flatten());
    }
    if roles.iter().all(of_peer) && roles.iter().filter(|role| **role == Role::Address).count() == 1
    {
        return kinds_of_terms(with(Role::Address).flatten());
    }
    let is_handle = |role: &Role| matches!(role, Role::HandleName | Role::HandleType);
    if roles.iter().all(is_handle) && roles.contains(&Role::HandleName) {
        return kinds_of_terms(with(Role::HandleName).flatten());
    }
    // A name in a folder.
    let (mut names, mut folders) =
        (with(Role::FileName).flatten(), with(Role::FileFolder).flatten());
    match (names.next(), names.next(), folders.next(), folders.next(), roles.len()) {
        (Some(name), None, Some(folder), None, 2) => {
            let folder = folder.content.trim_end_matches(['/', '\\']);
            let is_exact = name.condition == Condition::Is;
            let path = IndicatorKind::Path(format!("{folder}/{}", name.content));
            canonical(vec![path]).ok().filter(|_| is_exact && !name.content.contains(['*', '?']))
        }
        _ => None,
    }
}

/// A condition, or alternatives that are nothing but conditions.
fn group(node: Node<'_, '_>) -> Option<Vec<Term>> {
    if node.tag_name().name() == "IndicatorItem" {
        return term(node).ok().map(|term| vec![term]);
    }
    if operator_is_and(node) || is_negated(node) {
        return None;
    }
    let items = node.children().filter(|part| is_condition(*part));
    items
        .map(|item| if item.tag_name().name() == "IndicatorItem" { term(item).ok() } else { None })
        .collect()
}

fn kinds_of_terms<'t>(terms: impl Iterator<Item = &'t Term>) -> Option<Vec<IndicatorKind>> {
    let kinds: Result<Vec<_>, _> = terms.map(Term::kinds).collect();
    canonical(kinds.ok()?.concat()).ok()
}

fn name_of(node: Node<'_, '_>) -> String {
    match term(node) {
        Ok(term) => excerpt(&term.search),
        Err(_) if node.tag_name().name() == "Indicator" => String::from("a group"),
        Err(_) => String::from("a NOT"),
    }
}

#[cfg(test)]
mod tests;
