rule credential_keychain_dump {
  meta:
    description = "dumps the key chain, or asks for its password in a window of its own"
    capability = "credential"
    attack = "T1555.001"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = "security dump-keychain"
    $b = "security find-generic-password -ga"
    $c = /display dialog [^\n]{0,200}hidden answer/ nocase
    $d = /dscl \/Local\/Default -authonly/
    $e = "login.keychain-db"
    $f = "security unlock-keychain"
  condition:
    $a or $b or $c or ($d and $e) or ($e and $f)
}
