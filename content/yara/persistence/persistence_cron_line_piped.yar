rule persistence_cron_line_piped {
  meta:
    description = "adds a line to a table of timed jobs"
    capability = "persistence"
    attack = "T1053.003"
    base = "not measured"
  strings:
    $a = /crontab -l[^\n]{0,160}\| *crontab -/
    $b = /\* \* \* \*[^\n]{1,160}\| *crontab/
    $c = />> *\/etc\/cron(tab|\.d\/)/
    $d = /> *\/etc\/cron\.(d|hourly|daily)\//
  condition:
    any of them
}
