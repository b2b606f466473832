package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/term"
)

func newDynamoEdit(r *room) *cobra.Command {
	var o itemOptions
	cmd := &cobra.Command{
		Use:   "edit TARGET --table TABLE KEY...",
		Short: "Change one item in your editor",
		Long: `Open one item as typed JSON in $VISUAL or $EDITOR, show what you changed, and write it.
The key is given as NAME=VALUE with the types of the table, or as one typed JSON object.

Only the attributes you changed are written, and only while the item is still what you
saw. When somebody else changed it meanwhile, both are shown, nothing is written, and
your text stays in a file. On a terminal you are asked before it is written, unless
--yes is given.`,
		Example: `  fairlead dynamodb edit shop --table shop pk=CUSTOMER#1 sk=PROFILE
  EDITOR="code --wait" fairlead dynamodb edit shop --table shop '{"pk":{"S":"CUSTOMER#1"},"sk":{"S":"PROFILE"}}'`,
		Args:              cobra.MinimumNArgs(2),
		ValidArgsFunction: r.completeTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.target, o.key = args[0], args[1:]
			return r.editItem(cmd.Context(), o)
		},
	}
	r.itemFlags(cmd, &o)
	return cmd
}

func (r *room) editItem(ctx context.Context, o itemOptions) error {
	conn, key, was, err := r.itemToChange(ctx, o)
	if err != nil {
		return err
	}
	defer conn.Close()
	if was == nil {
		return fault.Newf(fault.NotFound, "Table %s has no item with the key %s", o.table, key).
			WithRemedyf("write a new one with: fairlead dynamodb put %s --table %s --new", o.target, o.table)
	}
	file, err := newEdit(o.table, was)
	if err != nil {
		return err
	}
	e := edit{r: r, conn: conn, o: o, key: key, was: was, file: file}
	if err := e.run(ctx); err != nil {
		return e.kept(err)
	}
	_ = os.Remove(file)
	return nil
}

// edit is an item in a person's editor.
type edit struct {
	r    *room
	conn *app.Connection
	o    itemOptions
	key  []byte
	was  []byte
	file string
}

// newEdit writes the item into a file of its own, which only its owner can read.
func newEdit(table string, item []byte) (name string, err error) {
	safe := strings.Map(func(c rune) rune {
		if strings.ContainsRune(`/\:`, c) {
			return '_'
		}
		return c
	}, table)
	file, err := os.CreateTemp("", "fairlead-"+safe+"-*.json")
	if err == nil {
		_, err = file.WriteString(pretty(item) + "\n")
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return "", fault.Wrap(err, fault.Output, "Cannot make a file to edit the item in")
	}
	return file.Name(), nil
}

// run lets the person edit until the item can be written or they give up.
func (e *edit) run(ctx context.Context) error {
	for {
		if err := e.r.runEditor(ctx, e.file); err != nil {
			return err
		}
		now, err := e.read()
		if err == nil && string(pretty(now)) == pretty(e.was) {
			e.r.say("%s", e.r.paint(term.Dim, "nothing was changed"))
			return nil
		}
		if err == nil {
			err = e.write(ctx, now)
		}
		var changed *engine.ChangedError
		if err == nil || errors.As(err, &changed) || fault.CodeOf(err) != fault.Usage || !e.r.streams.CanAsk() {
			return err
		}
		e.r.say("%s", e.r.paint(term.Bad, fault.As(err).Error()))
		again, askErr := e.r.streams.Confirm(ctx, "Edit it again?", true)
		if askErr != nil || !again {
			return errors.Join(askErr, err)
		}
	}
}

func (e *edit) read() ([]byte, error) {
	text, err := os.ReadFile(e.file)
	if err != nil {
		return nil, fault.Wrapf(err, fault.Output, "Cannot read %s back", e.file)
	}
	return compactItem(text)
}

// write shows the difference and writes the item.
func (e *edit) write(ctx context.Context, now []byte) error {
	e.r.say("%s", strings.TrimSuffix(lineDiff(pretty(e.was), pretty(now), e.r.streams.ErrColor()), "\n"))
	if e.r.streams.CanAsk() && !e.o.yes {
		yes, err := e.r.streams.Confirm(ctx, "Write this to "+e.o.table+labelOf(e.conn)+"?", true)
		if err != nil {
			return err
		}
		if !yes {
			return fault.New(fault.Guarded, "Nothing was written")
		}
	} else if err := e.r.agreed(ctx, e.conn, e.o.yes, ""); err != nil {
		return err
	}
	cost, err := e.conn.PutItem(ctx, engine.ItemWrite{Table: e.o.table, Key: e.key, Item: now, Was: e.was}, app.WriteOptions{Confirmed: true})
	var changed *engine.ChangedError
	if errors.As(err, &changed) {
		if changed.Now != nil {
			e.r.say("%s", "what somebody else changed:\n"+strings.TrimSuffix(lineDiff(pretty(e.was), pretty(changed.Now), e.r.streams.ErrColor()), "\n"))
		}
		return err
	}
	if err == nil {
		e.r.sayCost("written", cost)
	}
	return err
}

// kept says where the person's text stays, when there is one.
func (e *edit) kept(err error) error {
	text, readErr := os.ReadFile(e.file)
	if readErr == nil && bytes.Equal(bytes.TrimSpace(text), []byte(pretty(e.was))) {
		_ = os.Remove(e.file)
		return err
	}
	told := *fault.As(err)
	if told.Remedy != "" {
		told.Remedy += "\n"
	}
	told.Remedy += "your text stays in " + e.file
	return &told
}

// runEditor opens a file in $VISUAL or $EDITOR and waits for its end.
func (r *room) runEditor(ctx context.Context, file string) error {
	editor := r.env("VISUAL")
	if editor == "" {
		editor = r.env("EDITOR")
	}
	if editor == "" {
		editor = "vi"
		if runtime.GOOS == "windows" {
			editor = "notepad"
		}
	}
	// A shell takes "code --wait" and quoted paths apart as the person means it.
	cmd := exec.CommandContext(ctx, "sh", "-c", editor+` "$@"`, editor, file)
	if runtime.GOOS == "windows" {
		parts := strings.Fields(editor)
		cmd = exec.CommandContext(ctx, parts[0], append(parts[1:], filepath.Clean(file))...)
	}
	r.status.clear()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = r.streams.In, r.streams.Err, r.streams.Err
	if r.streams.OutTTY() {
		cmd.Stdout = r.streams.Out
	}
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return fault.As(ctx.Err())
		}
		return fault.Wrapf(err, fault.Usage, "The editor %q did not end well", editor).WithRemedy("name another in EDITOR")
	}
	return nil
}

// lineDiff shows two texts as the lines that went and came, with three lines
// that stayed around them.
func lineDiff(a, b string, colour bool) string {
	from, to := strings.Split(a, "\n"), strings.Split(b, "\n")
	head := 0
	for head < len(from) && head < len(to) && from[head] == to[head] {
		head++
	}
	tail := 0
	for tail < len(from)-head && tail < len(to)-head && from[len(from)-1-tail] == to[len(to)-1-tail] {
		tail++
	}
	marks := diffMiddle(from[head:len(from)-tail], to[head:len(to)-tail])
	lines := make([]string, 0, head+len(marks)+tail)
	for _, l := range from[:head] {
		lines = append(lines, " "+l)
	}
	lines = append(lines, marks...)
	for _, l := range from[len(from)-tail:] {
		lines = append(lines, " "+l)
	}
	return around(lines, colour)
}

// mostCells bounds the work of a difference; beyond it all lines went and came.
const mostCells = 4_000_000

// diffMiddle marks lines with "-", "+" or " " by their longest common sequence.
func diffMiddle(from, to []string) (marks []string) {
	if len(from)*len(to) > mostCells {
		for _, l := range from {
			marks = append(marks, "-"+l)
		}
		for _, l := range to {
			marks = append(marks, "+"+l)
		}
		return marks
	}
	common := make([][]int, len(from)+1)
	for i := range common {
		common[i] = make([]int, len(to)+1)
	}
	for i := len(from) - 1; i >= 0; i-- {
		for j := len(to) - 1; j >= 0; j-- {
			if from[i] == to[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(from) || j < len(to) {
		switch {
		case i < len(from) && j < len(to) && from[i] == to[j]:
			marks = append(marks, " "+from[i])
			i, j = i+1, j+1
		case i < len(from) && (j == len(to) || common[i+1][j] >= common[i][j+1]):
			marks = append(marks, "-"+from[i])
			i++
		default:
			marks = append(marks, "+"+to[j])
			j++
		}
	}
	return marks
}

// contextLines is how many lines that stayed are shown around those that did not.
const contextLines = 3

// around leaves out the lines that stayed far from any that did not.
func around(lines []string, colour bool) string {
	near := make([]bool, len(lines))
	for i, l := range lines {
		if l[0] != ' ' {
			for k := max(i-contextLines, 0); k <= min(i+contextLines, len(lines)-1); k++ {
				near[k] = true
			}
		}
	}
	var b strings.Builder
	for i, l := range lines {
		switch {
		case !near[i]:
			if i > 0 && near[i-1] {
				fmt.Fprintln(&b, term.Paint(colour, term.Dim, " ..."))
			}
		case l[0] == '-':
			fmt.Fprintln(&b, term.Paint(colour, term.Bad, l))
		case l[0] == '+':
			fmt.Fprintln(&b, term.Paint(colour, term.Accent, l))
		default:
			fmt.Fprintln(&b, l)
		}
	}
	return b.String()
}
