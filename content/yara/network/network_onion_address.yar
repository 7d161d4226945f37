rule network_onion_address {
  meta:
    description = "an address of the Tor network"
    capability = "network"
    attack = "T1090.003"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $v3 = /\b[a-z2-7]{56}\.onion\b/
    $wide = /([a-z2-7]\x00){56}\.\x00o\x00n\x00i\x00o\x00n\x00/
  condition:
    any of them
}
