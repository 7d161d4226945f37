rule crypto_xor_over_text {
  meta:
    description = "turns text into other text with XOR"
    capability = "crypto"
    attack = "T1027.013"
    base = "5 of 60466 files of a Debian 12 system"
  strings:
    $js = /charCodeAt\([^)]{0,40}\) *\^/
    $js2 = /String\.fromCharCode\([^)\n]{1,80}\^/
    $py = /(chr|bytes|bytearray)\(\[?[^\n]{1,40}\^[^\n]{1,40} for /
    $ps = /-bxor\b/ nocase
    $from = /FromBase64String|\[byte\[\]\]/ nocase
  condition:
    filesize < 5MB and ($js2 or $py or ($js and filesize < 100KB) or ($ps and $from))
}
