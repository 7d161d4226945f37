rule install_build_reads_test_data {
  meta:
    description = "a build script decompresses test data and runs it"
    capability = "install"
    attack = "T1195.001"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $eval = /\beval\b/
    $tr = /\btr +["'\\]/
    $unpack = /\b(xz|lzma|gzip|bzip2) +-[a-z]*d/
    $data = /tests?\/[A-Za-z0-9_\/.-]{0,40}\.(xz|lzma|gz|bz2|bin|dat)/
    $sed = /\bsed +["'r]/
    $head = /head -c/
    $sh = /\| *(\/bin\/)?(ba)?sh\b/
  condition:
    filesize < 5MB and $unpack and $data and ($eval or $sh) and ($tr or ($sed and $head))
}
