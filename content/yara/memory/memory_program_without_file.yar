rule memory_program_without_file {
  meta:
    description = "runs a program from anonymous memory"
    capability = "memory"
    attack = "T1620"
    base = "6 of 60466 files of a Debian 12 system"
  strings:
    $a = "memfd_create"
    $b = "/proc/self/fd/"
    $c = "fexecve"
    $d = "execveat"
    $e = "/proc/%d/fd/%d"
  condition:
    $a and (($b or $e) and ($c or $d))
}
