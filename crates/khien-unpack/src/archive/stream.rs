pub(crate) fn gzip(_cx: &mut crate::reader::Context<'_, '_>) -> Result<(), crate::reader::Refusal> {
    Err(crate::reader::Refusal::unsupported("gzip"))
}
pub(crate) fn xz(_cx: &mut crate::reader::Context<'_, '_>) -> Result<(), crate::reader::Refusal> {
    Err(crate::reader::Refusal::unsupported("xz"))
}
pub(crate) fn zstd(_cx: &mut crate::reader::Context<'_, '_>) -> Result<(), crate::reader::Refusal> {
    Err(crate::reader::Refusal::unsupported("zstd"))
}
pub(crate) fn bzip2(
    _cx: &mut crate::reader::Context<'_, '_>,
) -> Result<(), crate::reader::Refusal> {
    Err(crate::reader::Refusal::unsupported("bzip2"))
}
pub(crate) fn lzma(_cx: &mut crate::reader::Context<'_, '_>) -> Result<(), crate::reader::Refusal> {
    Err(crate::reader::Refusal::unsupported("lzma"))
}
pub(crate) fn is_lzma(_bytes: &[u8]) -> bool {
    false
}
pub(crate) fn is_bzip2(_bytes: &[u8]) -> bool {
    false
}
pub(crate) fn is_skippable(_bytes: &[u8]) -> bool {
    false
}
pub(crate) fn gzip_kin(_bytes: &[u8]) -> crate::Format {
    crate::Format::Gzip
}
