package app

import (
	"slices"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/fault"
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
		f := fault.Newf(fault.ProfileMissing, "There is no AWS profile %q", profile)
		return nil, f.WithRemedyf("searched %s and %s\nsee them all: fairlead profiles list", files.ConfigPath, files.CredentialsPath)
	}
	return slices.DeleteFunc(found, func(f awsfile.Finding) bool { return f.Profile != profile }), nil
}
