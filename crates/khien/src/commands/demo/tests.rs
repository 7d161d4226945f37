use super::*;

fn args(keep: &Path) -> DemoArgs {
    DemoArgs {
        keep: Some(keep.to_owned()),
        listen: "127.0.0.1:0".parse().unwrap(),
        hosts: 50,
        days: 40,
        seed: 42,
        json: false,
    }
}

fn quiet() -> Global {
    Global { lang: None, quiet: true, color: crate::args::Colour::Never, no_progress: true }
}

/// A folder is made once; one that was cut short is made again; one that holds something else, or a demo
/// of other numbers, is left alone.
#[test]
fn a_folder_is_a_demo_or_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (place, global, stop) = (folder.path().join("demo"), quiet(), Arc::default());
    let args = args(&place);
    assert!(!is_made(&place, &args, Lang::En).unwrap());
    make(&place, &args, &global, Lang::En, &stop).unwrap();
    assert!(is_made(&place, &args, Lang::En).unwrap());
    let another = DemoArgs { seed: 43, ..args.clone() };
    assert!(is_made(&place, &another, Lang::En).is_err());
    Mark::of(&args, false).write_to(&place).unwrap();
    assert!(!is_made(&place, &args, Lang::En).unwrap(), "cut short");
    assert!(!place.join("lake").exists());
    // Logs of a simulation are not a demo's, and what lies beside them is somebody's.
    let logs = folder.path().join("somebody");
    fs::create_dir_all(logs.join("lake")).unwrap();
    let fleet = FleetScenario::new(1, 1, 1);
    fleet.write_to(&logs.join("logs")).unwrap();
    assert!(is_made(&logs, &args, Lang::En).is_err());
    assert!(logs.join("lake").exists());
    let else_ = folder.path().join("else");
    fs::create_dir_all(else_.join("state")).unwrap();
    assert!(is_made(&else_, &args, Lang::En).is_err());
    assert!(else_.join("state").exists());
}
