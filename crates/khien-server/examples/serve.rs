//! The server alone, without lake and console: `serve ADDRESS STATE`. Prints what is to be told as
//! JSON. Tests kill and restart it, and have it read updates as `khien` does; people use `khien serve`.

#![forbid(unsafe_code)]

use std::io::Write;
use std::process::ExitCode;

use khien_ops::hunt::trial;
use khien_ops::vet::run::CHILD_COMMAND;
use khien_server::{Config, Tls, serve};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.peek().is_some_and(|word| word == CHILD_COMMAND) {
        return ExitCode::from(khien_ops::vet::child::main().code());
    }
    if arguments.peek().is_some_and(|word| word == trial::COMMAND) {
        return ExitCode::from(trial::main().code());
    }
    let (Some(address), Some(state)) = (arguments.next(), arguments.next()) else {
        return ExitCode::from(2);
    };
    let Ok(address) = address.parse() else { return ExitCode::from(2) };
    let mut config = Config::new(address, state.into());
    config.tls = Tls::Plain;
    config.program = std::env::current_exe().ok();
    let served = serve(config, |started| {
        let told = serde_json::json!({ "url": started.url, "setup": started.setup });
        let mut out = std::io::stdout();
        let _ = writeln!(out, "{told}").and_then(|()| out.flush());
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "{error}");
            ExitCode::from(4)
        }
    }
}
