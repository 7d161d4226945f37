//! Who acted: from what an event says, or from what was said of the same process, the same program on
//! the same host, or the same program elsewhere, in this order.
//!
//! Connections and files are laid at a release's door through the process's identifier. Names and
//! addresses meet here too: what a process asked for is what its connections to the answers mean.

use serde::{Deserialize, Serialize};

use crate::act::{Act, Actor, Said};
use crate::fleet::{Basis, Fleet, Lineage, Map};
use crate::names::{Names, drop_oldest};
use crate::place::{self, Ground, Path, Place};
use crate::words::{self, Word, Words};

/// Bound: processes remembered; beyond it those started longest ago go.
const PROCESSES_MAX: usize = 400_000;
/// Bound: programs remembered by host and path.
const PROGRAMS_MAX: usize = 400_000;

/// Bound: folders and programs by which lineages are found again.
const PLACES_MAX: usize = 1 << 20;

/// A running program.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Running {
    pub(crate) lineage: u32,
    pub(crate) release: u16,
    /// Whether it installs or updates: what it writes is an installation.
    pub(crate) is_installer: bool,
    pub(crate) image: Word,
    seen: i64,
}

impl Running {
    /// The same process, as one of another lineage.
    pub(crate) const fn of(lineage: u32, release: u16, process: Self) -> Self {
        Self { lineage, release, ..process }
    }

    /// A program that is known by what it calls itself on the network.
    pub(crate) const fn of_agent(lineage: u32, release: u16, seen: i64) -> Self {
        Self { lineage, release, is_installer: false, image: Word::NONE, seen }
    }
}

/// What a path says, in words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) template: Word,
    pub(crate) name: Word,
    pub(crate) root: Word,
    pub(crate) version: Word,
    pub(crate) place: Place,
    pub(crate) is_program: bool,
}

/// What is known of processes, programs and names.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Resolver {
    #[serde(with = "words::pairs")]
    processes: Map<(u32, u64), Running>,
    #[serde(with = "words::pairs")]
    programs: Map<(u32, Word), Running>,
    pub(crate) names: Names,
    #[serde(skip)]
    paths: Vec<Option<Facts>>,
    #[serde(skip)]
    publishers: Map<Word, Word>,
    #[serde(skip)]
    versions: Map<Word, Word>,
    #[serde(skip)]
    products: Map<Word, Word>,
    pub(crate) evicted: u64,
}

impl Resolver {
    /// What a path says; worked out once for each.
    pub(crate) fn path(&mut self, path: Word, words: &mut Words) -> Facts {
        if let Some(Some(facts)) = self.paths.get(path.index()) {
            return *facts;
        }
        let read = Path::of(words.text(path));
        let version = words.word(&read.version);
        let facts = Facts {
            template: words.word(&read.template),
            name: words.word(&read.name),
            root: words.word(&read.root),
            version: self.version(version, words),
            place: read.place,
            is_program: read.is_program,
        };
        if self.paths.len() <= path.index() {
            self.paths.resize(path.index() + 1, None);
        }
        if let Some(slot) = self.paths.get_mut(path.index()) {
            *slot = Some(facts);
        }
        facts
    }

    /// Forgets what was worked out from texts, because some were forgotten.
    pub(crate) fn forget_facts(&mut self) {
        self.paths = Vec::new();
        (self.publishers, self.versions, self.products) = Default::default();
    }

    /// Forgets programs of lineages that were forgotten.
    pub(crate) fn forget_lineages(&mut self, gone: &[u32]) {
        let is_kept = |running: &Running| gone.binary_search(&running.lineage).is_err();
        self.processes.retain(|_, running| is_kept(running));
        self.programs.retain(|_, running| is_kept(running));
    }

    /// A process starts: who it is, known from now on.
    pub(crate) fn start(
        &mut self,
        act: &Act,
        child: Actor,
        original: Word,
        host: u32,
        fleet: &mut Fleet,
        words: &mut Words,
    ) -> Running {
        let facts = self.path(child.image, words);
        let lineage = self.lineage(act, act.said, facts, original, fleet, words);
        let said = self.version(act.said.version, words);
        let version = if said.is_none() { facts.version } else { said };
        let release = self.release_of(lineage, version, host, act.time, fleet, words);
        let is_installer = place::is_installer(words.text(facts.name));
        let running =
            Running { lineage, release, is_installer, image: child.image, seen: act.time };
        self.remember(host, child, running);
        running
    }

    fn remember(&mut self, host: u32, actor: Actor, running: Running) {
        if self.processes.len() >= PROCESSES_MAX {
            self.evicted += drop_oldest(&mut self.processes, |running| running.seen);
        }
        if self.programs.len() >= PROGRAMS_MAX {
            self.evicted += drop_oldest(&mut self.programs, |running| running.seen);
        }
        if actor.id != 0 {
            self.processes.insert((host, actor.id), running);
        }
        if !actor.image.is_none() {
            self.programs.insert((host, actor.image), running);
        }
    }

    pub(crate) fn end(&mut self, host: u32, actor: Actor) {
        self.processes.remove(&(host, actor.id));
    }

    /// Who acted.
    pub(crate) fn actor(
        &mut self,
        act: &Act,
        host: u32,
        fleet: &mut Fleet,
        words: &mut Words,
    ) -> Option<Running> {
        let actor = act.actor;
        if let Some(running) = self.processes.get(&(host, actor.id))
            && (actor.image.is_none() || running.image == actor.image)
        {
            return Some(*running);
        }
        if actor.image.is_none() {
            return None;
        }
        if let Some(running) = self.programs.get(&(host, actor.image)) {
            return Some(*running);
        }
        // Nobody said who it is: the same program elsewhere, or a lineage of its own.
        let facts = self.path(actor.image, words);
        let said = own_words(act);
        if !words.text(actor.image).contains(['/', '\\']) {
            return None;
        }
        let lineage = match fleet.by_place.get(&(act.org, Word::NONE, facts.template)) {
            Some(lineage) => *lineage,
            None => self.lineage(act, said, facts, Word::NONE, fleet, words),
        };
        let said = self.version(said.version, words);
        let version = if said.is_none() { facts.version } else { said };
        let release = self.release_of(lineage, version, host, act.time, fleet, words);
        let is_installer = place::is_installer(words.text(facts.name));
        let running =
            Running { lineage, release, is_installer, image: actor.image, seen: act.time };
        self.remember(host, Actor { id: 0, ..actor }, running);
        Some(running)
    }

    /// The release of a version; without one, the release that came last to the host: what still runs of
    /// an earlier one does not bring that back.
    pub(crate) fn release_of(
        &self,
        lineage: u32,
        version: Word,
        host: u32,
        time: i64,
        fleet: &mut Fleet,
        words: &Words,
    ) -> u16 {
        if version.is_none()
            && let Some(on) = fleet.on(lineage, host)
            && let Some(slot) = on.slots.iter().flatten().rev().max_by_key(|slot| slot.since)
        {
            return slot.release;
        }
        fleet.lineage_mut(lineage).map_or(0, |known| known.release(version, time, words))
    }

    /// Which lineage a program is of.
    ///
    /// A product in the same folder under a new publisher is the same lineage: companies are bought.
    pub(crate) fn lineage(
        &mut self,
        act: &Act,
        said: Said,
        facts: Facts,
        original: Word,
        fleet: &mut Fleet,
        words: &mut Words,
    ) -> u32 {
        let Said { product, company, signer, .. } = said;
        let publisher = if signer.is_none() { company } else { signer };
        let publisher = self.publisher(publisher, words);
        let product = self.product(product, original, facts, words);
        let (product, basis) = match (product.is_none(), publisher.is_none()) {
            (false, false) => (product, Basis::Named),
            (false, true) => (product, Basis::Path),
            (true, _) => (facts.name, Basis::Path),
        };
        // Without a publisher only the folder tells two products of one name apart.
        let named = (basis == Basis::Named).then_some((act.org, publisher, product));
        let folder = if facts.root.is_none() { facts.template } else { facts.root };
        let placed = (act.org, product, folder);
        // An inventory that names no publisher names bundles as their signatures do.
        let is_bundle = words.text(product).contains('.') && !words.text(product).contains(' ');
        let bundled = || fleet.by_name.get(&(act.org, Word::NONE, product)).filter(|_| is_bundle);
        let by_name = named.and_then(|name| fleet.by_name.get(&name).or_else(bundled).copied());
        let by_place = fleet.by_place.get(&placed).copied();
        let by_image = fleet.by_place.get(&(act.org, Word::NONE, facts.template)).copied();
        // A path that is somebody's already, and now says nothing of itself.
        let unsaid = if named.is_none() { by_image } else { None };
        let lineage = by_name.or(by_place).or(unsaid).unwrap_or_else(|| {
            let folder = if named.is_none() { folder } else { Word::NONE };
            let mut lineage = Lineage::new((act.org, publisher, product), basis, act.time);
            lineage.folder = folder;
            fleet.add(lineage)
        });
        if let Some(known) = fleet.lineage_mut(lineage)
            && known.ground == Ground::Unknown
        {
            known.ground = place::ground_of(words.text(facts.template));
            known.is_browser = place::is_browser(words.text(facts.name));
            known.is_of_system = facts.place == Place::Other("system");
        }
        if let Some(known) = fleet.lineage_mut(lineage)
            && basis == Basis::Named
            && known.publisher != publisher
            && (by_name.is_none() || known.publisher.is_none())
        {
            if !known.publisher.is_none() {
                known.earlier_publishers.insert(0, known.publisher);
                known.earlier_publishers.truncate(4);
            }
            (known.publisher, known.basis, known.folder) = (publisher, basis, Word::NONE);
        }
        if let Some(name) = named {
            fleet.by_name.entry(name).or_insert(lineage);
        }
        if fleet.by_place.len() < PLACES_MAX {
            fleet.by_place.entry(placed).or_insert(lineage);
            fleet.by_place.entry((act.org, Word::NONE, facts.template)).or_insert(lineage);
            // Whose folder it is: of the first program there that names its maker.
            if basis == Basis::Named && !facts.root.is_none() {
                fleet.by_folder.entry((act.org, facts.root)).or_insert(lineage);
            }
        }
        lineage
    }

    /// A lineage that an inventory or installer names.
    pub(crate) fn installed(
        &mut self,
        act: &Act,
        bundle: Word,
        fleet: &mut Fleet,
        words: &mut Words,
    ) -> Option<u32> {
        let publisher = self.publisher(act.said.company, words);
        let product = self.canonical_product(act.said.product, words);
        if product.is_none() {
            return None;
        }
        // What runs says the bundle's identifier only, and never a version.
        let bundled = (act.org, Word::NONE, self.canonical_product(bundle, words));
        if let Some(lineage) = fleet.by_name.get(&bundled).filter(|_| !bundle.is_none()) {
            return Some(*lineage);
        }
        let by_name = fleet.by_name.get(&(act.org, publisher, product));
        if let Some(lineage) = by_name.filter(|_| bundle.is_none()) {
            return Some(*lineage);
        }
        // Inventories often name no publisher, or name it otherwise than the program does.
        // A bundle is no other system's program of the same name.
        let is_same = |of: Word| of == if bundle.is_none() { product } else { bundled.2 };
        let same = fleet.known().filter(|(_, l)| l.org == act.org && is_same(l.product));
        let same = same.max_by_key(|(_, l)| (l.last, l.key(words))).map(|(number, _)| number);
        let lineage = same.unwrap_or_else(|| {
            let basis = if publisher.is_none() { Basis::Path } else { Basis::Named };
            fleet.add(Lineage::new((act.org, publisher, product), basis, act.time))
        });
        let name = if bundle.is_none() { (act.org, publisher, product) } else { bundled };
        fleet.by_name.insert(name, lineage);
        Some(lineage)
    }

    /// A lineage by what a program calls itself on the network: `Softphone/18.12.416`.
    pub(crate) fn agent(act: &Act, name: Word, fleet: &mut Fleet) -> u32 {
        let key = (act.org, Word::NONE, name);
        if let Some(lineage) = fleet.by_name.get(&key) {
            return *lineage;
        }
        let lineage = fleet.add(Lineage::new((act.org, Word::NONE, name), Basis::Agent, act.time));
        fleet.by_name.insert(key, lineage);
        lineage
    }

    fn product(&mut self, product: Word, original: Word, facts: Facts, words: &mut Words) -> Word {
        // Everything that comes with a system calls itself the system.
        if words.text(product).to_lowercase().contains("operating system") {
            let of_file = if original.is_none() { facts.name } else { original };
            return self.canonical_product(of_file, words);
        }
        self.canonical_product(product, words)
    }

    fn canonical_product(&mut self, product: Word, words: &mut Words) -> Word {
        if let Some(known) = self.products.get(&product) {
            return *known;
        }
        let text = words.text(product).trim().to_lowercase();
        // "Softphone 18.12.416 (64-bit)" is the softphone.
        let kept = text.split([' ', '\u{a0}']).filter(|word| {
            let digits = word.trim_start_matches(['v', '(']);
            let is_version =
                digits.starts_with(|c: char| c.is_ascii_digit()) && digits.contains('.');
            !is_version && !matches!(*word, "(64-bit)" | "(32-bit)" | "(x64)" | "(x86)")
        });
        let kept = kept.collect::<Vec<_>>().join(" ");
        let word = words.word(if kept.is_empty() { &text } else { &kept });
        self.products.insert(product, word);
        word
    }

    fn publisher(&mut self, publisher: Word, words: &mut Words) -> Word {
        if let Some(known) = self.publishers.get(&publisher) {
            return *known;
        }
        let text = canonical_publisher(words.text(publisher));
        let word = words.word(&text);
        self.publishers.insert(publisher, word);
        word
    }

    /// Publisher and product as lineages are kept under.
    pub(crate) fn canonical(
        &mut self,
        publisher: Word,
        product: Word,
        words: &mut Words,
    ) -> (Word, Word) {
        (self.publisher(publisher, words), self.canonical_product(product, words))
    }

    /// A version without what only the build says: `10.0.19041.1 (WinBuild.160101.0800)`, `1.2.0.0`.
    pub(crate) fn version(&mut self, version: Word, words: &mut Words) -> Word {
        if let Some(known) = self.versions.get(&version) {
            return *known;
        }
        let text = words.text(version).trim().replace(", ", ".");
        let mut text = text.split(' ').next().unwrap_or_default();
        while let Some(rest) = text.strip_suffix(".0").filter(|rest| rest.contains('.')) {
            text = rest;
        }
        let text = text.to_owned();
        let word = words.word(&text);
        self.versions.insert(version, word);
        word
    }

    pub(crate) fn words(&self) -> impl Iterator<Item = Word> {
        let running = self.processes.values().map(|running| running.image);
        let programs = self.programs.keys().map(|(_, image)| *image);
        running.chain(programs).chain(self.names.words())
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.processes.capacity() * 56
            + self.programs.capacity() * 48
            + self.names.memory_bytes()
            + self.paths.capacity() * size_of::<Option<Facts>>()
    }
}

/// What an act says of the one who acts: of a start or a load it says the other's.
fn own_words(act: &Act) -> Said {
    match act.what {
        crate::act::What::Load { .. } | crate::act::What::Start { .. } => Said::default(),
        _ => act.said,
    }
}

/// A publisher without its legal form, in lower case: certificates and version resources differ there.
fn canonical_publisher(text: &str) -> String {
    let text = text.strip_prefix("CN=").unwrap_or(text).to_lowercase();
    let mut text = text.trim().trim_matches('"');
    loop {
        let end = text.trim_end_matches([',', '.', ' ']);
        let cut = LEGAL
            .iter()
            .find_map(|form| end.strip_suffix(form).filter(|rest| rest.ends_with([' ', ','])));
        match cut {
            Some(rest) => text = rest,
            None => return end.to_owned(),
        }
    }
}

const LEGAL: [&str; 16] = [
    "ab",
    "ag",
    "bv",
    "co",
    "company",
    "corp",
    "corporation",
    "gmbh",
    "inc",
    "incorporated",
    "limited",
    "llc",
    "ltd",
    "pty",
    "s.a",
    "s.r.o",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publisher_is_the_same_in_certificate_and_version_resource() {
        for text in ["3CX Ltd", "3CX Ltd.", "CN=3cx", "3CX"] {
            assert_eq!(canonical_publisher(text), "3cx", "{text}");
        }
        assert_eq!(canonical_publisher("Vendor Software Co., Ltd."), "vendor software");
        assert_eq!(canonical_publisher("Zinc"), "zinc");
    }

    #[test]
    fn versions_and_products_lose_what_says_nothing() {
        let (mut resolver, mut words) = (Resolver::default(), Words::default());
        for (text, expected) in [
            ("18.12.416.0", "18.12.416"),
            ("1.0.0.0", "1.0"),
            ("10.0.19041.1 (WinBuild.160101.0800)", "10.0.19041.1"),
            ("18, 12, 416, 0", "18.12.416"),
            ("", ""),
        ] {
            let word = words.word(text);
            let found = resolver.version(word, &mut words);
            assert_eq!(words.text(found), expected);
        }
        let word = words.word("Softphone 18.12.416 (64-bit)");
        let found = resolver.canonical_product(word, &mut words);
        assert_eq!(words.text(found), "softphone");
    }
}
