use super::*;

fn golden() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json")
}

/// `KHIEN_UPDATE=1 cargo test -p khien-wire` writes it anew.
#[test]
fn the_document_is_the_one_that_is_committed() {
    let made = document();
    if std::env::var_os("KHIEN_UPDATE").is_some() {
        std::fs::write(golden(), &made).unwrap();
    }
    let committed = std::fs::File::open(golden()).and_then(std::io::read_to_string).unwrap();
    assert!(
        made == committed,
        "the types or the table changed: run `KHIEN_UPDATE=1 cargo test -p khien-wire`, look at the \
         difference, and let the console make its types anew"
    );
}

#[test]
fn it_says_3_1_and_who_may_do_what() {
    let document: Value = serde_json::from_str(&document()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let verify = &document["paths"]["/api/v1/audit/verify"]["get"];
    assert_eq!(verify["x-khien-role"], "admin");
    assert_eq!(verify["x-khien-scope"], "audit:read");
    let tokens = &document["paths"]["/api/v1/tokens"]["post"];
    assert_eq!(tokens["x-khien-scope"], Value::Null);
    assert_eq!(document["paths"]["/login"]["post"]["x-khien-role"], "public");
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_used() {
    let text = document();
    let document: Value = serde_json::from_str(&text).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let prefix = "\"#/components/schemas/";
    let referred: std::collections::BTreeSet<&str> =
        text.split(prefix).skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let known: std::collections::BTreeSet<&str> = schemas.keys().map(String::as_str).collect();
    assert_eq!(referred, known);
}
