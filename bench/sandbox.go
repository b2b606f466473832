//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// ready is what `fairlead sandbox --ready-file` writes.
type ready struct {
	Endpoint string            `json:"endpoint"`
	Admin    string            `json:"admin"`
	Home     string            `json:"home"`
	Region   string            `json:"region"`
	Env      map[string]string `json:"env"`
}

// withSandbox starts a sandbox, calls use and ends it.
func (b *bench) withSandbox(use func(ready) error, args ...string) error {
	file := filepath.Join(b.out, "ready.json")
	_ = os.Remove(file)
	cmd := exec.Command(b.fairlead, append([]string{"sandbox", "--port", "0", "--ready-file", file}, args...)...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}()
	// The sandbox speaks once it answers; the first line ends the wait.
	first := make(chan error, 1)
	go func() {
		lines := bufio.NewScanner(stderr)
		if !lines.Scan() {
			first <- fmt.Errorf("the sandbox ended at once")
			return
		}
		first <- nil
		for lines.Scan() {
		}
	}()
	select {
	case err := <-first:
		if err != nil {
			return err
		}
	case <-time.After(30 * time.Second):
		return fmt.Errorf("the sandbox did not start")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var r ready
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	return use(r)
}

// environ turns a map into what exec wants.
func environ(env map[string]string) []string {
	var out []string
	for k, v := range env {
		out = append(out, k+"="+v)
	}
	return out
}
