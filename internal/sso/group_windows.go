package sso

import (
	"os/exec"
	"strconv"
	"syscall"
)

// ownGroup gives the program a process group of its own, so that a Ctrl-C in
// the console is ours to handle, and lets a cancel end it with its children.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
	cmd.Cancel = func() error {
		if exec.Command("taskkill", "/T", "/F", "/PID", strconv.Itoa(cmd.Process.Pid)).Run() == nil {
			return nil
		}
		return cmd.Process.Kill()
	}
}
