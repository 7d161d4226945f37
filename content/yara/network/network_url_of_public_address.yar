rule network_url_of_public_address {
  meta:
    description = "a URL with a numeric address that is neither private nor for documentation"
    capability = "network"
    attack = "T1071.001"
    base = "5 of 60466 files of a Debian 12 system"
  strings:
    $url = /https?:\/\/([1-9]|1[1-9]|[2-9][0-9]|1[013-9][0-9]|2[01][0-9]|22[0-3])\.[0-9]{1,3}\.[0-9]{1,3}\.[1-9][0-9]{0,2}(:[0-9]{2,5})?\//
    $local = /https?:\/\/(127\.|172\.(1[6-9]|2[0-9]|3[01])\.|192\.168\.|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|169\.254\.)/
  condition:
    #url > #local
}
