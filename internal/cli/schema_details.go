package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// schemaDetails tells all that is known of the one object at path, which a
// listing of many leaves out.
func (r *room) schemaDetails(ctx context.Context, target string, path []string, asJSON bool) error {
	if len(path) == 0 {
		return fault.New(fault.Usage, "--details tells of one object, and there is no path to it").
			WithRemedyf("fairlead schema %s PATH --details; see what there is: fairlead schema %s", target, target)
	}
	conn, err := r.connect(ctx, target, app.Overrides{})
	if err != nil {
		return err
	}
	defer conn.Close()
	p := r.startProgress(false)
	p.update(engine.Progress{State: "reading"})
	o, err := conn.Describe(ctx, path)
	if fault.CodeOf(err) == fault.Unsupported {
		o, err = among(ctx, conn, path)
	}
	p.stop()
	if err != nil {
		return whereToLook(err, target, path, app.HomePath(conn.Target.Entry))
	}
	if asJSON {
		return writeJSON(r.streams.Out, newObjectDoc(o))
	}
	return r.printDetails(o)
}

// among finds an object in the listing it stands in, for engines whose listings
// tell all there is.
func among(ctx context.Context, conn *app.Connection, path []string) (engine.Object, error) {
	name := path[len(path)-1]
	list, err := conn.Browse(ctx, path[:len(path)-1])
	if err != nil {
		return engine.Object{}, err
	}
	at := slices.IndexFunc(list, func(o engine.Object) bool { return o.Name == name })
	if at < 0 {
		return engine.Object{}, fault.Newf(fault.NotFound, "%s has no %s", conn.Target.Spec.Title, joinPath(path))
	}
	return list[at], nil
}

// printDetails prints facts by name, those of several lines last.
func (r *room) printDetails(o engine.Object) error {
	broken := ""
	if o.Broken != "" {
		broken = "cannot be read: " + o.Broken
	}
	facts := []engine.Detail{{Name: "name", Value: o.Name}, {Name: "kind", Value: o.Kind}, {Name: "type", Value: o.Type},
		{Name: "broken", Value: oneLine(broken)}, {Name: "size", Value: sizeText(o)}, {Name: "comment", Value: oneLine(o.Comment)}}
	if !o.AsOf.IsZero() && sizeText(o) != "" {
		facts = append(facts, engine.Detail{Name: "size as of", Value: o.AsOf.Local().Format("2006-01-02 15:04")})
	}
	var rows [][]string
	var long []engine.Detail
	for _, d := range append(facts, o.Details...) {
		switch {
		case strings.Contains(d.Value, "\n"):
			long = append(long, d)
		case d.Value != "":
			rows = append(rows, []string{d.Name, d.Value})
		}
	}
	if err := r.pairs(rows); err != nil {
		return err
	}
	for _, d := range long {
		if err := r.print("\n" + d.Name + ":\n" + strings.TrimRight(d.Value, "\n") + "\n"); err != nil {
			return err
		}
	}
	return nil
}
