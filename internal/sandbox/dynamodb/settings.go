package dynamodb

import (
	"maps"
	"slices"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// The small operations around a table: time to live, backups, tags, limits.

type ttlShape struct {
	AttributeName    string `json:",omitempty"`
	TimeToLiveStatus string
}

func (st *store) describeTimeToLive(r *nameRequest) (any, error) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	t, err := st.named(r)
	if err != nil {
		return nil, err
	}
	shape := ttlShape{t.ttl, "ENABLED"}
	if t.ttl == "" {
		shape.TimeToLiveStatus = "DISABLED"
	}
	return map[string]any{"TimeToLiveDescription": shape}, nil
}

type ttlRequest struct {
	nameRequest
	TimeToLiveSpecification *struct {
		AttributeName string
		Enabled       bool
	}
}

func (st *store) updateTimeToLive(r *ttlRequest) (any, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	t, err := st.named(&r.nameRequest)
	if err != nil {
		return nil, err
	}
	spec := r.TimeToLiveSpecification
	if spec == nil || spec.AttributeName == "" {
		var c constraints
		c.fail("null", "timeToLiveSpecification", "Member must not be null")
		return nil, c.err()
	}
	switch {
	case spec.Enabled && t.ttl != "":
		return nil, attr.Refusal("TimeToLive is already enabled")
	case !spec.Enabled && t.ttl == "":
		return nil, attr.Refusal("TimeToLive is already disabled")
	case spec.Enabled:
		t.ttl, t.swept = spec.AttributeName, st.clock()
	default:
		t.ttl = ""
	}
	return map[string]any{"TimeToLiveSpecification": spec}, nil
}

func (st *store) describeContinuousBackups(r *nameRequest) (any, error) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	if _, err := st.named(r); err != nil {
		return nil, err
	}
	return map[string]any{"ContinuousBackupsDescription": map[string]any{
		"ContinuousBackupsStatus":        "ENABLED",
		"PointInTimeRecoveryDescription": map[string]any{"PointInTimeRecoveryStatus": "DISABLED"},
	}}, nil
}

type tagsRequest struct {
	ResourceArn *string
	Tags        []tag
	TagKeys     []string
}

// tagged finds the table of a request about tags; the lock is held.
func (st *store) tagged(r *tagsRequest) (*tableState, error) {
	arn := deref(r.ResourceArn)
	if !strings.HasPrefix(arn, "arn:") {
		return nil, attr.Refusal("Invalid TableArn: Invalid ResourceArn provided as input " + arn)
	}
	if t := st.tables[tableName(arn)]; t != nil {
		return t, nil
	}
	return nil, wire.Fail("ResourceNotFoundException", "Requested resource not found: ResourcArn: "+arn+" not found")
}

func (st *store) listTags(r *tagsRequest) (any, error) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	t, err := st.tagged(r)
	if err != nil {
		return nil, err
	}
	tags := make([]tag, 0, len(t.tags))
	for _, key := range slices.Sorted(maps.Keys(t.tags)) {
		tags = append(tags, tag{key, t.tags[key]})
	}
	return map[string]any{"Tags": tags}, nil
}

// maxTags is how many tags a table may have.
const maxTags = 50

func (st *store) tagResource(r *tagsRequest) (any, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	t, err := st.tagged(r)
	if err != nil {
		return nil, err
	}
	if len(r.Tags) == 0 {
		return nil, attr.Refusal("Atleast one Tag needs to be provided as Input.")
	}
	tags := maps.Clone(t.tags)
	for _, tag := range r.Tags {
		tags[tag.Key] = tag.Value
	}
	if len(tags) > maxTags {
		return nil, wire.Fail("LimitExceededException", "Too many tags: a table has at most 50")
	}
	t.tags = tags
	return struct{}{}, nil
}

func (st *store) untagResource(r *tagsRequest) (any, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	t, err := st.tagged(r)
	if err != nil {
		return nil, err
	}
	if len(r.TagKeys) == 0 {
		return nil, attr.Refusal("Atleast one Tag Key needs to be provided as Input.")
	}
	t.tags = maps.Clone(t.tags)
	for _, key := range r.TagKeys {
		delete(t.tags, key)
	}
	return struct{}{}, nil
}

type noRequest struct{}

// describeLimits answers the default quotas of an account.
func (st *store) describeLimits(*noRequest) (any, error) {
	return map[string]int{
		"AccountMaxReadCapacityUnits": 80000, "AccountMaxWriteCapacityUnits": 80000,
		"TableMaxReadCapacityUnits": 40000, "TableMaxWriteCapacityUnits": 40000,
	}, nil
}

func (st *store) describeEndpoints(*noRequest) (any, error) {
	return map[string]any{"Endpoints": []map[string]any{{"Address": "dynamodb." + st.region + ".amazonaws.com", "CachePeriodInMinutes": 1440}}}, nil
}
