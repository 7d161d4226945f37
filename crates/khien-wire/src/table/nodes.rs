//! Hosts that run osquery, and what is sent in the words of other protocols.

use super::{AFTER, LIMIT, Q, people, people_and, row, sort};
use crate::{
    Access, Answer, Body, Method, Node, NodeChange, NodePage, Operation, OperationId as Id,
    OsqueryAnswer, OtlpReceived, ProblemCode as Code, Role, Scope, Shape,
};

/// What osquery sends. Who asks is told by a key in the body, and refused there.
const fn osquery(id: Id, path: &'static str, summary: &'static str) -> Operation {
    let answer = Answer::Json(200, Shape::of::<OsqueryAnswer>());
    Operation {
        summary,
        body: Body::Spoken(&["application/json"]),
        problems: &[Code::Overloaded, Code::RateLimited],
        ..row(id, Method::Post, path, "osquery", Access::Public, answer)
    }
}

pub(super) const LIST: Operation = Operation {
    summary: "Hosts that run osquery and have enrolled",
    query: &[
        LIMIT,
        AFTER,
        sort(&["hostname", "-hostname", "seen", "-seen", "enrolled", "-enrolled"]),
        Q,
    ],
    ..row(
        Id::Nodes,
        Method::Get,
        "/api/v1/nodes",
        "nodes",
        people_and(Role::Viewer, Scope::InventoryRead),
        Answer::Json(200, Shape::of::<NodePage>()),
    )
};

pub(super) const CHANGE: Operation = Operation {
    summary: "Revoke a node, or let it enrol again",
    body: Body::Json(Shape::of::<NodeChange>()),
    problems: &[Code::Invalid, Code::NotFound],
    ..row(
        Id::NodeChange,
        Method::Patch,
        "/api/v1/nodes/{id}",
        "nodes",
        people(Role::Admin),
        Answer::Json(200, Shape::of::<Node>()),
    )
};

pub(super) const OSQUERY_CONFIG: Operation = osquery(
    Id::OsqueryConfig,
    "/osquery/config",
    "What an osquery client has to ask its host, and how often",
);

pub(super) const OSQUERY_READ: Operation = osquery(
    Id::OsqueryRead,
    "/osquery/distributed/read",
    "What an osquery client has to ask its host now",
);

pub(super) const OSQUERY_WRITE: Operation = osquery(
    Id::OsqueryWrite,
    "/osquery/distributed/write",
    "What the host of an osquery client answered: when this is answered, it is on disk",
);

pub(super) const OSQUERY_ENROLL: Operation = osquery(
    Id::OsqueryEnroll,
    "/osquery/enroll",
    "Enrol an osquery client, with a token as its secret",
);

pub(super) const OSQUERY_LOG: Operation = osquery(
    Id::OsqueryLog,
    "/osquery/log",
    "Logs of an osquery client: when this is answered, they are on disk",
);

pub(super) const OTLP_LOGS: Operation = Operation {
    summary: "Send logs of OpenTelemetry: when this is answered, they are on disk",
    body: Body::Spoken(&["application/json", "application/x-protobuf"]),
    problems: &[Code::Overloaded, Code::RateLimited],
    ..row(
        Id::OtlpLogs,
        Method::Post,
        "/otlp/v1/logs",
        "otlp",
        people_and(Role::Admin, Scope::EventsWrite),
        Answer::Json(200, Shape::of::<OtlpReceived>()),
    )
};
