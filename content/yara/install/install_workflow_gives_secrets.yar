rule install_workflow_gives_secrets {
  meta:
    description = "a build workflow turns all its secrets into text"
    capability = "install"
    attack = "T1552.001"
    base = "not measured"
  strings:
    $all = /toJSON\( *secrets *\)/ nocase
    $send = /curl |wget |base64|webhook|https?:\/\//
    $upload = "upload-artifact"
  condition:
    filesize < 1MB and $all and ($send or $upload)
}
