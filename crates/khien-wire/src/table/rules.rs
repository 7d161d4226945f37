//! The operations on rules and on what is looked for.

use super::{AFTER, LIMIT, Q, SEVERITIES, people_and, query, row, sort};
use crate::operation::QueryValues::{Number, Words};
use crate::{
    Answer, Body, IntelPage, Method, Operation, OperationId, ProblemCode, Query, Role, Rule,
    RuleDetail, RuleHits, RulePage, RulePreview, RulePreviewNew, RuleReplace, RuleSwitch, RuleTest,
    RuleTestNew, RuleText, RulesAdded, Scope, Shape,
};

use Method::{Delete, Get, Patch, Post, Put};
use OperationId as Id;
use ProblemCode as Code;

const STATES: Query = Query {
    name: "state",
    description: "Only rules of which this holds",
    values: Words(&["left_out", "off", "on", "stopped"]),
};
const ORIGINS: Query = Query {
    name: "origin",
    description: "Only those from there",
    values: Words(&["built_in", "file", "own"]),
};
const KINDS: Query = Query {
    name: "kind",
    description: "Only rules of this kind",
    values: Words(&["correlation", "filter", "rule"]),
};
const WATCHED: Query = Query {
    name: "watched",
    description: "Only sets that every record is held against, or only others",
    values: Words(&["no", "yes"]),
};

const SEEN: Query = Query {
    name: "version",
    description: "The version that was looked at; needed",
    values: Number(u32::MAX),
};

const fn read(id: OperationId, path: &'static str, shape: Shape) -> Operation {
    let access = people_and(Role::Viewer, Scope::RulesRead);
    row(id, Get, path, "rules", access, Answer::Json(200, shape))
}

const fn write(id: OperationId, method: Method, path: &'static str, answer: Answer) -> Operation {
    row(id, method, path, "rules", people_and(Role::Analyst, Scope::RulesWrite), answer)
}

pub(super) const INTEL: Operation = Operation {
    summary: "Sets of indicators that are looked for: one of each advisory",
    query: &[
        LIMIT,
        AFTER,
        sort(&["added", "-added", "alerts", "-alerts", "title", "-title"]),
        Q,
        ORIGINS,
        WATCHED,
    ],
    ..read(Id::Intel, "/api/v1/intel", Shape::of::<IntelPage>())
};
pub(super) const LIST: Operation = Operation {
    summary: "All rules that are known, those that cannot be loaded with the reason",
    query: &[
        LIMIT,
        AFTER,
        sort(&[
            "title",
            "-title",
            "severity",
            "-severity",
            "modified",
            "-modified",
            "alerts",
            "-alerts",
            "last",
            "-last",
        ]),
        Q,
        Query { description: "Only rules of this severity or above", ..SEVERITIES },
        STATES,
        ORIGINS,
        KINDS,
        query("technique", "Only rules that name this technique of ATT&CK, or one below it"),
        query("key", "Only rules that alerts call so"),
    ],
    ..read(Id::Rules, "/api/v1/rules", Shape::of::<RulePage>())
};
pub(super) const ADD: Operation = Operation {
    summary: "Add rules: all documents of a text, or none where one cannot be loaded",
    body: Body::Document(Shape::of::<RuleText>()),
    problems: &[Code::Changed, Code::Invalid],
    ..write(Id::RuleAdd, Post, "/api/v1/rules", Answer::Json(201, Shape::of::<RulesAdded>()))
};
pub(super) const PREVIEW: Operation = Operation {
    summary: "Read rules without keeping them: what can be loaded, and what is wrong with the rest",
    body: Body::Document(Shape::of::<RulePreviewNew>()),
    problems: &[Code::Invalid, Code::NotFound],
    ..write(
        Id::RulePreview,
        Post,
        "/api/v1/rules/preview",
        Answer::Json(200, Shape::of::<RulePreview>()),
    )
};
pub(super) const TEST: Operation = Operation {
    summary: "What would it find? Tries a rule or a text on what is stored, as a job; it raises no alert",
    body: Body::Document(Shape::of::<RuleTestNew>()),
    problems: &[Code::Invalid, Code::NoLake, Code::NotFound, Code::Overloaded],
    ..write(Id::RuleTest, Post, "/api/v1/rules/test", Answer::Json(202, Shape::of::<RuleTest>()))
};
pub(super) const TEST_SHOW: Operation = Operation {
    summary: "How far a test is, and what it came to",
    problems: &[Code::NotFound],
    ..read(Id::RuleTestShow, "/api/v1/rules/test/{id}", Shape::of::<RuleTest>())
};
pub(super) const TEST_CANCEL: Operation = Operation {
    summary: "Stop a test",
    problems: &[Code::JobEnded, Code::NotFound],
    ..write(
        Id::RuleTestCancel,
        Post,
        "/api/v1/rules/test/{id}/cancel",
        Answer::Json(200, Shape::of::<RuleTest>()),
    )
};
pub(super) const SHOW: Operation = Operation {
    summary: "One rule with its text, its test cases and its history",
    problems: &[Code::NotFound],
    ..read(Id::RuleShow, "/api/v1/rules/{id}", Shape::of::<RuleDetail>())
};
pub(super) const SWITCH: Operation = Operation {
    summary: "Turn a rule off or on; what comes a few seconds later is treated so",
    body: Body::Json(Shape::of::<RuleSwitch>()),
    problems: &[Code::Changed, Code::Invalid, Code::NotFound],
    ..write(Id::RuleSwitch, Patch, "/api/v1/rules/{id}", Answer::Json(200, Shape::of::<Rule>()))
};
pub(super) const REPLACE: Operation = Operation {
    summary: "Put another text in place of that of a rule that somebody added",
    body: Body::Document(Shape::of::<RuleReplace>()),
    problems: &[Code::Changed, Code::Invalid, Code::NotFound],
    ..write(Id::RuleReplace, Put, "/api/v1/rules/{id}", Answer::Json(200, Shape::of::<Rule>()))
};
pub(super) const REMOVE: Operation = Operation {
    summary: "Remove a rule that somebody added; its alerts stay",
    query: &[SEEN],
    problems: &[Code::Changed, Code::Invalid, Code::NotFound],
    ..write(Id::RuleRemove, Delete, "/api/v1/rules/{id}", Answer::Empty)
};
pub(super) const HITS: Operation = Operation {
    summary: "What a rule found in the last 30 days, by day and by host",
    problems: &[Code::NoLake, Code::NotFound, Code::Overloaded],
    ..read(Id::RuleHits, "/api/v1/rules/{id}/hits", Shape::of::<RuleHits>())
};
