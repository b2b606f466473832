package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/rowfile"
	"github.com/fairleadhq/fairlead/internal/sink"
	"github.com/fairleadhq/fairlead/internal/term"
)

type importOptions struct {
	target, file string
	table        string
	format       string
	types        []string
	infer        bool
	rate         float64
	maxUnits     float64
	writers      int
	dryRun       bool
	resume       bool
	restart      bool
	refused      string
	createLike   string
	yes          bool
	stats        bool
	quiet        bool
	over         app.Overrides
}

// importFormats are those that rows can be imported from.
func importFormats() []string {
	return []string{engine.ImportLines, engine.ImportTyped, engine.ImportArray, engine.ImportCSV, rowfile.Parquet}
}

func newDynamoImport(r *room) *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import TARGET FILE --table TABLE",
		Short: "Write the rows of a file as items",
		Long: `Write each row of a file as an item (BatchWriteItem), replacing one of the same key.
The format comes from the file's ending, or from --format; .gz and .zst are read too,
and - is standard input. What "fairlead dynamodb scan" and "fairlead query" wrote can
be read back:

  jsonl, json     an object for each item, plain or typed as DynamoDB does; the table's
                  key tells which. Plain JSON carries every value: {"B":"base64"},
                  {"SS":[...]}, {"NS":[...]} and {"BS":[...]} are binary and sets
  dynamodb-json   typed objects on a line each, bare or as {"Item":{...}}
  csv             nothing is an attribute that is not there, "" is the empty text. A
                  column is text, but for the table's keys, if no type is given: by its
                  name (total:N), by --types total:N, or by its looks with --infer
  parquet         numbers, booleans and binary keep their type; text is text, if no
                  --types is given

Types are S, N, B, BOOL, NULL, L, M, SS, NS, BS; json for JSON of any type, and merge
for an object whose members are attributes of the item, as in the column "more".

Every row is checked before it is sent: a row that cannot be an item is refused with
its line and the reason, in FILE.refused.jsonl, and the exit status is 1. The others
are written by as many writers as DynamoDB keeps up with, and what it hands back is
sent again until it is in. FILE.import.json says how far things are; what broke off, by
Ctrl-C, an expired session or a crash, is gone on with by --resume.`,
		Example: `  fairlead dynamodb import shop --table copy shop.jsonl
  fairlead dynamodb import shop --table copy shop.jsonl.gz --create-like shop --rate 500
  fairlead dynamodb import shop --table copy orders.csv --types total:N,tags:SS --dry-run
  fairlead dynamodb import shop --table copy shop.jsonl --resume`,
		Args:              cobra.ExactArgs(2),
		ValidArgsFunction: r.completeTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.target, o.file = args[0], args[1]
			return r.importFile(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.table, "table", "", "the table to write into (required)")
	_ = cmd.MarkFlagRequired("table")
	f.StringVar(&o.format, "format", "", "the file's format: "+strings.Join(importFormats(), ", ")+" (default: from the file name)")
	f.StringSliceVar(&o.types, "types", nil, "types of attributes, as NAME:TYPE (repeatable, or with commas)")
	f.BoolVar(&o.infer, "infer", false, "CSV: take the types of values from how they look")
	f.Float64Var(&o.rate, "rate", 0, "write units a second to consume at most")
	f.Float64Var(&o.maxUnits, "max-units", 0, "stop before more write units than this are consumed")
	f.IntVar(&o.writers, "writers", 0, "calls at once (default: as many as DynamoDB keeps up with)")
	f.BoolVar(&o.dryRun, "dry-run", false, "read and check every row, and write nothing")
	f.BoolVar(&o.resume, "resume", false, "go on with an import of the same file that broke off")
	f.BoolVar(&o.restart, "restart", false, "begin anew although an import of the same file broke off")
	f.StringVar(&o.refused, "refused", "", "file for the rows that are refused (default: FILE.refused.jsonl)")
	f.StringVar(&o.createLike, "create-like", "", "make the table first, with the keys of this one, billed by request")
	r.writeFlags(cmd, &o.yes, &o.over)
	f.BoolVar(&o.stats, "stats", false, "print time, items, write units and price even without a terminal")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no progress and no closing line")
	r.completeFlag(cmd, "format", importFormats)
	return cmd
}

// writeFlags declares what all commands that change items have.
func (r *room) writeFlags(cmd *cobra.Command, yes *bool, over *app.Overrides) {
	f := cmd.Flags()
	f.BoolVarP(yes, "yes", "y", false, "do not ask")
	f.StringVar(&over.Profile, "profile", "", "use this AWS profile instead of the target's")
	f.StringVar(&over.Region, "region", "", "use this region instead of the target's")
	r.loginFlag(f)
	r.completeFlag(cmd, "profile", r.profileNames)
}

func (o *importOptions) check() (types map[string]string, err error) {
	switch {
	case o.rate < 0 || o.maxUnits < 0:
		return nil, fault.New(fault.Usage, "--max-units and --rate are more than nothing")
	case o.writers < 0 || o.writers > 64:
		return nil, fault.Newf(fault.Usage, "--writers %d: 1 to 64 calls can be made at once", o.writers)
	case o.resume && o.restart:
		return nil, fault.New(fault.Usage, "Give either --resume or --restart, not both")
	case o.resume && o.file == "-":
		return nil, fault.New(fault.Usage, "Standard input cannot be gone on with").WithRemedy("put it into a file")
	}
	for _, t := range o.types {
		at := strings.LastIndexByte(t, ':')
		if at < 1 {
			return nil, fault.Newf(fault.Usage, "--types %q: a type is given as NAME:TYPE", t)
		}
		if types == nil {
			types = map[string]string{}
		}
		types[t[:at]] = t[at+1:]
	}
	return types, nil
}

// fileFormat is the format that rows are read as, and how they are compressed.
func (o *importOptions) fileFormat() (format, compressed string, err error) {
	name, compressed := sink.Compressed(o.file)
	format = strings.ToLower(o.format)
	if format == "" && o.file == "-" {
		return "", "", fault.New(fault.Usage, "What format standard input has is not told").
			WithRemedy("say it with --format: " + strings.Join(importFormats(), ", "))
	}
	if format == "" {
		format, _ = sink.ForFile(name)
	}
	if !slices.Contains(importFormats(), format) {
		what := fmt.Sprintf("The ending of %s names no format that can be imported", o.file)
		if o.format != "" {
			what = fmt.Sprintf("The format %q cannot be imported", o.format)
		}
		return "", "", fault.New(fault.Usage, what).WithRemedy("say it with --format: " + strings.Join(importFormats(), ", "))
	}
	return format, compressed, nil
}

// importFile writes the rows of a file.
func (r *room) importFile(ctx context.Context, o importOptions) error {
	types, err := o.check()
	if err != nil {
		return err
	}
	format, compressed, err := o.fileFormat()
	if err != nil {
		return err
	}
	if o.infer && format != engine.ImportCSV {
		return fault.Newf(fault.Usage, "--infer is for CSV; %s tells the types of its values itself", format)
	}
	rows, err := rowfile.Open(o.file, r.streams.In, format, compressed)
	if err != nil {
		return err
	}
	defer rows.Close()
	conn, err := r.connect(ctx, o.target, o.over)
	if err != nil {
		return err
	}
	defer conn.Close()
	importer, err := conn.Importer(app.WriteOptions{Confirmed: true}) // mayImport asks
	if err != nil {
		return err
	}
	if !o.dryRun {
		if err := r.mayImport(ctx, conn, importer, &o); err != nil {
			return err
		}
	}
	for name, tag := range rows.Types {
		if _, given := types[name]; !given {
			if types == nil {
				types = map[string]string{}
			}
			types[name] = tag
		}
	}
	im := engine.Import{Table: o.table, From: rows, Format: rows.Format, Types: types, Infer: o.infer, NullAbsent: rows.NullAbsent,
		DryRun: o.dryRun, Writers: o.writers, Budget: engine.Budget{CapacityUnits: o.maxUnits, UnitRate: o.rate}}
	return r.runImport(ctx, conn, importer, im, o, format)
}

// mayImport refuses or asks, and makes the table where that is asked for.
func (r *room) mayImport(ctx context.Context, conn *app.Connection, importer engine.Importer, o *importOptions) error {
	if err := conn.GuardWrite(); err != nil {
		return err
	}
	if err := r.agreed(ctx, conn, o.yes, fmt.Sprintf("Write the rows of %s into table %s?", o.file, o.table)); err != nil {
		return err
	}
	if o.createLike != "" && o.resume {
		return nil // it was made when the import began
	}
	if o.createLike != "" {
		return importer.CreateLike(ctx, o.table, o.createLike)
	}
	exists, err := importer.TableExists(ctx, o.table)
	if err != nil || exists {
		return err
	}
	missing := fault.Newf(fault.NotFound, "DynamoDB has no table %q in %s", o.table, conn.Session.Region)
	like := tableOfFile(o.file)
	if there, err := importer.TableExists(ctx, like); like == "" || err != nil || !there {
		return missing.WithRemedy("check the name and the region, or make it with the keys of another table: --create-like TABLE")
	}
	if !r.streams.CanAsk() {
		return missing.WithRemedyf("make it with the keys of table %[1]s: --create-like %[1]s", like)
	}
	r.status.clear()
	yes, err := r.streams.Confirm(ctx, fmt.Sprintf("There is no table %s. Make it with the keys of table %s, billed by request?", o.table, like), false)
	if err != nil {
		return err
	}
	if !yes {
		return missing
	}
	return importer.CreateLike(ctx, o.table, like)
}

// tableOfFile is the table that a file was most likely written from: shop of
// out/shop.jsonl.gz.
func tableOfFile(file string) string {
	name, _ := sink.Compressed(filepath.Base(file))
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// agreed asks before a connection labelled production is written to.
func (r *room) agreed(ctx context.Context, conn *app.Connection, yes bool, question string) error {
	err := conn.ConfirmWrite()
	if err == nil || yes {
		return nil
	}
	if !r.streams.CanAsk() {
		return fault.As(err).WithRemedy("agree to it with --yes")
	}
	r.status.clear()
	answer, askErr := r.streams.Confirm(ctx, fmt.Sprintf("%s is labelled %s. %s", conn.Target.Entry.Name, conn.Target.Entry.Label, question), false)
	if askErr != nil {
		return askErr
	}
	if !answer {
		return fault.New(fault.Guarded, "Nothing was changed")
	}
	return nil
}

// agreedStatements asks before statements that are not known to only read are
// sent to a connection labelled production.
func (r *room) agreedStatements(ctx context.Context, conn *app.Connection, text string, yes bool) error {
	if conn.Confirm(text) == nil {
		return nil
	}
	return r.agreed(ctx, conn, yes, "Run what may change data there?")
}

// readableAgain reports whether a name stands for a file that can be read from
// its beginning again, as a pipe cannot.
func readableAgain(name string) (bool, error) {
	if name == "-" {
		return false, nil
	}
	info, err := os.Stat(name)
	if err != nil {
		return false, fault.Wrapf(err, fault.Usage, "Cannot read %s", name)
	}
	return info.Mode().IsRegular(), nil
}

// runImport imports with a log beside the file.
func (r *room) runImport(ctx context.Context, conn *app.Connection, importer engine.Importer, im engine.Import, o importOptions, format string) error {
	files := app.ImportFiles{File: o.file, Refused: o.refused, Begin: app.ResumeNew,
		Of: fmt.Sprintf("%s as %s into table %s in %s, %s", filepath.Base(o.file), format, o.table, conn.Session.Region, conn.Target.Entry.Name)}
	again, err := readableAgain(o.file)
	if err != nil {
		return err
	}
	if !again && o.resume {
		return fault.Newf(fault.Usage, "%s can be read only once, so an import of it cannot be gone on with", o.file).WithRemedy("put it into a file")
	}
	if !again {
		files.File = ""
	}
	if o.resume {
		files.Begin = app.ResumeOn
	} else if o.restart {
		files.Begin = app.ResumeRestart
	}
	if o.dryRun {
		files.File, files.Begin = "", app.ResumeRestart
		if files.Refused == "" && again {
			files.Refused = o.file + ".dry-run.jsonl" // not that of an import that broke off
		}
	}
	log, skip, err := app.OpenImportLog(files)
	if err != nil {
		return err
	}
	if im.Skip = skip; skip > 0 {
		r.say("%s", r.paint(term.Dim, "going on behind the first "+count(skip, "row")))
	}
	im.Refused, im.Checkpoint = log.Refuse, log.Checkpoint
	progress := r.startProgress(o.quiet)
	defer progress.stop()
	im.Progress = func(now engine.ImportReport) { progress.update(importProgress(now, o.dryRun)) }
	report, err := importer.Import(ctx, im)
	progress.stop()
	if closeErr := log.Close(err == nil); err == nil {
		err = closeErr
	}
	if err != nil && log.CanGoOn() {
		err = goOnImport(err)
	}
	if o.stats || r.streams.ErrTTY() && !o.quiet || err != nil && report.Written > 0 {
		r.say("%s", r.paint(term.Dim, importLine(report, o)))
	}
	if refused, file := log.Refused(); err == nil && refused > 0 {
		return fault.Newf(fault.Statement, "%s refused", count(refused, "row")+pick(refused == 1, " was", " were")).
			WithRemedyf("each is in %s with its line and the reason", file)
	}
	return err
}

func pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// goOnImport adds to a failure how to go on.
func goOnImport(err error) error {
	told := *fault.As(err)
	if told.Remedy != "" {
		told.Remedy += "\n"
	}
	told.Remedy += "go on with the same command and --resume"
	return &told
}

func importProgress(now engine.ImportReport, dryRun bool) engine.Progress {
	state := pick(dryRun, "checking", "importing")
	if seconds := now.Elapsed.Seconds(); seconds > 1 {
		state += fmt.Sprintf(" %s/s", count(int64(float64(now.Written)/seconds), "item"))
	}
	if now.Throttled > 0 {
		state += " · told to slow down"
	}
	if now.Refused > 0 {
		state += " · " + count(now.Refused, "row") + " refused"
	}
	return engine.Progress{State: state, Rows: now.Written}
}

// importLine is the closing line.
func importLine(report engine.ImportReport, o importOptions) string {
	stats := result.Stats{Elapsed: report.Elapsed, CapacityUnits: report.CapacityUnits, CostUSD: report.CostUSD}
	first := count(report.Written, "item") + " written to " + o.table
	if o.dryRun {
		first = count(report.Written, "item") + " could be written, and nothing was"
	}
	if report.Repeated > 0 {
		stats.Notes = append(stats.Notes, count(report.Repeated, "row")+" of a key that a later row has too")
	}
	if report.Throttled > 0 {
		stats.Notes = append(stats.Notes, count(report.Throttled, "call")+" told to slow down")
	}
	if seconds := report.Elapsed.Seconds(); seconds > 0 && report.Elapsed > 100*time.Millisecond {
		stats.Notes = append(stats.Notes, count(int64(float64(report.Written)/seconds), "item")+" a second")
	}
	_, rest, _ := strings.Cut(statsLine(stats, ""), " · ")
	return first + " · " + rest
}
