rule network_tunnel_service {
  meta:
    description = "names a service that leads past a firewall"
    capability = "network"
    attack = "T1572"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = ".trycloudflare.com" ascii wide
    $b = ".ngrok.io" ascii wide
    $c = ".ngrok-free.app" ascii wide
    $d = "serveo.net" ascii wide fullword
    $e = ".loca.lt" ascii wide
    $f = "localhost.run" ascii wide fullword
    $g = ".devtunnels.ms" ascii wide
  condition:
    any of them
}
