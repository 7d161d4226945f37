rule persistence_scheduled_task_created {
  meta:
    description = "makes a scheduled task"
    capability = "persistence"
    attack = "T1053.005"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = /schtasks(\.exe)?["']? +[^\n]{0,80}\/create/ nocase ascii wide
    $b = "Register-ScheduledTask" nocase ascii wide
    $c = "<LogonTrigger>" ascii wide
    $d = "RegisterTaskDefinition" ascii wide
    $e = "Schedule.Service" ascii wide
  condition:
    $a or $b or $c or ($d and $e)
}
