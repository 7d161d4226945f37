rule persistence_launch_agent_made {
  meta:
    description = "carries a launch agent to be written"
    capability = "persistence"
    attack = "T1543.001"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $place = /Library\/Launch(Agents|Daemons)\// ascii wide
    $run = "<key>RunAtLoad</key>"
    $keep = "<key>KeepAlive</key>"
    $args = "<key>ProgramArguments</key>"
  condition:
    $place and $args and ($run or $keep)
}
