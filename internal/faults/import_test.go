//go:build unix

package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
)

const importRows = 240 // several batches of 25

// importFile writes what is imported: items that carry the number of this
// import, so that one that was lost shows the number of an earlier one.
func (c *cell) importFile(number int) (name string, err error) {
	var b strings.Builder
	for i := range importRows {
		fmt.Fprintf(&b, "{\"pk\":\"I#%d\",\"sk\":\"%d\",\"number\":%d}\n", i%9, i, number)
	}
	name = filepath.Join(c.dir, "items.jsonl")
	return name, os.WriteFile(name, []byte(b.String()), 0o600)
}

// imports writes a file's rows as items, and reads back what then is there.
func imports(ctx context.Context, c *cell) (tally, error) {
	conn, err := c.app.Connect(ctx, "shop", app.Overrides{})
	if err != nil {
		return tally{}, err
	}
	defer conn.Close()
	importer, err := conn.Importer(app.WriteOptions{})
	if err != nil {
		return tally{}, err
	}
	there, err := importer.TableExists(ctx, "imported")
	if err == nil && !there {
		err = importer.CreateLike(ctx, "imported", "shop")
	}
	if err != nil {
		return tally{}, err
	}
	number := rand.Int32()
	name, err := c.importFile(int(number))
	if err != nil {
		return tally{}, err
	}
	file, err := os.Open(name)
	if err != nil {
		return tally{}, err
	}
	defer file.Close()
	log, _, err := app.OpenImportLog(app.ImportFiles{File: name, Begin: app.ResumeRestart, Of: "items"})
	if err != nil {
		return tally{}, err
	}
	report, err := importer.Import(ctx, engine.Import{Table: "imported", From: file, Format: engine.ImportLines, Refused: log.Refuse, Checkpoint: log.Checkpoint})
	if err := errors.Join(err, log.Close(err == nil)); err != nil {
		return tally{}, err
	}
	stream, err := conn.Run(ctx, engine.Statement{Text: fmt.Sprintf(`select pk, sk from imported where "number" = %d`, number)}, app.RunOptions{AllowScan: true})
	if err != nil {
		return tally{}, err
	}
	defer stream.Close()
	t, err := tallyOf(ctx, stream)
	if err == nil && report.Written != t.rows {
		err = fmt.Errorf("%w: %d items were reported and %d are there", errWrong, report.Written, t.rows)
	}
	return t, err
}

// imported is what an import must leave, worked out here.
func imported(*cell) tally {
	var t tally
	for i := range importRows {
		t.add([]string{fmt.Sprintf("I#%d", i%9), strconv.Itoa(i)})
	}
	return t
}
