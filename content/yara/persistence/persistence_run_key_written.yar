rule persistence_run_key_written {
  meta:
    description = "writes where Windows looks for programs at log-on"
    capability = "persistence"
    attack = "T1547.001"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $key = "\\CurrentVersion\\Run" nocase ascii wide
    $key2 = "\\CurrentVersion\\\\Run" nocase ascii wide
    $set1 = "RegSetValueEx"
    $set2 = "RegSetKeyValue"
    $set3 = "Set-ItemProperty" nocase
    $set4 = "reg add" nocase ascii wide
    $set5 = "winreg.SetValueEx"
    $set6 = "New-ItemProperty" nocase
  condition:
    any of ($key*) and any of ($set*)
}
