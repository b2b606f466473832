package athena

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/fairleadhq/fairlead/internal/sandbox/duck"
	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// mostQuery is the longest QueryString, in characters as Java counts them.
const mostQuery = 262_144

type startIn struct {
	QueryString           string
	ClientRequestToken    *string
	QueryExecutionContext struct{ Catalog, Database string }
	WorkGroup             string
	ExecutionParameters   []string
	ResultConfiguration   *struct {
		OutputLocation          string
		ExpectedBucketOwner     string
		EncryptionConfiguration *struct{ EncryptionOption, KmsKey string }
		AclConfiguration        *struct{ S3AclOption string }
	}
	ResultReuseConfiguration *struct {
		ResultReuseByAgeConfiguration *struct {
			Enabled         bool
			MaxAgeInMinutes *int
		}
	}
}

func (s *Service) startQueryExecution(_ *wire.Call, in startIn) (any, error) {
	if err := checkStart(in); err != nil {
		return nil, err
	}
	group, err := s.group(in.WorkGroup)
	if err != nil {
		return nil, err
	}
	if group.disabled {
		return nil, invalid("INVALID_INPUT", "WorkGroup %s is disabled.", group.name)
	}
	location, err := s.outputLocation(group, in)
	if err != nil {
		return nil, err
	}
	statement, err := trino.Parse(in.QueryString)
	if err == nil {
		err = s.checkSyntax(statement)
	}
	if err != nil {
		return nil, invalid("MALFORMED_QUERY", "%s", err.Error())
	}
	x := &execution{
		id: newID(), sql: in.QueryString, statement: statement, params: in.ExecutionParameters,
		catalog: in.QueryExecutionContext.Catalog, database: in.QueryExecutionContext.Database,
		group: group, location: location, config: encryption(group, in), submitted: s.o.Now(), state: queued,
		store: s.o.Store, reuseAge: reuseAge(in),
	}
	if group.managed {
		x.store = s.kept
	}
	return s.submit(x, in.ClientRequestToken)
}

func checkStart(in startIn) error {
	if length := len(utf16.Encode([]rune(in.QueryString))); length < 1 || length > mostQuery {
		return constraint("queryString", "...", "Member must have length greater than or equal to 1 and less than or equal to %d", mostQuery)
	}
	if in.ClientRequestToken != nil && (len(*in.ClientRequestToken) < 32 || len(*in.ClientRequestToken) > 128) {
		return constraint("clientRequestToken", *in.ClientRequestToken, "Member must have length greater than or equal to 32 and less than or equal to 128")
	}
	if reuse := in.ResultReuseConfiguration; reuse != nil && reuse.ResultReuseByAgeConfiguration != nil {
		if age := reuse.ResultReuseByAgeConfiguration.MaxAgeInMinutes; age != nil && (*age < 0 || *age > 10080) {
			return constraint("maxAgeInMinutes", *age, "Member must have value between 0 and 10080")
		}
	}
	return nil
}

// outputLocation decides where results go: an enforced workgroup wins, then
// the call, then the workgroup.
func (s *Service) outputLocation(group *workGroup, in startIn) (string, error) {
	if group.managed {
		if r := in.ResultConfiguration; r != nil && (r.OutputLocation != "" || r.ExpectedBucketOwner != "" || r.EncryptionConfiguration != nil || r.AclConfiguration != nil) {
			return "", invalid("INVALID_INPUT", "%s", managedTogether)
		}
		return "s3://" + keptBucket + "/", nil
	}
	location := group.output
	if in.ResultConfiguration != nil && in.ResultConfiguration.OutputLocation != "" {
		asked := in.ResultConfiguration.OutputLocation
		if _, _, err := splitLocation(asked); err != nil {
			return "", invalid("INVALID_INPUT", "outputLocation is not a valid S3 path.")
		}
		if !group.enforced {
			location = asked
		}
	}
	bucket, _, err := splitLocation(location)
	if err != nil {
		return "", invalid("INVALID_INPUT", "No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.")
	}
	if !s.o.Store.HasBucket(bucket) {
		return "", invalid("INVALID_INPUT", "Unable to verify/create output bucket %s", bucket)
	}
	if !strings.HasSuffix(location, "/") {
		location += "/"
	}
	return location, nil
}

// reuseAge is how old a result may be to be reused, nil when none may.
func reuseAge(in startIn) *time.Duration {
	if in.ResultReuseConfiguration == nil || in.ResultReuseConfiguration.ResultReuseByAgeConfiguration == nil || !in.ResultReuseConfiguration.ResultReuseByAgeConfiguration.Enabled {
		return nil
	}
	age := defaultReuse
	if minutes := in.ResultReuseConfiguration.ResultReuseByAgeConfiguration.MaxAgeInMinutes; minutes != nil {
		age = time.Duration(*minutes) * time.Minute
	}
	return &age
}

// encryption is the part of ResultConfiguration that GetQueryExecution echoes.
func encryption(group *workGroup, in startIn) map[string]any {
	out := map[string]any{}
	if in.ResultConfiguration == nil || group.enforced {
		return out
	}
	if e := in.ResultConfiguration.EncryptionConfiguration; e != nil {
		doc := map[string]any{"EncryptionOption": e.EncryptionOption}
		if e.KmsKey != "" {
			doc["KmsKey"] = e.KmsKey
		}
		out["EncryptionConfiguration"] = doc
	}
	if owner := in.ResultConfiguration.ExpectedBucketOwner; owner != "" {
		out["ExpectedBucketOwner"] = owner
	}
	if acl := in.ResultConfiguration.AclConfiguration; acl != nil {
		out["AclConfiguration"] = map[string]any{"S3AclOption": acl.S3AclOption}
	}
	return out
}

// splitLocation reads s3://bucket/key.
func splitLocation(location string) (bucket, key string, err error) {
	rest, found := strings.CutPrefix(location, "s3://")
	bucket, key, _ = strings.Cut(rest, "/")
	if !found || bucket == "" {
		return "", "", fmt.Errorf("%q is not an S3 location", location)
	}
	return bucket, key, nil
}

// checkSyntax parses the query as Athena does before it accepts the call.
// Names are resolved only when it runs.
func (s *Service) checkSyntax(statement *trino.Statement) error {
	if statement.Body() == "" || statement.Verb == trino.Prepare {
		return nil
	}
	query, err := statement.Rewrite(&trino.Rewriter{Unchecked: true})
	var analysis *trino.Error
	if errors.As(err, &analysis) && analysis.Name != "" {
		return nil // no fault of syntax: the execution will fail with it
	}
	if err != nil {
		return err
	}
	db, err := s.engine()
	if errors.Is(err, duck.ErrUnavailable) {
		return nil // the execution will fail and say so
	}
	if err != nil {
		return err
	}
	return trino.CheckSyntax(s.ctx, db, query)
}

// submit files the execution and starts it, unless the request token names one
// that exists already.
func (s *Service) submit(x *execution, token *string) (any, error) {
	ctx, cancel := context.WithCancel(s.ctx)
	x.cancel = cancel
	s.mu.Lock()
	defer s.mu.Unlock()
	if token != nil {
		if known := s.requests[*token]; known != nil {
			cancel()
			if known.sql != x.sql || known.location != x.location || known.database != x.database || known.group != x.group {
				return nil, invalid("INVALID_INPUT", "Idempotent parameters do not match")
			}
			return map[string]any{"QueryExecutionId": known.id}, nil
		}
		s.requests[*token] = x
	}
	s.executions[x.id] = x
	s.order = append(s.order, x)
	s.forgetOldest()
	s.runs.Add(1)
	go s.run(ctx, x)
	return map[string]any{"QueryExecutionId": x.id}, nil
}

// forgetOldest keeps the history bounded.
func (s *Service) forgetOldest() {
	if len(s.order) <= keepExecutions {
		return
	}
	old := s.order[0]
	s.order = s.order[1:]
	delete(s.executions, old.id)
	for token, x := range s.requests {
		if x == old {
			delete(s.requests, token)
		}
	}
}

// newID is a random UUID, the form of Athena's ids.
func newID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // crypto/rand never fails on the systems Go supports
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
