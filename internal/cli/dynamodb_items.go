package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/term"
)

// itemOptions are what the commands for one item share.
type itemOptions struct {
	target, table string
	key           []string // NAME=VALUE, or one JSON object
	file          string
	onlyNew       bool
	yes           bool
	over          app.Overrides
}

func newDynamoPut(r *room) *cobra.Command {
	var o itemOptions
	cmd := &cobra.Command{
		Use:   "put TARGET --table TABLE [FILE | -]",
		Short: "Write one item, from a file or standard input",
		Long: `Write one item in DynamoDB's typed JSON, from a file or standard input (PutItem). It
replaces an item of the same key; with --new it is refused while there is one.

To change an item without overwriting what others change, use "fairlead dynamodb edit";
to write many, "fairlead dynamodb import".`,
		Example: `  fairlead dynamodb put shop --table shop item.json
  echo '{"pk":{"S":"CUSTOMER#9"},"sk":{"S":"PROFILE"}}' | fairlead dynamodb put shop --table shop --new`,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: r.completeTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.target = args[0]
			if len(args) == 2 {
				o.file = args[1]
			}
			return r.putItem(cmd.Context(), o)
		},
	}
	r.itemFlags(cmd, &o)
	cmd.Flags().BoolVar(&o.onlyNew, "new", false, "refuse while there is an item of the same key")
	return cmd
}

func newDynamoDelete(r *room) *cobra.Command {
	var o itemOptions
	cmd := &cobra.Command{
		Use:   "delete TARGET --table TABLE KEY...",
		Short: "Delete one item by its key",
		Long: `Delete one item by its key, which is given as NAME=VALUE with the types of the table, or
as one typed JSON object. The item is shown and you are asked; without a terminal
--yes is needed. It is deleted only while it is what was shown.`,
		Example: `  fairlead dynamodb delete shop --table shop pk=CUSTOMER#9 sk=PROFILE
  fairlead dynamodb delete shop --table shop '{"pk":{"S":"CUSTOMER#9"},"sk":{"S":"PROFILE"}}' --yes`,
		Args:              cobra.MinimumNArgs(2),
		ValidArgsFunction: r.completeTarget,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.target, o.key = args[0], args[1:]
			return r.deleteItem(cmd.Context(), o)
		},
	}
	r.itemFlags(cmd, &o)
	return cmd
}

func (r *room) itemFlags(cmd *cobra.Command, o *itemOptions) {
	cmd.Flags().StringVar(&o.table, "table", "", "the table (required)")
	_ = cmd.MarkFlagRequired("table")
	r.writeFlags(cmd, &o.yes, &o.over)
}

// keyOf reads a key from the command line.
func keyOf(ctx context.Context, conn *app.Connection, table string, args []string) ([]byte, error) {
	if len(args) == 1 && strings.HasPrefix(strings.TrimSpace(args[0]), "{") {
		var doc bytes.Buffer
		if err := json.Compact(&doc, []byte(args[0])); err != nil {
			return nil, fault.Wrap(err, fault.Usage, "The key is no valid JSON").WithRemedy(`give it as NAME=VALUE, or as {"pk":{"S":"..."}}`)
		}
		return doc.Bytes(), nil
	}
	texts := map[string]string{}
	for _, a := range args {
		name, value, ok := strings.Cut(a, "=")
		if !ok || name == "" {
			return nil, fault.Newf(fault.Usage, "%q is no part of a key", a).WithRemedy(`give the key as NAME=VALUE, or as {"pk":{"S":"..."}}`)
		}
		if _, twice := texts[name]; twice {
			return nil, fault.Newf(fault.Usage, "%s is given twice", name)
		}
		texts[name] = value
	}
	return conn.ItemKey(ctx, table, texts)
}

func (r *room) putItem(ctx context.Context, o itemOptions) error {
	text, err := r.itemText(o.file)
	if err != nil {
		return err
	}
	doc, err := compactItem(text)
	if err != nil {
		return err
	}
	conn, err := r.connect(ctx, o.target, o.over)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.GuardWrite(); err != nil {
		return err
	}
	if err := r.agreed(ctx, conn, o.yes, "Write the item into "+o.table+"?"); err != nil {
		return err
	}
	cost, err := conn.PutItem(ctx, engine.ItemWrite{Table: o.table, Item: doc, Always: !o.onlyNew}, app.WriteOptions{Confirmed: true})
	var changed *engine.ChangedError
	if o.onlyNew && errors.As(err, &changed) {
		return fault.New(fault.Statement, "An item with this key is there already, so nothing was written").
			WithRemedy("replace it by leaving out --new, or change it with: fairlead dynamodb edit")
	}
	if err != nil {
		return err
	}
	r.sayCost("written", cost)
	return nil
}

// itemText reads a file, or standard input for "" and "-".
func (r *room) itemText(file string) ([]byte, error) {
	if file == "" || file == "-" {
		if r.streams.InTTY() && file == "" {
			return nil, fault.New(fault.Usage, "There is no item to write").WithRemedy("name a file, or - for standard input")
		}
		text, err := io.ReadAll(r.streams.In)
		if err != nil {
			return nil, fault.Wrap(err, fault.Usage, "Cannot read standard input")
		}
		return text, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.Wrapf(err, fault.Usage, "Cannot read %s", file)
	}
	return text, nil
}

// compactItem reads a person's JSON of an item, bare or as {"Item":{...}}.
func compactItem(text []byte) ([]byte, error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	var doc bytes.Buffer
	if err := json.Compact(&doc, text); err != nil {
		var any json.RawMessage
		err = json.Unmarshal(text, &any) // which tells where
		var syntax *json.SyntaxError
		place := ""
		if errors.As(err, &syntax) {
			before := text[:max(min(syntax.Offset-1, int64(len(text))), 0)]
			place = fmt.Sprintf(" at line %d, column %d", 1+bytes.Count(before, []byte("\n")), len(before)-bytes.LastIndexByte(before, '\n'))
		}
		return nil, fault.Wrapf(err, fault.Usage, "The item is no valid JSON%s", place)
	}
	var wrapped map[string]json.RawMessage
	if json.Unmarshal(doc.Bytes(), &wrapped) == nil && len(wrapped) == 1 && wrapped["Item"] != nil {
		var inner map[string]map[string]json.RawMessage
		if json.Unmarshal(wrapped["Item"], &inner) == nil {
			return wrapped["Item"], nil
		}
	}
	return doc.Bytes(), nil
}

// itemToChange opens the target, which must allow writes, and reads the item of
// the key; nil when there is none. Close the connection unless there is an error.
func (r *room) itemToChange(ctx context.Context, o itemOptions) (conn *app.Connection, key, item []byte, err error) {
	if conn, err = r.connect(ctx, o.target, o.over); err != nil {
		return nil, nil, nil, err
	}
	if err = conn.GuardWrite(); err == nil {
		key, err = keyOf(ctx, conn, o.table, o.key)
	}
	if err == nil {
		item, _, err = conn.GetItem(ctx, o.table, key)
	}
	if err != nil {
		_ = conn.Close()
		return nil, nil, nil, err
	}
	return conn, key, item, nil
}

func (r *room) deleteItem(ctx context.Context, o itemOptions) error {
	conn, key, item, err := r.itemToChange(ctx, o)
	if err != nil {
		return err
	}
	defer conn.Close()
	if item == nil {
		return fault.Newf(fault.NotFound, "Table %s has no item with the key %s", o.table, key)
	}
	if !o.yes {
		if !r.streams.CanAsk() {
			return fault.New(fault.Guarded, "Nothing was deleted, for there is no terminal to ask on").WithRemedy("agree to it with --yes")
		}
		r.status.clear()
		answer, err := r.streams.Confirm(ctx, fmt.Sprintf("%s\nDelete this item of %s%s?", pretty(item), o.table, labelOf(conn)), false)
		if err != nil {
			return err
		}
		if !answer {
			return fault.New(fault.Guarded, "Nothing was deleted")
		}
	}
	cost, err := conn.DeleteItem(ctx, engine.ItemWrite{Table: o.table, Key: key, Was: item}, app.WriteOptions{Confirmed: true})
	if err != nil {
		return err
	}
	r.sayCost("deleted", cost)
	return nil
}

func labelOf(conn *app.Connection) string {
	if app.IsProduction(conn.Target.Entry) {
		return ", which is " + conn.Target.Entry.Label
	}
	return ""
}

// pretty writes typed JSON over lines, every value as it stands.
func pretty(doc []byte) string {
	var b bytes.Buffer
	if json.Indent(&b, doc, "", "  ") != nil {
		return string(doc)
	}
	return b.String()
}

// sayCost tells a person what was done and what it cost.
func (r *room) sayCost(what string, cost engine.ItemCost) {
	if !r.streams.ErrTTY() {
		return
	}
	_, rest, _ := strings.Cut(statsLine(result.Stats{CapacityUnits: cost.CapacityUnits, CostUSD: cost.CostUSD}, ""), " · ")
	if _, units, ok := strings.Cut(rest, " · "); ok {
		what += " · " + units
	}
	r.say("%s", r.paint(term.Dim, what))
}
