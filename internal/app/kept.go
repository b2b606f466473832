package app

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/spool"
)

// How much of earlier results is kept on disk. Beyond KeptEach a result is not
// kept at all, so that a large export costs little more than without; the
// oldest go first when all together pass KeptAll or there are too many.
const (
	KeptAll  = 1 << 30
	KeptEach = 64 << 20
	keptMost = 500
	// With more than pruneAlways kept, they are looked at only when pruneEvery
	// more have come: a short query would wait for it.
	pruneAlways, pruneEvery = 16, 8
	// KeptBeside is for a result that is also written to a file or a pipe, where
	// its speed counts and it is had already.
	KeptBeside = 8 << 20
)

func (a *App) resultsDir() (string, error) {
	dirs, err := a.dirs()
	if err != nil {
		return "", err
	}
	return filepath.Join(dirs.Cache, "results"), nil
}

func (a *App) keptDir(id string) (string, error) {
	dir, err := a.resultsDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, id), nil
}

func (a *App) dropKept(id string) error {
	dir, err := a.keptDir(id)
	if err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

// keeper writes the rows of a run beside their reader. Whatever goes wrong
// there ends the keeping and nothing else.
type keeper struct {
	app   *App
	id    string
	most  int64        // bytes
	spool *spool.Spool // nil before the first rows
	gone  bool         // too large, or it failed
}

func (k *keeper) add(schema *arrow.Schema, b arrow.RecordBatch) {
	if k.gone {
		return
	}
	if k.spool == nil && !k.begin(schema) {
		return
	}
	if err := k.spool.Append(b); err != nil {
		k.drop()
	}
}

func (k *keeper) begin(schema *arrow.Schema) bool {
	dir, err := k.app.keptDir(k.id)
	if err == nil {
		// A process that was killed may have left a part of the same run.
		err = os.RemoveAll(dir)
	}
	if err == nil {
		k.spool, err = spool.Create(dir, schema, spool.Options{MaxBytes: k.most})
	}
	if err != nil {
		k.gone = true
	}
	return err == nil
}

func (k *keeper) drop() {
	k.gone = true
	if k.spool != nil {
		_ = k.spool.Remove()
	}
}

// end returns what the history says of the rows: their folder's name, or
// nothing when they are not kept whole.
func (k *keeper) end(schema *arrow.Schema, stats result.Stats, whole bool) string {
	if !whole {
		k.drop()
	}
	if k.gone || k.spool == nil && !k.begin(schema) {
		return ""
	}
	if err := k.spool.Finish(stats, nil); err != nil {
		k.drop()
		return ""
	}
	_ = k.spool.Close()
	k.app.pruneKept()
	return k.id
}

// KeepRows keeps the rows of a run that a room holds in a spool of its own,
// when they are whole and no larger than KeptEach. The spool stays the room's.
func (a *App) KeepRows(id string, rows *spool.Spool) (kept bool, err error) {
	if done, cause := rows.Done(); !done || cause != nil || rows.Bytes() > KeptEach || rows.Schema().NumFields() == 0 {
		return false, nil
	}
	dir, err := a.keptDir(id)
	if err != nil {
		return false, err
	}
	if err := rows.CopyTo(dir); err != nil {
		return false, err
	}
	j, err := a.diary()
	if err != nil {
		return false, err
	}
	a.pruneKept()
	return true, j.Kept(id)
}

// pruneKept removes the oldest results. Names are ids, which sort by time.
func (a *App) pruneKept() {
	dir, err := a.resultsDir()
	if err != nil {
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > pruneAlways && len(entries) <= keptMost && len(entries)%pruneEvery != 0 {
		return
	}
	var total int64
	for i, e := range slices.Backward(entries) {
		if !e.IsDir() {
			continue
		}
		path := filepath.Join(dir, e.Name())
		total += folderSize(path)
		if total > KeptAll || len(entries)-i > keptMost || abandoned(path, e) {
			_ = os.RemoveAll(path)
		}
	}
}

// abandoned reports whether a result was left behind unfinished by a process
// that was killed: nobody has written to it for a day.
func abandoned(path string, e fs.DirEntry) bool {
	if spool.Whole(path) {
		return false
	}
	info, err := e.Info()
	return err == nil && time.Since(info.ModTime()) > 24*time.Hour
}

func folderSize(dir string) int64 {
	var size int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			size += info.Size()
		}
		return nil
	})
	return size
}
