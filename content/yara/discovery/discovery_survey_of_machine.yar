rule discovery_survey_of_machine {
  meta:
    description = "runs several of the commands with which one looks around"
    capability = "discovery"
    attack = "T1082"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = "ipconfig /all" nocase ascii wide
    $b = "systeminfo" nocase fullword ascii wide
    $c = "whoami /" nocase ascii wide
    $d = "net view" nocase ascii wide
    $e = "tasklist /" nocase ascii wide
    $f = "nltest /" nocase ascii wide
    $g = "net localgroup administrators" nocase ascii wide
    $h = "netstat -ano" nocase ascii wide
    $i = "arp -a" nocase ascii wide
    $j = "net user /domain" nocase ascii wide
  condition:
    4 of them
}
