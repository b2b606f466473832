//go:build unix

package sso

import (
	"os/exec"
	"syscall"
)

// ownGroup gives the program a process group of its own, so that a Ctrl-C in
// the terminal is ours to handle, and lets a cancel end the whole group.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
