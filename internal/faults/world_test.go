//go:build unix

package faults

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox"
)

// aWorld in the mark's place makes the test binary a world: a process of its
// own, so that what the sandbox keeps is not taken for the program's.
const aWorld = "world"

// worldWords is all that a world says: once when it is there, and after each order.
type worldWords struct {
	Missing  bool // this build has no engine for a sandbox
	Env      map[string]string
	Accounts []string
	Hit      int64   // calls so far that a fault met
	Heap     float64 // MB
	RSS      float64 // MB
}

// beWorld plays the world until its input ends. Each line "end" ends all
// sessions; any other line only asks how it is. 2 % of the calls go wrong on
// their way.
func beWorld(orders io.Reader, out io.Writer) int {
	say := json.NewEncoder(out).Encode
	w, err := newWorld()
	if errors.Is(err, sandbox.ErrNoEngine) {
		_ = say(worldWords{Missing: true})
		return 0
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer w.close()
	var hit atomic.Int64
	w.road.luck = func() effect {
		if rand.IntN(100) >= 2 {
			return nothing
		}
		hit.Add(1)
		return []effect{resetBefore, refuse, badGateway, slow}[rand.IntN(4)]
	}
	words := worldWords{Env: w.env, Accounts: w.accounts}
	lines := bufio.NewScanner(orders)
	for say(words) == nil && lines.Scan() {
		if lines.Text() == "end" {
			w.endSessions()
		}
		words = worldWords{Hit: hit.Load(), Heap: liveHeap(), RSS: residentMemory()}
	}
	return 0
}

// distantWorld is a world in a process of its own.
type distantWorld struct {
	orders io.WriteCloser
	says   *json.Decoder
	first  worldWords
}

func startWorld(t *testing.T) *distantWorld {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childMark+"="+aWorld)
	cmd.Stderr = os.Stderr
	orders, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = orders.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the sandbox's process: %v", err)
		}
	})
	d := &distantWorld{orders: orders, says: json.NewDecoder(out)}
	if err := d.says.Decode(&d.first); err != nil {
		t.Fatal(err)
	}
	if d.first.Missing {
		t.Skip(sandbox.ErrNoEngine)
	}
	return d
}

// tell gives an order and returns how the world is.
func (d *distantWorld) tell(order string) (worldWords, error) {
	var words worldWords
	if _, err := io.WriteString(d.orders, order+"\n"); err != nil {
		return words, err
	}
	err := d.says.Decode(&words)
	return words, err
}

// liveHeap is what cannot be collected, in MB.
func liveHeap() float64 {
	runtime.GC()
	runtime.GC() // what the first one only moved to the pools' second chance
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}

// residentMemory is what the process holds of the machine's memory, in MB; 0
// where the system does not say.
func residentMemory() float64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseFloat(fields[1], 64)
	return pages * float64(os.Getpagesize()) / 1e6
}
