rule network_drop_on_public_service {
  meta:
    description = "sends to or reads from a service where anybody can leave text"
    capability = "network"
    attack = "T1102"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $a = "pastebin.com/raw/" ascii wide
    $b = "api.telegram.org/bot" ascii wide
    $c = "discord.com/api/webhooks/" ascii wide
    $d = "discordapp.com/api/webhooks/" ascii wide
    $e = "webhook.site/" ascii wide
    $f = ".m.pipedream.net" ascii wide
    $g = "requestbin.net" ascii wide
    $h = "transfer.sh/" ascii wide
    $i = "hastebin.com/raw/" ascii wide
  condition:
    any of them
}
