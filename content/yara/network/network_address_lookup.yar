rule network_address_lookup {
  meta:
    description = "asks a public service for its own address"
    capability = "network"
    attack = "T1016"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = "api.ipify.org" ascii wide
    $b = "icanhazip.com" ascii wide
    $c = "ifconfig.me" ascii wide fullword
    $d = "ip-api.com/" ascii wide
    $e = "ipinfo.io/" ascii wide
    $f = "checkip.amazonaws.com" ascii wide
    $g = "ident.me" ascii wide fullword
  condition:
    any of them
}
