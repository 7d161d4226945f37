//! The operations on advisories.

use super::{AFTER, LIMIT, Q, VERDICTS, people_and, row, sort};
use crate::{
    Advisory, AdvisoryDetail, AdvisoryHostPage, AdvisoryNew, AdvisoryPage, AdvisoryReading,
    AdvisoryText, Answer, Body, Job, Method, Operation, OperationId, ProblemCode, Query, Role,
    Scope, Shape,
};

use Method::{Delete, Get, Post};
use OperationId as Id;
use ProblemCode as Code;

pub(super) const ADVISORIES: Operation = Operation {
    summary: "Advisories: those that ship with the program, and those that people added",
    query: &[
        LIMIT,
        AFTER,
        sort(&["added", "-added", "title", "-title"]),
        Q,
        Query { description: "Only those whose last check came out so", ..VERDICTS },
    ],
    ..row(
        Id::Advisories,
        Get,
        "/api/v1/advisories",
        "advisories",
        people_and(Role::Viewer, Scope::AdvisoriesRead),
        Answer::Json(200, Shape::of::<AdvisoryPage>()),
    )
};
pub(super) const ADVISORY_ADD: Operation = Operation {
    summary: "Add an advisory, in whatever form it was published",
    body: Body::Document(Shape::of::<AdvisoryNew>()),
    problems: &[Code::Invalid],
    ..row(
        Id::AdvisoryAdd,
        Post,
        "/api/v1/advisories",
        "advisories",
        people_and(Role::Analyst, Scope::AdvisoriesWrite),
        Answer::Json(201, Shape::of::<Advisory>()),
    )
};
pub(super) const ADVISORY_PREVIEW: Operation = Operation {
    summary: "Read an advisory without keeping it",
    body: Body::Document(Shape::of::<AdvisoryText>()),
    problems: &[Code::Invalid],
    ..row(
        Id::AdvisoryPreview,
        Post,
        "/api/v1/advisories/preview",
        "advisories",
        people_and(Role::Analyst, Scope::AdvisoriesWrite),
        Answer::Json(200, Shape::of::<AdvisoryReading>()),
    )
};
pub(super) const ADVISORY_SHOW: Operation = Operation {
    summary: "One advisory with what was read in it, and the last answer",
    problems: &[Code::NotFound],
    ..row(
        Id::AdvisoryShow,
        Get,
        "/api/v1/advisories/{id}",
        "advisories",
        people_and(Role::Viewer, Scope::AdvisoriesRead),
        Answer::Json(200, Shape::of::<AdvisoryDetail>()),
    )
};
pub(super) const ADVISORY_REMOVE: Operation = Operation {
    summary: "Remove an advisory that somebody added, and its answers",
    problems: &[Code::Invalid, Code::NotFound],
    ..row(
        Id::AdvisoryRemove,
        Delete,
        "/api/v1/advisories/{id}",
        "advisories",
        people_and(Role::Analyst, Scope::AdvisoriesWrite),
        Answer::Empty,
    )
};
pub(super) const ADVISORY_CHECK: Operation = Operation {
    summary: "Are we hit? Asks the whole lake, as a job; where one is at work already, that one is answered",
    problems: &[Code::NoLake, Code::NotFound, Code::Overloaded],
    ..row(
        Id::AdvisoryCheck,
        Post,
        "/api/v1/advisories/{id}/check",
        "advisories",
        people_and(Role::Analyst, Scope::AdvisoriesWrite),
        Answer::Json(202, Shape::of::<Job>()),
    )
};
pub(super) const ADVISORY_HOSTS: Operation = Operation {
    summary: "The last answer host by host: hits first, then what is unknown",
    query: &[LIMIT, AFTER, sort(&["rank", "-rank", "host", "-host"]), Q, VERDICTS],
    problems: &[Code::NotFound],
    ..row(
        Id::AdvisoryHosts,
        Get,
        "/api/v1/advisories/{id}/hosts",
        "advisories",
        people_and(Role::Viewer, Scope::AdvisoriesRead),
        Answer::Json(200, Shape::of::<AdvisoryHostPage>()),
    )
};
