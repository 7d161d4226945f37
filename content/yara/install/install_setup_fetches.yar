rule install_setup_fetches {
  meta:
    description = "the installer script of a Python package fetches or runs programs"
    capability = "install"
    attack = "T1195.001"
    base = "6 of 60466 files of a Debian 12 system"
  strings:
    $setup = /\bsetup\( *\n?/
    $tools = /from (setuptools|distutils)|import setuptools/
    $a = "urlopen("
    $b = "urlretrieve("
    $c = "requests.get("
    $d = "requests.post("
    $e = "os.system("
    $f = "b64decode("
    $g = /\bexec\(.{0,40}(decode|decompress)\(/
  condition:
    filesize < 1MB and $setup and $tools and any of ($a, $b, $c, $d, $e, $f, $g)
}
