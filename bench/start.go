//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
)

const helloSource = `package main

import "fmt"

func main() { fmt.Println("hello") }
`

// start holds `fairlead version` against the smallest Go program there is.
func (b *bench) start() error {
	dir := filepath.Join(b.out, "hello")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(helloSource), 0o644); err != nil {
		return err
	}
	hello := filepath.Join(dir, "hello")
	build := exec.Command("go", "build", "-o", hello, filepath.Join(dir, "main.go"))
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return err
	}
	return b.compare("Start",
		command{label: "fairlead version", args: []string{b.fairlead, "version"}},
		command{label: "hello world in Go", args: []string{hello}},
		"at most 3")
}
