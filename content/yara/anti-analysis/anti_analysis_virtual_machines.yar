rule anti_analysis_virtual_machines {
  meta:
    description = "knows the marks of several kinds of virtual machines"
    capability = "anti-analysis"
    attack = "T1497.001"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = "VBoxGuest" ascii wide
    $b = "vmtoolsd" ascii wide
    $c = "VMwareVMware" ascii wide
    $d = "SbieDll" nocase ascii wide
    $e = "vboxservice" nocase ascii wide
    $f = "prl_cc.exe" nocase ascii wide
    $g = "qemu-ga" nocase ascii wide
    $h = "xenservice" nocase ascii wide
    $i = "VBoxVBoxVBox"
    $j = "08:00:27" ascii wide
    $k = "00:0C:29" nocase ascii wide
  condition:
    4 of them
}
