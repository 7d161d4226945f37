rule credential_token_patterns {
  meta:
    description = "carries patterns of several kinds of tokens, to search with"
    capability = "credential"
    attack = "T1552.001"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $gh = /gh[pousr]_\[[A-Za-z0-9-]{2,12}/
    $npm = /npm_\[[A-Za-z0-9-]{2,12}/
    $aws = /A(K|S)IA\[[0-9A-Z-]{2,12}/
    $slack = /xox\[[a-z-]{3,8}\]/
    $key = "-----BEGIN [A-Z ]*PRIVATE KEY"
    $scan = /trufflehog +(filesystem|git|github)/
  condition:
    2 of ($gh, $npm, $aws, $slack, $key) or $scan
}
