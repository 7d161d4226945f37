rule exec_hidden_powershell {
  meta:
    description = "starts PowerShell without a window or with encoded commands"
    capability = "exec"
    attack = "T1059.001"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $ps = /(powershell|pwsh)(\.exe)?["' ]/ nocase ascii wide
    $hidden = /-w(in(dowstyle)?)? +hidden/ nocase ascii wide
    $encoded = /-e(nc|ncodedcommand)? +[A-Za-z0-9+\/]{24}/ nocase ascii wide
    $stdin = "-encodedcommand %s" nocase ascii wide
  condition:
    $ps and ($hidden or $encoded or $stdin)
}
