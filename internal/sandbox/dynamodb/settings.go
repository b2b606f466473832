package dynamodb

import (
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
		t.ttl = spec.AttributeName
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

type tagsRequest struct{ ResourceArn *string }

func (st *store) listTags(r *tagsRequest) (any, error) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	if t := st.tables[tableName(deref(r.ResourceArn))]; t == nil {
		return nil, wire.Fail("ResourceNotFoundException", "Requested resource not found: ResourcArn: "+deref(r.ResourceArn)+" not found")
	}
	return map[string]any{"Tags": []any{}}, nil
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
