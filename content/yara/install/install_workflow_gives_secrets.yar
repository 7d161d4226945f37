rule install_workflow_gives_secrets {
  meta:
    description = "a build workflow turns all its secrets into text"
    capability = "install"
    attack = "T1552.001"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $all = /toJSON\( *secrets *\)/ nocase
    $send = /curl |wget |base64|webhook|https?:\/\//
    $upload = "upload-artifact"
  condition:
    filesize < 1MB and $all and ($send or $upload)
}
