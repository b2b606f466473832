package creds

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/home"
	"github.com/fairleadhq/fairlead/internal/sso"
)

const (
	// codeMemory is how long a code is remembered as used: it is shown for 30
	// seconds, and AWS takes that of the step before and after (RFC 6238).
	codeMemory = 90 * time.Second
	// codeLock bounds the wait for another process that is noting its code.
	codeLock = 2 * time.Second
)

// codes remembers which MFA codes were used, in this process and, through a
// file, in others: AWS refuses a code the second time, and says only that it
// was wrong.
type codes struct {
	path string // "" to remember in this process only

	mu   sync.Mutex
	seen map[string]time.Time // until when, by digest
}

func newCodes(env func(string) string) *codes {
	c := &codes{seen: map[string]time.Time{}}
	if dirs, err := home.Find(env); err == nil {
		c.path = filepath.Join(dirs.State, "mfa-codes.json")
	}
	return c
}

// use notes the code, and reports whether it was used before. The error is
// only that ctx has ended: what cannot be written is not remembered.
func (c *codes) use(ctx context.Context, serial, code string) (used bool, err error) {
	sum := sha256.Sum256([]byte(serial + "\x00" + code))
	digest := hex.EncodeToString(sum[:])
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.path != "" {
		patient, cancel := context.WithTimeout(ctx, codeLock)
		defer cancel()
		if unlock, err := home.Lock(patient, c.path+".lock"); err == nil {
			defer func() { _ = unlock() }()
		}
		c.read(ctx)
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	now := time.Now()
	for d, until := range c.seen {
		if !until.After(now) {
			delete(c.seen, d)
		}
	}
	if _, used = c.seen[digest]; used {
		return true, nil
	}
	c.seen[digest] = now.Add(codeMemory)
	if c.path != "" {
		if data, err := json.Marshal(c.seen); err == nil {
			_ = home.WriteFile(c.path, data)
		}
	}
	return false, nil
}

// read takes over what other processes have noted; c.mu is held.
func (c *codes) read(ctx context.Context) {
	var others map[string]time.Time
	err := sso.ReadCacheFile(ctx, c.path, func(data []byte) error { return json.Unmarshal(data, &others) })
	if err != nil {
		return
	}
	// A clock that was set back must not keep codes for ever.
	latest := time.Now().Add(codeMemory)
	for d, until := range others {
		if !until.After(latest) {
			c.seen[d] = until
		}
	}
}
