package creds

import (
	"os/exec"
	"syscall"
)

// ownGroup gives the program a process group of its own, so that a Ctrl-C in
// our console is ours to handle.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
