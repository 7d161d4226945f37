rule memory_native_code_from_script {
  meta:
    description = "a script copies bytes into executable memory"
    capability = "memory"
    attack = "T1620"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $py = "ctypes" fullword
    $ps = "GetDelegateForFunctionPointer" nocase
    $a = "VirtualAlloc" fullword
    $b = "RtlMoveMemory" fullword
    $c = "CreateThread" fullword
    $d = "PROT_EXEC" fullword
    $e = "CFUNCTYPE" fullword
    $f = "VirtualProtect" fullword
  condition:
    filesize < 2MB and ($py or $ps) and 2 of ($a, $b, $c, $f) or (filesize < 2MB and $py and $d and $e)
}
