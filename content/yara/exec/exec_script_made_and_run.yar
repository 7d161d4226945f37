rule exec_script_made_and_run {
  meta:
    description = "writes a script into a place for temporary files, allows it to run, and runs it"
    capability = "exec"
    attack = "T1059.004"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $tmp = /\/(tmp|var\/tmp|dev\/shm)\/\.[A-Za-z0-9_]{2,24}/
    $chmod = /chmod (\+x|[0-7]?7[0-7][0-7]) /
    $bg = /(nohup |setsid |& *disown| &>? *\/dev\/null)/
  condition:
    $tmp and $chmod and $bg
}
