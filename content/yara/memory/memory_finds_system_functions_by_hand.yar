rule memory_finds_system_functions_by_hand {
  meta:
    description = "walks the list of loaded modules as code without imports does"
    capability = "memory"
    attack = "T1106"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $peb64 = { 65 4? 8B ?? 25 60 00 00 00 }
    $peb64b = { 65 4? 8B 04 25 60 00 00 00 }
    $peb32 = { 64 A1 30 00 00 00 }
    $ror = { C1 C? 0D }
    $ror64 = { 41 C1 C? 0D }
    $list64 = { 48 8B ?? 18 48 8B ?? 20 }
    $list32 = { 8B ?? 0C 8B ?? 14 }
  condition:
    (any of ($peb64*) and $list64 and ($ror or $ror64)) or ($peb32 and $list32 and $ror)
}
