// Package dynamodb is the sandbox's DynamoDB: an in-memory engine of our own
// behind the service's JSON 1.0 operations, true to the documented limits,
// orders, costs and refusals. Items live in package table, values in attr,
// expressions in expr, PartiQL in partiql, and the demo data in shopdata; this
// package is the operations.
//
// It knows nothing of HTTP and signatures: the server hands it verified calls.
// Tables are regional; one region's store is seeded, others start empty.
//
//	svc, err := dynamodb.New(dynamodb.Options{Region: "us-east-1", AccountID: "111122223333", Seed: true})
//	answer, err := svc.Call(ctx, &wire.Call{Operation: "ListTables", Body: []byte("{}")})
package dynamodb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/shopdata"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/table"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// Options choose how the service starts.
type Options struct {
	Clock     func() time.Time // nil for time.Now
	AccountID string           // default 111122223333; stands in ARNs
	Region    string           // default us-east-1: the region with the seeded tables
	Seed      bool             // make the tables shop and events
	StateDir  string           // folder that keeps the tables from one run to the next; "" for none
}

// Service answers DynamoDB calls. It may be used by several goroutines.
type Service struct {
	clock   func() time.Time
	account string
	region  string

	// seeded loads the demo tables when the first call comes: a sandbox that
	// nobody asks for DynamoDB should not wait for it.
	seeded func() error

	switches Switches
	dir      string      // state folder, "" for none
	used     atomic.Bool // by any call, so that there is something to keep

	mu     sync.Mutex
	stores map[string]*store // by region
}

// Switches change how the service behaves.
func (s *Service) Switches() *Switches { return &s.switches }

// New makes a service. The error is about the options or the kept state. End it
// with Close.
func New(o Options) (*Service, error) {
	s := &Service{clock: o.Clock, account: o.AccountID, region: o.Region, dir: o.StateDir, stores: map[string]*store{}}
	if s.clock == nil {
		s.clock = time.Now
	}
	if s.account == "" {
		s.account = "111122223333"
	}
	if s.region == "" {
		s.region = "us-east-1"
	}
	if len(s.account) != 12 || strings.Trim(s.account, "0123456789") != "" {
		return nil, fmt.Errorf("account %q is not a number of 12 digits", s.account)
	}
	kept := false
	if s.dir != "" {
		var err error
		if kept, err = s.load(); err != nil {
			return nil, fmt.Errorf("the kept DynamoDB tables cannot be read: %w", err)
		}
	}
	s.seeded = sync.OnceValue(func() error {
		if !o.Seed || kept {
			return nil
		}
		st := s.store(s.region)
		for _, t := range shopdata.Tables() {
			if err := st.seed(t); err != nil {
				return err
			}
		}
		return nil
	})
	return s, nil
}

// store is the state of one region, made when first asked for.
func (s *Service) store(region string) *store {
	if region == "" {
		region = s.region
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stores[region]
	if st == nil {
		st = newStore(region, s.account, s.clock, &s.switches)
		s.stores[region] = st
	}
	return st
}

// Call runs one operation. The answer is a value for encoding/json; for reads
// of many items it is a json.RawMessage ready to be sent as it is. Every error
// is a *wire.Error.
func (s *Service) Call(ctx context.Context, c *wire.Call) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	run, ok := operation(c.Operation)
	if !ok {
		return nil, wire.Fail("UnknownOperationException", "")
	}
	if err := s.seeded(); err != nil {
		return nil, &wire.Error{Code: "InternalServerError", Status: 500, Message: err.Error()}
	}
	s.used.Store(true)
	st := s.store(c.Region)
	st.settle()
	st.expire()
	answer, err := run(st, c.Body)
	if err != nil {
		return nil, asWire(err)
	}
	return answer, nil
}

type runner func(*store, []byte) (any, error)

// operation finds the handler of an operation by its name.
func operation(name string) (runner, bool) {
	switch name {
	case "ListTables":
		return handle((*store).listTables), true
	case "DescribeTable":
		return handle((*store).describeTable), true
	case "CreateTable":
		return handle((*store).createTable), true
	case "UpdateTable":
		return handle((*store).updateTable), true
	case "DeleteTable":
		return handle((*store).deleteTable), true
	case "DescribeTimeToLive":
		return handle((*store).describeTimeToLive), true
	case "UpdateTimeToLive":
		return handle((*store).updateTimeToLive), true
	case "DescribeLimits":
		return handle((*store).describeLimits), true
	case "DescribeEndpoints":
		return handle((*store).describeEndpoints), true
	case "DescribeContinuousBackups":
		return handle((*store).describeContinuousBackups), true
	case "ListTagsOfResource":
		return handle((*store).listTags), true
	case "TagResource":
		return handle((*store).tagResource), true
	case "UntagResource":
		return handle((*store).untagResource), true
	case "GetItem":
		return handle((*store).getItem), true
	case "PutItem":
		return handle((*store).putItem), true
	case "UpdateItem":
		return handle((*store).updateItem), true
	case "DeleteItem":
		return handle((*store).deleteItem), true
	case "Query":
		return handle((*store).query), true
	case "Scan":
		return handle((*store).scan), true
	case "BatchGetItem":
		return handle((*store).batchGet), true
	case "BatchWriteItem":
		return handle((*store).batchWrite), true
	case "TransactGetItems":
		return handle((*store).transactGet), true
	case "TransactWriteItems":
		return handle((*store).transactWrite), true
	case "ExecuteStatement":
		return handle((*store).executeStatement), true
	case "BatchExecuteStatement":
		return handle((*store).batchExecute), true
	case "ExecuteTransaction":
		return handle((*store).executeTransaction), true
	}
	return nil, false
}

// handle decodes the request of an operation.
func handle[Request any](run func(*store, *Request) (any, error)) runner {
	return func(st *store, body []byte) (any, error) {
		var r Request
		if len(body) == 0 {
			body = []byte("{}")
		}
		if err := json.Unmarshal(body, &r); err != nil {
			return nil, err
		}
		return run(st, &r)
	}
}

// asWire gives an error of the engine its place on the wire.
func asWire(err error) *wire.Error {
	var w *wire.Error
	var refusal attr.Refusal
	var empty table.EmptyIndexKey
	var malformed attr.Malformed
	var typeError *json.UnmarshalTypeError
	switch {
	case errors.As(err, &w):
		return w
	case errors.As(err, &refusal):
		return wire.Fail("ValidationException", string(refusal))
	case errors.As(err, &empty):
		return wire.Fail("ValidationException", empty.Error())
	case errors.As(err, &malformed):
		return wire.Fail("SerializationException", string(malformed))
	case errors.As(err, &typeError):
		return wire.Fail("SerializationException", "Unexpected value type in payload: "+typeError.Value+" at "+typeError.Field)
	}
	return wire.Fail("SerializationException", "Unable to parse the request as JSON: "+err.Error())
}
