package cli

import (
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the linker (see Makefile); a plain `go install` leaves it
// empty and the module's own version is told.
var version string

type versionDoc struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	Cgo     bool   `json:"cgo"` // whether the sandbox's SQL engine is built in
}

func newVersion(r *room) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  fairlead version\n  fairlead version --json",
		Args:    cobra.NoArgs,
		RunE:    func(*cobra.Command, []string) error { return r.printVersion(asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return cmd
}

func (r *room) printVersion(asJSON bool) error {
	if asJSON {
		return writeJSON(r.streams.Out, currentVersion())
	}
	name := version
	if name == "" {
		// Reading the build's own record parses every module in it.
		name = currentVersion().Version
	}
	return r.print("fairlead " + name + " " + runtime.GOOS + "/" + runtime.GOARCH + "\n")
}

func currentVersion() versionDoc {
	doc := versionDoc{Version: version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if ok {
		if doc.Version == "" {
			doc.Version = info.Main.Version
		}
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				doc.Commit = s.Value
			case "CGO_ENABLED":
				doc.Cgo = s.Value == "1"
			}
		}
	}
	if doc.Version == "" {
		doc.Version = "(devel)"
	}
	return doc
}
