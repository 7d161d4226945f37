//! The kinds of traits: what a file *is*, and what a release *does* when it runs.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Traits of one family tell much the same story, so that only the strongest of them counts in full.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Who signed, and which bytes.
    Signature,
    /// What the code can do.
    Capability,
    /// Code that runs without being called.
    Startup,
    /// Bytes whose purpose does not show.
    Payload,
    /// Names of other things: siblings, hosts, places.
    Reference,
    /// Which files there are.
    Composition,
    /// What happens at installation.
    Installation,
    /// How the container is made.
    Container,
    /// Where the release comes from and what made it.
    Provenance,
    /// Several of these together.
    Story,
    /// What it does when it runs, as telemetry shows.
    Runtime,
}

/// How much a single trait of this kind may decide.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// Only counts beside others.
    Evidence,
    /// Enough for *hold* alone.
    Hold,
    /// Enough for *block* alone: never seen in a benign release.
    Block,
}

/// How many kinds at the end of the list are of family Runtime; a test holds it.
const RUNTIME_KINDS: usize = 27;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $family:ident, $strength:ident, [$($attack:literal),*];)+) => {
        /// A kind of trait. The identifier is stable: it is in files, in exceptions and in base rates.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
        pub enum TraitKind { $($(#[$doc])* #[serde(rename = $id)] $name,)+ }

        impl TraitKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// What vetting finds in files.
            pub const STATIC: &'static [Self] = Self::ALL.split_at(Self::ALL.len() - RUNTIME_KINDS).0;

            /// What telemetry shows of a running release.
            pub const RUNTIME: &'static [Self] = Self::ALL.split_at(Self::ALL.len() - RUNTIME_KINDS).1;

            /// The stable identifier.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$name => $id,)+ }
            }

            /// Its family.
            pub const fn family(self) -> Family {
                match self { $(Self::$name => Family::$family,)+ }
            }

            /// What it may decide alone.
            pub const fn strength(self) -> Strength {
                match self { $(Self::$name => Strength::$strength,)+ }
            }

            /// ATT&CK techniques that it can be a trace of.
            pub const fn techniques(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$($attack),*],)+ }
            }
        }
    };
}

kinds! {
    /// The signature's own area carries bytes that it does not cover: slack, unknown entries, odd unsigned attributes.
    UnsignedBytes = "signature.unsigned-bytes", Signature, Block, ["T1027.009", "T1553.002"];
    /// The covered bytes are the same and the file is not, by more than a kilobyte.
    SameDigestOtherBytes = "signature.same-digest-other-bytes", Signature, Block, ["T1553.002"];
    /// The file was signed and is not any more.
    SignatureLost = "signature.lost", Signature, Block, ["T1553.002"];
    /// Signed by an organisation that never signed this file; `value` is the new one.
    SignerChanged = "signature.signer-changed", Signature, Block, ["T1553.002", "T1588.003"];
    /// Digest or signature is wrong.
    SignatureInvalid = "signature.invalid", Signature, Block, ["T1553.002"];
    /// From a developer's identity to a signature without a signer.
    SignatureDowngraded = "signature.downgraded", Signature, Block, ["T1553.002"];
    /// Apple: an entitlement that it never had; `value` is its key.
    EntitlementGained = "signature.entitlement-gained", Signature, Block, ["T1548"];
    /// The structure of the signature is odd in another way: spare certificates, page hashes, usages.
    SignatureOdd = "signature.odd", Signature, Hold, ["T1553.002"];
    /// A new program that nobody signed, in a product whose programs somebody signed.
    UnsignedNewcomer = "signature.unsigned-newcomer", Signature, Hold, ["T1553.002"];
    /// The container's own signature (deb, rpm, jar, nupkg, MSIX, APK, MSI, xar) is gone or from somebody else.
    ContainerSignatureChanged = "signature.container-changed", Signature, Block, ["T1553.002"];

    /// Starts programs, and never did; `value` names the class's means.
    GainsExec = "capability.exec", Capability, Block, ["T1106", "T1059"];
    /// Writes into other processes.
    GainsInject = "capability.inject", Capability, Block, ["T1055"];
    /// Speaks to the network.
    GainsNetwork = "capability.network", Capability, Block, ["T1071"];
    /// Encrypts or decrypts through the system's means.
    GainsCrypto = "capability.crypto", Capability, Hold, ["T1027"];
    /// Makes itself start again: services, tasks, start-up places.
    GainsPersistence = "capability.persistence", Capability, Block, ["T1543", "T1547", "T1053"];
    /// Looks for debuggers and analysts.
    GainsAntiDebug = "capability.anti-debug", Capability, Hold, ["T1622"];
    /// Makes memory executable.
    GainsMemory = "capability.memory", Capability, Hold, ["T1620"];
    /// Lists processes, users, the machine's identity.
    GainsDiscovery = "capability.discovery", Capability, Evidence, ["T1082", "T1057"];
    /// Reads where others keep secrets: browser profiles, key stores, tokens.
    GainsCredentials = "capability.credentials", Capability, Block, ["T1555", "T1552"];
    /// A capability rule matches that matched no earlier release; `value` is the rule.
    CapabilityRule = "capability.rule", Capability, Evidence, [];
    /// Imports a library that it never did.
    ImportsLibrary = "capability.library", Capability, Evidence, ["T1129"];
    /// .NET: a method of an old type calls into network, processes or reflection as it never did.
    ManagedCall = "capability.managed-call", Capability, Hold, ["T1106"];
    /// .NET: new methods in a component whose other methods stayed.
    ManagedMethod = "capability.managed-method", Capability, Evidence, [];

    /// More thread-local-storage callbacks.
    TlsCallback = "startup.tls-callback", Startup, Evidence, ["T1055.005"];
    /// More initialisers that run at load.
    Initialiser = "startup.initialiser", Startup, Evidence, ["T1574.006"];
    /// More functions chosen by code at load time: the XZ Utils structure.
    IndirectFunction = "startup.ifunc", Startup, Hold, ["T1574.006"];
    /// The first code that runs is new though nearly all other code is old.
    EntryCode = "startup.entry-code", Startup, Hold, ["T1554"];

    /// A large stretch of bytes like noise that no format explains.
    OpaqueBytes = "payload.opaque-bytes", Payload, Hold, ["T1027.013"];
    /// Bytes after the last section.
    Overlay = "payload.overlay", Payload, Hold, ["T1027.009"];
    /// A program inside a file that is none, or inside a section.
    EmbeddedProgram = "payload.embedded-program", Payload, Hold, ["T1027.009"];
    /// A section that may be written and executed.
    WritableCode = "payload.writable-code", Payload, Hold, ["T1027.002"];
    /// Bytes of a container that no reader explained.
    UnexplainedBytes = "payload.unexplained-bytes", Payload, Hold, ["T1027"];
    /// New code in a component most of whose code is old; `amount` is new functions.
    NewCode = "payload.new-code", Payload, Evidence, ["T1554"];
    /// Text that is hidden by a simple cipher.
    HiddenText = "payload.hidden-text", Payload, Hold, ["T1027.013"];

    /// Names another file of the same package, and never did.
    NamesSibling = "reference.sibling", Reference, Hold, ["T1574.001"];
    /// Names an internet host that no earlier release named.
    NamesHost = "reference.host", Reference, Evidence, ["T1071"];
    /// Names places where browsers, mail programs or wallets keep their data.
    NamesSecrets = "reference.secrets", Reference, Hold, ["T1555.003"];
    /// Names security products.
    NamesDefences = "reference.defences", Reference, Hold, ["T1518.001"];
    /// Names start-up places: run keys, launch agents, cron, systemd units.
    NamesStartup = "reference.startup", Reference, Hold, ["T1547"];
    /// Names another program or library.
    NamesProgram = "reference.program", Reference, Evidence, [];

    /// A program or library that no earlier release had.
    AddedProgram = "composition.added-program", Composition, Evidence, ["T1554"];
    /// A new library has the name of one of the system's.
    ShadowsSystem = "composition.shadows-system", Composition, Block, ["T1574.001", "T1036.005"];
    /// A new program stands beside the main one and claims its product and version.
    TwinProgram = "composition.twin-program", Composition, Hold, ["T1036.005"];
    /// The content is not what the name says.
    Disguised = "composition.disguised", Composition, Hold, ["T1036.008"];
    /// A link to elsewhere on the machine, a device, a socket or a pipe, where only files are due.
    SpecialFile = "composition.special-file", Composition, Hold, ["T1036"];
    /// A component of somebody else (their name, their version) that is not their bytes any more.
    ThirdPartyChanged = "composition.third-party-changed", Composition, Block, ["T1195.002"];

    /// Something new is run, registered or scheduled at installation; `value` says what.
    InstallAction = "installation.action", Installation, Hold, ["T1546.016", "T1059"];
    /// A script that runs at installation is new or changed, and fetches, decodes or executes.
    InstallScript = "installation.script", Installation, Block, ["T1195.001", "T1059"];
    /// Updates come from somewhere else.
    UpdateChannel = "installation.update-channel", Installation, Hold, ["T1195.002"];

    /// The index of an archive and what is really there disagree.
    ArchiveLies = "container.lies", Container, Block, ["T1036"];
    /// Names or links that leave the folder.
    ArchiveEscapes = "container.escapes", Container, Block, ["T1006"];
    /// Something could not be opened or read: encrypted, unknown, too large, damaged.
    NotOpened = "container.not-opened", Container, Hold, ["T1027.013"];

    /// The same version has other bytes than before.
    SameVersionOtherBytes = "provenance.same-version", Provenance, Block, ["T1195.002"];
    /// The version went backwards.
    VersionBackwards = "provenance.version-backwards", Provenance, Hold, [];
    /// Made with other tools.
    Toolchain = "provenance.toolchain", Provenance, Evidence, [];
    /// A protection that the file had is off.
    ProtectionLost = "provenance.protection-lost", Provenance, Evidence, ["T1562"];
    /// Libraries are looked for in new places.
    LibraryPath = "provenance.library-path", Provenance, Hold, ["T1574"];
    /// The debug file's folder, the build's owner or a similar mark is another.
    BuildMark = "provenance.build-mark", Provenance, Evidence, [];

    /// One file newly names another, which newly carries bytes that nothing explains.
    NamesCarrier = "story.names-carrier", Story, Block, ["T1574.001", "T1027.009"];
    /// A new or changed component starts at load, and can fetch, decipher or run what it is sent.
    LoaderStory = "story.loader", Story, Block, ["T1620", "T1105"];

    /// Contacts or asks for a registered domain; `value` is the domain, or the whole name below a network for delivery.
    ContactsDomain = "runtime.contacts.domain", Runtime, Evidence, ["T1071"];
    /// Contacts a place where anybody may put files or text; `value` is the whole host name.
    ContactsShared = "runtime.contacts.shared-hosting", Runtime, Evidence, ["T1102"];
    /// Contacts a public address for which no name was asked.
    ContactsAddress = "runtime.contacts.address", Runtime, Evidence, ["T1071", "T1095"];
    /// Contacts a registered domain that is a hair away from one of its own; `value` is the domain.
    ContactsLookAlike = "runtime.contacts.look-alike", Runtime, Evidence, ["T1583.001"];
    /// Contacts a registered domain that bears the name of a well-known service and is not that service's; `value` is the
    /// domain.
    ContactsBorrowedName = "runtime.contacts.borrowed-name", Runtime, Evidence, ["T1583.001", "T1036"];
    /// Uses a port; `value` is `tcp/443`.
    UsesPort = "runtime.contacts.port", Runtime, Evidence, ["T1571"];
    /// Opens TLS in a way of its own; `value` is the JA4 fingerprint.
    TlsFingerprint = "runtime.contacts.tls-fingerprint", Runtime, Evidence, ["T1573"];
    /// Asks for DNS records of an unusual kind.
    DnsKind = "runtime.dns.kind", Runtime, Evidence, ["T1071.004"];
    /// Asks for several names below a registered domain that no person chose; `value` is the domain.
    DnsAlgorithmic = "runtime.dns.algorithmic", Runtime, Evidence, ["T1568.002", "T1071.004"];
    /// Sends more than it ever did; `value` is the decimal class of bytes.
    UploadVolume = "runtime.volume", Runtime, Evidence, ["T1041"];
    /// Waits for connections; `value` is the port.
    Listens = "runtime.listens", Runtime, Evidence, ["T1571"];
    /// Starts a program.
    StartsProgram = "runtime.starts.program", Runtime, Evidence, ["T1106"];
    /// Starts a shell, a script interpreter or a tool that does the work of one.
    StartsInterpreter = "runtime.starts.interpreter", Runtime, Evidence, ["T1059"];
    /// Starts a program that names no maker, or has one started in its folder; `value` is the class of place and the name.
    StartsNameless = "runtime.starts.nameless", Runtime, Evidence, ["T1036", "T1105"];
    /// Starts a program of the operating system from a place where the system keeps none; `value` is the class of place and
    /// the name.
    StartsRelocated = "runtime.starts.relocated", Runtime, Evidence, ["T1036.005", "T1574.001"];
    /// Is started by a program that never did.
    StartedBy = "runtime.started-by", Runtime, Evidence, [];
    /// Loads a library.
    LoadsModule = "runtime.loads.module", Runtime, Evidence, ["T1129"];
    /// Loads a library without a valid signature.
    LoadsUnsigned = "runtime.loads.unsigned", Runtime, Evidence, ["T1574.001"];
    /// A driver is loaded for it.
    LoadsDriver = "runtime.loads.driver", Runtime, Evidence, ["T1068"];
    /// Gets into another process.
    InjectsInto = "runtime.injects", Runtime, Evidence, ["T1055"];
    /// Opens a browser's profile or a store of credentials that are not its own.
    ReadsSecrets = "runtime.files.secrets", Runtime, Evidence, ["T1555", "T1217"];
    /// Writes where things start by themselves.
    WritesStartup = "runtime.files.startup", Runtime, Evidence, ["T1547", "T1543"];
    /// Writes into its own program folder when no installation is going on.
    WritesOwn = "runtime.files.own-folder", Runtime, Evidence, ["T1497.003"];
    /// Writes a program or library outside its own folder.
    WritesProgram = "runtime.files.program", Runtime, Evidence, ["T1105"];
    /// Writes elsewhere; `value` is the class of place.
    WritesOther = "runtime.files.other", Runtime, Evidence, [];
    /// Registers something that starts by itself.
    PersistsRegistry = "runtime.registry.persistence", Runtime, Evidence, ["T1547.001", "T1112"];
    /// Runs as a kind of user, or with rights, that it never had.
    RunsAs = "runtime.runs-as", Runtime, Evidence, ["T1548"];
}

impl fmt::Display for TraitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtime_kinds_stand_together_at_the_end() {
        assert!(TraitKind::STATIC.iter().all(|kind| kind.family() != Family::Runtime));
        assert!(TraitKind::RUNTIME.iter().all(|kind| kind.family() == Family::Runtime));
        assert_eq!(TraitKind::STATIC.len() + TraitKind::RUNTIME.len(), TraitKind::ALL.len());
    }
}
