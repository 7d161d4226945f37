//! The operations on what the lake knows: hosts, releases, and hunts over all of it.

use super::{AFTER, LIMIT, ORG, PRODUCT, Q, SILENT, VERSION, people_and, query, row, sort};
use crate::{
    Answer, Body, ExposurePage, HostDetail, HostPage, HuntAnswer, HuntGuide, HuntNew, Method,
    Operation, OperationId, ProblemCode, Role, Scope, Shape,
};

use Method::{Get, Post};
use OperationId as Id;
use ProblemCode as Code;

pub(super) const EXPOSURE: Operation = Operation {
    summary: "Products and their releases, and on how many hosts each was seen to run",
    query: &[
        LIMIT,
        AFTER,
        sort(&["product", "-product", "hosts", "-hosts", "first", "-first", "last", "-last"]),
        Q,
        query("product", "Only releases of this product"),
    ],
    problems: &[Code::NoLake, Code::Overloaded],
    ..row(
        Id::Exposure,
        Get,
        "/api/v1/exposure",
        "inventory",
        people_and(Role::Viewer, Scope::InventoryRead),
        Answer::Json(200, Shape::of::<ExposurePage>()),
    )
};
pub(super) const HOSTS: Operation = Operation {
    summary: "Hosts that there are records of",
    query: &[
        LIMIT,
        AFTER,
        sort(&["host", "-host", "first", "-first", "last", "-last", "events", "-events"]),
        Q,
        PRODUCT,
        VERSION,
        SILENT,
    ],
    problems: &[Code::NoLake, Code::Overloaded],
    ..row(
        Id::Hosts,
        Get,
        "/api/v1/hosts",
        "inventory",
        people_and(Role::Viewer, Scope::InventoryRead),
        Answer::Json(200, Shape::of::<HostPage>()),
    )
};
pub(super) const HOST_SHOW: Operation = Operation {
    summary: "One host by its name: its records, and the releases that ran on it",
    query: &[ORG],
    problems: &[Code::NoLake, Code::NotFound, Code::Overloaded],
    ..row(
        Id::HostShow,
        Get,
        "/api/v1/hosts/{id}",
        "inventory",
        people_and(Role::Viewer, Scope::InventoryRead),
        Answer::Json(200, Shape::of::<HostDetail>()),
    )
};
pub(super) const HUNT_GUIDE: Operation = Operation {
    summary: "Hunts that are ready to be run, and the tables that can be asked",
    ..row(
        Id::HuntGuide,
        Get,
        "/api/v1/hunts",
        "hunt",
        people_and(Role::Analyst, Scope::HuntRun),
        Answer::Json(200, Shape::of::<HuntGuide>()),
    )
};
pub(super) const HUNT_RUN: Operation = Operation {
    summary: "Ask one question in SQL over all that is stored; it reads only, within limits, and the audit log keeps \
              question and purpose",
    body: Body::Json(Shape::of::<HuntNew>()),
    problems: &[Code::Invalid, Code::NoLake, Code::Overloaded],
    ..row(
        Id::HuntRun,
        Post,
        "/api/v1/hunts",
        "hunt",
        people_and(Role::Analyst, Scope::HuntRun),
        Answer::Json(200, Shape::of::<HuntAnswer>()),
    )
};
