rule persistence_management_event {
  meta:
    description = "runs something on an event of Windows Management Instrumentation"
    capability = "persistence"
    attack = "T1546.003"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $filter = "__EventFilter" ascii wide
    $a = "CommandLineEventConsumer" ascii wide
    $b = "ActiveScriptEventConsumer" ascii wide
    $bind = "__FilterToConsumerBinding" ascii wide
  condition:
    $filter and $bind and ($a or $b)
}
