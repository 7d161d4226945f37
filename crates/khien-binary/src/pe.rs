//! Portable Executable (Microsoft PE/COFF specification).
//!
//! Hostile: every table may lie. Headers that cannot be followed are an error; a table that cannot is
//! empty, with a line in the image's `problems` where bytes went unread.

use crate::Error;
use crate::authenticode;
use crate::dotnet;
use crate::image::{Identity, Image, ImageKind};
use crate::names::Names;

mod debug;
#[cfg(test)]
pub(crate) mod fixture;
mod imports;
pub(crate) mod layout;
mod ordinals;
mod resources;
mod sections;
mod startup;

use layout::Layout;
use sections::Meter;
pub(crate) use sections::overlay;

/// Reads a PE file.
///
/// # Errors
///
/// See [`Layout::read`].
pub(crate) fn read(bytes: &[u8]) -> Result<Image, Error> {
    let layout = Layout::read(bytes)?;
    let mut problems = Vec::new();
    let mut meter = Meter::new(bytes);
    let mut identity = Identity::default();
    let sections = sections::read(&layout, &mut meter, &mut problems);
    let resources = resources::read(&layout, &mut meter, &mut identity, &mut problems);
    debug::identity(&layout, &mut identity);
    let mut names = Names::for_file(bytes.len());
    let imports = imports::read(&layout, &mut names, &mut problems);
    let (exports, link_name) = imports::exports(&layout, &mut names);
    if names.refused() {
        problems.push("more names than are read".to_owned());
    }
    identity.link_name = link_name;
    let functions = startup::functions(&layout, &mut problems);
    let dotnet = layout.table(14).and_then(|header| {
        let read = dotnet::read(header, &|address| layout.at(address));
        read.map_err(|what| problems.push(format!(".NET metadata: {what}"))).ok()
    });
    problems.dedup();
    Ok(Image {
        machine: machine_name(layout.machine),
        library: layout.characteristics & object::pe::IMAGE_FILE_DLL.0 != 0,
        file: 0..bytes.len() as u64,
        identity,
        imports: imports.all,
        import_hash: imports.hash,
        exports,
        sections,
        startup: startup::read(&layout),
        mitigations: sections::mitigations(&layout),
        overlay: sections::overlay(&layout),
        signature_table: sections::signature_table(&layout),
        toolchain: debug::toolchain(&layout),
        resources,
        functions,
        dotnet,
        signature: authenticode::pe(&layout),
        problems,
        ..Image::new(ImageKind::Pe)
    })
}

/// The processor as its users name it.
fn machine_name(machine: u16) -> String {
    use object::pe;
    let name = match pe::Machine(machine) {
        pe::IMAGE_FILE_MACHINE_AMD64 => "x86_64",
        pe::IMAGE_FILE_MACHINE_I386 => "x86",
        pe::IMAGE_FILE_MACHINE_ARM64 => "aarch64",
        pe::IMAGE_FILE_MACHINE_ARM64EC => "arm64ec",
        pe::IMAGE_FILE_MACHINE_ARM | pe::IMAGE_FILE_MACHINE_ARMNT => "arm",
        pe::IMAGE_FILE_MACHINE_IA64 => "ia64",
        pe::IMAGE_FILE_MACHINE_EBC => "ebc",
        _ => return format!("0x{machine:04x}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests;
