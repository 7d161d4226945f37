rule anti_analysis_tools_by_name {
  meta:
    description = "knows the programs with which analysts work"
    capability = "anti-analysis"
    attack = "T1497.001"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = "procmon" nocase ascii wide
    $b = "x64dbg" nocase ascii wide
    $c = "ollydbg" nocase ascii wide
    $d = "wireshark" nocase ascii wide
    $e = "idaq.exe" nocase ascii wide
    $f = "fiddler" nocase ascii wide
    $g = "dnspy" nocase ascii wide
    $h = "processhacker" nocase ascii wide
    $i = "pestudio" nocase ascii wide
    $j = "autoruns" nocase ascii wide
    $k = "ida64.exe" nocase ascii wide
  condition:
    5 of them
}
