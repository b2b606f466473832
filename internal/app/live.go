package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
)

// liveLock is the file in a room's folder of live rows whose lock says that the
// room still lives.
const liveLock = "lock"

// LiveRows returns a folder of this process for rows that a room shows while
// they come. They lie apart from those that are kept. release removes it; the
// folders of processes that ended without are removed by the next that asks.
// Where our own folder cannot be written, as in a read-only home, it is a private
// one among the system's temporary files.
func (a *App) LiveRows(ctx context.Context) (dir string, release func(), err error) {
	dirs, err := a.dirs()
	if err != nil {
		return "", nil, err
	}
	base := filepath.Join(dirs.Cache, "live")
	if err = os.MkdirAll(base, 0o700); err == nil {
		sweepLive(ctx, base)
		dir, err = os.MkdirTemp(base, "")
	}
	if err != nil {
		var temporary error
		if dir, temporary = os.MkdirTemp("", "fairlead-live-"); temporary != nil {
			return "", nil, fault.Wrapf(errors.Join(err, temporary), fault.Output, "Cannot make a folder for rows below %s", dirs.Cache)
		}
	}
	unlock, err := home.Lock(ctx, filepath.Join(dir, liveLock))
	if err != nil {
		_ = os.RemoveAll(dir)
		return "", nil, fault.Wrapf(err, fault.Output, "Cannot lock the folder for rows %s", dir)
	}
	return dir, func() {
		_ = unlock()
		_ = os.RemoveAll(dir)
	}, nil
}

// sweepLive removes what processes left behind that are gone. A folder that was
// made a moment ago may not be locked yet.
func sweepLive(ctx context.Context, base string) {
	entries, err := os.ReadDir(base)
	if err != nil {
		return
	}
	for _, e := range entries {
		dir := filepath.Join(base, e.Name())
		info, err := e.Info()
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		brief, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		unlock, err := home.Lock(brief, filepath.Join(dir, liveLock))
		cancel()
		if err == nil {
			_ = unlock()
			_ = os.RemoveAll(dir)
		}
	}
}
