rule obfuscation_array_of_strings {
  meta:
    description = "a script whose words stand in one shuffled array"
    capability = "obfuscation"
    attack = "T1027"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $array = /(var|const|let|function) _0x[0-9a-f]{4,6}(=\[|\(\)\{)/
    $use = /_0x[0-9a-f]{4,6}\(0x[0-9a-f]{1,4}\)/
    $shift = /\[['"]push['"]\]\([^)]{0,60}\[['"]shift['"]\]\(\)\)/
  condition:
    $array and (#use > 8 or $shift)
}
