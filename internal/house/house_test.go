// Package house holds the plan of the house as data: which package may import
// which. The test reads every non-test Go file, whatever its build tags, and
// fails on an import that the plan does not allow. Whoever adds an edge edits
// the table and says why.
package house

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/fairleadhq/fairlead/"

// room says what one package may import: our own packages (relative to
// internal/), and modules from outside (prefixes). The standard library is
// free to all.
type room struct {
	ours    []string
	modules []string
}

const (
	awsSDK    = "github.com/aws/aws-sdk-go-v2"
	smithy    = "github.com/aws/smithy-go"
	arrow     = "github.com/apache/arrow-go/v18"
	pgx       = "github.com/jackc/pgx/v5"
	cobra     = "github.com/spf13/cobra"
	pflag     = "github.com/spf13/pflag"
	toml      = "github.com/pelletier/go-toml/v2"
	flock     = "github.com/gofrs/flock"
	age       = "filippo.io/age"
	goKeyring = "github.com/zalando/go-keyring"
	xterm     = "golang.org/x/term"
	xsync     = "golang.org/x/sync"
	kcompress = "github.com/klauspost/compress"
	uniseg    = "github.com/rivo/uniseg"
	runewidth = "github.com/mattn/go-runewidth"
	browser   = "github.com/cli/browser"
	compress  = "github.com/klauspost/compress"
	duckdb    = "github.com/duckdb/duckdb-go/v2"
	testscr   = "github.com/rogpeppe/go-internal"
	goCmp     = "github.com/google/go-cmp"
)

// plan is the table of the design. fault and secret are the ground under the
// whole client; the sandbox stands beside it and shares only sqltext and result.
var plan = map[string]room{
	"cmd/fairlead": {ours: []string{"cli"}},
	// what ships and under which licences; no part of the program
	"release/parts": {},

	// the ground
	"fault":   {},
	"secret":  {},
	"home":    {ours: []string{"fault"}, modules: []string{flock}},
	"term":    {ours: []string{"fault", "secret"}, modules: []string{xterm}},
	"sqltext": {},
	"nearest": {},
	"result":  {modules: []string{arrow}},

	// beside the trunk. spool finds and filters by the text that sink shows, and
	// holds its rows with arrow alone; journal locks as home does, but only looks
	// whether another process holds a lock, without waiting.
	"spool":   {ours: []string{"fault", "result", "sink"}, modules: []string{arrow}},
	"journal": {ours: []string{"fault", "home", "result"}, modules: []string{flock}},

	// the trunk
	"keyring": {ours: []string{"fault", "secret", "home"}, modules: []string{goKeyring, age}},
	"awsfile": {ours: []string{"nearest"}},
	// configedit writes into ~/.aws/config as text; reading it is awsfile's.
	"configedit": {ours: []string{"home"}},
	"connection": {ours: []string{"fault", "home", "nearest"}, modules: []string{toml}},
	// flight is one call for all who wait: sso and creds both need it, and
	// x/sync's singleflight lets one cancelled caller fail the others.
	"flight": {},
	"peer":   {},
	// awsnet is how any AWS client reaches the network (endpoints, trust,
	// proxies) and what its errors mean; below sso, because sso calls AWS too.
	"awsnet":  {ours: []string{"fault", "awsfile"}, modules: []string{awsSDK, smithy}},
	"sso":     {ours: []string{"fault", "secret", "awsfile", "home", "nearest", "awsnet", "flight", "peer"}, modules: []string{awsSDK, smithy}},
	"creds":   {ours: []string{"fault", "secret", "home", "awsfile", "sso", "awsnet", "flight"}, modules: []string{awsSDK, smithy}},
	"session": {ours: []string{"fault", "secret", "awsfile", "sso", "creds", "awsnet"}, modules: []string{awsSDK, smithy}},
	"engine":  {ours: []string{"fault", "session", "result", "sqltext", "nearest"}},
	"app": {ours: []string{"fault", "secret", "home", "sqltext", "result", "keyring", "awsfile", "configedit", "connection",
		"sso", "creds", "session", "engine", "spool", "journal"}, modules: []string{awsSDK, arrow}},

	// every verb against every fault: tests alone, above all the rooms
	"faults": {},
	// a real AWS CLI for tests and bench, used by nothing that ships
	"awscli": {},

	// the engines: one service each; all of them know the trunk, none the other
	"engine/athena":   {ours: engineRooms, modules: []string{awsSDK, smithy, arrow}},
	"engine/redshift": {ours: append([]string{"engine/redshift/dataapi"}, engineRooms...), modules: []string{awsSDK, smithy, arrow, pgx}},
	// the Redshift Data API's calls, without the generated client's cost at start
	"engine/redshift/dataapi": {ours: []string{"awsnet", "engine/rawpage"}, modules: []string{awsSDK, smithy}},
	"engine/dynamodb": {ours: append([]string{"engine/dynamodb/item", "engine/dynamodb/itemfile", "engine/dynamodb/partiql", "engine/dynamodb/local"}, engineRooms...),
		modules: []string{awsSDK, smithy, arrow}},
	// DynamoDB's own JSON, the client's reading of PartiQL (never the sandbox's),
	// and the clauses worked out here. They stand below the engine because rows
	// are worked out from items, before there are columns: the spool above the
	// engines holds columns and could not tell an absent attribute from a NULL.
	"engine/dynamodb/item": {},
	// rows of files as items, which needs the table's keys and types: the engine's
	// business, as its answers are
	"engine/dynamodb/itemfile": {ours: []string{"fault", "engine/dynamodb/item"}},
	"engine/dynamodb/partiql":  {},
	"engine/dynamodb/local":    {ours: []string{"fault", "engine/dynamodb/item", "engine/dynamodb/partiql"}},
	// answers of AWS JSON calls as bytes, which Athena and DynamoDB both read
	"engine/rawpage": {modules: []string{smithy}},
	// objects of S3 by signed ranges: query results, without the SDK's S3 client and its start-up
	"engine/s3object": {ours: []string{"awsnet", "session"}, modules: []string{awsSDK, smithy}},
	// Parquet as UNLOAD writes it; Arrow's reader costs the start several milliseconds
	"engine/parquetfile": {modules: []string{arrow, compress}},
	"engine/all":         {ours: []string{"fault", "engine", "engine/athena", "engine/redshift", "engine/dynamodb"}},
	// enginetest is test support, and the sandbox is what it tests against.
	"engine/enginetest": {ours: []string{"fault", "session", "result", "sqltext", "engine", "creds", "sandbox"},
		modules: []string{arrow, goCmp}},

	// the sinks; parquet is a format of its own size, and knows no result.
	// kcompress came with arrow; gzip and zstd are files' compressions here.
	"sink":    {ours: []string{"fault", "result", "parquet"}, modules: []string{arrow, uniseg, runewidth, kcompress}},
	"parquet": {modules: []string{arrow, kcompress}},

	// rowfile is the way back: a file's rows as text; Parquet becomes the lines of
	// JSON that sink writes of it.
	"rowfile": {ours: []string{"fault", "sink", "engine/parquetfile"}, modules: []string{arrow}},

	// the page: a room beside cli, which starts it
	"web": {ours: []string{"fault", "secret", "home", "peer", "result", "sqltext", "connection", "sso", "creds", "session", "engine", "sink", "spool", "journal", "app"},
		modules: []string{arrow}},
	"web/ui": {},

	// the rooms; cli starts the sandbox for `sandbox` and `demo`
	"cli": {ours: []string{"fault", "secret", "home", "term", "sqltext", "result", "awsfile", "connection", "sso", "creds", "session",
		"engine", "engine/all", "sink", "rowfile", "spool", "journal", "app", "sandbox", "web", "web/ui"}, modules: []string{cobra, pflag, browser}},
}

// awsnet is for those who sign their requests without the SDK's clients and have
// to learn the service's time
var engineRooms = []string{"fault", "secret", "awsnet", "session", "result", "sqltext", "engine", "engine/rawpage", "engine/s3object", "engine/parquetfile"}

// sandboxOutside are the modules the sandbox may use. Its rooms may import each
// other, and of ours only sqltext and result.
var sandboxOutside = []string{duckdb, pgx, awsSDK + "/aws/signer", awsSDK + "/aws", arrow}

func TestImportsFollowThePlan(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); name == "testdata" || name == "node_modules" || name == "bench" || (strings.HasPrefix(name, ".") && len(name) > 2) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		pkg := strings.TrimPrefix(filepath.ToSlash(rel), "internal/")
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		seen[pkg] = true
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if why := forbidden(pkg, imported); why != "" {
				t.Errorf("%s imports %s: %s", file, imported, why)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range plan {
		if !seen[pkg] {
			t.Errorf("the plan names package %s, which does not exist", pkg)
		}
	}
}

// forbidden says why pkg must not import imported, or "".
func forbidden(pkg, imported string) string {
	own, inside := strings.CutPrefix(imported, module)
	own = strings.TrimPrefix(own, "internal/")
	if pkg == "sandbox" || strings.HasPrefix(pkg, "sandbox/") {
		switch {
		case inside && (own == "sqltext" || own == "result" || strings.HasPrefix(own, "sandbox/")):
			return ""
		case inside:
			return "the sandbox shares no code with the client"
		case standard(imported) || hasPrefix(imported, sandboxOutside):
			return ""
		}
		return "not among the sandbox's modules"
	}
	r, known := plan[pkg]
	switch {
	case !known:
		return "package " + pkg + " is not in the plan"
	case inside && slices.Contains(r.ours, own):
		return ""
	case inside:
		return "the plan does not allow it"
	case standard(imported) || hasPrefix(imported, r.modules):
		return ""
	}
	return "module not allowed for this package"
}

func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

func hasPrefix(imported string, modules []string) bool {
	return slices.ContainsFunc(modules, func(m string) bool {
		return imported == m || strings.HasPrefix(imported, m+"/")
	})
}

func TestForbiddenCatches(t *testing.T) {
	for _, c := range []struct {
		pkg, imported string
		allowed       bool
	}{
		{"fault", "errors", true},
		{"fault", module + "internal/secret", false},
		{"sqltext", arrow + "/arrow", false},
		{"app", module + "internal/engine/athena", false},
		{"cli", module + "internal/engine/all", true},
		{"engine/athena", module + "internal/engine/redshift", false},
		{"sandbox/athena", module + "internal/fault", false},
		{"sandbox/athena", module + "internal/sandbox/wire", true},
		{"engine/athena", module + "internal/sandbox", false},
		{"nowhere", "errors", false},
		{path.Join("engine", "dynamodb"), pgx, false},
	} {
		if got := forbidden(c.pkg, c.imported) == ""; got != c.allowed {
			t.Errorf("%s -> %s: allowed = %v, want %v", c.pkg, c.imported, got, c.allowed)
		}
	}
}
