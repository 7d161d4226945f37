rule anti_analysis_defender_weakened {
  meta:
    description = "takes places out of the view of Defender, or turns it off"
    capability = "anti-analysis"
    attack = "T1562.001"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = /(Add|Set)-MpPreference +-(Exclusion|Disable|Submit|MAPS)/ nocase ascii wide
    $b = "DisableAntiSpyware" ascii wide
    $c = "Windows Defender\\Exclusions" nocase ascii wide
    $d = /(sc(\.exe)? (stop|delete)|net(\.exe)? stop) +"?windefend/ nocase ascii wide
  condition:
    any of them
}
