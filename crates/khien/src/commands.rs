//! One file a command. Here: parsing, errors to exit codes, and what all commands share.

mod admin;
mod check;
mod demo;
mod hunt;
mod ingest;
mod lake;
mod lineage;
mod result;
mod retain;
mod rules;
mod scan;
mod serve;
mod setup;
mod vet;

use std::ffi::OsString;
use std::io::{self, Write};

use anstream::AutoStream;
use clap::{CommandFactory, Parser};
use khien_lake::LakeError;
use khien_model::Untrusted;
use khien_server::{ServerError, StateError};

use crate::args::lake::AdminCommand;
use crate::args::{Cli, Colour, Command, Global};
use khien_ops::content;
use khien_ops::exit::Exit;
use khien_ops::scan::knowledge::InputError;
use khien_text::Lang;

/// Why a command did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The user's input: exit 2.
    #[error(transparent)]
    Input(InputError),
    /// The lake: exit 2 where another place or another time would do, else 4.
    #[error(transparent)]
    Lake(LakeError),
    /// The machine: exit 4.
    #[error(transparent)]
    Machine(io::Error),
    /// The server: exit 2 where another address, file or time would do, else 4.
    #[error(transparent)]
    Server(ServerError),
}

impl From<ServerError> for Failure {
    fn from(error: ServerError) -> Self {
        Self::Server(error)
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        Self::Server(ServerError::State(error))
    }
}

impl From<LakeError> for Failure {
    fn from(error: LakeError) -> Self {
        Self::Lake(error)
    }
}

impl From<InputError> for Failure {
    fn from(error: InputError) -> Self {
        Self::Input(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Machine(error)
    }
}

/// Parses a command line and runs it.
pub fn main(arguments: Vec<OsString>) -> Exit {
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not errors.
            let usage = error.use_stderr();
            let printed = error.print();
            return if usage || printed.is_err() { Exit::Usage } else { Exit::Clear };
        }
    };
    let lang = lang_of(&cli.global);
    match run(&cli, &arguments, lang) {
        Ok(exit) => exit,
        Err(Failure::Input(error)) => {
            complain(lang, &error.to_string());
            Exit::Usage
        }
        Err(Failure::Lake(error)) => {
            complain(lang, &Untrusted::new(error.to_string()).to_string());
            match error {
                LakeError::Busy { .. }
                | LakeError::Limit(_)
                | LakeError::Missing(_)
                | LakeError::Newer { .. }
                | LakeError::NotALake(_)
                | LakeError::Query(_)
                | LakeError::TooSmall { .. } => Exit::Usage,
                _ => Exit::Internal,
            }
        }
        Err(Failure::Server(error)) => {
            complain(lang, &Untrusted::new(error.to_string()).to_string());
            admin::exit_of(&error)
        }
        // The reader of our output went away; that is its right.
        Err(Failure::Machine(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Clear,
        Err(Failure::Machine(error)) => {
            complain(lang, &error.to_string());
            Exit::Internal
        }
    }
}

fn run(cli: &Cli, arguments: &[OsString], lang: Lang) -> Result<Exit, Failure> {
    match &cli.command {
        Command::Scan(args) => scan::run(args, &cli.global, lang, arguments),
        Command::Check(args) => check::run(args, &cli.global, lang),
        Command::Hunt(args) => hunt::run(args, &cli.global, lang),
        Command::Lineage(args) => lineage::run(args, &cli.global, lang),
        Command::Admin(AdminCommand::Lake(command)) => lake::run(command, &cli.global, lang),
        Command::Admin(command) => admin::run(command, &cli.global, lang),
        Command::Demo(args) => demo::run(args, &cli.global, lang),
        Command::Serve(args) => serve::run(args, &cli.global, lang),
        Command::Ingest(args) => ingest::run(args, &cli.global, lang),
        Command::Rules(command) => rules::run(command, &cli.global, lang),
        Command::Vet(args) => vet::run(args, &cli.global, lang, arguments),
        Command::VetReader => Ok(khien_ops::vet::child::main()),
        Command::HuntReader => Ok(khien_ops::hunt::reader::main()),
        Command::RuleReader => Ok(khien_ops::hunt::trial::main()),
        Command::Advisories => advisories(lang),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "khien", &mut script);
            io::stdout().write_all(&script)?;
            Ok(Exit::Clear)
        }
        Command::Man => {
            clap_mangen::Man::new(Cli::command()).render(&mut io::stdout())?;
            Ok(Exit::Clear)
        }
        Command::ExitCodes => {
            writeln!(io::stdout(), "{}", lang.text("cli.exit-codes", &[]))?;
            Ok(Exit::Clear)
        }
    }
}

fn advisories(lang: Lang) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    for entry in content::advisories() {
        let title = match lang {
            Lang::En => &entry.title_en,
            Lang::Vi => &entry.title_vi,
        };
        writeln!(out, "{:<16} {title}", entry.name)?;
        if !entry.aliases.is_empty() {
            writeln!(out, "{:<16} {}", "", entry.aliases.join(", "))?;
        }
    }
    Ok(Exit::Clear)
}

/// The language asked for, else that of the environment.
fn lang_of(global: &Global) -> Lang {
    global.lang.unwrap_or_else(|| {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty())
            .map_or(Lang::En, |locale| Lang::from_locale(&locale))
    })
}

/// Standard output, with colour where wanted.
fn stdout(colour: Colour) -> AutoStream<io::Stdout> {
    let choice = match colour {
        Colour::Auto => anstream::ColorChoice::Auto,
        Colour::Always => anstream::ColorChoice::Always,
        Colour::Never => anstream::ColorChoice::Never,
    };
    AutoStream::new(io::stdout(), choice)
}

/// Says what is wrong on standard error; where even that fails there is nobody to tell.
fn complain(lang: Lang, what: &str) {
    let _ = writeln!(io::stderr(), "khien: {}: {what}", lang.text("cli.error", &[]));
}

/// The command line as it can be typed again, wherever the program lies.
fn words(arguments: &[OsString]) -> Vec<String> {
    let rest = arguments.iter().skip(1).map(|word| word.to_string_lossy().into_owned());
    std::iter::once("khien".to_owned()).chain(rest).collect()
}

/// Says something on standard error unless told to be quiet.
fn say(global: &Global, what: &str) {
    if !global.quiet {
        let _ = writeln!(io::stderr(), "{what}");
    }
}
