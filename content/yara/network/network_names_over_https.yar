rule network_names_over_https {
  meta:
    description = "resolves names over HTTPS, past the resolver of the house"
    capability = "network"
    attack = "T1071.004"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = "/dns-query?name=" ascii wide
    $b = "dns.google/resolve?" ascii wide
    $c = "cloudflare-dns.com/dns-query" ascii wide
    $d = "application/dns-json" ascii wide
  condition:
    any of them
}
