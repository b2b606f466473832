//go:build unix

package creds

import (
	"os/exec"
	"syscall"
)

// ownGroup gives the program a process group of its own, and lets the end of
// its time end the whole group: a script's children would hold the pipes.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
