package journal

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
)

const (
	longestText = 256 << 10 // of a statement; Athena takes no longer ones
	longestLine = 4 << 20   // what is longer is no line of ours

	// compactAt is the size at which the log is written anew with compactTo of
	// it, the newest runs: some thousands. Reading 8 MB takes a tenth of a second.
	compactAt = 8 << 20
	compactTo = 4 << 20

	// lockPatience is how long a process waits for the others' lines. Each holds
	// the lock for one write.
	lockPatience = 5 * time.Second
)

// The kinds of lines.
const (
	opBegin     = "begin"
	opSubmitted = "submitted"
	opFinish    = "finish"
	opAdopt     = "adopt"
	opKept      = "kept"
	opDropped   = "dropped"
	opRemove    = "remove"
)

// entry is one line of the log.
type entry struct {
	Op      string     `json:"op"`
	ID      string     `json:"id"`
	Writer  string     `json:"writer,omitempty"`
	Remote  string     `json:"remote,omitempty"`
	At      *time.Time `json:"at,omitempty"`
	Run     *Run       `json:"run,omitempty"`
	Outcome *Outcome   `json:"outcome,omitempty"`
}

// Journal is the history below one folder. It is safe for concurrent use, also
// by several processes.
type Journal struct {
	dir   string
	count atomic.Uint32 // of ids made, from a number of chance

	mu      sync.Mutex
	writer  string // this process's name in the log while it has a run
	unlock  func() error
	running int
}

// Open returns the journal below dir. Nothing is made before the first write.
func Open(dir string) (*Journal, error) {
	if dir == "" {
		return nil, fault.New(fault.Config, "The folder for the history is not known")
	}
	j := &Journal{dir: dir}
	j.count.Store(someNumber())
	return j, nil
}

func (j *Journal) logFile() string  { return filepath.Join(j.dir, "history.jsonl") }
func (j *Journal) lockFile() string { return filepath.Join(j.dir, "history.lock") }

// writerFile is locked by the process of that name for as long as it runs
// something. The system frees the lock however the process ends.
func (j *Journal) writerFile(writer string) string {
	return filepath.Join(j.dir, "writers", writer+".lock")
}

// enter makes this process known as the writer of one more run.
func (j *Journal) enter() (writer string, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.running == 0 {
		j.writer = j.newID(time.Now())
		if j.unlock, err = lock(j.writerFile(j.writer)); err != nil {
			return "", err
		}
	}
	j.running++
	return j.writer, nil
}

// leave ends one run of this process.
func (j *Journal) leave() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.running == 0 {
		return
	}
	if j.running--; j.running == 0 {
		// Nobody looks at this lock any more: the log says how the run ended.
		_ = j.unlock()
		_ = os.Remove(j.writerFile(j.writer))
	}
}

// lives reports whether the process of that name still runs.
func (j *Journal) lives(writer string) bool {
	j.mu.Lock()
	own := j.running > 0 && writer == j.writer
	j.mu.Unlock()
	if own {
		return true
	}
	path := j.writerFile(writer)
	if _, err := os.Stat(path); err != nil {
		return false
	}
	l := flock.New(path)
	if free, err := l.TryLock(); err != nil || !free {
		return true
	}
	_ = l.Unlock()
	_ = os.Remove(path)
	return false
}

func lock(path string) (unlock func() error, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), lockPatience)
	defer cancel()
	return home.Lock(ctx, path)
}

// append writes one line. Durable ones are brought to the disk at once.
func (j *Journal) append(e entry, durable bool) (err error) {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	unlock, err := lock(j.lockFile())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	size, err := appendLine(j.logFile(), line, durable)
	if err != nil || size < compactAt {
		return err
	}
	return j.compact()
}

// appendLine adds the line to the file and returns the file's size. A line that
// a crash cut off before is ended first, so that it takes no other with it.
func appendLine(path string, line []byte, durable bool) (size int64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() {
		if durable && err == nil {
			// What was written outlives the process, however it ends. Only an end
			// of the machine could still lose it, and the disk may take longer than
			// the service's answer: nobody waits for it.
			go func() {
				_ = f.Sync()
				_ = f.Close()
			}()
			return
		}
		err = errors.Join(err, f.Close())
	}()
	if err = home.KeepPrivate(f); err != nil {
		return 0, err
	}
	if size, err = f.Seek(0, io.SeekEnd); err != nil {
		return 0, err
	}
	text := append(line, '\n')
	if size > 0 {
		var last [1]byte
		if _, err := f.ReadAt(last[:], size-1); err != nil {
			return 0, err
		}
		if last[0] != '\n' {
			text = append([]byte{'\n'}, text...)
		}
	}
	if _, err := f.Write(text); err != nil {
		return 0, err
	}
	return size + int64(len(text)), nil
}

// compact writes the log anew with the newest runs, one line each where that is
// enough. The lock is held.
func (j *Journal) compact() error {
	state, err := j.replay()
	if err != nil {
		return err
	}
	var lines [][]byte
	size := 0
	for i := len(state.order) - 1; i >= 0 && size < compactTo; i-- {
		r := state.runs[state.order[i]]
		if r == nil {
			continue
		}
		line, err := json.Marshal(entry{Op: opBegin, ID: r.ID, Writer: state.writers[r.ID], Run: r})
		if err != nil {
			return err
		}
		lines, size = append(lines, line), size+len(line)+1
	}
	text := make([]byte, 0, size)
	for i := len(lines) - 1; i >= 0; i-- {
		text = append(append(text, lines[i]...), '\n')
	}
	if err := home.WriteFile(j.logFile(), text); err != nil {
		return err
	}
	j.sweep()
	return nil
}

// sweep removes the lock files of processes that are gone.
func (j *Journal) sweep() {
	files, _ := filepath.Glob(j.writerFile("*"))
	for _, file := range files {
		// A young one may belong to a process that is about to lock it.
		if info, err := os.Stat(file); err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		name := filepath.Base(file)
		j.lives(name[:len(name)-len(".lock")])
	}
}

// load returns the runs, the oldest first, and marks those that are lost.
func (j *Journal) load() ([]Run, error) {
	s, err := j.replay()
	if err != nil {
		return nil, err
	}
	dead := map[string]bool{}
	for id, r := range s.runs {
		if writer := s.writers[id]; r.State == Running && !dead[writer] && !j.lives(writer) {
			dead[writer] = true
		}
	}
	if len(dead) > 0 {
		// A process writes how its run ended before it lets go of its lock: what
		// seemed lost may have ended between the reading and the look at the lock.
		if s, err = j.replay(); err != nil {
			return nil, err
		}
	}
	runs := make([]Run, 0, len(s.runs))
	for _, id := range s.order {
		r := s.runs[id]
		if r == nil {
			continue
		}
		if r.State == Running && dead[s.writers[id]] {
			r.State = Lost
		}
		runs = append(runs, *r)
	}
	return runs, nil
}

// replay reads the log. No log is an empty one.
func (j *Journal) replay() (state, error) {
	f, err := home.OpenPrivate(j.logFile())
	if errors.Is(err, fs.ErrNotExist) {
		return newState(), nil
	}
	if err != nil {
		return state{}, fault.Wrapf(err, fault.Config, "The history cannot be read")
	}
	defer f.Close()
	s, err := read(f)
	if err != nil {
		return state{}, fault.Wrapf(err, fault.Config, "The history %s cannot be read", j.logFile())
	}
	return s, nil
}

// state is what the lines of a log add up to.
type state struct {
	order   []string        // ids in the order in which they began
	runs    map[string]*Run // removed ones are missing
	writers map[string]string
}

func newState() state { return state{runs: map[string]*Run{}, writers: map[string]string{}} }

// read adds up a log. Lines that are no entries, or of runs that never began,
// are passed over.
func read(r io.Reader) (state, error) {
	s := newState()
	in := bufio.NewReaderSize(r, 64<<10)
	var line []byte
	skip := false
	for {
		part, err := in.ReadSlice('\n')
		if !skip {
			line = append(line, part...)
			skip = len(line) > longestLine
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return state{}, err
		}
		if !skip && len(bytes.TrimSpace(line)) > 0 {
			var e entry
			if json.Unmarshal(line, &e) == nil {
				s.apply(e)
			}
		}
		line, skip = line[:0], false
		if err != nil {
			return s, nil
		}
	}
}

func (s *state) apply(e entry) {
	if e.ID == "" {
		return
	}
	if e.Op == opBegin {
		if _, known := s.writers[e.ID]; known || e.Run == nil {
			return
		}
		e.Run.ID = e.ID
		s.order = append(s.order, e.ID)
		s.runs[e.ID], s.writers[e.ID] = e.Run, e.Writer
		return
	}
	r := s.runs[e.ID]
	if r == nil {
		return
	}
	switch e.Op {
	case opSubmitted:
		r.RemoteID = e.Remote
	case opAdopt:
		r.State, r.Ended, r.Fault = Running, time.Time{}, nil
		s.writers[e.ID] = e.Writer
	case opFinish:
		if e.Outcome == nil {
			return
		}
		r.State, r.Stats, r.Fault, r.Kept = e.Outcome.State, e.Outcome.Stats, e.Outcome.Fault, e.Outcome.Kept
		if e.At != nil {
			r.Ended = *e.At
		}
		if r.RemoteID == "" {
			r.RemoteID = r.Stats.RemoteID
		}
	case opKept:
		r.Kept = e.ID
	case opDropped:
		r.Kept = ""
	case opRemove:
		delete(s.runs, e.ID)
	}
}

// alphabet is Crockford's base 32 in lower case: no letters that are taken for
// digits when an id is typed.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// epoch is where ids count from, in Unix seconds: 2020-01-01. Six digits of 32
// last until 2054.
const epoch = 1577836800

// newID makes an id of ten characters: six of the time, so that ids sort, and
// four that count on from a number of chance, so that a process that runs
// hundreds of statements a second never makes one twice.
func (j *Journal) newID(at time.Time) string {
	var b [10]byte
	n := uint64(at.Unix()-epoch)<<20 | uint64(j.count.Add(1))&(1<<20-1)
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = alphabet[n&31]
		n >>= 5
	}
	return string(b[:])
}

// someNumber is where a process begins to count, apart from others.
func someNumber() uint32 {
	var chance [4]byte
	_, _ = rand.Read(chance[:]) // never fails since Go 1.24
	return binary.LittleEndian.Uint32(chance[:])
}
