rule anti_analysis_traces_erased {
  meta:
    description = "empties logs or histories, or deletes itself"
    capability = "anti-analysis"
    attack = "T1070"
    base = "2 of 60466 files of a Debian 12 system"
  strings:
    $a = /wevtutil(\.exe)? +cl +/ nocase ascii wide
    $b = "Clear-EventLog" nocase ascii wide
    $c = /(unset|export) HIST(FILE|SIZE)(=\/dev\/null|=0|\b)/
    $d = /history -c\b/
    $e = /cmd(\.exe)? \/c [^\n]{0,60}(ping|timeout|choice)[^\n]{1,80}& *del / nocase ascii wide
    $f = /rm -rf? ?("\$0"|\$0|\$\{0\})/
  condition:
    any of them
}
