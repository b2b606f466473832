package app

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// names lists a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func noLocks(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("what was left is known by its age alone")
	}
}

// TestPartialChild writes and never ends; the test below kills it.
func TestPartialChild(t *testing.T) {
	name := os.Getenv("FAIRLEAD_TEST_PARTIAL")
	if name == "" {
		t.Skip("it is a part of the next test")
	}
	o := write(t, name, "half a resu")
	if err := o.buf.Flush(); err != nil {
		t.Fatal(err)
	}
	fmt.Println("written")
	_, _ = io.Copy(io.Discard, os.Stdin) // until it is killed
}

func TestWhatAKilledWriterLeftIsSwept(t *testing.T) {
	noLocks(t)
	name := filepath.Join(t.TempDir(), "out [1].csv")
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPartialChild$")
	child.Env = append(os.Environ(), "FAIRLEAD_TEST_PARTIAL="+name)
	if _, err := child.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	says, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(says).ReadString('\n'); line != "written\n" {
		t.Fatalf("the child said %q, %v", line, err)
	}
	// While it lives nobody takes its file away.
	if err := write(t, name, "whole").Commit(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, filepath.Dir(name)); len(got) != 2 {
		t.Errorf("beside a living writer there are %q", got)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	// Another name's run is none of its business.
	if err := write(t, filepath.Join(filepath.Dir(name), "out"), "").Commit(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, filepath.Dir(name)); len(got) != 3 {
		t.Errorf("after another name's run there are %q", got)
	}
	if err := write(t, name, "again").Commit(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, filepath.Dir(name)); !slices.Equal(got, []string{"out", "out [1].csv"}) || content(t, name) != "again" {
		t.Errorf("after the next run there are %q", got)
	}
}

// What may have a writer somewhere stays, and so does what is not ours.
func TestOnlyWhatIsSurelyLeftBehindIsSwept(t *testing.T) {
	dir := t.TempDir()
	old, lately := time.Now().Add(-8*24*time.Hour), time.Now().Add(-6*24*time.Hour)
	mine, other := hostMark(), strings.Repeat("0", 8)
	stays := map[string]time.Time{
		".a.csv.partial-" + other + "-12":   lately, // another machine may be writing it
		".a.csv.partial--12":                lately, // no lock could be had
		".a.csv.partial-12":                 old,    // not a name of ours
		".a.csv.partial-" + mine + "-1x":    old,
		".a.csv.partial-" + mine[:7] + "-1": old,
		".b.csv.partial-" + mine + "-12":    old, // of another output
		"a.csv.partial":                     old, // what a scan goes on from
	}
	goes := map[string]time.Time{
		".a.csv.partial-" + other + "-13": old,
		".a.csv.partial--13":              old,
	}
	if runtime.GOOS != "windows" {
		goes[".a.csv.partial-"+mine+"-13"] = time.Now()
	}
	for _, files := range []map[string]time.Time{stays, goes} {
		for name, at := range files {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Mkdir(filepath.Join(dir, ".a.csv.partial-"+mine+"-14"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := write(t, filepath.Join(dir, "a.csv"), "rows").Commit(); err != nil {
		t.Fatal(err)
	}
	got := names(t, dir)
	for name := range stays {
		if !slices.Contains(got, name) {
			t.Errorf("%s was swept", name)
		}
	}
	for name := range goes {
		if slices.Contains(got, name) {
			t.Errorf("%s was left", name)
		}
	}
	if !slices.Contains(got, ".a.csv.partial-"+mine+"-14") {
		t.Error("a folder was swept")
	}
}

// Those that write one name at once sweep all the time, and never each other.
func TestWritersOfOneNameLeaveEachOtherAlone(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out.csv")
	var work sync.WaitGroup
	for i := range 8 {
		work.Go(func() {
			for j := range 25 {
				o, err := CreateOutput(name)
				if err != nil {
					t.Error(err)
					return
				}
				_, err = io.WriteString(o, "whole")
				if err != nil {
					t.Error(err)
				}
				if (i+j)%5 == 0 {
					o.Discard()
				} else if err := o.Commit(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	if got := names(t, dir); !slices.Equal(got, []string{"out.csv"}) || content(t, name) != "whole" {
		t.Errorf("left: %q", got)
	}
}
