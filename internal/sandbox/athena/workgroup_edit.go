package athena

import (
	"regexp"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// leastCutoff is the smallest BytesScannedCutoffPerQuery that the API takes.
const leastCutoff = 10_000_000

// groupSettings are the members of WorkGroupConfiguration and of its updates
// that the sandbox heeds. Those that a call leaves out stay as they are.
type groupSettings struct {
	EnforceWorkGroupConfiguration          *bool
	BytesScannedCutoffPerQuery             *int64
	RemoveBytesScannedCutoffPerQuery       bool
	ResultConfiguration                    *struct{ OutputLocation string }
	ResultConfigurationUpdates             *struct{ OutputLocation string }
	ManagedQueryResultsConfiguration       *struct{ Enabled *bool }
	ManagedQueryResultsConfigurationUpdate *struct{ Enabled *bool } `json:"ManagedQueryResultsConfigurationUpdates"`
}

// over is g with the settings applied.
func (in groupSettings) over(g workGroup) (*workGroup, error) {
	if in.EnforceWorkGroupConfiguration != nil {
		g.enforced = *in.EnforceWorkGroupConfiguration
	}
	if in.RemoveBytesScannedCutoffPerQuery {
		g.cutoff = 0
	}
	if in.BytesScannedCutoffPerQuery != nil {
		if *in.BytesScannedCutoffPerQuery < leastCutoff {
			return nil, constraint("configuration.bytesScannedCutoffPerQuery", *in.BytesScannedCutoffPerQuery, "Member must have value greater than or equal to %d", leastCutoff)
		}
		g.cutoff = *in.BytesScannedCutoffPerQuery
	}
	for _, result := range []*struct{ OutputLocation string }{in.ResultConfiguration, in.ResultConfigurationUpdates} {
		if result != nil && result.OutputLocation != "" {
			g.output = folder(result.OutputLocation)
		}
	}
	for _, managed := range []*struct{ Enabled *bool }{in.ManagedQueryResultsConfiguration, in.ManagedQueryResultsConfigurationUpdate} {
		if managed != nil && managed.Enabled != nil {
			g.managed = *managed.Enabled
		}
	}
	if g.managed && g.output != "" {
		return nil, invalid("INVALID_INPUT", "%s", managedTogether)
	}
	return &g, nil
}

// managedTogether is what the service says to a result location where it keeps
// the results itself.
const managedTogether = "ManagedQueryResultsConfiguration and ResultConfiguration cannot be set together."

type createGroupIn struct {
	Name, Description string
	Configuration     groupSettings
}

// groupName is the pattern of a workgroup's name in the API reference.
// It is compiled when asked for: every start of the program would pay for it.
const groupName = `^[a-zA-Z0-9._-]{1,128}$`

func (s *Service) createWorkGroup(_ *wire.Call, in createGroupIn) (any, error) {
	if !regexp.MustCompile(groupName).MatchString(in.Name) {
		return nil, constraint("name", in.Name, "Member must satisfy regular expression pattern: %s", groupName)
	}
	g, err := in.Configuration.over(workGroup{name: in.Name, description: in.Description, enforced: true, created: s.o.Now()})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.groups[in.Name] != nil {
		return nil, invalid("INVALID_INPUT", "WorkGroup %s is already created", in.Name)
	}
	s.groups[in.Name] = g
	return map[string]any{}, nil
}

type updateGroupIn struct {
	WorkGroup            string
	Description          *string
	State                string
	ConfigurationUpdates groupSettings
}

func (s *Service) updateWorkGroup(_ *wire.Call, in updateGroupIn) (any, error) {
	old, err := s.group(in.WorkGroup)
	if err != nil {
		return nil, err
	}
	g, err := in.ConfigurationUpdates.over(*old)
	if err != nil {
		return nil, err
	}
	if in.Description != nil {
		g.description = *in.Description
	}
	if in.State != "" {
		g.disabled = in.State == "DISABLED"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.groups[g.name] = g
	return map[string]any{}, nil
}

func (s *Service) deleteWorkGroup(_ *wire.Call, in workGroupIn) (any, error) {
	if in.WorkGroup == "primary" {
		return nil, invalid("INVALID_INPUT", "primary workGroup could not be deleted")
	}
	g, err := s.group(in.WorkGroup)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.groups, g.name)
	return map[string]any{}, nil
}
