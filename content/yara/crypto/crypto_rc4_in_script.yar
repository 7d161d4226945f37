rule crypto_rc4_in_script {
  meta:
    description = "an RC4 key schedule written out in a script"
    capability = "crypto"
    attack = "T1027.013"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $py1 = /range\((0, *)?256\)/
    $js1 = /for *\([^)]{0,40}< *256/
    $swap1 = /% *256/
    $swap2 = /& *(0xff|255)\b/ nocase
    $key1 = /key\[[^\]]{1,24}% *(len\(|key)/ nocase
    $key2 = /charCodeAt\([^)]{1,24}% *[A-Za-z_.]{1,24}length/
  condition:
    filesize < 5MB and ($py1 or $js1) and ($swap1 or $swap2) and ($key1 or $key2)
}
