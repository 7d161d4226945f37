//! `cargo xtask sample`: logs of a simulated office, to try the program on.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use khien_sim::{SoftphoneScenario, Variant};

use crate::say;

/// Writes one scenario as files in the formats that the tools of an office really write.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let (dir, scenario) = parse(arguments)?;
    let manifest = scenario.write_to(&dir)?;
    let records: u64 = manifest.files.iter().map(|file| file.records).sum();
    say(&format!(
        "{}: {records} records in {} files, {} of them planted (seed {}, {})",
        dir.display(),
        manifest.files.len(),
        manifest.ground_truth.len(),
        manifest.seed,
        manifest.variant,
    ));
    Ok(())
}

fn parse(arguments: &[String]) -> Result<(PathBuf, SoftphoneScenario)> {
    let mut dir = None;
    let mut scenario = SoftphoneScenario { seed: 42, variant: Variant::Incident };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--seed" => {
                let text = value()?;
                scenario.seed = text.parse().with_context(|| format!("no seed: `{text}`"))?;
            }
            "--variant" => {
                scenario.variant = match value()?.as_str() {
                    "benign" => Variant::Benign,
                    "incident" => Variant::Incident,
                    "unknown" => Variant::IncidentWithUnknownIndicators,
                    other => bail!("no variant `{other}`: use incident, benign or unknown"),
                }
            }
            flag if flag.starts_with('-') => bail!("no option `{flag}`"),
            path if dir.is_none() => dir = Some(PathBuf::from(path)),
            extra => bail!("one folder is enough: `{extra}`"),
        }
    }
    Ok((dir.context("say which folder to write to")?, scenario))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str) -> Result<(PathBuf, SoftphoneScenario)> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn reads_what_was_typed() {
        let (dir, scenario) = check("logs --seed 7 --variant unknown").unwrap();
        assert_eq!(dir, PathBuf::from("logs"));
        assert_eq!(scenario.seed, 7);
        assert_eq!(scenario.variant, Variant::IncidentWithUnknownIndicators);
        assert_eq!(check("logs").unwrap().1.seed, 42);
        for wrong in ["", "logs --seed", "logs --seed x", "logs --variant x", "a b", "--dir a"] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
    }
}
