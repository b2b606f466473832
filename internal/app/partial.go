package app

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// What an output is written into until it is whole is a partial: a hidden file
// beside its name, ".NAME.partial-HOST-NUMBER". Its writer holds a lock on it,
// which the system gives back when the writer dies; so the next one that writes
// NAME can tell what was left behind from what is being written.

const (
	partialMark = ".partial-"
	// forgotten is how long a partial whose writer cannot be asked for (another
	// machine's, or one on a disk without locks) must have lain untouched.
	forgotten = 7 * 24 * time.Hour
	// lostRaces is how many partials in a row may be swept by others between
	// their making and their locking.
	lostRaces = 10
)

// partialRest is what follows the mark; without a host its writer has no lock.
var partialRest = regexp.MustCompile(`^([0-9a-f]{8})?-[0-9]+$`)

var (
	errHeld  = errors.New("another process holds it")
	errSwept = errors.New("it was taken away")
)

// createPartial makes the partial of a name in a folder, and sweeps what dead
// writers of that name left. held is to be closed when the partial has its
// final name, or is gone.
func createPartial(dir, base string) (file *os.File, held io.Closer, err error) {
	sweepPartials(dir, base, time.Now())
	for range lostRaces {
		if file, err = os.CreateTemp(dir, "."+base+partialMark+hostMark()+"-*"); err != nil {
			return nil, nil, err
		}
		if held, err = hold(file.Name()); err == nil {
			return file, held, nil
		}
		_ = file.Close()
		if !errors.Is(err, errHeld) && !errors.Is(err, errSwept) { // not a sweeper that came between
			_ = os.Remove(file.Name())
			break
		}
	}
	// No lock can be had here, so the name must not promise one.
	file, err = os.CreateTemp(dir, "."+base+partialMark+"-*")
	return file, io.NopCloser(nil), err
}

// sweepPartials removes the partials of a name whose writers are dead. What
// cannot be told or removed stays: it harms nobody.
func sweepPartials(dir, base string, now time.Time) {
	folder, err := os.Open(dir)
	if err != nil {
		return // creating the partial will say why
	}
	defer folder.Close()
	for {
		names, err := folder.Readdirnames(1000)
		for _, name := range names {
			if rest, ok := strings.CutPrefix(name, "."+base+partialMark); ok && partialRest.MatchString(rest) {
				sweepPartial(filepath.Join(dir, name), strings.HasPrefix(rest, hostMark()+"-"), now)
			}
		}
		if err != nil || len(names) == 0 {
			return
		}
	}
}

func sweepPartial(path string, locked bool, now time.Time) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	if !locked && now.Sub(info.ModTime()) < forgotten {
		return
	}
	held, err := hold(path)
	if errors.Is(err, errHeld) || errors.Is(err, errSwept) || locked && err != nil {
		return
	}
	_ = os.Remove(path)
	if err == nil {
		_ = held.Close()
	}
}

// hostMark names this machine. Another machine's locks may not be seen from
// here, on a disk that both share.
func hostMark() string {
	name, err := os.Hostname()
	if err != nil {
		name = "" // as good a name as any: those that have none lock all the same
	}
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:4])
}
