rule exec_silenced_format {
  meta:
    description = "builds a command line whose output nobody is to see"
    capability = "exec"
    attack = "T1059.004"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = "\"%s\" >/dev/null"
    $b = "%s > /dev/null 2>&1 &"
    $c = "%s >/dev/null 2>&1 &"
    $d = "nohup %s"
    $e = "/c %s > nul" nocase ascii wide
  condition:
    (uint16(0) == 0x5a4d or uint32(0) == 0x464c457f or uint32(0) == 0xfeedfacf or uint32(0) == 0xbebafeca) and any of them
}
