rule network_download_piped_to_shell {
  meta:
    description = "fetches a script and hands it to a shell"
    capability = "network"
    attack = "T1059.004"
    base = "1 of 60466 files of a Debian 12 system"
  strings:
    $pipe = /(curl|wget) [^|\n"]{1,160}\| ?(sudo )?(ba|z|da|k)?sh\b/
    $inner = /(ba|z)?sh (-c )?"?\$\((curl|wget) -/
    $process = /(ba|z)?sh <\((curl|wget) /
  condition:
    any of them
}
