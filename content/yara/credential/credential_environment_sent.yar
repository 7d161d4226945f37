rule credential_environment_sent {
  meta:
    description = "takes the whole environment as text, and can send it"
    capability = "credential"
    attack = "T1552.001"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $js = /JSON\.stringify\( *process\.env *[,)]/
    $py = /json\.dumps\( *(dict\( *)?os\.environ\b/
    $send1 = ".request("
    $send2 = "fetch("
    $send3 = "requests.post("
    $send4 = "urlopen("
    $send5 = "axios.post"
    $sh = /\b(env|printenv) *\| *(curl|base64|nc) /
  condition:
    filesize < 10MB and ($sh or (($js or $py) and any of ($send*)))
}
