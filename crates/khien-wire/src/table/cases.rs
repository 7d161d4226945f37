//! The operations on cases.

use super::{AFTER, HOST, LIMIT, Q, people_and, query, row, sort};
use crate::operation::QueryValues::Words;
use crate::{
    AlertDetail, Answer, Body, CaseAlertsChange, CaseChange, CaseDetail, CaseEntryNew,
    CaseEvidenceNew, CaseHandOver, CaseHostChange, CaseNew, CaseObligationChange, CasePage,
    CaseSimilarList, CaseTaskChange, CaseTaskNew, Method, Operation, OperationId, ProblemCode,
    Query, Role, Scope, Shape, Story,
};

use Method::{Get, Patch, Post};
use OperationId as Id;
use ProblemCode as Code;

const STATES: Query = Query {
    name: "state",
    description: "Only cases in this state; `active` is open and contained",
    values: Words(&["active", "closed", "contained", "open"]),
};
const SEVERITIES: Query = Query {
    name: "severity",
    description: "Only cases of this severity or above",
    values: Words(&["critical", "high", "informational", "low", "medium"]),
};
const EXPAND: Query = Query {
    name: "expand",
    description: "Show the things of this column that are folded into one",
    values: Words(&["file", "host", "intel", "network", "process", "signer", "version"]),
};

const fn read(id: OperationId, path: &'static str, shape: Shape) -> Operation {
    let access = people_and(Role::Viewer, Scope::CasesRead);
    row(id, Get, path, "cases", access, Answer::Json(200, shape))
}

/// Answers with the case as it then is.
const fn write(id: OperationId, method: Method, path: &'static str, status: u16) -> Operation {
    let access = people_and(Role::Analyst, Scope::CasesWrite);
    row(id, method, path, "cases", access, Answer::Json(status, Shape::of::<CaseDetail>()))
}

pub(super) const LIST: Operation = Operation {
    summary: "Cases",
    query: &[
        LIMIT,
        AFTER,
        sort(&[
            "created",
            "-created",
            "next_due",
            "-next_due",
            "severity",
            "-severity",
            "updated",
            "-updated",
        ]),
        Q,
        STATES,
        SEVERITIES,
        query("owner", "Only cases that the account of this name leads"),
        query("alert", "Only cases with the alert of this id"),
        HOST,
    ],
    ..read(Id::Cases, "/api/v1/cases", Shape::of::<CasePage>())
};
pub(super) const ADD: Operation = Operation {
    summary: "Open a case, from alerts or without",
    body: Body::Json(Shape::of::<CaseNew>()),
    problems: &[Code::Invalid],
    ..write(Id::CaseAdd, Post, "/api/v1/cases", 201)
};
pub(super) const SHOW: Operation = Operation {
    summary: "One case with all that is in it",
    problems: &[Code::NotFound],
    ..read(Id::CaseShow, "/api/v1/cases/{id}", Shape::of::<CaseDetail>())
};
pub(super) const CHANGE: Operation = Operation {
    summary: "Say what a case is about, where it stands, who leads it, and its times",
    body: Body::Json(Shape::of::<CaseChange>()),
    problems: &[Code::Changed, Code::Invalid, Code::NotFound],
    ..write(Id::CaseChange, Patch, "/api/v1/cases/{id}", 200)
};
pub(super) const ALERTS: Operation = Operation {
    summary: "Attach alerts with their hosts and evidence, or detach them",
    body: Body::Json(Shape::of::<CaseAlertsChange>()),
    problems: &[Code::Changed, Code::Invalid, Code::NotFound],
    ..write(Id::CaseAlerts, Post, "/api/v1/cases/{id}/alerts", 200)
};
pub(super) const ENTRY_ADD: Operation = Operation {
    summary: "Write a note, or something into the timeline",
    body: Body::Json(Shape::of::<CaseEntryNew>()),
    problems: &[Code::Invalid, Code::NotFound],
    ..write(Id::CaseEntryAdd, Post, "/api/v1/cases/{id}/entries", 201)
};
pub(super) const EVIDENCE_ADD: Operation = Operation {
    summary: "Add a piece of evidence; the thing itself stays where it is",
    body: Body::Json(Shape::of::<CaseEvidenceNew>()),
    problems: &[Code::Invalid, Code::NotFound],
    ..write(Id::CaseEvidenceAdd, Post, "/api/v1/cases/{id}/evidence", 201)
};
pub(super) const EVIDENCE_SHOW: Operation = Operation {
    summary: "The copy of an alert that a case keeps, byte for byte what its SHA-256 is over",
    problems: &[Code::NotFound],
    ..read(
        Id::CaseEvidenceShow,
        "/api/v1/cases/{id}/evidence/{evidence}",
        Shape::of::<AlertDetail>(),
    )
};
pub(super) const HAND_OVER: Operation = Operation {
    summary: "Hand a case over to somebody, with a note",
    body: Body::Json(Shape::of::<CaseHandOver>()),
    problems: &[Code::Changed, Code::Invalid, Code::NotFound],
    ..write(Id::CaseHandOver, Post, "/api/v1/cases/{id}/hand-over", 200)
};
pub(super) const HOST_SET: Operation = Operation {
    summary: "Say how a host is; one that is not in the case yet is added",
    body: Body::Json(Shape::of::<CaseHostChange>()),
    problems: &[Code::Changed, Code::Invalid, Code::NotFound],
    ..write(Id::CaseHostSet, Post, "/api/v1/cases/{id}/hosts", 200)
};
pub(super) const OBLIGATION_CHANGE: Operation = Operation {
    summary: "Say that a report was sent, or why it is not asked for",
    body: Body::Json(Shape::of::<CaseObligationChange>()),
    problems: &[Code::Changed, Code::Invalid, Code::NotFound],
    ..write(Id::CaseObligationChange, Patch, "/api/v1/cases/{id}/obligations/{duty}", 200)
};
pub(super) const SIMILAR: Operation = Operation {
    summary: "Cases that share hosts, products or rules, and what they share",
    problems: &[Code::NotFound],
    ..read(Id::CaseSimilar, "/api/v1/cases/{id}/similar", Shape::of::<CaseSimilarList>())
};
pub(super) const STORY: Operation = Operation {
    summary: "The story of a case as a graph that is laid out",
    query: &[EXPAND],
    problems: &[Code::NotFound],
    ..read(Id::CaseStory, "/api/v1/cases/{id}/story", Shape::of::<Story>())
};
pub(super) const TASK_ADD: Operation = Operation {
    summary: "Add a task",
    body: Body::Json(Shape::of::<CaseTaskNew>()),
    problems: &[Code::Invalid, Code::NotFound],
    ..write(Id::CaseTaskAdd, Post, "/api/v1/cases/{id}/tasks", 201)
};
pub(super) const TASK_CHANGE: Operation = Operation {
    summary: "Say that a task is done, or who does it",
    body: Body::Json(Shape::of::<CaseTaskChange>()),
    problems: &[Code::Changed, Code::Invalid, Code::NotFound],
    ..write(Id::CaseTaskChange, Patch, "/api/v1/cases/{id}/tasks/{task}", 200)
};
