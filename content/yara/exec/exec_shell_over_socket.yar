rule exec_shell_over_socket {
  meta:
    description = "ties a shell to a connection"
    capability = "exec"
    attack = "T1059"
    base = "0 of 60466 files of a Debian 12 system"
  strings:
    $bash = /bash -i *>& *\/dev\/tcp\//
    $exec = /exec [0-9]+<>\/dev\/tcp\//
    $pty = "pty.spawn("
    $sock = "socket.socket("
    $dup = "os.dup2("
    $nc = /\bnc(at)? [^\n]{0,40}-e +\/bin\/(ba)?sh/
    $fifo = /mkfifo [^\n]{1,60}\bnc /
  condition:
    $bash or $exec or $nc or $fifo or ($sock and ($pty or $dup))
}
