rule credential_publishes_packages {
  meta:
    description = "reads a token of a registry and publishes packages with it"
    capability = "credential"
    attack = "T1195.002"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $token1 = "_authToken"
    $token2 = ".npmrc"
    $token3 = "NPM_TOKEN"
    $publish1 = /npm publish\b/
    $publish2 = "/-/npm/v1/tokens"
    $publish3 = /['"]publish['"], *['"]--/
    $who1 = "-/whoami"
    $who2 = "maintainer:"
    $bump = /version[^\n]{0,60}split\(['"]\.['"]\)/
  condition:
    filesize < 10MB and any of ($token*) and any of ($publish*) and ($bump or any of ($who*))
}
