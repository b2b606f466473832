package app

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/creds"
)

// Exported are credentials to be handed to another tool.
type Exported struct {
	Credentials aws.Credentials
	Region      string
	Profile     string
	// Warnings are defects of the AWS files for which the AWS CLI would have
	// given no answer; they touch other profiles.
	Warnings []string
}

// maxWarnings bounds how many defects are told beside an answer.
const maxWarnings = 3

// fileWarnings tells of defects for which the AWS CLI refuses a whole file.
func (a *App) fileWarnings() []string {
	files, err := a.files()
	if err != nil {
		return nil
	}
	var warnings []string
	for _, p := range files.Problems() {
		if !p.RefusesFile() {
			continue
		}
		if len(warnings) == maxWarnings {
			return append(warnings, "and more: fairlead profiles lint")
		}
		warnings = append(warnings, p.String())
	}
	return warnings
}

// ExportCredentials resolves an AWS profile, or a saved auth profile when
// there is one by that name and no AWS profile. An empty name means what the
// AWS CLI would use: AWS_PROFILE, the environment's keys, or "default".
func (a *App) ExportCredentials(ctx context.Context, name string) (Exported, error) {
	src := creds.Source{Profile: name, Explicit: name != "", Name: name}
	if name != "" && a.isAuthOnly(name) {
		var err error
		if src, _, err = a.AuthSource(ctx, name); err != nil {
			return Exported{}, err
		}
	}
	chain, err := a.opener().Resolver().Resolve(ctx, src)
	if err != nil {
		return Exported{}, err
	}
	keys, err := chain.Provider().Retrieve(ctx)
	if err != nil {
		return Exported{}, err
	}
	return Exported{Credentials: keys, Region: chain.Region, Profile: name, Warnings: a.fileWarnings()}, nil
}

// isAuthOnly reports whether name is a saved auth profile and no AWS profile.
func (a *App) isAuthOnly(name string) bool {
	if files, err := a.files(); err == nil {
		if _, ok := files.Profile(name); ok {
			return false
		}
	}
	book, err := a.book()
	if err != nil {
		return false
	}
	_, err = book.Auth(name)
	return err == nil
}
