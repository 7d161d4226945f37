//! Apple disk images (UDIF): a volume in packed runs, a property list that says where, and a trailer.

use super::hfs::volume;
use super::layout::Layout;
use super::payload::{LINE, base64};
use super::software::Files;
use super::xar::zlib;
use super::zip::crc32;

const SECTOR: usize = 512;
/// Bytes of one run.
const RUN_BYTES: usize = 256 * 1024;

/// A disk image with one volume.
pub(crate) fn image(name: &str, files: &Files) -> Vec<u8> {
    let volume = volume(name, files);
    let sectors = volume.len() / SECTOR;
    let mut out = Layout::new();
    let mut runs = Layout::new();
    let mut sector = 0;
    let mut count = 0;
    for run in volume.chunks(RUN_BYTES) {
        let packed = zlib(run);
        runs.be32(0x8000_0005).be32(0).be64(sector).be64(run.len() / SECTOR);
        runs.be64(out.len()).be64(packed.len());
        out.bytes(packed);
        sector += run.len() / SECTOR;
        count += 1;
    }
    runs.be32(0xFFFF_FFFF).be32(0).be64(sector).be64(0).be64(out.len()).be64(0);
    let sum = crc32(&volume);
    let mut table = Layout::new();
    table.bytes("mish").be32(1).be64(0).be64(sectors).be64(0).be32(0x208).be32(0).bytes([0; 24]);
    checksum(&mut table, sum);
    table.be32(count + 1).bytes(&runs.0);
    let list = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n\
         \t<key>resource-fork</key>\n\t<dict>\n\t\t<key>blkx</key>\n\t\t<array>\n\t\t\t<dict>\n\
         \t\t\t\t<key>Attributes</key>\n\t\t\t\t<string>0x0050</string>\n\
         \t\t\t\t<key>CFName</key>\n\t\t\t\t<string>whole disk (Apple_HFS : 0)</string>\n\
         \t\t\t\t<key>Data</key>\n\t\t\t\t<data>{}</data>\n\
         \t\t\t\t<key>ID</key>\n\t\t\t\t<string>0</string>\n\
         \t\t\t\t<key>Name</key>\n\t\t\t\t<string>whole disk (Apple_HFS : 0)</string>\n\
         \t\t\t</dict>\n\t\t</array>\n\t</dict>\n\
         \t<key>Comment</key>\n\t<string>{LINE}</string>\n</dict>\n</plist>\n",
        base64(&table.0)
    );
    let data = out.len();
    let data_sum = crc32(&out.0);
    out.bytes(&list);
    let mut trailer = Layout::new();
    trailer.bytes("koly").be32(4).be32(SECTOR).be32(1).be64(0).be64(0).be64(data).be64(0).be64(0);
    trailer.be32(1).be32(1).bytes([0x4B; 16]);
    checksum(&mut trailer, data_sum);
    trailer.be64(data).be64(list.len()).bytes([0; 120]);
    // Over the checksums of the runs' tables, of which there is one.
    let master = u32::try_from(sum).expect("fits").to_be_bytes();
    checksum(&mut trailer, crc32(&master));
    trailer.be32(1).be64(sectors).bytes([0; 12]);
    assert_eq!(trailer.len(), SECTOR, "the trailer is one sector");
    out.bytes(&trailer.0);
    out.0
}

/// A CRC-32 in a field for larger ones.
fn checksum(out: &mut Layout, sum: usize) {
    out.be32(2).be32(32).be32(sum).bytes([0; 124]);
}
