rule persistence_cron_line_piped {
  meta:
    description = "adds a line to a table of timed jobs"
    capability = "persistence"
    attack = "T1053.003"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = /crontab -l[^\n]{0,160}\| *crontab -/
    $b = /\* \* \* \*[^\n]{1,160}\| *crontab/
    $c = />> *\/etc\/cron(tab|\.d\/)/
    $d = /> *\/etc\/cron\.(d|hourly|daily)\//
  condition:
    any of them
}
