//! The OpenAPI 3.1 document, made from the table of operations.

use serde_json::Value;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathsBuilder,
};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ComponentsBuilder, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, KnownFormat, OpenApiBuilder, PathItem, Ref, RefOr, Required,
    ResponseBuilder,
};

use crate::operation::QueryValues;
use crate::{
    Access, Answer, Body, Method, OPERATIONS, Operation, Problem, ProblemCode, Query, Shape,
};

/// Bytes of a request at most.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// Bytes of a request with a document inside: its text may double where JSON escapes it.
pub const DOCUMENT_BYTES_MAX: usize = 2 * crate::ADVISORY_BYTES_MAX + 64 * 1024;

/// Media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The document, as it stands in `openapi.json`.
pub fn document() -> String {
    let mut paths = PathsBuilder::new();
    let mut components =
        ComponentsBuilder::new().schemas_from_iter(Shape::of::<Problem>().schemas());
    for row in OPERATIONS {
        paths = paths.path(row.path, PathItem::new(method(row.method), operation(row)));
        for shape in shapes(row) {
            components = components.schemas_from_iter(shape.schemas());
        }
    }
    let cookie = "The session of a person who signed in at /login. With TLS its name is \
                  __Host-khien_session. Requests that change something have to come from the same origin.";
    let components = components
        .security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                "khien_session",
                cookie,
            ))),
        )
        .security_scheme("token", {
            let mut bearer = Http::new(HttpAuthScheme::Bearer);
            bearer.description = Some("A machine's token: khn_<id>_<secret>.".to_owned());
            SecurityScheme::Http(bearer)
        });
    let info = InfoBuilder::new()
        .title("Khiên")
        .version("1")
        .description(Some(
            "x-khien-role is the least role of a person, or `public`; x-khien-scope the scope that a \
             token needs, or null where no token will do. Errors are problems as in RFC 9457, with a \
             stable `code`. Times are RFC 3339 in UTC with milliseconds.",
        ))
        .build();
    let document = OpenApiBuilder::new()
        .info(info)
        .paths(paths.build())
        .components(Some(components.build()))
        .build();
    let value = serde_json::to_value(document).expect("a document of plain values is JSON");
    let mut text = serde_json::to_string_pretty(&sorted(value)).expect("JSON can be written");
    text.push('\n');
    text
}

fn shapes(row: &Operation) -> impl Iterator<Item = Shape> {
    let asked = match row.body {
        Body::Document(shape) | Body::Form(shape) | Body::Json(shape) => Some(shape),
        Body::Artefact | Body::Nothing | Body::Records => None,
    };
    let answered = match row.answer {
        Answer::Events(shape) | Answer::Json(_, shape) => Some(shape),
        Answer::Empty | Answer::Html | Answer::Style | Answer::Text => None,
    };
    asked.into_iter().chain(answered)
}

const fn method(method: Method) -> HttpMethod {
    match method {
        Method::Delete => HttpMethod::Delete,
        Method::Get => HttpMethod::Get,
        Method::Patch => HttpMethod::Patch,
        Method::Post => HttpMethod::Post,
        Method::Put => HttpMethod::Put,
    }
}

fn operation(row: &Operation) -> OperationBuilder {
    let (role, scope) = match row.access {
        Access::Public => ("public", None),
        Access::Asked { role, scope } => (role.word(), scope),
    };
    let mut built = OperationBuilder::new()
        .operation_id(Some(operation_name(row)))
        .tag(row.tag)
        .summary(Some(row.summary))
        .extensions(Some(
            ExtensionsBuilder::new()
                .add("x-khien-role", role)
                .add("x-khien-scope", scope.map_or(Value::Null, |scope| scope.word().into()))
                .build(),
        ));
    if row.access != Access::Public {
        built = built.security(SecurityRequirement::new::<_, [&str; 0], &str>("session", []));
    }
    if scope.is_some() {
        built = built.security(SecurityRequirement::new::<_, [&str; 0], &str>("token", []));
    }
    for name in parts(row.path) {
        built = built.parameter(text_parameter(name, ParameterIn::Path));
    }
    for query in row.query {
        built = built.parameter(query_parameter(query));
    }
    let content =
        |shape: Shape| ContentBuilder::new().schema(Some(reference(&shape.name()))).build();
    let body = |media: &str, shape: Shape| {
        RequestBodyBuilder::new()
            .content(media, content(shape))
            .required(Some(Required::True))
            .build()
    };
    match row.body {
        Body::Form(shape) => {
            built = built.request_body(Some(body("application/x-www-form-urlencoded", shape)));
        }
        Body::Document(shape) | Body::Json(shape) => {
            built = built.request_body(Some(body("application/json", shape)));
        }
        Body::Nothing => {}
        Body::Artefact => built = built.request_body(Some(artefact())),
        Body::Records => built = built.request_body(Some(records())),
    }
    let good = |text: &str| ResponseBuilder::new().description(text);
    let plain = |media: &str| {
        let text = ObjectBuilder::new().schema_type(Type::String);
        good("all is well").content(media, ContentBuilder::new().schema(Some(text)).build())
    };
    built = match row.answer {
        Answer::Empty => built.response("204", good("done")),
        Answer::Events(shape) => {
            built.response("200", good("the stream").content("text/event-stream", content(shape)))
        }
        Answer::Html => built
            .response("200", plain("text/html"))
            .response("303", good("see the page named by Location")),
        Answer::Json(status, shape) => built.response(
            status.to_string(),
            good("all is well").content("application/json", content(shape)),
        ),
        Answer::Style => built.response("200", plain("text/css")),
        Answer::Text => built.response("200", plain("text/plain")),
    };
    with_problems(built, row)
}

/// Records, in the forms that are taken.
fn records() -> utoipa::openapi::request_body::RequestBody {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let content = || ContentBuilder::new().schema(Some(text())).build();
    RequestBodyBuilder::new()
        .description(Some(
            "A JSON object a line, or syslog as plain text, a message a line. `Content-Encoding` may be gzip \
             or zstd. With `Idempotency-Key` the same request is taken once within a day.",
        ))
        .required(Some(Required::True))
        .content("application/x-ndjson", content())
        .content("text/plain", content())
        .build()
}

/// The bytes of an update.
fn artefact() -> utoipa::openapi::request_body::RequestBody {
    let bytes = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
    RequestBodyBuilder::new()
        .description(Some(
            "The bytes of one file. How many may be sent at most is the server's to say (413).",
        ))
        .required(Some(Required::True))
        .content("application/octet-stream", ContentBuilder::new().schema(Some(bytes)).build())
        .build()
}

/// One answer for each status, with the codes that go with it.
fn with_problems(mut built: OperationBuilder, row: &Operation) -> OperationBuilder {
    let mut codes: Vec<ProblemCode> =
        vec![ProblemCode::BadRequest, ProblemCode::Misdirected, ProblemCode::RateLimited];
    codes.extend(row.problems);
    if let Access::Asked { scope, .. } = row.access {
        codes.extend([ProblemCode::Unauthenticated, ProblemCode::Forbidden]);
        codes.extend(scope.map(|_| ProblemCode::ScopeMissing));
    }
    if !row.method.is_safe() {
        codes.push(ProblemCode::CrossSite);
    }
    if !matches!(row.body, Body::Nothing) {
        codes.extend([
            ProblemCode::TooLarge,
            ProblemCode::UnsupportedMediaType,
            ProblemCode::Timeout,
        ]);
    }
    // A query that cannot be taken names its field.
    if row.query.iter().any(|query| query.values != QueryValues::Text) && row.tag != "pages" {
        codes.push(ProblemCode::Invalid);
    }
    codes.sort_unstable_by_key(|code| (code.status(), *code));
    codes.dedup();
    for same in codes.chunk_by(|a, b| a.status() == b.status()) {
        let words: Vec<String> = same
            .iter()
            .filter_map(|code| serde_json::to_value(code).ok()?.as_str().map(str::to_owned))
            .collect();
        let Some(first) = same.first() else { continue };
        let answer =
            ResponseBuilder::new().description(format!("code: {}", words.join(", "))).content(
                PROBLEM_JSON,
                ContentBuilder::new().schema(Some(reference("Problem"))).build(),
            );
        built = built.response(first.status().to_string(), answer);
    }
    built
}

/// The name of the handler, as other languages like it: `account_add`.
fn operation_name(row: &Operation) -> String {
    let mut name = String::new();
    for c in format!("{:?}", row.id).chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn reference(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

fn text_parameter(name: &str, place: ParameterIn) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(Required::True)
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

fn query_parameter(query: &Query) -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let schema = match query.values {
        QueryValues::Number(most) => {
            ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(most))
        }
        QueryValues::Text => text,
        QueryValues::Time => text.format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))),
        QueryValues::Words(words) => text.enum_values(Some(words.iter().copied())),
    };
    ParameterBuilder::new()
        .name(query.name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(query.description))
        .schema(Some(schema))
        .build()
}

/// Objects by key, whatever the order in which they were put together.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> =
                map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.into_iter().collect()
        }
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests;
