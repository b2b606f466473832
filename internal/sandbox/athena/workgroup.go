package athena

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

const dataBucket = "fairlead-sandbox-data" // where the tables' files live

// resultBucket has the name that Athena's console proposes.
func (s *Service) resultBucket() string {
	return "aws-athena-query-results-" + s.o.AccountID + "-" + s.o.Region
}

// workGroup is one workgroup with the settings that matter to a query. It is
// never changed: an update puts another one in its place.
type workGroup struct {
	name, description string
	output            string // s3://bucket/prefix/
	enforced          bool   // client-side result settings are overridden
	managed           bool   // results are kept by Athena itself and read by API only
	cutoff            int64  // bytes a query may scan, 0 for no limit
	disabled          bool
	created           time.Time
}

// workGroups are those that an account of the sandbox starts with: primary as
// every account has it; reports, which enforces its own output location;
// managed, whose results Athena keeps; and capped, whose queries may scan the
// least that the service lets one set.
func (s *Service) workGroups() map[string]*workGroup {
	created := s.o.Now()
	groups := map[string]*workGroup{}
	for _, g := range []*workGroup{
		{name: "primary", output: "s3://" + s.resultBucket() + "/", created: created},
		{name: "reports", description: "Scheduled reports; results always go to one place", output: "s3://" + s.resultBucket() + "/reports/", enforced: true, created: created},
		{name: "managed", description: "Results are kept by Athena for a day and never reach S3", enforced: true, managed: true, created: created},
		{name: "capped", description: "A query may scan 10 MB", output: "s3://" + s.resultBucket() + "/capped/", cutoff: leastCutoff, created: created},
	} {
		groups[g.name] = g
	}
	return groups
}

func engineVersion() map[string]string {
	return map[string]string{"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
}

func (s *Service) group(name string) (*workGroup, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.groups[cmp.Or(name, "primary")]; g != nil {
		return g, nil
	}
	return nil, invalid("INVALID_INPUT", "WorkGroup %s is not found.", name)
}

func (g *workGroup) state() string {
	if g.disabled {
		return "DISABLED"
	}
	return "ENABLED"
}

type workGroupIn struct{ WorkGroup string }

func (s *Service) getWorkGroup(_ *wire.Call, in workGroupIn) (any, error) {
	g, err := s.group(in.WorkGroup)
	if err != nil {
		return nil, err
	}
	configuration := map[string]any{
		"EnforceWorkGroupConfiguration":   g.enforced,
		"PublishCloudWatchMetricsEnabled": true,
		"RequesterPaysEnabled":            false,
		"EngineVersion":                   engineVersion(),
		"ResultConfiguration":             map[string]any{},
	}
	if g.output != "" {
		configuration["ResultConfiguration"] = map[string]any{"OutputLocation": g.output}
	}
	if g.managed {
		configuration["ManagedQueryResultsConfiguration"] = map[string]any{"Enabled": true}
	}
	if g.cutoff > 0 {
		configuration["BytesScannedCutoffPerQuery"] = g.cutoff
	}
	return map[string]any{"WorkGroup": map[string]any{
		"Name": g.name, "State": g.state(), "Description": g.description, "CreationTime": seconds(g.created), "Configuration": configuration,
	}}, nil
}

type listIn struct {
	MaxResults  int
	NextToken   string
	WorkGroup   string
	CatalogName string
}

func (s *Service) listWorkGroups(_ *wire.Call, in listIn) (any, error) {
	var all []any
	for _, g := range s.sortedGroups() {
		all = append(all, map[string]any{
			"Name": g.name, "State": g.state(), "Description": g.description, "CreationTime": seconds(g.created), "EngineVersion": engineVersion(),
		})
	}
	return s.page("WorkGroups", all, in, 50)
}

func (s *Service) sortedGroups() []*workGroup {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*workGroup
	for _, g := range s.groups {
		all = append(all, g)
	}
	slices.SortFunc(all, func(a, b *workGroup) int { return strings.Compare(a.name, b.name) })
	return all
}
