rule crypto_wallet_addresses_replaced {
  meta:
    description = "knows the forms of several currencies' addresses, and the clipboard or a wallet's interface"
    capability = "crypto"
    attack = "T1115"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $btc = /\[13\]\[a-km-zA-HJ-NP-Z1-9\]/
    $bech = /bc1\[/
    $eth = /0x\[a-fA-F0-9\]\{40\}/
    $trx = /T\[A-Za-z1-9\]\{33\}/
    $clip1 = "GetClipboardData"
    $clip2 = "pyperclip"
    $clip3 = "navigator.clipboard"
    $wallet = "window.ethereum"
  condition:
    2 of ($btc, $bech, $eth, $trx) and any of ($clip1, $clip2, $clip3, $wallet)
}
