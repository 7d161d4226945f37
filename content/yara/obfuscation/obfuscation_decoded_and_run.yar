rule obfuscation_decoded_and_run {
  meta:
    description = "a script decodes something and runs what comes out"
    capability = "obfuscation"
    attack = "T1027.013"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $py1 = /exec\( *(compile\( *)?[^\n]{0,80}(b64decode|b85decode|zlib\.decompress|marshal\.loads|fromhex)\(/
    $py2 = /(eval|exec)\( *__import__\(/
    $js1 = /eval\( *(atob\(|Buffer\.from\([^\n]{1,4000}['"](base64|hex)['"])/
    $js2 = /new Function\( *atob\(/
    $php = /eval\( *(gzinflate|base64_decode|str_rot13)\(/
    $ps = /(iex|Invoke-Expression)[^\n]{0,80}FromBase64String/ nocase
    $sh = /base64 +(-d|-D|--decode)[^\n|]{0,40}\| *(sudo +)?(ba|z)?sh\b/
    $sh2 = /eval[^\n]{0,60}base64 +(-d|-D|--decode)/
  condition:
    any of them
}
