rule persistence_systemd_unit_made {
  meta:
    description = "carries a systemd unit and the place to write it"
    capability = "persistence"
    attack = "T1543.002"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = "/etc/systemd/system/"
    $b = ".config/systemd/user"
    $c = "/lib/systemd/system/"
    $unit = "[Service]"
    $exec = "ExecStart="
    $enable = /systemctl (--user )?(enable|start|daemon-reload)/
    $want = "WantedBy="
  condition:
    filesize < 20MB and any of ($a, $b, $c) and $unit and $exec and $want and $enable
}
