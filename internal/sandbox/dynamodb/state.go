package dynamodb

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/table"
)

// stateFile is where the tables are kept in the state folder: JSON lines, one
// that says what the file is, then for each table its definition and its items.
const stateFile = "dynamodb.jsonl"

const stateVersion = 1

type (
	stateHeader struct {
		DynamoDB int // version of the format
	}
	savedTable struct {
		Region     string
		Definition definition
		Created    time.Time
		OnDemand   time.Time
		Streamed   time.Time
		Increased  time.Time
		Decreased  time.Time
		Tags       map[string]string
		TTL        string
		Timeless   bool
		Items      int // how many lines follow
	}
)

// Close keeps the tables in the state folder, if there is one. Requests must
// have ended.
func (s *Service) Close() error {
	if s.dir == "" || !s.used.Load() {
		return nil
	}
	if err := s.save(); err != nil {
		return fmt.Errorf("the DynamoDB tables could not be kept in %s: %w", s.dir, err)
	}
	return nil
}

// save writes the file beside the old one and then puts it in its place.
func (s *Service) save() error {
	f, err := os.CreateTemp(s.dir, stateFile+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	err = s.writeState(f)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(s.dir, stateFile))
}

func (s *Service) writeState(w io.Writer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := bufio.NewWriterSize(w, 1<<16)
	enc := json.NewEncoder(out) // it ends each value with a newline
	if err := enc.Encode(stateHeader{stateVersion}); err != nil {
		return err
	}
	for _, region := range slices.Sorted(maps.Keys(s.stores)) {
		if err := s.stores[region].writeState(enc, out); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (st *store) writeState(enc *json.Encoder, out *bufio.Writer) error {
	st.mu.RLock()
	defer st.mu.RUnlock()
	for _, name := range slices.Sorted(maps.Keys(st.tables)) {
		t := st.tables[name]
		err := enc.Encode(savedTable{
			Region: st.region, Definition: t.definition, Created: t.created, OnDemand: t.onDemand, Streamed: t.streamed,
			Increased: t.increased, Decreased: t.decreased, Tags: t.tags, TTL: t.ttl, Timeless: t.timeless, Items: t.Count(),
		})
		if err != nil {
			return err
		}
		t.Each(func(item *table.Item) {
			// bufio remembers the first error, which Flush returns.
			_, _ = out.Write(item.JSON)
			_ = out.WriteByte('\n')
		})
	}
	return nil
}

// load reads the state file; found is false if there is none.
func (s *Service) load() (found bool, err error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return false, err
	}
	path := filepath.Join(s.dir, stateFile)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close() // only read
	r := &stateReader{r: bufio.NewReaderSize(f, 1<<16)}
	if err := s.readState(r); err != nil {
		return true, fmt.Errorf("%s:%d: %w", path, r.line, err)
	}
	return true, nil
}

// stateReader reads lines of any length.
type stateReader struct {
	r    *bufio.Reader
	line int
}

// next reads one line into v; io.EOF after the last.
func (r *stateReader) next(v any) error {
	r.line++
	text, err := r.r.ReadBytes('\n')
	if err != nil && (err != io.EOF || len(text) == 0) {
		return err
	}
	return json.Unmarshal(text, v)
}

func (s *Service) readState(r *stateReader) error {
	var h stateHeader
	if err := r.next(&h); err != nil || h.DynamoDB != stateVersion {
		return errors.Join(err, fmt.Errorf("this is no state of version %d", stateVersion))
	}
	for {
		var saved savedTable
		err := r.next(&saved)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		t, err := saved.restore(r)
		if err != nil {
			return err
		}
		s.store(saved.Region).tables[t.Def.Name] = t
	}
}

// restore makes the table and reads its items.
func (saved *savedTable) restore(r *stateReader) (*tableState, error) {
	def, err := saved.Definition.engineDef()
	if err != nil {
		return nil, err
	}
	t := newTableState(def, saved.Definition, saved.Created)
	t.onDemand, t.streamed, t.increased, t.decreased = saved.OnDemand, saved.Streamed, saved.Increased, saved.Decreased
	t.ttl, t.timeless = saved.TTL, saved.Timeless
	if saved.Tags != nil {
		t.tags = saved.Tags
	}
	items := make([]attr.Map, 0, min(max(saved.Items, 0), 1<<20))
	for range saved.Items {
		var item attr.Map
		if err := r.next(&item); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		if err := t.CheckItem(item); err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	t.Load(items)
	return t, nil
}
