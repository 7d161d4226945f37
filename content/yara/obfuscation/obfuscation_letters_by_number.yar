rule obfuscation_letters_by_number {
  meta:
    description = "spells words letter by letter in numbers"
    capability = "obfuscation"
    attack = "T1027"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $chr = /(chrw?\([0-9]{2,3}\) {0,3}[+.&] {0,3}){8}/ nocase
    $js = /fromCharCode\(( {0,2}[0-9]{2,3},){20}/
    $ps = /(\[char\](0x)?[0-9a-f]{2,3} ?\+ ?){6}/ nocase
  condition:
    any of them
}
