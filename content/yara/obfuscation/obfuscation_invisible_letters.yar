rule obfuscation_invisible_letters {
  meta:
    description = "a long run of characters that are not drawn"
    capability = "obfuscation"
    attack = "T1027"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $tags = { F3 A0 (84 | 85 | 86 | 87) ?? F3 A0 (84 | 85 | 86 | 87) ?? F3 A0 (84 | 85 | 86 | 87) ?? F3 A0 (84 | 85 | 86 | 87) ?? F3 A0 (84 | 85 | 86 | 87) ?? F3 A0 (84 | 85 | 86 | 87) ?? F3 A0 (84 | 85 | 86 | 87) ?? F3 A0 (84 | 85 | 86 | 87) ?? }
    $zero = /(\xe2\x80[\x8b\x8c\x8d]){16}/
    $hangul = /(\xef\xbe\xa0|\xe3\x85\xa4){16}/
  condition:
    any of them
}
