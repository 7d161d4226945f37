rule memory_code_in_other_process {
  meta:
    description = "the names of all steps to run code in another process"
    capability = "memory"
    attack = "T1055"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $open1 = "VirtualAllocEx" ascii wide
    $open2 = "NtMapViewOfSection" ascii wide
    $write1 = "WriteProcessMemory" ascii wide
    $write2 = "NtWriteVirtualMemory" ascii wide
    $run1 = "CreateRemoteThread" ascii wide
    $run2 = "NtCreateThreadEx" ascii wide
    $run3 = "QueueUserAPC" ascii wide
    $run4 = "SetThreadContext" ascii wide
    $run5 = "RtlCreateUserThread" ascii wide
  condition:
    any of ($open*) and any of ($write*) and any of ($run*)
}
