package front

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// Fault is something to go wrong on purpose.
type Fault struct {
	Service   string `json:"service,omitempty"`   // "athena", "sso-oidc", ...; empty for all
	Operation string `json:"operation,omitempty"` // "GetQueryResults"; empty for all
	After     int    `json:"after,omitempty"`     // how many calls it lets through first
	Times     int    `json:"times,omitempty"`     // how many calls it hits then; 0 for every one until cleared

	Throttle bool          `json:"throttle,omitempty"` // answer as the service does when called too often
	Status   int           `json:"status,omitempty"`   // answer with this HTTP status
	Code     string        `json:"code,omitempty"`     // error code that goes with Status; has a default
	Message  string        `json:"message,omitempty"`
	Latency  time.Duration `json:"-"`             // wait before answering
	Cut      bool          `json:"cut,omitempty"` // send half of the answer's body, then drop the connection
}

// Faults are the faults in force. The zero value has none. Safe for concurrent use.
type Faults struct {
	mu   sync.Mutex
	list []*Fault
}

// Add puts a fault in force.
func (f *Faults) Add(fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, &fault)
}

// Clear lifts all faults.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
}

// plan is what the faults in force do to one call.
type plan struct {
	latency time.Duration
	cut     bool
	refusal *Fault
}

// take collects the faults that hit a call and counts them down. Of several
// refusals only the oldest is used.
func (f *Faults) take(service, operation string) plan {
	f.mu.Lock()
	defer f.mu.Unlock()
	var p plan
	kept := f.list[:0]
	for _, fault := range f.list {
		hit := (fault.Service == "" || fault.Service == service) && (fault.Operation == "" || fault.Operation == operation)
		refuses := fault.Throttle || fault.Status != 0 || fault.Code != ""
		if hit && refuses && p.refusal != nil {
			hit = false
		}
		if hit && fault.After > 0 {
			fault.After--
			hit = false
		}
		if !hit {
			kept = append(kept, fault)
			continue
		}
		p.latency += fault.Latency
		p.cut = p.cut || fault.Cut
		if refuses {
			p.refusal = fault
		}
		if fault.Times == 0 {
			kept = append(kept, fault)
		} else if fault.Times--; fault.Times > 0 {
			kept = append(kept, fault)
		}
	}
	clear(f.list[len(kept):])
	f.list = kept
	return p
}

// answer is the refusal of the plan in the service's own words, or nil.
func (p plan) answer(rt route) *wire.Error {
	f := p.refusal
	if f == nil {
		return nil
	}
	if f.Throttle {
		return throttled(rt)
	}
	e := &wire.Error{Code: f.Code, Status: f.Status, Message: f.Message}
	if e.Status == 0 {
		e.Status = http.StatusBadRequest
	}
	if e.Code == "" {
		e.Code = internalCode(rt)
		if e.Status == http.StatusServiceUnavailable {
			e.Code = "ServiceUnavailable"
		} else if e.Status < 500 {
			e.Code = "HTTP" + strconv.Itoa(e.Status)
		}
	}
	if e.Message == "" {
		e.Message = "This failure was asked for through the sandbox's switches."
	}
	return e
}

// internalCode is how each service calls its own failure.
func internalCode(rt route) string {
	if rt.service == "dynamodb" {
		return "InternalServerError"
	}
	return "InternalServerException"
}

// throttled is how each service says that it is called too often.
func throttled(rt route) *wire.Error {
	switch rt.service {
	case "s3":
		return &wire.Error{Code: "SlowDown", Status: http.StatusServiceUnavailable, Message: "Please reduce your request rate."}
	case "sso":
		return &wire.Error{Code: "TooManyRequestsException", Status: http.StatusTooManyRequests, Message: "Too many requests"}
	case "sso-oidc":
		return wire.Fail("SlowDownException", "The client is calling too often.")
	case "dynamodb":
		return wire.Fail("ProvisionedThroughputExceededException", "The level of configured provisioned throughput for the table was exceeded. "+
			"Consider increasing your provisioning level with the UpdateTable API.")
	}
	if rt.protocol == queryXML {
		return wire.Fail("Throttling", "Rate exceeded")
	}
	return wire.Fail("ThrottlingException", "Rate exceeded")
}
