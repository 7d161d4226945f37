rule network_powershell_fetch_and_run {
  meta:
    description = "fetches text and runs it in PowerShell"
    capability = "network"
    attack = "T1059.001"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $fetch1 = "DownloadString(" nocase ascii wide
    $fetch2 = "Invoke-WebRequest" nocase ascii wide
    $fetch3 = "Invoke-RestMethod" nocase ascii wide
    $run1 = "Invoke-Expression" nocase ascii wide
    $run2 = /\biex[ (]/ nocase ascii wide
  condition:
    filesize < 5MB and any of ($fetch*) and any of ($run*)
}
