rule anti_analysis_scan_interface_off {
  meta:
    description = "reaches into the interface through which scripts are scanned"
    capability = "anti-analysis"
    attack = "T1562.001"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = "AmsiScanBuffer" nocase ascii wide
    $b = "amsiInitFailed" nocase ascii wide
    $c = "amsi.dll" nocase ascii wide
    $d = "VirtualProtect" ascii wide
    $e = "AmsiUtils" nocase ascii wide
  condition:
    ($a and $c and $d) or ($b and $e)
}
