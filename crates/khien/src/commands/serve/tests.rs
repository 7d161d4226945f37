use clap::Parser;

use super::*;
use crate::args::{Cli, Command};

fn serve_args(words: &[&str]) -> ServeArgs {
    let all = ["khien", "serve"].iter().chain(words);
    match Cli::try_parse_from(all).unwrap().command {
        Command::Serve(args) => *args,
        _ => panic!("khien serve is parsed"),
    }
}

fn check(words: &[&str], file: &str, expected: Result<Tls, &str>) {
    let file: File = toml::from_str(file).unwrap();
    let found = tls(&serve_args(words), &file);
    match (found, expected) {
        (Ok(found), Ok(expected)) => assert_eq!(found, expected),
        (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{error}"),
        (found, expected) => panic!("{found:?}, not {expected:?}"),
    }
}

#[test]
fn what_is_typed_counts_more_than_the_file() {
    let files = |name: &str| Tls::Files {
        certificate: format!("{name}.c").into(),
        key: format!("{name}.k").into(),
    };
    let of_file = "tls_certificate = \"f.c\"\ntls_key = \"f.k\"\n";
    check(&[], "", Ok(Tls::Auto));
    check(&[], of_file, Ok(files("f")));
    check(&["--plain-http"], of_file, Ok(Tls::Plain));
    check(&["--tls-certificate", "t.c", "--tls-key", "t.k"], of_file, Ok(files("t")));
    check(&["--tls-certificate", "t.c"], of_file, Err("name both"));
    check(&[], "plain_http = true\ntls_key = \"f.k\"", Err("exclude each other"));
    check(&["--tls-key", "t.k"], "plain_http = true", Err("name both"));
}

#[test]
fn a_key_that_is_not_known_is_refused_by_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("serve.toml");
    std::fs::write(&path, "listen = \"127.0.0.1:1\"\nlisten_adress = \"0.0.0.0:1\"\n").unwrap();
    let error = read(&path).unwrap_err().to_string();
    assert!(error.contains("serve.toml") && error.contains("listen_adress"), "{error}");
    assert!(error.contains("line 2"), "{error}");
}
