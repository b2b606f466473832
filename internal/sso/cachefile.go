package sso

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"time"
)

const (
	// maxCacheFile bounds what is read of a cache file; a token has about 4 kB.
	maxCacheFile = 1 << 20
	// rereads and rereadPause: the CLI writes its caches in place, so a file
	// that is not whole JSON may be whole a moment later.
	rereads     = 5
	rereadPause = 20 * time.Millisecond
)

// ReadCacheFile reads a cache file that the AWS CLI may be writing at this
// moment, and gives it to parse. A file that parse refuses is read again a few
// times while it is not whole JSON. The error is that of the file system, such
// as fs.ErrNotExist, or the last one of parse.
func ReadCacheFile(ctx context.Context, path string, parse func([]byte) error) error {
	for look := 0; ; look++ {
		data, err := readSmall(path)
		if err != nil {
			return err
		}
		err = parse(data)
		if err == nil || look == rereads || json.Valid(data) {
			return err
		}
		if err := pause(ctx, rereadPause); err != nil {
			return err
		}
	}
}

func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxCacheFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxCacheFile {
		return nil, errors.New("the file is larger than 1 MB")
	}
	return data, nil
}

// pause waits, and ends early with ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
