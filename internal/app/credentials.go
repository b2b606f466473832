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
	return Exported{Credentials: keys, Region: chain.Region, Profile: name}, nil
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
