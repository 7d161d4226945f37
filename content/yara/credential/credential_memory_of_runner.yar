rule credential_memory_of_runner {
  meta:
    description = "reads the memory of the program that runs a build"
    capability = "credential"
    attack = "T1003.007"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $runner = "Runner.Worker"
    $mem = /\/proc\/[^ \n]{1,24}\/mem\b/
    $maps = /\/proc\/[^ \n]{1,24}\/maps\b/
    $secret = "isSecret"
  condition:
    $runner and (($mem and $maps) or $secret)
}
