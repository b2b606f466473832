package athena

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"

	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/session"
)

// fault gives an error of any call but the start its code.
func (e *Engine) fault(err error, doing string) *fault.Error {
	var missing *types.ResourceNotFoundException
	var metadata *types.MetadataException
	var invalid *types.InvalidRequestException
	switch {
	case isCancel(err):
	case errors.As(err, &missing), errors.As(err, &metadata):
		return fault.Newf(fault.NotFound, "Athena does not have it: cannot %s", doing).WithService(said(err))
	case errors.As(err, &invalid):
		text := invalid.ErrorMessage()
		if notFound(text) {
			return e.workgroupMissing(err)
		}
		return fault.Newf(fault.Statement, "Cannot %s: Athena refuses", doing).WithService(said(err))
	}
	return session.Fault(err, service, doing)
}

// startFault gives an error of StartQueryExecution its code: what Athena calls
// an invalid request there is the statement's fault or a missing setting.
func (e *Engine) startFault(err error) *fault.Error {
	var invalid *types.InvalidRequestException
	if !errors.As(err, &invalid) {
		return e.fault(err, "start the query")
	}
	text := strings.ToLower(invalid.ErrorMessage())
	switch {
	case strings.Contains(text, "output location"):
		return fault.Newf(fault.Config,
			"No place for results: workgroup %q has no query result location and connection %q sets none",
			e.workname, e.session.Name).
			WithRemedy(engine.Setting(e.session.Name, "output_location", "s3://BUCKET/PREFIX/")).
			WithService(said(err))
	case notFound(text):
		return e.workgroupMissing(err)
	}
	return fault.New(fault.Statement, "Athena refused the statement").WithService(said(err))
}

// notFound reports whether the message is about a workgroup that is not there;
// Athena gives that no code of its own.
func notFound(message string) bool {
	message = strings.ToLower(message)
	return strings.Contains(message, "workgroup") && strings.Contains(message, "not found")
}

func (e *Engine) workgroupMissing(err error) *fault.Error {
	return fault.Newf(fault.NotFound, "Athena has no workgroup %q in %s", e.workname, e.session.Region).
		WithRemedy("check the region, or choose another: " + engine.Setting(e.session.Name, "workgroup", "NAME")).
		WithService(said(err))
}

// said keeps the service's own words about a failed call.
func said(err error) fault.Service {
	s := awsnet.ServiceWords(err, service)
	if s.Message == "" {
		s.Message = err.Error()
	}
	s.Line, s.Column = engine.Position(s.Message)
	return s
}

// resultFault gives an error of reading a result its code.
func (e *Engine) resultFault(err error, id string) *fault.Error {
	var odd *unreadable
	if errors.As(err, &odd) {
		return fault.Wrapf(odd.err, fault.Internal, "Athena's result of query %s cannot be read", id)
	}
	f := e.fault(err, "read the result")
	if f.Service != nil && resultGone(f.Service.Message) {
		f.Code, f.Message = fault.NotFound, "Athena no longer has the result of query "+id
		f.Remedy = "run the query again; its result was deleted from S3"
	}
	return f
}

// resultGone reports whether Athena's message is about a result that it cannot
// find in S3 any more.
func resultGone(message string) bool {
	message = strings.ToLower(message)
	return strings.Contains(message, "could not find results") || strings.Contains(message, "nosuchkey") ||
		strings.Contains(message, "specified key does not exist")
}

// unknownQuery says that Athena cannot tell of a query.
func (e *Engine) unknownQuery(err error, id string) *fault.Error {
	f := e.fault(err, "find query "+id)
	if f.Service != nil && strings.Contains(strings.ToLower(f.Service.Message), "not found") ||
		f.Code == fault.Statement {
		f.Code, f.Message = fault.NotFound, fmt.Sprintf("Athena has no query %s in %s", id, e.session.Region)
		f.Remedy = "check the id and the region; Athena knows a query for 45 days"
	}
	return f
}

// endFault describes a query that ended without a result.
func (e *Engine) endFault(ctx context.Context, id string, x *types.QueryExecution) *fault.Error {
	message := aws.ToString(x.Status.StateChangeReason)
	if message == "" && x.Status.AthenaError != nil {
		message = aws.ToString(x.Status.AthenaError.ErrorMessage)
	}
	s := fault.Service{Name: service, Message: message, RequestID: id, Code: errorName(message)}
	s.Line, s.Column = engine.Position(message)
	if cutOff(message) {
		return e.cutoffFault(ctx, id, x, s)
	}
	if x.Status.State == types.QueryExecutionStateCancelled {
		if s.Code == "" {
			s.Code = "CANCELLED"
		}
		return fault.New(fault.Statement, "The query was cancelled in Athena"+e.costText(x)).WithService(s)
	}
	if s.Code == "" && x.Status.AthenaError != nil {
		s.Code = fmt.Sprintf("ERROR_TYPE_%d", aws.ToInt32(x.Status.AthenaError.ErrorType))
	}
	return fault.New(endCode(s.Code, message, x.Status.AthenaError), "Athena failed the statement").WithService(s)
}

// endCode sorts a failed query by the name Trino gave the error.
func endCode(name, message string, a *types.AthenaError) fault.Code {
	lower := strings.ToLower(message)
	switch {
	case name == "TABLE_NOT_FOUND", name == "SCHEMA_NOT_FOUND", name == "CATALOG_NOT_FOUND":
		return fault.NotFound
	case name == "PERMISSION_DENIED", strings.Contains(lower, "not authorized to perform"),
		strings.Contains(lower, "access denied"), strings.Contains(lower, "insufficient permissions"):
		return fault.Denied
	case a != nil && aws.ToInt32(a.ErrorCategory) == 1 && a.Retryable: // category 1: Athena's own
		return fault.Unavailable
	}
	return fault.Statement
}

// errorName returns the name Trino puts before its message, as SYNTAX_ERROR in
// "SYNTAX_ERROR: line 1:8: ...", or "".
func errorName(message string) string {
	name, _, ok := strings.Cut(message, ":")
	if !ok || name == "" {
		return ""
	}
	for _, c := range name {
		if (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '_' {
			return ""
		}
	}
	return name
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
