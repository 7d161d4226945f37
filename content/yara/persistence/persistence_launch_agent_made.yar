rule persistence_launch_agent_made {
  meta:
    description = "carries a launch agent to be written"
    capability = "persistence"
    attack = "T1543.001"
    base = "not measured"
  strings:
    $place = /Library\/Launch(Agents|Daemons)\// ascii wide
    $run = "<key>RunAtLoad</key>"
    $keep = "<key>KeepAlive</key>"
    $args = "<key>ProgramArguments</key>"
  condition:
    $place and $args and ($run or $keep)
}
