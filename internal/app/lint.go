package app

import (
	"slices"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/creds"
)

// LintProfiles checks the shared AWS files; with a profile's name, only what
// touches that profile.
func (a *App) LintProfiles(profile string) ([]awsfile.Finding, error) {
	files, err := a.files()
	if err != nil {
		return nil, err
	}
	found := files.Lint(a.o.Env)
	if profile == "" {
		return found, nil
	}
	if _, ok := files.Profile(profile); !ok {
		return nil, creds.ProfileMissing(files, profile, "")
	}
	return slices.DeleteFunc(found, func(f awsfile.Finding) bool { return f.Profile != profile }), nil
}
