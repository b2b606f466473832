package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/connection"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// treeFolder lies in the cache folder. Each file is one listing.
const treeFolder = "tree"

// Page is a part of a listing, in the order in which the service told it.
type Page struct {
	Objects []engine.Object
	At      time.Time // when the service was asked
	Kept    bool      // it was not asked now: this is what it said then
}

// Tree lists what stands below path without a billed statement, page by page as
// the service answers; a listing has at least one page, which may be empty. An
// error ends it, and the pages before it stand. A listing kept from an earlier
// call that is no older than maxAge answers without a call; 0 always asks. What
// the service said is kept for later calls, of this program and others, once it
// is whole. Kept listings hold names and figures of the catalog, and no rows.
func (c *Connection) Tree(ctx context.Context, path []string, maxAge time.Duration) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		file := c.treeFile(path)
		if maxAge > 0 && file != "" {
			if kept := openListing(file, maxAge); kept != nil {
				kept.each(yield)
				return
			}
		}
		at := time.Now()
		var all []engine.Object
		for objects, err := range c.browse(ctx, path) {
			if err != nil {
				if fault.CodeOf(err) == fault.NotFound && file != "" {
					_ = os.Remove(file) // what is not there any more is not kept either
				}
				yield(Page{At: at}, err)
				return
			}
			all = append(all, objects...)
			if len(objects) > 0 && !yield(Page{Objects: objects, At: at}, nil) {
				return
			}
		}
		if len(all) == 0 && !yield(Page{At: at}, nil) {
			return
		}
		if file != "" {
			keepListing(file, at, all)
		}
	}
}

// treeFile is where a listing is kept: by all that decides what the service
// would say, so that an edited connection does not meet another's listings. ""
// when there is no place.
func (c *Connection) treeFile(path []string) string {
	dirs, err := c.app.dirs()
	if err != nil || c.Session == nil {
		return ""
	}
	e := c.Target.Entry
	parts := []string{e.Name, e.Engine, c.Session.Profile, c.Session.Region, e.Account, e.Auth}
	for name, value := range e.Params {
		parts = append(parts, name+"="+value)
	}
	slices.Sort(parts[6:])
	// Parameters may hold a password; a digest does not tell it.
	sum := sha256.Sum256([]byte(strings.Join(append(append(parts, "path"), path...), "\x00")))
	return filepath.Join(dirs.Cache, treeFolder, hex.EncodeToString(sum[:16])+".json")
}

// HomePath is the path that names without one belong to, as far as the
// connection's parameters tell.
func HomePath(e connection.Entry) []string {
	var path []string
	switch e.Engine {
	case "athena":
		catalog := e.Params["catalog"]
		if catalog == "" {
			catalog = "AwsDataCatalog"
		}
		path = append(path, catalog)
		if db := e.Params["database"]; db != "" {
			path = append(path, db)
		}
	case "redshift":
		database := e.Params["database"]
		if database == "" {
			database = "dev"
		}
		path = append(path, database, "public")
	}
	return path
}

// KnownNames are the objects below path as an earlier call left them, without a
// call and without credentials; nothing when none did, or too long ago.
func (a *App) KnownNames(name string, path []string, maxAge time.Duration) []engine.Object {
	target, err := a.Target(name, Overrides{})
	if err != nil {
		return nil
	}
	unpinned := target
	unpinned.Entry.Account = "" // which AWS would be asked for
	s, err := a.OpenSession(context.Background(), unpinned)
	if err != nil {
		return nil
	}
	c := &Connection{Target: target, Session: s, app: a}
	kept := openListing(c.treeFile(path), maxAge)
	if kept == nil {
		return nil
	}
	var all []engine.Object
	for page := range kept.each {
		all = append(all, page.Objects...)
	}
	return all
}
