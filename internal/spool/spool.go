// Package spool keeps a result on disk as Arrow IPC and reads it back by
// window, also while it is still being written; it sorts, filters and searches
// it without holding it.
//
// It knows rows and files, and neither where the rows come from nor who looks
// at them.
//
//	s, err := spool.Create(dir, stream.Schema(), spool.Options{MaxBytes: 1 << 30})
//	if err != nil { return err }
//	defer s.Close()
//	go spool.Fill(ctx, s, stream, nil)
//	...
//	batch, err := s.Window(ctx, 1_000_000, 200)
//
// A folder holds segments (Arrow IPC streams that any reader of the format
// takes), an index with the place, length and checksum of every chunk of rows,
// and, once the result is whole, what is known of it. Each byte read back is
// checked, so that a damaged file is a fault and never a wrong value.
package spool

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// Options are bounds on a spool.
type Options struct {
	MaxBytes int64 // on disk; 0 sets no bound
}

// Spool is a result kept on disk. It is safe for one writer and many readers.
type Spool struct {
	dir    string
	schema *arrow.Schema
	max    int64
	head   head
	write  *writer // nil for one that was opened

	mu       sync.RWMutex
	chunks   []chunk // only ever appended to
	segments []*os.File
	bytes    int64
	done     bool
	cause    error
	stats    result.Stats
	grown    chan struct{}
	closed   bool
}

// Create begins a spool in dir, which is made, and must not hold one already.
func Create(dir string, schema *arrow.Schema, o Options) (*Spool, error) {
	head, err := newHead(schema)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unwritable(dir, err)
	}
	w, err := newWriter(dir, head, schema)
	if err != nil {
		return nil, unwritable(dir, err)
	}
	return &Spool{dir: dir, schema: schema, max: o.MaxBytes, head: head, write: w, grown: make(chan struct{})}, nil
}

// Open reads a spool that was written earlier. One whose writer ended before
// the result did holds the rows that came, and says so in Done.
func Open(dir string) (*Spool, error) {
	head, chunks, err := readIndex(filepath.Join(dir, indexName))
	if err != nil {
		return nil, damaged(dir, err)
	}
	schema, err := head.decode()
	if err != nil {
		return nil, damaged(dir, err)
	}
	s := &Spool{dir: dir, schema: schema, head: head, chunks: chunks, done: true, grown: closedChannel()}
	for _, c := range chunks {
		s.bytes += int64(c.length)
	}
	if err := s.readEnd(); err != nil {
		return nil, damaged(dir, err)
	}
	return s, nil
}

func closedChannel() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// Append writes the batch's rows. When it returns, readers see them. A batch
// that would pass MaxBytes is not written and is a fault for which Full holds.
func (s *Spool) Append(b arrow.RecordBatch) error {
	if s.write == nil {
		return fault.New(fault.Internal, "A finished result cannot grow")
	}
	for _, rows := range pieces(b) {
		part := b.NewSlice(rows.from, rows.to)
		err := s.appendChunk(part)
		part.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Spool) appendChunk(part arrow.RecordBatch) error {
	c, segment, err := s.write.put(part, s.max)
	if errors.Is(err, errFull) {
		return fault.Wrapf(err, fault.Guarded, "The result is larger than the %d MB that may be kept of it", s.max/1e6)
	}
	if err != nil {
		return unwritable(s.dir, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.chunks); n > 0 {
		c.first = s.chunks[n-1].first + int64(s.chunks[n-1].rows)
	}
	if int(c.segment) == len(s.segments) {
		s.segments = append(s.segments, segment)
	}
	s.chunks = append(s.chunks, c)
	s.bytes += int64(c.length)
	s.tell()
	return nil
}

// tell wakes those who wait for growth. mu is held.
func (s *Spool) tell() {
	close(s.grown)
	s.grown = make(chan struct{})
}

// Finish says that no more rows come. cause is nil when the result is whole.
func (s *Spool) Finish(stats result.Stats, cause error) error {
	if s.write == nil {
		return nil
	}
	err := s.write.finish(end{Rows: s.Rows(), Stats: stats, Fault: newFaultDoc(cause)})
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return nil
	}
	s.done, s.cause, s.stats = true, cause, stats
	close(s.grown) // and stays closed: there is nothing more to wait for
	if err != nil {
		return unwritable(s.dir, err)
	}
	return nil
}

// Schema returns the rows' schema.
func (s *Spool) Schema() *arrow.Schema { return s.schema }

// Rows returns how many rows there are by now.
func (s *Spool) Rows() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return rowsOf(s.chunks)
}

// Bytes returns how much of the disk the rows take by now.
func (s *Spool) Bytes() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.bytes
}

// Done reports whether no more rows come, and why the result is not whole.
func (s *Spool) Done() (done bool, cause error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.done, s.cause
}

// Stats returns the statement's figures, known once Done.
func (s *Spool) Stats() result.Stats {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.stats
}

// Grown returns a channel that is closed when there are more rows than now, or
// no more will come. Ask for it before looking at what is there, and anew each time.
func (s *Spool) Grown() <-chan struct{} {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.grown
}

// snapshot returns the chunks that are there now.
func (s *Spool) snapshot() []chunk {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.chunks[:len(s.chunks):len(s.chunks)]
}

// Close frees the files. What is on disk stays. Readers that come later fail.
func (s *Spool) Close() error {
	var err error
	if s.write != nil {
		err = s.write.close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	if !s.done {
		s.done, s.cause = true, errIncomplete()
		close(s.grown)
	}
	for _, f := range s.segments {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	s.segments = nil
	return err
}

// Remove closes the spool and deletes its folder.
func (s *Spool) Remove() error { return errors.Join(s.Close(), os.RemoveAll(s.dir)) }

// CopyTo puts a finished spool into another folder too, without its views. The
// files are linked where the file system can, so that it costs no space; they
// never change once they are written.
func (s *Spool) CopyTo(dir string) error {
	if done, _ := s.Done(); !done {
		return errIncomplete()
	}
	names := []string{indexName, endName}
	for _, c := range s.snapshot() {
		if name := filepath.Base(segmentPath(s.dir, c.segment)); names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return unwritable(dir, err)
	}
	for _, name := range names {
		if err := linkOrCopy(filepath.Join(s.dir, name), filepath.Join(dir, name)); err != nil {
			return unwritable(dir, errors.Join(err, os.RemoveAll(dir)))
		}
	}
	return nil
}

func linkOrCopy(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// Fill pulls the stream to its end into the spool, finishes it and closes the
// stream. onBatch, when not nil, is told the rows so far. The error is why the
// spool does not hold the whole result; Done tells it too.
func Fill(ctx context.Context, s *Spool, from result.Stream, onBatch func(rows int64)) error {
	cause := fill(ctx, s, from, onBatch)
	if err := from.Close(); cause == nil {
		cause = err
	}
	if err := s.Finish(from.Stats(), cause); cause == nil {
		cause = err
	}
	return cause
}

func fill(ctx context.Context, s *Spool, from result.Stream, onBatch func(rows int64)) error {
	var rows int64
	for {
		batch, err := from.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		rows += batch.NumRows()
		err = s.Append(batch)
		batch.Release()
		if err != nil {
			return err
		}
		if onBatch != nil {
			onBatch(rows)
		}
	}
}

var errFull = errors.New("the bound on its size is reached")

// Full reports whether err says that the result is larger than may be kept.
func Full(err error) bool { return errors.Is(err, errFull) }

func errIncomplete() error {
	return fault.New(fault.Output, "The result is not whole: whoever wrote it ended before it was")
}

func unwritable(dir string, err error) error {
	return fault.Wrapf(err, fault.Output, "The result cannot be kept in %s", dir).WithRemedy("check the folder and the space on the disk")
}

func damaged(dir string, err error) error {
	return fault.Wrapf(err, fault.Output, "The result kept in %s cannot be read", dir).
		WithRemedy("it is damaged or gone; run the statement again")
}
