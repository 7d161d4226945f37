rule install_manifest_runs_code {
  meta:
    description = "a package's manifest runs code of its own when it is installed"
    capability = "install"
    attack = "T1195.001"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $hook = /"(pre|post)?install" *: *"[^"\n]{0,200}(node +-e|curl |wget |powershell|base64|\| *(ba)?sh\b|python3? +-c|bun +run|node +\.?\/?\.)/
  condition:
    filesize < 1MB and $hook
}
