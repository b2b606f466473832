package cli

import (
	"github.com/spf13/pflag"

	"github.com/fairleadhq/fairlead/internal/app"
)

// rememberOptions say what of a run is kept for later.
type rememberOptions struct{ noHistory, noKeep bool }

// flags declares them.
func (o *rememberOptions) flags(f *pflag.FlagSet) {
	f.BoolVar(&o.noHistory, "no-history", false, "do not remember the run")
	f.BoolVar(&o.noKeep, "no-keep", false, "do not keep the rows for later")
}

// runOptions are those of a run whose rows go to output, "" for stdout.
func (r *room) runOptions(o rememberOptions, output string) app.RunOptions {
	return app.RunOptions{Journal: r.remembers(o.noHistory), Keep: r.keeps(o.noKeep), KeepBytes: r.keepBytes(output)}
}

// remembers reports whether runs are written into the history.
func (r *room) remembers(no bool) bool { return !no && r.env("FAIRLEAD_HISTORY") != "off" }

// keeps reports whether rows are kept for later.
func (r *room) keeps(no bool) bool { return !no && r.env("FAIRLEAD_HISTORY") != "no-rows" }

// keepBytes is how much of a result is kept at most: less where it goes to a
// file or a pipe, which is quick and has it.
func (r *room) keepBytes(output string) int64 {
	if output != "" || !r.streams.OutTTY() {
		return app.KeptBeside
	}
	return app.KeptEach
}
