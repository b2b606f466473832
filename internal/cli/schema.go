package cli

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/term"
)

func newSchema(r *room) *cobra.Command {
	var asJSON, details bool
	var maxAge time.Duration
	cmd := &cobra.Command{
		Use:   "schema TARGET [PATH]",
		Short: "List catalogs, schemas, tables and columns without a billed statement",
		Long: `List what stands below PATH, whose parts are separated by dots: nothing lists the
top, a table lists its columns. A part that holds a dot stands in double quotes.
No statement is run that costs anything. Names are printed as the service tells
them; Tab completes what was listed before.

What a service said is kept: --max-age takes that when it is not older, and says
how old it is, instead of asking again.`,
		Example: `  fairlead schema sales
  fairlead schema sales AwsDataCatalog.sales.orders --json
  fairlead schema sales AwsDataCatalog.sales.orders --details
  fairlead schema sales AwsDataCatalog.sales --max-age 1h
  fairlead schema shop shop
  fairlead schema shop '"orders.2026".by_day'`,
		GroupID:           groupWork,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: r.completeSchema,
		RunE: func(cmd *cobra.Command, args []string) error {
			path, err := splitPath(strings.Join(args[1:], ""))
			if err != nil {
				return err
			}
			if details {
				return r.schemaDetails(cmd.Context(), args[0], path, asJSON)
			}
			return r.schema(cmd.Context(), args[0], path, maxAge, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: an array, or one object with --details")
	cmd.Flags().BoolVar(&details, "details", false, "tell of the object at PATH itself: where it lies, its size, its definition")
	cmd.Flags().DurationVar(&maxAge, "max-age", 0, "take a listing from an earlier call that is no older than this, such as 1h")
	cmd.MarkFlagsMutuallyExclusive("details", "max-age")
	r.loginFlag(cmd.Flags())
	return cmd
}

type objectDoc struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Type    string `json:"type,omitempty"`
	Comment string `json:"comment,omitempty"`
	Rows    *int64 `json:"rows,omitempty"`
	Bytes   *int64 `json:"bytes,omitempty"`
	AsOf    string `json:"as_of,omitempty"`
	Broken  string `json:"broken,omitempty"`
	// Details are facts by name.
	Details map[string]string `json:"details,omitempty"`
}

func newObjectDoc(o engine.Object) objectDoc {
	doc := objectDoc{Name: o.Name, Kind: o.Kind, Type: o.Type, Comment: o.Comment, Rows: o.Rows, Bytes: o.Bytes, Broken: o.Broken}
	if !o.AsOf.IsZero() {
		doc.AsOf = o.AsOf.UTC().Format(time.RFC3339)
	}
	for _, d := range o.Details {
		if doc.Details == nil {
			doc.Details = map[string]string{}
		}
		doc.Details[d.Name] = d.Value
	}
	return doc
}

// schema prints a listing as the service tells it, a page at a time.
func (r *room) schema(ctx context.Context, target string, path []string, maxAge time.Duration, asJSON bool) error {
	conn, err := r.connect(ctx, target, app.Overrides{})
	if err != nil {
		return err
	}
	defer conn.Close()
	var out objectWriter = &objectRows{r.table([]string{"NAME", "KIND", "TYPE", "SIZE", "COMMENT"})}
	if asJSON {
		out = &objectArray{r: r}
	}
	told := 0
	p := r.startProgress(false)
	p.update(engine.Progress{State: "listing"})
	defer p.stop()
	for page, err := range conn.Tree(ctx, path, maxAge) {
		p.stop()
		if err != nil {
			if told == 0 {
				return whereToLook(err, target, path, app.HomePath(conn.Target.Entry))
			}
			r.say("%s the listing is not whole: it broke off after %s", r.paint(term.Warn, "warning:"), count(int64(told), "name"))
			if failed := out.end(); failed != nil {
				return failed
			}
			return err
		}
		if page.Kept && told == 0 {
			r.say("As of %s ago", time.Since(page.At).Round(time.Second))
		}
		told += len(page.Objects)
		if err := out.add(page.Objects); err != nil {
			return err
		}
	}
	if told == 0 {
		r.say("Nothing is there")
	}
	return out.end()
}

// splitPath takes a path apart at its dots. A part in double quotes is taken as
// it stands, two of them inside for one.
func splitPath(text string) ([]string, error) {
	var path []string
	for rest, more := text, text != ""; more; {
		part, after, ok := firstPart(rest)
		if rest, more = strings.CutPrefix(after, "."); !ok || !more && rest != "" {
			return nil, fault.Newf(fault.Usage, "The quotes in the path %s do not match", text).
				WithRemedy(`write a part that holds dots as "a.b", in single quotes for your shell: '"a.b".c'`)
		}
		if part == "" {
			return nil, fault.Newf(fault.Usage, "A part of the path %s is empty", text).
				WithRemedy("separate the parts by one dot: catalog.database.table")
		}
		path = append(path, part)
	}
	return path, nil
}

// firstPart is the first part of a path and what follows it; ok is false when
// its quotes are not closed.
func firstPart(text string) (part, after string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		at := strings.IndexByte(text+".", '.')
		return text[:at], text[at:], true
	}
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] != '"':
			part += text[i : i+1]
		case strings.HasPrefix(text[i+1:], `"`):
			part += `"`
			i++
		default:
			return part, text[i+1:], true
		}
	}
	return "", "", false
}

// joinPath is the reverse of splitPath.
func joinPath(path []string) string {
	parts := make([]string, len(path))
	for i, p := range path {
		if parts[i] = p; strings.ContainsAny(p, `."`) {
			parts[i] = `"` + strings.ReplaceAll(p, `"`, `""`) + `"`
		}
	}
	return strings.Join(parts, ".")
}

// deepest is how many names lead to a table.
const deepest = 3

// whereToLook adds to a path that leads nowhere what to look at: a path that
// begins below the top is likely meant to go on from where the connection is.
func whereToLook(err error, target string, path, home []string) error {
	f := fault.As(err)
	if f.Code != fault.NotFound || f.Remedy != "" || len(path) == 0 {
		return err
	}
	command := "fairlead schema " + shellQuote(target)
	for from := len(home); from > 0; from-- {
		// "sales.orders" and "orders" on a connection that is at AwsDataCatalog.sales
		if whole := slices.Concat(home[:from], path); len(whole) <= deepest && !strings.EqualFold(path[0], home[0]) {
			f.Remedy = "see what is there: " + command + "\na path begins at the top: " + command + " " + shellPath(whole)
			return f
		}
	}
	if len(path) > 1 {
		command += " " + shellPath(path[:len(path)-1])
	}
	f.Remedy = "see what is there: " + command
	return f
}

func shellPath(path []string) string { return shellQuote(joinPath(path)) }

// objectWriter prints a listing that comes in pages.
type objectWriter interface {
	add([]engine.Object) error
	end() error
}

// objectRows prints a row for each object.
type objectRows struct{ table *table }

func (w *objectRows) add(objects []engine.Object) error {
	rows := make([][]string, len(objects))
	for i, o := range objects {
		comment := o.Comment
		if o.Broken != "" {
			comment = "broken: " + o.Broken
		}
		rows[i] = []string{o.Name, o.Kind, o.Type, sizeText(o), oneLine(comment)}
	}
	return w.table.add(rows)
}

func (w *objectRows) end() error { return nil }

// oneLine keeps a text from breaking the row it stands in.
func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// objectArray prints one JSON array, indented as writeJSON does.
type objectArray struct {
	r     *room
	begun bool
}

func (w *objectArray) add(objects []engine.Object) error {
	var text strings.Builder
	for _, o := range objects {
		if w.begun {
			text.WriteString(",\n  ")
		} else {
			text.WriteString("[\n  ")
		}
		w.begun = true
		var one strings.Builder
		enc := json.NewEncoder(&one)
		enc.SetEscapeHTML(false)
		enc.SetIndent("  ", "  ")
		if err := enc.Encode(newObjectDoc(o)); err != nil {
			return fault.Wrap(err, fault.Internal, "Cannot write a name as JSON")
		}
		text.WriteString(strings.TrimSuffix(one.String(), "\n"))
	}
	return w.r.print(text.String())
}

func (w *objectArray) end() error {
	if !w.begun {
		return w.r.print("[]\n")
	}
	return w.r.print("\n]\n")
}

func sizeText(o engine.Object) string {
	var parts []string
	if o.Rows != nil {
		parts = append(parts, strconv.FormatInt(*o.Rows, 10)+" rows")
	}
	if o.Bytes != nil {
		parts = append(parts, engine.BytesText(*o.Bytes))
	}
	return strings.Join(parts, ", ")
}
