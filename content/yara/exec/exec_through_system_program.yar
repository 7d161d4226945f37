rule exec_through_system_program {
  meta:
    description = "runs code through a program of the system that is trusted"
    capability = "exec"
    attack = "T1218"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = /regsvr32(\.exe)? [^\n"]{0,40}\/i:http/ nocase ascii wide
    $b = /mshta(\.exe)? +["']?(http|javascript:|vbscript:)/ nocase ascii wide
    $c = /rundll32(\.exe)? +["']?javascript:/ nocase ascii wide
    $d = /certutil(\.exe)? [^\n"]{0,60}-urlcache/ nocase ascii wide
    $e = /bitsadmin(\.exe)? [^\n"]{0,60}\/transfer/ nocase ascii wide
    $f = /msiexec(\.exe)? [^\n"]{0,40}\/i +http/ nocase ascii wide
  condition:
    any of them
}
