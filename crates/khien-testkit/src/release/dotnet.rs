//! A .NET assembly (ECMA-335, partition II): enough metadata for types, methods and what they call.
//! Every method returns with its first instruction; what it "calls" stands behind, out of reach.

use std::collections::BTreeMap;

use super::layout::Layout;

/// Length of the CLI header.
pub(crate) const CLI_HEADER_BYTES: usize = 72;

/// A method: its name, a number that makes its body its own, and members of other assemblies that
/// stand behind its return.
#[derive(Clone, Debug)]
pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) number: u64,
    /// Namespace, type, member.
    pub(crate) calls: Vec<(&'static str, &'static str, &'static str)>,
}

/// A type with its methods.
#[derive(Clone, Debug)]
pub(crate) struct Type {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) methods: Vec<Method>,
}

/// An assembly.
#[derive(Clone, Debug)]
pub(crate) struct Assembly {
    pub(crate) name: String,
    pub(crate) version: [u16; 4],
    pub(crate) types: Vec<Type>,
    /// Texts among the user strings.
    pub(crate) strings: Vec<String>,
}

/// `#Strings`, `#Blob` or `#US` as it grows.
struct Heap {
    bytes: Layout,
    known: BTreeMap<Vec<u8>, usize>,
}

impl Heap {
    fn new() -> Self {
        Self { bytes: Layout(vec![0]), known: BTreeMap::new() }
    }

    fn text(&mut self, text: &str) -> usize {
        if text.is_empty() {
            return 0;
        }
        let at = self.bytes.len();
        if let Some(known) = self.known.get(text.as_bytes()) {
            return *known;
        }
        self.known.insert(text.as_bytes().to_vec(), at);
        self.bytes.c_string(text);
        at
    }

    fn blob(&mut self, blob: &[u8]) -> usize {
        let at = self.bytes.len();
        if let Some(known) = self.known.get(blob) {
            return *known;
        }
        self.known.insert(blob.to_vec(), at);
        if blob.len() < 0x80 {
            self.bytes.u8(blob.len());
        } else {
            let len = u16::try_from(0x8000 | blob.len()).expect("a short blob");
            self.bytes.bytes(len.to_be_bytes());
        }
        self.bytes.bytes(blob);
        at
    }
}

impl Assembly {
    /// CLI header, method bodies and metadata, as they lie at an address.
    pub(crate) fn bytes(&self, address: usize) -> Vec<u8> {
        let members = self.members();
        let mut out = Layout::new();
        out.pad_to(CLI_HEADER_BYTES);
        let mut bodies = Vec::new();
        for method in self.types.iter().flat_map(|kind| &kind.methods) {
            out.align(4);
            bodies.push(address + out.len());
            out.bytes(body(method, &members));
        }
        out.align(4);
        let metadata_at = address + out.len();
        let metadata = self.metadata(&members, &bodies);
        out.bytes(&metadata);
        let mut header = Layout::new();
        header.u32(CLI_HEADER_BYTES).u16(2).u16(5).u32(metadata_at).u32(metadata.len()).u32(1);
        header.pad_to(CLI_HEADER_BYTES);
        out.0[..CLI_HEADER_BYTES].copy_from_slice(&header.0);
        out.0
    }

    /// Members of other assemblies, each once, in order.
    fn members(&self) -> Vec<(&'static str, &'static str, &'static str)> {
        let mut members: Vec<_> = vec![("System", "Object", ".ctor")];
        for call in self.types.iter().flat_map(|kind| &kind.methods).flat_map(|m| &m.calls) {
            if !members.contains(call) {
                members.push(*call);
            }
        }
        members
    }

    fn metadata(
        &self,
        members: &[(&'static str, &'static str, &'static str)],
        bodies: &[usize],
    ) -> Vec<u8> {
        let (mut strings, mut blobs, mut user) = (Heap::new(), Heap::new(), Heap::new());
        for text in &self.strings {
            let mut units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            units.push(0);
            user.blob(&units);
        }
        let tables = self.tables(members, bodies, &mut strings, &mut blobs);
        let guid = vec![0x4B; 16];
        let mut streams = [
            ("#~", tables),
            ("#Strings", strings.bytes.0),
            ("#US", user.bytes.0),
            ("#GUID", guid),
            ("#Blob", blobs.bytes.0),
        ];
        let mut out = Layout::new();
        out.bytes("BSJB").u16(1).u16(1).u32(0).u32(12).bytes(b"v4.0.30319\0\0").u16(0);
        out.u16(streams.len());
        let names: usize = streams.iter().map(|(n, _)| 8 + (n.len() + 1).next_multiple_of(4)).sum();
        let mut at = out.len() + names;
        for (name, bytes) in &mut streams {
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            out.u32(at).u32(bytes.len()).c_string(name).align(4);
            at += bytes.len();
        }
        for (_, bytes) in &streams {
            out.bytes(bytes);
        }
        out.0
    }

    /// `#~`: Module, `TypeRef`, `TypeDef`, `MethodDef`, `MemberRef`, Assembly, `AssemblyRef`.
    fn tables(
        &self,
        members: &[(&'static str, &'static str, &'static str)],
        bodies: &[usize],
        strings: &mut Heap,
        blobs: &mut Heap,
    ) -> Vec<u8> {
        let mut kinds: Vec<(&str, &str)> = Vec::new();
        for (namespace, kind, _) in members {
            if !kinds.contains(&(namespace, kind)) {
                kinds.push((namespace, kind));
            }
        }
        let signature = blobs.blob(&[0x00, 0x00, 0x01]); // static void ()
        let (mut modules, mut references, mut types) =
            (Layout::new(), Layout::new(), Layout::new());
        modules.u16(0).u16(strings.text(&format!("{}.dll", self.name))).u16(1).u16(0).u16(0);
        for (namespace, kind) in &kinds {
            references.u16(1 << 2 | 2).u16(strings.text(kind)).u16(strings.text(namespace));
        }
        let mut methods = Layout::new();
        types.u32(0).u16(strings.text("<Module>")).u16(0).u16(0).u16(1).u16(1);
        let mut first = 1;
        let mut bodies = bodies.iter();
        for kind in &self.types {
            types.u32(0x0010_0001).u16(strings.text(&kind.name));
            types.u16(strings.text(&kind.namespace)).u16(1 << 2 | 1).u16(1).u16(first);
            first += kind.methods.len();
            for method in &kind.methods {
                let body = *bodies.next().expect("a body for each method");
                methods.u32(body).u16(0).u16(0x0096).u16(strings.text(&method.name));
                methods.u16(signature).u16(1);
            }
        }
        let mut member_rows = Layout::new();
        for (namespace, kind, member) in members {
            let row =
                kinds.iter().position(|known| known == &(*namespace, *kind)).map_or(0, |i| i + 1);
            member_rows.u16(row << 3 | 1).u16(strings.text(member)).u16(signature);
        }
        let mut assembly = Layout::new();
        assembly.u32(0x8004);
        self.version.iter().for_each(|part| {
            assembly.u16(usize::from(*part));
        });
        assembly.u32(0).u16(0).u16(strings.text(&self.name)).u16(0);
        let mut library = Layout::new();
        library.u16(4).u16(0).u16(0).u16(0).u32(0);
        library.u16(blobs.blob(&[0xB7, 0x7A, 0x5C, 0x56, 0x19, 0x34, 0xE0, 0x89]));
        library.u16(strings.text("mscorlib")).u16(0).u16(0);
        let rows = [
            (0x00, 1, modules),
            (0x01, kinds.len(), references),
            (0x02, self.types.len() + 1, types),
            (0x06, first - 1, methods),
            (0x0A, members.len(), member_rows),
            (0x20, 1, assembly),
            (0x23, 1, library),
        ];
        let valid = rows.iter().fold(0_usize, |valid, (table, _, _)| valid | 1 << table);
        let mut out = Layout::new();
        out.u32(0).u8(2).u8(0).u8(0).u8(1).u64(valid).u64(0);
        for (_, count, _) in &rows {
            out.u32(*count);
        }
        for (_, _, bytes) in &rows {
            out.bytes(&bytes.0);
        }
        out.0
    }
}

/// `ldc.i4 number; pop; ret`, and the calls behind it.
fn body(method: &Method, members: &[(&'static str, &'static str, &'static str)]) -> Vec<u8> {
    let mut code = Layout::new();
    for byte in method.number.to_le_bytes().into_iter().take_while(|byte| *byte != 0) {
        // Operations of their own, because a reader may leave constants out: `ldc.i4.N; pop`.
        code.u8(0x16 + usize::from(byte % 8))
            .u8(0x26)
            .u8(0x16 + usize::from(byte / 8 % 8))
            .u8(0x26);
    }
    code.u8(0x2A);
    for call in &method.calls {
        let row = members.iter().position(|known| known == call).map_or(0, |i| i + 1);
        code.u8(0x28).u32(0x0A00_0000 | row);
    }
    if !method.calls.is_empty() {
        code.u8(0x2A);
    }
    let mut out = Layout::new();
    if code.len() < 64 {
        out.u8(code.len() << 2 | 2);
    } else {
        out.u16(0x3003).u16(8).u32(code.len()).u32(0);
    }
    out.bytes(&code.0);
    out.0
}
