rule credential_browser_store_query {
  meta:
    description = "queries the databases in which browsers keep log-ins or cookies"
    capability = "credential"
    attack = "T1555.003"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = /select [^\n]{0,120}password_value[^\n]{0,60} from +logins/ nocase ascii wide
    $b = /select [^\n]{0,120}encrypted_value[^\n]{0,60} from +cookies/ nocase ascii wide
    $c = /select [^\n]{0,120} from +moz_cookies/ nocase ascii wide
    $d = "encryptedUsername" ascii wide
    $e = "logins.json" ascii wide
    $f = "key4.db" ascii wide
  condition:
    $a or $b or ($c and $f) or ($d and $e and $f)
}
