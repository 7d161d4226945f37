//! Each rule twice: it holds over this checkout, and it complains about one that breaks it.

use super::*;

/// One test a rule, so that a failure says its name.
macro_rules! holds {
    ($($test:ident: $rule:literal,)*) => {
        $(
            #[test]
            fn $test() {
                holds_here($rule);
            }
        )*

        #[test]
        fn every_rule_is_run() {
            let mut run = [$($rule),*];
            run.sort_unstable();
            assert_eq!(run.to_vec(), RULES.map(|(name, _)| name).to_vec());
        }
    };
}

holds! {
    async_only_above: "async-only-above",
    catalogues_agree: "catalogues-agree",
    changelog_is_open: "changelog-is-open",
    dependencies_have_reasons: "dependencies-have-reasons",
    file_names_name_things: "file-names-name-things",
    files_are_reachable: "files-are-reachable",
    imports_run_downwards: "imports-run-downwards",
    incidents_name_content: "incidents-name-content",
    lints_are_inherited: "lints-are-inherited",
    no_ignored_tests: "no-ignored-tests",
    no_marks_left: "no-marks-left",
    no_paths_of_one_machine: "no-paths-of-one-machine",
    packages_are_from_the_registry: "packages-are-from-the-registry",
    rules_have_tests: "rules-have-tests",
    unsafe_is_forbidden: "unsafe-is-forbidden",
    workspace_dependencies_are_used: "workspace-dependencies-are-used",
}

fn holds_here(name: &str) {
    let tree = Tree::read(&root()).unwrap();
    let complaints = run_one(name, &tree);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

fn run_one(name: &str, tree: &Tree) -> Vec<String> {
    let (_, rule) = RULES.iter().find(|(known, _)| *known == name).unwrap();
    rule(tree)
}

/// The rule complains about this checkout, once, in words that contain `about`.
fn check(name: &str, files: &[(&str, &str)], about: &str) {
    let complaints = run_one(name, &Tree::of(files));
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(complaints[0].contains(about), "{complaints:?}");
}

/// The rule has nothing to say about this checkout.
fn fine(name: &str, files: &[(&str, &str)]) {
    assert_eq!(run_one(name, &Tree::of(files)), Vec::<String>::new());
}

const LOWER: &str = "crates/khien-ingest/Cargo.toml";

#[test]
fn an_import_that_runs_upwards_is_seen() {
    let manifest = |dependency: &str| {
        format!("[package]\nname = \"khien-ingest\"\n[dependencies]\n{dependency} = \"1\"\n")
    };
    fine("imports-run-downwards", &[(LOWER, &manifest("khien-model"))]);
    check("imports-run-downwards", &[(LOWER, &manifest("khien-detect"))], "khien-detect");
    let renamed = "[package]\nname = \"khien-ingest\"\n[target.'cfg(unix)'.dependencies]\n\
        x = { package = \"khien\", path = \"..\" }\n";
    check("imports-run-downwards", &[(LOWER, renamed)], "khien");
    let unknown = "[package]\nname = \"khien-new\"\n";
    check("imports-run-downwards", &[("crates/khien-new/Cargo.toml", unknown)], "khien-new");
    check("async-only-above", &[(LOWER, &manifest("tokio"))], "tokio");
    check("lints-are-inherited", &[(LOWER, &manifest("khien-model"))], "[lints]");
}

#[test]
fn a_dependency_without_a_reason_is_seen() {
    let manifest = "[package]\nname = \"khien-ingest\"\n[dev-dependencies]\nfoo = \"1\"\n";
    let reasons = |lines: &str| format!("[dependencies]\n{lines}\n");
    let check = |lines: &str, about: &str| {
        check(
            "dependencies-have-reasons",
            &[(LOWER, manifest), ("deps.toml", &reasons(lines))],
            about,
        );
    };
    check("", "foo");
    check("foo = \"\"", "foo");
    check("foo = \"reads foo files\"\nbar = \"reads bar files\"", "`bar` is used nowhere");
}

#[test]
fn a_listed_dependency_that_no_member_inherits_is_seen() {
    let root = "[workspace.dependencies]\nfoo = \"1\"\n";
    let member = |table: &str, foo: &str| {
        format!("[package]\nname = \"khien-ingest\"\n[{table}]\nfoo{foo}\n")
    };
    let rule = "workspace-dependencies-are-used";
    for table in ["dependencies", "dev-dependencies", "target.'cfg(unix)'.build-dependencies"] {
        fine(rule, &[("Cargo.toml", root), (LOWER, &member(table, ".workspace = true"))]);
    }
    check(rule, &[("Cargo.toml", root)], "`foo`");
    check(rule, &[("Cargo.toml", root), (LOWER, &member("dependencies", " = \"1\""))], "`foo`");
}

#[test]
fn a_package_from_elsewhere_is_seen() {
    let lock = |source: &str| format!("[[package]]\nname = \"x\"\nversion = \"1.0.0\"\n{source}\n");
    let registry = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let rule = "packages-are-from-the-registry";
    fine(rule, &[("Cargo.lock", &lock(&format!("{registry}\nchecksum = \"00\"")))]);
    check(rule, &[("Cargo.lock", &lock(registry))], "`x`");
    check(rule, &[("fuzz/Cargo.lock", &lock("source = \"git+https://example.net/x\""))], "`x`");
    check(rule, &[("Cargo.lock", &lock(""))], "`x`");
}

#[test]
fn source_rules_see_what_they_are_for() {
    let root = "crates/khien-model/src/lib.rs";
    check("unsafe-is-forbidden", &[(root, "//! Text.\n")], root);
    fine("unsafe-is-forbidden", &[(root, "//! Text.\n\n#![forbid(unsafe_code)]\n")]);
    check("file-names-name-things", &[("crates/a/src/utils/x.rs", "")], "utils");
    let unreached = "crates/khien-model/src/a/b.rs";
    let lost =
        [(root, "pub mod a;\n"), ("crates/khien-model/src/a.rs", "// mod b;\n"), (unreached, "")];
    check("files-are-reachable", &lost, unreached);
    let found = [
        (root, "pub mod a;\n"),
        ("crates/khien-model/src/a.rs", "pub(crate) mod b;\n"),
        (unreached, ""),
    ];
    fine("files-are-reachable", &found);
    let mark = format!("// {}: later\n", concat!("TO", "DO"));
    check("no-marks-left", &[(root, &mark)], "lib.rs:1");
    fine("no-marks-left", &[(root, concat!("// MASTO", "DON\n"))]);
    check("no-ignored-tests", &[(root, concat!("    #[igno", "re = \"slow\"]\n"))], "lib.rs:1");
    check("no-paths-of-one-machine", &[(root, concat!("\"/wo", "rk/a\"\n"))], "lib.rs:1");
    fine("no-paths-of-one-machine", &[(root, concat!("\"net/wo", "rk/a\"\n"))]);
}

#[test]
fn content_rules_see_what_they_are_for() {
    let catalogues = |vietnamese: &'static str| {
        [("i18n/en.json", r#"{"a": "one {x:y|z}"}"#), ("i18n/vi.json", vietnamese)]
    };
    fine("catalogues-agree", &catalogues(r#"{"a": "một {x}"}"#));
    check("catalogues-agree", &catalogues("{}"), "vi.json: `a`");
    check("catalogues-agree", &catalogues(r#"{"a": "một"}"#), "other {names}");
    check("catalogues-agree", &catalogues("["), "vi.json");
    check("rules-have-tests", &[("content/sigma/a.yml", "")], "a.yml");
    let halves = [("content/sigma/a.yml", ""), ("content/sigma/tests/a.yml", "expect: hit")];
    check("rules-have-tests", &halves, "near-miss");
    let index = "[[incident]]\nname = \"n\"\ncovered_by = [\"sigma/b.yml\"]\n";
    check("incidents-name-content", &[("content/incidents/INDEX.toml", index)], "sigma/b.yml");
    check("changelog-is-open", &[("CHANGELOG.md", "# Changes\n\n## 0.1.0\n")], "Unreleased");
}
