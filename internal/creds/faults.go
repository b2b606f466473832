package creds

import (
	"errors"
	"fmt"
	"strings"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// failed is the fault of a chain that cannot give credentials.
func failed(name string, why error) *fault.Error {
	return fault.Wrapf(why, fault.CredsFailed, "Failed to resolve AWS credentials for profile %q", name)
}

// hopError names the hop that failed.
func hopError(p *awsfile.Profile, kind string, err error) error {
	return fmt.Errorf("%s of profile %q: %w", kind, p.Name, err)
}

// serviceFailed is the fault of a hop whose service call failed. What does not
// concern the credentials (the network, the clock, a time limit) keeps its own
// code; a fault met on the way, such as an expired SSO session, comes back as
// it is.
func serviceFailed(name, hop string, err error, service, doing string) error {
	var known *fault.Error
	if errors.As(err, &known) {
		return known
	}
	f := awsnet.Fault(err, service, doing)
	switch f.Code {
	case fault.Unavailable, fault.Throttled, fault.Timeout, fault.Interrupted, fault.ClockSkew:
		f.Message = fmt.Sprintf("%s (profile %q)", f.Message, name)
		return f
	}
	said := awsnet.ServiceWords(err, service)
	why := f.Message
	if said.Code != "" {
		why = strings.TrimSuffix(fmt.Sprintf("%s answered %s: %s", service, said.Code, said.Message), ": ")
	}
	return failed(name, fmt.Errorf("%s: %s", hop, why)).WithService(said).WithRemedy(f.Remedy)
}

// ProfileMissing is the fault of a profile's name that no file holds: it tells
// where was searched and what is near. origin is the variable that gave the
// name, "" when a person did.
func ProfileMissing(files *awsfile.Files, name, origin string) *fault.Error {
	if len(files.Profiles()) == 0 {
		f := NoProfiles(files)
		f.Cause = fmt.Errorf("profile %q was asked for; %w", name, f.Cause)
		return f
	}
	f := fault.Newf(fault.ProfileMissing, "There is no AWS profile %q", name)
	if origin != "" {
		f.Message += " (named by " + origin + ")"
	}
	f.Cause = fmt.Errorf("searched %s and %s", files.ConfigPath, files.CredentialsPath)
	var remedy []string
	for _, p := range files.Problems() {
		if p.Profile == name || strings.Contains(p.Message, name) {
			remedy = append(remedy, fmt.Sprintf("%s; %s", p, p.Fix))
		}
	}
	if near := files.Nearest(name); len(near) > 0 {
		remedy = append(remedy, fmt.Sprintf("did you mean %s?", strings.Join(near, ", ")))
	}
	return f.WithRemedy(strings.Join(append(remedy, "see: fairlead profiles list"), "\n"))
}

// NoProfiles is the fault of a machine without any profile.
func NoProfiles(files *awsfile.Files) *fault.Error {
	found := func(path string, found bool) string {
		if found {
			return path + " (no profile in it)"
		}
		return path + " (missing)"
	}
	f := fault.New(fault.NoProfiles, "No AWS profiles found")
	f.Cause = fmt.Errorf("searched %s and %s", found(files.ConfigPath, files.ConfigFound), found(files.CredentialsPath, files.CredentialsFound))
	remedy := []string{
		"for IAM Identity Center (SSO), run: fairlead profiles add, or aws configure sso",
		"for access keys, run: aws configure",
		"for keys that only Fairlead keeps, run: fairlead auth add",
	}
	for _, p := range files.Problems() {
		remedy = append(remedy, fmt.Sprintf("%s; %s", p, p.Fix))
	}
	return f.WithRemedy(strings.Join(remedy, "\n"))
}

// noDefault is the fault of a call that names no profile where none is the default.
func noDefault(files *awsfile.Files) error {
	const shown = 5
	var names []string
	for _, p := range files.Profiles() {
		if len(names) == shown {
			names = append(names, "…")
			break
		}
		names = append(names, p.Name)
	}
	f := fault.New(fault.ProfileMissing, "No profile was named, and there is no default one")
	f.Cause = fmt.Errorf("searched %s and %s", files.ConfigPath, files.CredentialsPath)
	return f.WithRemedyf("name one with --profile or AWS_PROFILE: %s", strings.Join(names, ", "))
}

func regionMissing(name string) *fault.Error {
	return fault.Newf(fault.RegionMissing, "No AWS region for profile %q", name).
		WithRemedyf("add --region, set AWS_REGION, or run: aws configure set region us-east-1 --profile %s", name)
}

// RegionMissing is the fault of a connection that no source gives a region.
func RegionMissing(name string) *fault.Error { return regionMissing(name) }
