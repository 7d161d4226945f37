//! The operations on updates.

use super::{AFTER, LIMIT, Q, people, people_and, query, row, sort};
use crate::operation::QueryValues::Words;
use crate::{
    AdvisoryHostPage, Answer, Body, Job, Method, Operation, OperationId, ProblemCode, Query, Role,
    Scope, Shape, Update, UpdateAllowList, UpdateDecide, UpdateDetail, UpdateDocument, UpdatePage,
    UpdateReceived,
};

use Method::{Get, Post};
use OperationId as Id;
use ProblemCode as Code;

const STATES: Query = Query {
    name: "state",
    description: "Only updates of which reading is so far",
    values: Words(&["done", "failed", "queued", "reading"]),
};
const VERDICTS: Query = Query {
    name: "verdict",
    description: "Only updates of which vetting says so",
    values: Words(&["block", "hold", "pass", "unknown"]),
};
const STANDINGS: Query = Query {
    name: "standing",
    description: "Only updates that stand so; `open` is what needs somebody: undecided, overdue and lapsed",
    values: Words(&["blocked", "held", "lapsed", "open", "overdue", "passed", "undecided"]),
};

const fn read(id: OperationId, path: &'static str, shape: Shape) -> Operation {
    let access = people_and(Role::Viewer, Scope::UpdatesRead);
    row(id, Get, path, "updates", access, Answer::Json(200, shape))
}

const fn write(id: OperationId, path: &'static str, shape: Shape) -> Operation {
    let access = people_and(Role::Analyst, Scope::UpdatesWrite);
    row(id, Post, path, "updates", access, Answer::Json(202, shape))
}

pub(super) const LIST: Operation = Operation {
    summary: "Updates under review",
    query: &[
        LIMIT,
        AFTER,
        sort(&["arrived", "-arrived", "name", "-name", "product", "-product"]),
        Q,
        STATES,
        VERDICTS,
        STANDINGS,
        query("product", "Only updates of this product"),
        query("owner", "Only updates that the account of this name answers for"),
        query("sha256", "Only the update with these bytes"),
    ],
    ..read(Id::Updates, "/api/v1/updates", Shape::of::<UpdatePage>())
};
pub(super) const ADD: Operation = Operation {
    summary: "Send an update: its bytes as they are. It is read as a job; the same bytes twice are one update",
    query: &[
        query("name", "The name of its file, needed; of a path the last part"),
        query("product", "The product, where what it states of itself is not to count"),
    ],
    body: Body::Artefact,
    problems: &[Code::Invalid, Code::NoRoom, Code::Overloaded],
    ..write(Id::UpdateAdd, "/api/v1/updates", Shape::of::<UpdateReceived>())
};
pub(super) const ALLOW_LIST: Operation = Operation {
    summary: "What may be rolled out, for deployment tools. `ETag` changes with it; `If-None-Match` is answered with 304",
    ..row(
        Id::UpdateAllowList,
        Get,
        "/api/v1/updates/allow-list",
        "updates",
        people_and(Role::Viewer, Scope::AllowListRead),
        Answer::Json(200, Shape::of::<UpdateAllowList>()),
    )
};
pub(super) const SHOW: Operation = Operation {
    summary: "One update with its dossier, its decisions, and where it was seen",
    problems: &[Code::NotFound],
    ..read(Id::UpdateShow, "/api/v1/updates/{id}", Shape::of::<UpdateDetail>())
};
pub(super) const DECIDE: Operation = Operation {
    summary: "Pass, hold or block an update. To pass what vetting does not pass, or what is blocked, takes an approver",
    body: Body::Json(Shape::of::<UpdateDecide>()),
    problems: &[Code::Changed, Code::Invalid, Code::NotFound],
    ..row(
        Id::UpdateDecide,
        Post,
        "/api/v1/updates/{id}/decision",
        "updates",
        people(Role::Analyst),
        Answer::Json(200, Shape::of::<Update>()),
    )
};
pub(super) const DOCUMENT: Operation = Operation {
    summary: "The whole report on an update, as `khien vet --json` writes it",
    problems: &[Code::NotFound],
    ..read(Id::UpdateDocument, "/api/v1/updates/{id}/dossier", Shape::of::<UpdateDocument>())
};
pub(super) const HOSTS: Operation = Operation {
    summary: "The last trace host by host: where it was seen first, then what is unknown",
    query: &[
        LIMIT,
        AFTER,
        sort(&["rank", "-rank", "host", "-host"]),
        Q,
        Query { description: "Only with this verdict", ..super::VERDICTS },
    ],
    problems: &[Code::NotFound],
    ..read(Id::UpdateHosts, "/api/v1/updates/{id}/hosts", Shape::of::<AdvisoryHostPage>())
};
pub(super) const TRACE: Operation = Operation {
    summary: "Where was it seen? Asks the whole lake, as a job; where one is at work already, that one is answered",
    problems: &[Code::Invalid, Code::NoLake, Code::NotFound, Code::Overloaded],
    ..write(Id::UpdateTrace, "/api/v1/updates/{id}/trace", Shape::of::<Job>())
};
pub(super) const VET: Operation = Operation {
    summary: "Read and judge it again, by what is trusted now; where that is at work already, that job is answered",
    problems: &[Code::Invalid, Code::NotFound, Code::Overloaded],
    ..write(Id::UpdateVet, "/api/v1/updates/{id}/vet", Shape::of::<Job>())
};
