//! .NET metadata (ECMA-335): what a module is, what it refers to, and its methods.
//!
//! Not read: native code beside the IL (mixed-mode, ReadyToRun), resources, custom attributes.

mod body;
mod tables;

use std::collections::HashMap;

use sha1::Sha1;
use sha2::{Digest, Sha256};

use self::tables::{
    ASSEMBLY, ASSEMBLY_REF, FIELD, IMPL_MAP, MEMBER_FORWARDED, MEMBER_REF, MEMBER_REF_PARENT,
    METHOD_DEF, METHOD_DEF_OR_REF, METHOD_PTR, METHOD_SPEC, MODULE, MODULE_REF, NESTED_CLASS,
    RESOLUTION_SCOPE, TYPE_DEF, TYPE_DEF_OR_REF, TYPE_REF, TYPE_SPEC, Tables, compressed, decode,
};
use crate::authenticode::hex;
use crate::fields::Fields;
use crate::image::DotNet;
use crate::names::Names;

/// Bound: instructions hashed for one module. Bodies may overlap, so the file's size is no bound.
const CODE_MAX: usize = 128 * 1024 * 1024;

/// Bound: types within types, and steps from one reference to the next.
const DEPTH_MAX: u8 = 16;

/// Reads the metadata of a PE file. `header` starts at the CLI header (data directory 14); `at`
/// gives the bytes from a relative virtual address to the end of its section in the file.
///
/// Functions of native libraries that the module binds to (P/Invoke) are among the calls as
/// `library!function`.
///
/// # Errors
///
/// What was wrong, for the image's `problems`.
pub(crate) fn read<'a>(
    header: &'a [u8],
    at: &dyn Fn(u32) -> Option<&'a [u8]>,
) -> Result<DotNet, &'static str> {
    let fields = Fields { bytes: header, big: false, wide: false };
    let (address, size) = fields.u32(8).zip(fields.u32(12)).ok_or("CLI header cut short")?;
    let metadata = at(address).ok_or("no .NET metadata where the CLI header points")?;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let metadata = metadata.get(..size).ok_or(".NET metadata run past their section")?;
    let tables = Tables::read(metadata)?;
    let mut module = Module {
        owners: Owners::read(&tables),
        tables,
        names: Names::for_file(metadata.len()),
        hashes: HashMap::new(),
    };
    let mut dotnet = DotNet::default();
    module.take_identity(&mut dotnet);
    module.take_calls(&mut dotnet);
    let complete = module.take_methods(&mut dotnet, at);
    if module.names.refused() {
        return Err("more .NET names than the metadata has room for");
    }
    if !complete {
        return Err("more .NET code than the file has room for");
    }
    Ok(dotnet)
}

struct Module<'a> {
    tables: Tables<'a>,
    owners: Owners,
    names: Names,
    /// Hash of what a token names.
    hashes: HashMap<u32, u64>,
}

/// Which type a method, a field, or a nested type belongs to.
#[derive(Default)]
struct Owners {
    /// First method and field of each type, in order of types.
    methods: Vec<u32>,
    fields: Vec<u32>,
    /// Enclosing type by nested type.
    nested: HashMap<u32, u32>,
}

impl Owners {
    fn read(tables: &Tables<'_>) -> Self {
        let column = |column| {
            let rows = 1..=tables.rows(TYPE_DEF);
            rows.map(|row| tables.value(TYPE_DEF, row, column).unwrap_or(0)).collect()
        };
        let nested = (1..=tables.rows(NESTED_CLASS))
            .filter_map(|row| {
                Some((tables.value(NESTED_CLASS, row, 0)?, tables.value(NESTED_CLASS, row, 1)?))
            })
            .collect();
        Self { methods: column(5), fields: column(4), nested }
    }

    /// The type whose run of rows holds `row`: the last one that starts at or before it.
    fn of(starts: &[u32], row: u32) -> Option<u32> {
        u32::try_from(starts.partition_point(|start| *start <= row)).ok().filter(|found| *found > 0)
    }
}

impl<'a> Module<'a> {
    fn take_identity(&mut self, dotnet: &mut DotNet) {
        let tables = &self.tables;
        let number = |column| tables.value(ASSEMBLY, 1, column).unwrap_or(0);
        if tables.rows(ASSEMBLY) > 0 {
            dotnet.version = format!("{}.{}.{}.{}", number(1), number(2), number(3), number(4));
            dotnet.assembly = tables.name(ASSEMBLY, 1, 7, &mut self.names).unwrap_or_default();
            let key = tables.blob(ASSEMBLY, 1, 6).unwrap_or_default();
            if !key.is_empty() {
                // The last eight bytes of the key's SHA-1, backwards (II.6.2.1.3).
                let token: Vec<u8> = Sha1::digest(key).iter().rev().take(8).copied().collect();
                dotnet.public_key_token = hex(&token);
            }
        } else {
            dotnet.assembly = tables.name(MODULE, 1, 1, &mut self.names).unwrap_or_default();
        }
        for row in 1..=tables.rows(ASSEMBLY_REF) {
            dotnet.references.extend(tables.name(ASSEMBLY_REF, row, 6, &mut self.names));
        }
    }

    fn take_calls(&mut self, dotnet: &mut DotNet) {
        for row in 1..=self.tables.rows(MEMBER_REF) {
            let parent = self.tables.coded(MEMBER_REF, row, 0, MEMBER_REF_PARENT);
            // References to the module's own members (generic or with variable arguments) are no calls outwards.
            if matches!(parent, Some((TYPE_DEF | METHOD_DEF, _))) {
                continue;
            }
            dotnet.calls.extend(self.member(MEMBER_REF, row));
            if self.names.refused() {
                return;
            }
        }
        for row in 1..=self.tables.rows(IMPL_MAP) {
            let library = self.tables.value(IMPL_MAP, row, 3).unwrap_or(0);
            let library = self.tables.name(MODULE_REF, library, 0, &mut self.names);
            // The name may be left to the method that stands for the function.
            let function = self.tables.name(IMPL_MAP, row, 2, &mut self.names);
            let function = function.filter(|name| !name.is_empty()).or_else(|| {
                let (table, member) = self.tables.coded(IMPL_MAP, row, 1, MEMBER_FORWARDED)?;
                let column = if table == METHOD_DEF { 3 } else { 1 };
                self.tables.name(table, member, column, &mut self.names)
            });
            if let (Some(library), Some(function)) = (library, function) {
                dotnet.calls.insert(format!("{library}!{function}"));
            }
        }
    }

    /// Names and hashes of all methods with a body; whether all could be hashed.
    fn take_methods(&mut self, dotnet: &mut DotNet, at: &dyn Fn(u32) -> Option<&'a [u8]>) -> bool {
        let mut left = CODE_MAX;
        for row in 1..=self.tables.rows(METHOD_DEF) {
            let address = self.tables.value(METHOD_DEF, row, 0).unwrap_or(0);
            let kind = self.tables.value(METHOD_DEF, row, 1).unwrap_or(0);
            // The lowest two bits: IL, native, optimised IL, runtime.
            if address == 0 || kind & 3 != 0 {
                continue;
            }
            let code = at(address).and_then(body::code).unwrap_or_default();
            let Some(rest) = left.checked_sub(code.len()) else { return false };
            left = rest;
            let hash = body::hash(code, &mut |token| self.token_hash(token));
            let Some(name) = self.member(METHOD_DEF, row) else { return !self.names.refused() };
            dotnet.methods.push((name, hash));
        }
        dotnet.methods.sort_unstable();
        true
    }

    /// `Namespace.Type::Member` of a method, field, or member reference. Ordinals of names that the
    /// compiler made up are left out: they move with every change around them.
    fn member(&mut self, table: u8, row: u32) -> Option<String> {
        let name = without_ordinals(&self.member_text(table, row)?);
        self.names.take(&name)
    }

    fn member_text(&self, table: u8, row: u32) -> Option<Vec<u8>> {
        let (owner, column) = match table {
            METHOD_DEF => {
                (Some((TYPE_DEF, Owners::of(&self.owners.methods, self.listed(row))?)), 3)
            }
            FIELD => (Some((TYPE_DEF, Owners::of(&self.owners.fields, row)?)), 1),
            MEMBER_REF => (self.tables.coded(MEMBER_REF, row, 0, MEMBER_REF_PARENT), 1),
            _ => return None,
        };
        let mut name = owner.map(|(table, row)| self.type_text(table, row)).unwrap_or_default();
        name.extend_from_slice(b"::");
        name.extend_from_slice(self.tables.text(table, row, column)?);
        Some(name)
    }

    /// Place of a method in the list that types point into: the same, unless `MethodPtr` reorders it
    /// (uncompressed metadata).
    fn listed(&self, method: u32) -> u32 {
        if self.tables.rows(METHOD_PTR) == 0 {
            return method;
        }
        // Rare, so walking is good enough; bounded for hostile files.
        (1..=self.tables.rows(METHOD_PTR).min(4096))
            .find(|row| self.tables.value(METHOD_PTR, *row, 0) == Some(method))
            .unwrap_or(method)
    }

    /// Full name of a type; nested types as `Outer/Inner`, generic ones without their arguments.
    fn type_text(&self, table: u8, row: u32) -> Vec<u8> {
        let mut parts: Vec<Vec<u8>> = Vec::new();
        let mut next = Some((table, row));
        for _ in 0..DEPTH_MAX {
            let Some((table, row)) = next else { break };
            let (namespace, name) = match table {
                TYPE_REF | TYPE_DEF => (2, 1),
                TYPE_SPEC => {
                    next = self.tables.blob(TYPE_SPEC, row, 0).and_then(generic_type);
                    continue;
                }
                MODULE_REF => {
                    parts.push(self.tables.text(MODULE_REF, row, 0).unwrap_or_default().to_vec());
                    break;
                }
                _ => break,
            };
            let namespace = self.tables.text(table, row, namespace).unwrap_or_default();
            let name = self.tables.text(table, row, name).unwrap_or_default();
            let dot: &[u8] = if namespace.is_empty() { b"" } else { b"." };
            parts.push([namespace, dot, name].concat());
            next = if table == TYPE_DEF {
                self.owners.nested.get(&row).map(|outer| (TYPE_DEF, *outer))
            } else {
                self.tables
                    .coded(TYPE_REF, row, 0, RESOLUTION_SCOPE)
                    .filter(|(table, _)| *table == TYPE_REF)
            };
        }
        parts.reverse();
        parts.join(&b'/')
    }

    /// Hash of what a token names, whatever its row number is.
    fn token_hash(&mut self, token: u32) -> u64 {
        if let Some(known) = self.hashes.get(&token) {
            return *known;
        }
        if self.names.refused() {
            return 0;
        }
        // Bound: names of tokens are charged like names that are kept.
        let text = self.token_text(token, DEPTH_MAX).filter(|text| self.names.charge(text.len()));
        let hash =
            text.map_or(0, |text| body::first_word(&Sha256::digest(without_ordinals(&text))));
        self.hashes.insert(token, hash);
        hash
    }

    fn token_text(&self, token: u32, depth: u8) -> Option<Vec<u8>> {
        let depth = depth.checked_sub(1)?;
        let row = token & 0x00FF_FFFF;
        match u8::try_from(token >> 24).ok()? {
            table @ (TYPE_REF | TYPE_DEF | TYPE_SPEC) => Some(self.type_text(table, row)),
            table @ (FIELD | METHOD_DEF | MEMBER_REF) => self.member_text(table, row),
            METHOD_SPEC => {
                let (table, row) = self.tables.coded(METHOD_SPEC, row, 0, METHOD_DEF_OR_REF)?;
                self.token_text(u32::from(table) << 24 | row & 0x00FF_FFFF, depth)
            }
            0x70 => Some(self.tables.user_string(row)?.to_vec()),
            _ => None,
        }
    }
}

/// The generic type of a `TypeSpec`'s signature: `GENERICINST (CLASS | VALUETYPE) type …` (II.23.2.14);
/// arrays by their element.
fn generic_type(signature: &[u8]) -> Option<(u8, u32)> {
    let rest = match signature {
        [0x15, 0x11 | 0x12, rest @ ..] => rest,
        [0x1D, 0x11 | 0x12, rest @ ..] | [0x1D, 0x15, 0x11 | 0x12, rest @ ..] => rest,
        _ => return None,
    };
    decode(compressed(rest)?.0, TYPE_DEF_OR_REF)
}

/// Names that compilers make up (`<Main>b__0_1`) count what is around them; digits are left out there.
fn without_ordinals(name: &[u8]) -> Vec<u8> {
    if !name.contains(&b'<') {
        return name.to_vec();
    }
    name.iter().filter(|byte| !byte.is_ascii_digit()).copied().collect()
}

#[cfg(test)]
mod tests;
