// Package journal remembers what was run: each statement with its outcome, the
// service's id of one that still runs, so that it can be found again after a
// crash, and the queries a person saved.
//
// It is a log of JSON lines that several processes append to at once, each line
// under a lock; a line that a crash cut off is passed over. It knows no engine
// and keeps no rows: Run.Kept names the folder where somebody else did.
//
//	j, err := journal.Open(dirs.State)
//	if err != nil { return err }
//	id, err := j.Begin(journal.Run{Connection: "sales", Text: "select 1"})
//	...
//	err = j.Submitted(id, remoteID) // before anything waits
//	...
//	err = j.Finish(id, journal.Outcome{State: journal.Done, Stats: stats})
package journal

import (
	"slices"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// The states of a run.
const (
	Running   = "running"
	Done      = "done"
	Failed    = "failed"
	Cancelled = "cancelled"
	// Lost is a run whose process ended without saying how the run did: it was
	// killed, or the machine went down. It may still run remotely.
	Lost = "lost"
)

// Run is one statement that was run.
type Run struct {
	ID         string // given by Begin; sorts by time
	Connection string // the saved name, or the address
	Engine     string // the engine's kind
	Profile    string
	Account    string
	Region     string
	// AskedProfile and AskedRegion were given for this run in place of the
	// connection's own.
	AskedProfile, AskedRegion string

	Text     string // longer ones than 256 KiB are cut
	Args     []Arg
	Started  time.Time
	Ended    time.Time // zero while it runs
	State    string
	RemoteID string // the service's id, "" before it was told
	Stats    result.Stats
	Fault    *Fault
	Kept     string // folder of the rows, "" when none are kept
}

// Arg is a placeholder's value. A secret one is stored without its value.
type Arg struct {
	Type  string `json:"type,omitempty"`
	Value string `json:"value,omitempty"`
}

// Fault is why a run failed.
type Fault struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Remedy  string `json:"remedy,omitempty"`
}

// Outcome is how a run ended.
type Outcome struct {
	State string // Done, Failed or Cancelled
	Stats result.Stats
	Fault *Fault
	Kept  string
}

// Filter chooses runs. The zero value chooses all.
type Filter struct {
	Search     string // in text, id and remote id, whatever the case
	Connection string
	State      string
	Limit      int       // 0 for all
	Before     time.Time // begun before; zero for any time
}

// Begin writes down a run that is about to be sent, and returns its id. Its
// state is Running for as long as this process lives.
func (j *Journal) Begin(r Run) (id string, err error) {
	writer, err := j.enter()
	if err != nil {
		return "", unwritable(err)
	}
	if r.Started.IsZero() {
		r.Started = time.Now()
	}
	r.ID, r.State = j.newID(r.Started), Running
	if len(r.Text) > longestText {
		r.Text = strings.ToValidUTF8(r.Text[:longestText], "")
	}
	if err := j.append(entry{Op: opBegin, ID: r.ID, Writer: writer, Run: &r}, false); err != nil {
		j.leave()
		return "", unwritable(err)
	}
	return r.ID, nil
}

// Submitted writes down the service's id of a run: from here on it can be
// attached to, however this process ends.
func (j *Journal) Submitted(id, remoteID string) error {
	return unwritable(j.append(entry{Op: opSubmitted, ID: id, Remote: remoteID}, true))
}

// Finish writes down how a run ended.
func (j *Journal) Finish(id string, o Outcome) error {
	defer j.leave()
	ended := time.Now()
	return unwritable(j.append(entry{Op: opFinish, ID: id, At: &ended, Outcome: &o}, false))
}

// Adopt makes a run this process's own again: one that was lost and is attached
// to. It ends with Finish, as after Begin.
func (j *Journal) Adopt(id string) error {
	writer, err := j.enter()
	if err != nil {
		return unwritable(err)
	}
	if err := j.append(entry{Op: opAdopt, ID: id, Writer: writer}, false); err != nil {
		j.leave()
		return unwritable(err)
	}
	return nil
}

// Kept writes down that a run's rows have been kept, after its end, in the
// folder of its id.
func (j *Journal) Kept(id string) error {
	return unwritable(j.append(entry{Op: opKept, ID: id}, false))
}

// Dropped writes down that a run's rows are not kept any more.
func (j *Journal) Dropped(id string) error {
	return unwritable(j.append(entry{Op: opDropped, ID: id}, false))
}

// Remove forgets a run.
func (j *Journal) Remove(id string) error {
	return unwritable(j.append(entry{Op: opRemove, ID: id}, false))
}

// List returns the runs that the filter chooses, the newest first.
func (j *Journal) List(f Filter) ([]Run, error) {
	runs, err := j.load()
	if err != nil {
		return nil, err
	}
	search := strings.ToLower(f.Search)
	var out []Run
	for _, r := range slices.Backward(runs) {
		switch {
		case f.Connection != "" && r.Connection != f.Connection,
			f.State != "" && r.State != f.State,
			!f.Before.IsZero() && !r.Started.Before(f.Before),
			search != "" && !strings.Contains(strings.ToLower(r.Text+"\n"+r.ID+"\n"+r.RemoteID), search):
			continue
		}
		out = append(out, r)
		if f.Limit > 0 && len(out) == f.Limit {
			break
		}
	}
	return out, nil
}

// Get returns the run with that id, a beginning of the id that no other run
// has, or the service's own id. None is a fault with code not-found.
func (j *Journal) Get(id string) (Run, error) {
	runs, err := j.load()
	if err != nil {
		return Run{}, err
	}
	var near []Run
	for _, r := range slices.Backward(runs) {
		switch {
		case id == "":
		case r.ID == id || r.RemoteID == id:
			return r, nil
		case strings.HasPrefix(r.ID, id):
			near = append(near, r)
		}
	}
	if len(near) == 1 {
		return near[0], nil
	}
	f := fault.Newf(fault.NotFound, "There is no run %q in the history", id).WithRemedy("see them with: fairlead history")
	if len(near) > 1 {
		f.Message = "Several runs in the history begin with " + id
	}
	return Run{}, f
}

func unwritable(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(err, fault.Output, "The history cannot be written").
		WithRemedy("check the folder and the space on the disk, or go without: --no-history")
}
