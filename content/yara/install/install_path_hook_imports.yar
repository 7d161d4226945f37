rule install_path_hook_imports {
  meta:
    description = "a file that Python reads at every start runs code"
    capability = "install"
    attack = "T1546.018"
    base = "1 of 60466 files of a Debian 12 system"
  strings:
    $line = /^import [^\n]{0,200}(exec\(|subprocess|os\.system|urlopen|b64decode|eval\()/
  condition:
    filesize < 1MB and $line at 0
}
