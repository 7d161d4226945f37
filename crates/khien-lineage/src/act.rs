//! What one event says that a program did: small and of a fixed size, because it waits in the reorder
//! buffer, and the same whoever recorded it (Sysmon, Security log, ECS, osquery, Endpoint Security,
//! Windows Installer, proxies that see a user agent).
//!
//! An [`Act`] knows only what its own event says. Who a process identifier belongs to, and which name
//! an address was asked under, is found later and in the order of time (`resolve`).

use std::collections::HashMap;
use std::sync::Arc;

use khien_model::{Event, EventClass, Scalar, Timestamp};

use crate::words::{Word, Words, hash_of, join};

mod plan;

use plan::{Plan, Verb};

/// One thing that a program did.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) struct Act {
    /// Nanoseconds since the epoch.
    pub(crate) time: i64,
    /// A hash of all that it says, the same in every run: orders acts of one moment.
    pub(crate) key: u64,
    pub(crate) org: Word,
    pub(crate) host: Word,
    pub(crate) actor: Actor,
    pub(crate) said: Said,
    pub(crate) what: What,
}

/// The process that acted, as far as the event names it.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Actor {
    /// A hash of the process's own identifier; of its number where there is no other; 0 for none.
    pub(crate) id: u64,
    /// The path of its program.
    pub(crate) image: Word,
}

impl Actor {
    pub(crate) const fn is_none(self) -> bool {
        self.id == 0 && self.image.is_none()
    }
}

/// What an event says of the program it is about.
#[derive(Clone, Copy, Debug, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Said {
    pub(crate) product: Word,
    pub(crate) company: Word,
    pub(crate) signer: Word,
    pub(crate) version: Word,
}

/// What was done.
#[derive(Clone, Copy, Debug, serde::Serialize, serde::Deserialize)]
pub(crate) enum What {
    /// `child` was started, and [`Act::said`] is about it.
    Start {
        child: Actor,
        original: Word,
        user: Word,
        /// Whether the record would say who made or signed it, and says nobody.
        is_nameless: bool,
    },
    End,
    /// A connection.
    Contact {
        name: Word,
        address: Word,
        /// Where it came from.
        source: Word,
        port: u16,
        source_port: u16,
        inbound: bool,
        is_udp: bool,
        sent: u64,
        received: u64,
        tls: Word,
    },
    /// A name was asked for.
    Ask {
        name: Word,
        kind: Word,
        answers: [Word; 4],
    },
    /// A library or driver was loaded, and [`Act::said`] is about it.
    Load {
        path: Word,
        is_signed: Option<bool>,
        is_driver: bool,
    },
    /// A file was opened or written.
    File {
        path: Word,
        is_write: bool,
    },
    /// A registry value was set.
    Registry {
        path: Word,
    },
    /// Another process was got into or opened.
    Reach {
        target: Word,
        is_thread: bool,
    },
    /// An inventory or an installer names a release, in [`Act::said`].
    Installed {
        is_event: bool,
        /// Whether an inventory says so, whose first lists everything.
        is_listed: bool,
        /// macOS: what the bundle calls itself, as its signature does.
        bundle: Word,
    },
}

impl What {
    /// Whether it is a connection whose both ends are told.
    const fn has_ends(&self) -> bool {
        match self {
            Self::Contact { address, source, port, source_port, inbound, .. } => {
                !*inbound
                    && *port > 0
                    && *source_port > 0
                    && !address.is_none()
                    && !source.is_none()
            }
            _ => false,
        }
    }
}

/// Reads acts from events. It keeps texts only, and what it learnt of records' field names.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    plans: HashMap<(u64, u64, EventClass, u64), Arc<Plan>, foldhash::fast::FixedState>,
}

/// Bound: plans kept; beyond it they are made anew.
const PLANS_MAX: usize = 8192;

impl Reader {
    /// What an event says, or nothing that is of use here.
    pub(crate) fn read(
        &mut self,
        event: &Event,
        org: &str,
        host: &str,
        received: Timestamp,
        words: &mut Words,
    ) -> Option<Act> {
        let plan = self.plan(event);
        if plan.verb == Verb::Nothing {
            return None;
        }
        // A snapshot of several processes or sockets says nothing of one.
        let listed = matches!(plan.verb, Verb::Start | Verb::Contact);
        if listed && plan.target.first().is_some_and(|name| event.is_list(name)) {
            return None;
        }
        let mut from = From { event, words };
        let what = from.what(&plan)?;
        let actor = from.actor(&plan.actor_id, &plan.actor_pid, &plan.actor_image);
        let said = match plan.verb {
            // Without either, it may still be a connection that an endpoint tells of.
            Verb::Contact if actor.is_none() => match from.agent() {
                Some(said) => said,
                None if what.has_ends() => Said::default(),
                None => return None,
            },
            _ => from.said(&plan),
        };
        let host = if event.host().is_empty() { host } else { event.host() };
        let mut act = Act {
            time: event.time.unwrap_or(received).as_nanos(),
            key: 0,
            org: words.word(org),
            host: words.word(host),
            actor,
            said,
            what,
        };
        act.key = act.hash(words);
        Some(act)
    }

    fn plan(&mut self, event: &Event) -> Arc<Plan> {
        // Some producers say in a value what others say in the kind of record.
        let action = match event.class {
            EventClass::Process => {
                event.text_of("event.action").map_or(0, |a| hash_of(a.as_bytes()))
            }
            _ => 0,
        };
        let key = (event.shape(), event.source.key(), event.class, action);
        if let Some(plan) = self.plans.get(&key) {
            return Arc::clone(plan);
        }
        if self.plans.len() >= PLANS_MAX {
            self.plans.clear();
        }
        let plan = Arc::new(Plan::of(event));
        self.plans.insert(key, Arc::clone(&plan));
        plan
    }
}

/// Names in user agents that many applications have in common.
const ENGINES: [&str; 16] = [
    "AppleWebKit",
    "CFNetwork",
    "Chrome",
    "Chromium",
    "Darwin",
    "Edg",
    "Electron",
    "Firefox",
    "Gecko",
    "KHTML",
    "Mobile",
    "Mozilla",
    "OPR",
    "Safari",
    "Trident",
    "Version",
];

/// An event being read.
struct From<'a> {
    event: &'a Event,
    words: &'a mut Words,
}

type Names = [&'static str];

impl From<'_> {
    fn text(&self, names: &Names) -> &str {
        let said = names.iter().find_map(|name| self.event.text_of(name).filter(|t| *t != "-"));
        said.unwrap_or("")
    }

    fn word(&mut self, names: &Names) -> Word {
        let event = self.event;
        let said = names.iter().find_map(|name| event.text_of(name).filter(|t| *t != "-"));
        said.map_or(Word::NONE, |text| self.words.word(text))
    }

    fn number(&self, names: &Names) -> Option<i64> {
        names.iter().find_map(|name| self.event.get(name)?.as_i64())
    }

    fn actor(&mut self, ids: &Names, pids: &Names, images: &Names) -> Actor {
        let guid = self.text(ids);
        let id = match (guid, self.number(pids)) {
            ("", None) => 0,
            ("", Some(pid)) => join(1, pid.unsigned_abs()),
            (guid, _) => hash_of(guid.as_bytes()) | 1,
        };
        Actor { id, image: self.word(images) }
    }

    fn said(&mut self, plan: &Plan) -> Said {
        Said {
            product: self.word(&plan.product),
            company: self.word(&plan.company),
            signer: self.word(&plan.signer),
            version: self.word(&plan.version),
        }
    }

    /// What an application calls itself on the network, where no process is known: the first product
    /// of a user agent that is no browser engine.
    fn agent(&mut self) -> Option<Said> {
        let agent = self.event.facet(khien_model::Role::UserAgent)?;
        let products = agent.split(' ').filter_map(|token| token.split_once('/'));
        let mut own =
            products.filter(|(name, _)| !ENGINES.contains(name) && !name.starts_with('('));
        let (product, version) = own.next()?;
        let (product, version) = (self.words.word(product), self.words.word(version));
        Some(Said { product, version, ..Said::default() })
    }

    fn what(&mut self, plan: &Plan) -> Option<What> {
        let target = &plan.target;
        Some(match plan.verb {
            Verb::Nothing => return None,
            Verb::Start => What::Start {
                child: self.actor(&plan.child_id, &plan.child_pid, target),
                original: self.word(&["OriginalFileName", "process.pe.original_file_name"]),
                user: self.user(plan),
                is_nameless: self.is_nameless(plan),
            },
            Verb::End => What::End,
            Verb::Contact => self.contact(plan),
            Verb::Ask => self.ask(plan)?,
            Verb::Load | Verb::Driver => What::Load {
                path: self.path(target)?,
                is_signed: self.is_signed(),
                is_driver: plan.verb == Verb::Driver,
            },
            Verb::Read | Verb::Write => {
                What::File { path: self.path(target)?, is_write: plan.verb == Verb::Write }
            }
            Verb::Registry => What::Registry { path: self.path(target)? },
            Verb::Inject | Verb::Open => {
                What::Reach { target: self.path(target)?, is_thread: plan.verb == Verb::Inject }
            }
            Verb::Installed => What::Installed {
                is_event: self.event.text_of("action").is_none_or(|action| action == "added"),
                is_listed: self.event.text_of("action").is_some(),
                bundle: self.word(&["bundle_identifier", "columns.bundle_identifier"]),
            },
        })
    }

    fn path(&mut self, names: &Names) -> Option<Word> {
        Some(self.word(names)).filter(|word| !word.is_none())
    }

    /// Whether a program names neither product nor maker, and nobody vouches for it, where the record
    /// would say so.
    fn is_nameless(&self, plan: &Plan) -> bool {
        if !self.text(&plan.company).is_empty() || !self.text(&plan.signer).is_empty() {
            return false;
        }
        // Source: cs_blobs.h of XNU, CS_ADHOC: signed, by nobody.
        match self.number(&["codesigning_flags"]) {
            Some(flags) => flags & 2 != 0,
            None => !plan.company.is_empty() && self.text(&plan.product).is_empty(),
        }
    }

    /// The kind of user and rights: never the user, who differs from host to host.
    fn user(&mut self, plan: &Plan) -> Word {
        let level = self.text(&["IntegrityLevel", "process.Ext.token.integrity_level_name"]);
        let level = level.rsplit('\\').next().unwrap_or_default().to_ascii_lowercase();
        let user = self.text(&plan.user);
        let user = user.rsplit('\\').next().unwrap_or_default();
        let kind = match user.to_ascii_uppercase().as_str() {
            "" => "",
            "SYSTEM" | "LOCAL SERVICE" | "NETWORK SERVICE" => "service",
            "ROOT" | "0" => "root",
            name if name.ends_with('$') => "service",
            name if name.starts_with('_') => "service",
            _ => "user",
        };
        match (kind, level.as_str()) {
            ("", "") => Word::NONE,
            (kind, "") => self.words.word(kind),
            (kind, level) => self.words.word(&format!("{kind}/{level}")),
        }
    }

    fn contact(&mut self, plan: &Plan) -> What {
        let inbound = match self.event.get("Initiated") {
            Some(Scalar::Str(text)) => text.eq_ignore_ascii_case("false"),
            Some(Scalar::Bool(initiated)) => !initiated,
            _ => matches!(
                self.text(&["network.direction", "Direction"]),
                "ingress" | "inbound" | "listening" | "%%14592"
            ),
        };
        let ports: &Names = if inbound { &plan.source_port } else { &plan.port };
        let port_of = |number: Option<i64>| number.and_then(|port| u16::try_from(port).ok());
        let port = port_of(self.number(ports)).unwrap_or(0);
        let source_port = port_of(self.number(&plan.source_port)).unwrap_or(0);
        let protocol = self.text(&["Protocol", "network.transport", "proto", "protocol"]);
        let is_udp = protocol.eq_ignore_ascii_case("udp") || protocol == "17";
        let bytes = |names: &Names| self.number(names).map_or(0, i64::unsigned_abs);
        let sent = bytes(&["source.bytes", "orig_bytes", "flow.bytes_toserver"]);
        let received = bytes(&["destination.bytes", "resp_bytes", "flow.bytes_toclient"]);
        What::Contact {
            name: self.word(&plan.name),
            address: self.word(target_address(plan)),
            source: self.word(&plan.source),
            port,
            source_port,
            inbound,
            is_udp,
            sent,
            received,
            tls: self.word(&["ja4", "tls.ja4", "tls.client.ja4"]),
        }
    }

    fn ask(&mut self, plan: &Plan) -> Option<What> {
        let name = self.path(&plan.name)?;
        let kind = self.word(&["dns.question.type", "qtype_name", "dns.rrtype", "QueryType"]);
        let mut answers = [Word::NONE; 4];
        let event = self.event;
        let said = plan.answers.iter().flat_map(|name| event.values(name));
        let parts = said.filter_map(Scalar::as_str).flat_map(|text| text.split(';')).map(str::trim);
        let addresses = parts.filter(|part| part.parse::<std::net::IpAddr>().is_ok());
        for (slot, address) in answers.iter_mut().zip(addresses) {
            *slot = self.words.word(address.strip_prefix("::ffff:").unwrap_or(address));
        }
        Some(What::Ask { name, kind, answers })
    }

    fn is_signed(&self) -> Option<bool> {
        let status = self.text(&["SignatureStatus", "dll.code_signature.status"]);
        let signed = match self
            .event
            .get("Signed")
            .or_else(|| self.event.get("dll.code_signature.exists"))
        {
            Some(Scalar::Bool(signed)) => Some(signed),
            Some(Scalar::Str(text)) if text.eq_ignore_ascii_case("true") => Some(true),
            Some(Scalar::Str(text)) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        };
        match (signed, status) {
            (Some(false), _) => Some(false),
            // A status that could not be worked out says nothing.
            (_, "Valid" | "trusted") => Some(true),
            (_, "" | "Unavailable") => signed,
            (_, _) => Some(false),
        }
    }
}

fn target_address(plan: &Plan) -> &Names {
    &plan.target
}

impl Act {
    /// A hash over what the act says, by the texts and not by their numbers.
    fn hash(&self, words: &Words) -> u64 {
        let mut hash = join(self.time.cast_unsigned(), self.actor.id);
        let mut word = |word: Word| hash = join(hash, words.hash_of(word));
        [self.org, self.host, self.actor.image].into_iter().for_each(&mut word);
        let Said { product, company, signer, version } = self.said;
        [product, company, signer, version].into_iter().for_each(&mut word);
        let number = match self.what {
            What::Start { child, original, user, is_nameless } => {
                [child.image, original, user].into_iter().for_each(&mut word);
                join(1 + u64::from(is_nameless) * 8, child.id)
            }
            What::End => 2,
            What::Contact {
                name,
                address,
                source,
                port,
                source_port,
                inbound,
                is_udp,
                sent,
                received,
                tls,
            } => {
                [name, address, source, tls].into_iter().for_each(&mut word);
                let ports = u64::from(source_port) << 16 | u64::from(port);
                let ends = ports << 2 | u64::from(inbound) << 1 | u64::from(is_udp);
                join(join(sent, received), ends)
            }
            What::Ask { name, kind, answers } => {
                [name, kind].into_iter().chain(answers).for_each(&mut word);
                3
            }
            What::Load { path, is_signed, is_driver } => {
                word(path);
                4 + u64::from(is_driver) * 8 + is_signed.map_or(0, |signed| 16 + u64::from(signed))
            }
            What::File { path, is_write } => {
                word(path);
                5 + u64::from(is_write) * 8
            }
            What::Registry { path } => {
                word(path);
                6
            }
            What::Reach { target, is_thread } => {
                word(target);
                7 + u64::from(is_thread) * 8
            }
            What::Installed { is_event, bundle, .. } => {
                word(bundle);
                33 + u64::from(is_event)
            }
        };
        join(hash, number)
    }

    /// Every text that the act holds.
    pub(crate) fn words(&self) -> impl Iterator<Item = Word> {
        let Said { product, company, signer, version } = self.said;
        let own = [self.org, self.host, self.actor.image, product, company, signer, version];
        let [a, b, c, d, e, f] = match self.what {
            What::Start { child, original, user, .. } => {
                [child.image, original, user, Word::NONE, Word::NONE, Word::NONE]
            }
            What::Contact { name, address, source, tls, .. } => {
                [name, address, source, tls, Word::NONE, Word::NONE]
            }
            What::Ask { name, kind, answers: [a, b, c, d] } => [name, kind, a, b, c, d],
            What::Load { path: one, .. }
            | What::File { path: one, .. }
            | What::Registry { path: one }
            | What::Reach { target: one, .. } => {
                [one, Word::NONE, Word::NONE, Word::NONE, Word::NONE, Word::NONE]
            }
            What::Installed { bundle, .. } => {
                [bundle, Word::NONE, Word::NONE, Word::NONE, Word::NONE, Word::NONE]
            }
            What::End => [Word::NONE; 6],
        };
        own.into_iter().chain([a, b, c, d, e, f])
    }
}
