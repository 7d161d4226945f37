//! A small office, written out: hosts with a softphone that is updated on some of them.

use std::sync::Arc;

use khien_model::{Event, EventClass, LogSource, Scalar, Timestamp};

use crate::finding::Finding;
use crate::{Config, Engine, RuntimeRates};

pub(super) const OLD: &str = "18.11.1213";
pub(super) const NEW: &str = "18.12.416";
pub(super) const HOSTS: u32 = 60;
/// The day on which the first hosts get the new release.
pub(super) const UPDATE: u32 = 20;

/// A host's name.
pub(super) fn host(number: u32) -> String {
    format!("pc{number:02}.bank.test")
}

/// A time on a day of the story.
pub(super) fn at(day: u32, hour: f64) -> Timestamp {
    let seconds = f64::from(day) * 86_400.0 + hour * 3600.0;
    Timestamp::from_seconds_f64(1_677_628_800.0 + seconds).unwrap()
}

/// A program on a host.
#[derive(Clone, Copy)]
pub(super) struct App<'a> {
    pub(super) company: &'a str,
    pub(super) product: &'a str,
    pub(super) version: &'a str,
    pub(super) image: &'a str,
}

pub(super) const PHONE: &str = r"C:\Program Files\Softphone\Softphone.exe";

pub(super) fn phone(version: &str) -> App<'_> {
    App { company: "Vendor Ltd.", product: "Softphone", version, image: PHONE }
}

/// The system's own shell.
pub(super) const SHELL: App<'static> = App {
    company: "Microsoft Corporation",
    product: "Microsoft® Windows® Operating System",
    version: "10.0.19041.1",
    image: r"C:\Windows\System32\cmd.exe",
};

/// A record as its reader gives it.
pub(super) fn event(
    time: Timestamp,
    host: &str,
    class: EventClass,
    category: &str,
    fields: &[(&str, &str)],
) -> Event {
    let mut event = Event::new();
    for (name, value) in fields {
        event.push(name, Scalar::Str(value));
    }
    event.set_host(host);
    event.time = Some(time);
    event.class = class;
    event.source = Arc::new(LogSource::new(Some("windows"), Some("sysmon"), &[category]));
    event
}

/// A story: events in the order in which they were told.
#[derive(Default)]
pub(super) struct Story {
    pub(super) events: Vec<Event>,
}

impl Story {
    fn guid(host: u32, app: App<'_>, day: u32) -> String {
        format!("{{{host}-{}-{day}}}", app.image)
    }

    pub(super) fn start(&mut self, day: u32, hour: f64, on: u32, app: App<'_>) {
        self.start_from(day, hour, on, app, r"C:\Windows\explorer.exe", "{explorer}");
    }

    pub(super) fn start_from(
        &mut self,
        day: u32,
        hour: f64,
        on: u32,
        app: App<'_>,
        parent: &str,
        guid: &str,
    ) {
        let own = Self::guid(on, app, day);
        let fields = [
            ("Image", app.image),
            ("ProcessGuid", own.as_str()),
            ("ParentImage", parent),
            ("ParentProcessGuid", guid),
            ("Company", app.company),
            ("Product", app.product),
            ("FileVersion", app.version),
            ("User", r"BANK\an"),
            ("IntegrityLevel", "Medium"),
        ];
        self.push(day, hour, on, EventClass::Process, "process_creation", &fields);
    }

    /// The program of this day starts another.
    pub(super) fn child(&mut self, day: u32, hour: f64, on: u32, app: App<'_>, child: App<'_>) {
        let guid = Self::guid(on, app, day);
        self.start_from(day, hour, on, child, app.image, &guid);
    }

    pub(super) fn ask(&mut self, day: u32, hour: f64, on: u32, app: App<'_>, name: &str) {
        let fields = [("QueryName", name), ("QueryResults", "::ffff:192.0.2.9;")];
        self.act(day, hour, on, app, EventClass::Dns, "dns_query", &fields);
    }

    pub(super) fn write(&mut self, day: u32, hour: f64, on: u32, app: App<'_>, path: &str) {
        self.act(day, hour, on, app, EventClass::File, "file_event", &[("TargetFilename", path)]);
    }

    #[expect(clippy::too_many_arguments, reason = "a line of a story")]
    pub(super) fn act(
        &mut self,
        day: u32,
        hour: f64,
        on: u32,
        app: App<'_>,
        class: EventClass,
        category: &str,
        more: &[(&str, &str)],
    ) {
        let guid = Self::guid(on, app, day);
        let own = [("Image", app.image), ("ProcessGuid", guid.as_str())];
        self.push(day, hour, on, class, category, &[&own[..], more].concat());
    }

    fn push(
        &mut self,
        day: u32,
        hour: f64,
        on: u32,
        class: EventClass,
        category: &str,
        fields: &[(&str, &str)],
    ) {
        self.events.push(event(at(day, hour), &host(on), class, category, fields));
    }

    /// What the softphone does on every day.
    pub(super) fn usual(&mut self, day: u32, on: u32, app: App<'_>) {
        let hour = 8.0 + f64::from(on) / 120.0;
        self.start(day, hour, on, app);
        for (minute, name) in [
            (1.0, "updates.vendor.example"),
            (2.0, "sip.telco.example"),
            (3.0, "crash.reports.example"),
        ] {
            self.ask(day, hour + minute / 60.0, on, app, name);
        }
        self.write(day, hour + 0.1, on, app, r"C:\Users\an\AppData\Roaming\Softphone\history.db");
        let module = [
            ("ImageLoaded", r"C:\Program Files\Softphone\ffmpeg.dll"),
            ("Signed", "true"),
            ("SignatureStatus", "Valid"),
        ];
        self.act(day, hour + 0.11, on, app, EventClass::Module, "image_load", &module);
    }

    /// An office: `version(day, host)` says what runs where, for so many days.
    pub(super) fn office(days: u32, version: impl Fn(u32, u32) -> &'static str) -> Self {
        Self::office_of(HOSTS, days, version)
    }

    pub(super) fn office_of(
        hosts: u32,
        days: u32,
        version: impl Fn(u32, u32) -> &'static str,
    ) -> Self {
        let mut story = Self::default();
        for day in 0..days {
            for on in 0..hosts {
                story.usual(day, on, phone(version(day, on)));
            }
        }
        story
    }

    /// The office of most stories: 14 of 60 hosts get the new release on [`UPDATE`] and after.
    pub(super) fn rollout(days: u32) -> Self {
        Self::office(days, |day, on| if is_updated(day, on) { NEW } else { OLD })
    }

    pub(super) fn sorted(mut self) -> Self {
        self.events.sort_by_key(|event| event.time);
        self
    }

    /// What an engine says of it.
    pub(super) fn findings(self) -> Vec<Finding> {
        let mut engine = engine();
        self.tell(&mut engine);
        engine.findings()
    }

    pub(super) fn tell(self, engine: &mut Engine) {
        let story = self.sorted();
        let end = story.events.last().and_then(|event| event.time).unwrap();
        for event in &story.events {
            engine.observe(event, "bank", "", Timestamp::from_nanos(0));
        }
        engine.advance(end);
    }
}

/// The day on which a host gets the new release, for the first 14: a few each day.
pub(super) fn updated_on(on: u32) -> u32 {
    UPDATE + on % 3
}

pub(super) fn is_updated(day: u32, on: u32) -> bool {
    on < 14 && day >= updated_on(on)
}

pub(super) fn engine() -> Engine {
    Engine::new(Config::default(), RuntimeRates::built_in().unwrap())
}

/// Kind and value of each finding that asks for somebody.
pub(super) fn open(findings: &[Finding]) -> Vec<(&'static str, &str)> {
    let open = findings.iter().filter(|finding| finding.status == crate::Status::Open);
    open.map(|f| (f.evidence.of.kind.id(), f.evidence.of.value.as_raw())).collect()
}
