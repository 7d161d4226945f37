rule discovery_keyboard_or_place {
  meta:
    description = "asks for language, time zone or country before going on"
    capability = "discovery"
    attack = "T1614"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = "GetKeyboardLayoutList"
    $b = "GetUserDefaultUILanguage"
    $c = "GetSystemDefaultLangID"
    $d = "GetUserGeoID"
    $e = "ip-api.com" ascii wide
    $f = "Asia/Tehran" ascii wide
    $g = "Europe/Moscow" ascii wide
    $h = /Intl\.DateTimeFormat\(\)\.resolvedOptions\(\)\.timeZone/
    $i = "Asia/Jerusalem"
  condition:
    3 of ($a, $b, $c, $d) or ($e and ($f or $g)) or (filesize < 200KB and ($h and ($f or $g or $i)))
}
