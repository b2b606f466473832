package redshift

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/aws/smithy-go"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/redshift/dataapi"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/session"
)

const (
	// quickAnswer is how soon a long poll must not have answered in vain: a
	// service that knows no long polling answers at once.
	quickAnswer = 500 * time.Millisecond
	firstPause  = 200 * time.Millisecond
	longPause   = 2 * time.Second
)

func itoa(n int) string { return strconv.Itoa(n) }

// runData sends the statement through the Data API and waits for its end; its
// rows are kept by the service and fetched as they are asked for.
func (e *Engine) runData(ctx context.Context, s engine.Statement) (result.Stream, error) {
	began := time.Now()
	text, parameters := dataArgs(s.Text, s.Args)
	if len(text) > dataapi.LongestStatement {
		return nil, fault.Newf(fault.Statement, "The statement is %d bytes long; the Redshift Data API takes %d", len(text), dataapi.LongestStatement).
			WithRemedy("send it over the wire: " + engine.Setting(e.session.Name, "transport", overWire))
	}
	for again := true; ; again = false {
		client, _, err := e.data(ctx)
		if err != nil {
			return nil, err
		}
		in, reused, err := e.takeData(ctx)
		if err != nil {
			return nil, e.dataFault(ctx, err, s.Text)
		}
		st, err := e.submitData(ctx, client, in, dataapi.Statement{SQL: text, Parameters: parameters}, s, began)
		if reused && again && isLostSession(err) {
			// Nothing ran. What the session had kept is gone all the same.
			e.note("The session of the Data API had ended; its temporary tables and settings are gone")
			continue
		}
		if err != nil {
			return nil, e.dataFault(ctx, err, s.Text)
		}
		return st, nil
	}
}

// submitData sends a statement in a session and waits for its end.
func (e *Engine) submitData(ctx context.Context, client *dataapi.Client, in *dataSession, send dataapi.Statement, s engine.Statement, began time.Time) (*dataStream, error) {
	send.ClientToken, send.Format, send.SessionID, send.KeepAlive = token(), in.format, in.id, int(dataKeep/time.Second)
	if s.Submitted == nil {
		send.Wait = dataapi.LongestWait // one call less for a short statement
	}
	sent, err := client.Execute(ctx, send)
	if err != nil && ctx.Err() != nil {
		e.cancelUnknown(client, send)
	}
	if err != nil {
		return nil, err
	}
	if s.Submitted != nil {
		if err := s.Submitted(sent.ID); err != nil {
			e.cancelData(client, sent.ID)
			return nil, err
		}
	}
	st, err := e.finishData(ctx, client, sent.ID, in.format, s, began)
	if ended := (*fault.Error)(nil); err == nil || errors.As(err, &ended) {
		e.giveData(in) // it ended on the server, well or not
	}
	return st, err
}

// finishData waits for the end of a statement and opens its rows.
func (e *Engine) finishData(ctx context.Context, client *dataapi.Client, id, format string, s engine.Statement, began time.Time) (*dataStream, error) {
	end, err := e.await(ctx, client, id, s.Progress)
	if err != nil {
		if ctx.Err() != nil {
			e.cancelData(client, id)
		}
		return nil, err
	}
	if end.Status != dataapi.Finished {
		return nil, dataFailure(end, s.Text)
	}
	st := &dataStream{client: client, id: id, format: format, began: began, progress: s.Progress,
		stats: result.Stats{Path: "data-api", RemoteID: id, Ran: time.Duration(end.Duration), Notes: e.takeNotes()}}
	if !end.HasResultSet {
		st.schema = arrow.NewSchema(nil, nil)
		if writesRows(end.QueryString, s.Text) && end.ResultRows >= 0 {
			st.stats.RowsAffected = &end.ResultRows
		}
		st.done()
		return st, nil
	}
	return st, st.open(ctx)
}

// writesRows reports whether the number that the service tells is one of
// changed rows; the wire tells it of the same statements.
func writesRows(sent, asked string) bool {
	if sent == "" {
		sent = asked
	}
	for _, line := range strings.Fields(strings.ToLower(sent)) {
		switch line {
		case "insert", "update", "delete":
			return true
		case "create", "drop", "alter", "set", "truncate", "begin", "commit", "grant", "revoke", "copy", "unload", "call", "vacuum", "analyze":
			return false
		}
	}
	return false
}

// await polls until the statement has ended.
func (e *Engine) await(ctx context.Context, client *dataapi.Client, id string, progress func(engine.Progress)) (dataapi.Description, error) {
	pause := firstPause
	wait := 1 // the first answer comes soon, so that the state shows
	for {
		asked := time.Now()
		d, err := client.Describe(ctx, id, wait)
		var api smithy.APIError
		tooMany := errors.As(err, &api) && api.ErrorCode() == "ActiveWaitingRequestsExceededException"
		if err != nil && !tooMany {
			return d, err
		}
		if err == nil && d.Over() {
			return d, nil
		}
		if progress != nil && err == nil {
			progress(engine.Progress{State: dataState(d.Status), RemoteID: id})
		}
		if wait < dataapi.LongestWait && !tooMany {
			wait = min(2*wait+1, dataapi.LongestWait)
		}
		if time.Since(asked) > quickAnswer {
			continue
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return d, ctx.Err()
		}
		pause = min(2*pause, longPause)
	}
}

func dataState(status string) string {
	if status == "SUBMITTED" || status == "PICKED" {
		return "queued"
	}
	if status == "STARTED" {
		return "running"
	}
	return strings.ToLower(status)
}

// cancelData stops a statement, with a context of its own.
func (e *Engine) cancelData(client *dataapi.Client, id string) {
	ctx, cancel := context.WithTimeout(context.Background(), cancelLimit)
	defer cancel()
	_ = client.Cancel(ctx, id) // one that has ended cannot be cancelled, and no one is left to tell
}

// cancelUnknown stops a statement whose id did not arrive: its token brings it.
func (e *Engine) cancelUnknown(client *dataapi.Client, send dataapi.Statement) {
	ctx, cancel := context.WithTimeout(context.Background(), cancelLimit)
	defer cancel()
	send.Wait = 0
	if sent, err := client.Execute(ctx, send); err == nil {
		_ = client.Cancel(ctx, sent.ID)
	}
}

// isLostSession reports a session that the service no longer has.
func isLostSession(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && api.ErrorCode() == "ValidationException" && strings.Contains(strings.ToLower(api.ErrorMessage()), "session") &&
		!strings.Contains(strings.ToLower(api.ErrorMessage()), "busy")
}

// dataFault gives an error of a call its code.
func (e *Engine) dataFault(ctx context.Context, err error, text string) *fault.Error {
	if ended := ctx.Err(); ended != nil {
		return session.Fault(ended, dataService, "run the statement")
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return known
	}
	f := session.Fault(err, dataService, "run the statement")
	var api smithy.APIError
	if !errors.As(err, &api) {
		return f
	}
	switch api.ErrorCode() {
	case "ActiveStatementsExceededException", "ActiveSessionsExceededException":
		f.Code, f.Remedy = fault.Throttled, "too many statements run at once: try again in a while"
	case "DatabaseConnectionException":
		f.Code, f.Message = fault.Unavailable, "The Data API cannot connect to "+e.describeTarget()
		if strings.Contains(api.ErrorMessage(), "does not exist") {
			f.Code, f.Remedy = fault.NotFound, Spec().Setting(e.session.Name, "database", "NAME")
		}
	case "QueryTimeoutException":
		f.Code = fault.Timeout
	case "ValidationException":
		if strings.Contains(api.ErrorMessage(), "endpoint doesn't exist") {
			f.Code, f.Message = fault.NotFound, "Redshift has no "+e.describeTarget()+" in "+e.session.Region
			f.Remedy = "check the region and the name: " + engine.Change(e.session.Name)
		}
	}
	return f
}

// dataService is what errors call the service.
const dataService = "Redshift Data API"

var errorPosition = regexp.MustCompile(`(?m)^\s*Position: (\d+);?\s*$`)

// dataFailure makes a fault of a statement that failed or was stopped. The
// service passes on the warehouse's words without its code.
func dataFailure(d dataapi.Description, text string) *fault.Error {
	words := strings.TrimPrefix(d.Error, "ERROR: ")
	said := fault.Service{Name: service, Code: d.Status}
	if m := errorPosition.FindStringSubmatchIndex(words); m != nil {
		n, _ := strconv.Atoi(words[m[2]:m[3]])
		said.Line, said.Column = engine.PositionAt(text, n)
		words = words[:m[0]] + words[m[1]:]
	}
	said.Message = strings.TrimSpace(words)
	if d.Status == dataapi.Aborted || strings.Contains(words, "cancelled on user's request") {
		return fault.New(fault.Statement, "The statement was cancelled in Redshift").WithService(said)
	}
	code := fault.Statement
	switch first, _, _ := strings.Cut(words, "\n"); {
	case strings.Contains(first, "permission denied"):
		code = fault.Denied
	case isMissing(first):
		code = fault.NotFound
	}
	return fault.New(code, "Redshift failed the statement").WithService(said)
}

// isMissing reports the messages that the wire gives with the codes 42P01,
// 3D000 and 3F000.
func isMissing(message string) bool {
	if !strings.Contains(message, "does not exist") {
		return false
	}
	for _, what := range []string{"relation \"", "database \"", "schema \""} {
		if strings.HasPrefix(message, what) {
			return true
		}
	}
	return false
}

// Attach brings the rows of a statement that was sent through the Data API.
func (e *Engine) Attach(ctx context.Context, remoteID string, s engine.Statement) (result.Stream, error) {
	if !isDataID(remoteID) {
		return nil, fault.Newf(fault.Unsupported, "Statement %s ran over Redshift's wire, which keeps no results once its connection is gone", remoteID).
			WithRemedy("statements of the Data API can be found again: run it with --transport data-api")
	}
	client, _, err := e.data(ctx)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	d, err := client.Describe(ctx, remoteID, 0)
	if err != nil {
		var api smithy.APIError
		if errors.As(err, &api) && api.ErrorCode() == "ResourceNotFoundException" {
			return nil, fault.Newf(fault.NotFound, "The Data API knows no statement %s", remoteID).
				WithService(said(err)).WithRemedy("results are kept for 24 hours, for the role that sent the statement")
		}
		return nil, e.dataFault(ctx, err, s.Text)
	}
	if s.Text == "" {
		s.Text = d.QueryString
	}
	format := d.ResultFormat
	if format == "" {
		format = dataapi.JSON
	}
	st, err := e.finishData(ctx, client, remoteID, format, s, began)
	if err != nil {
		return nil, e.dataFault(ctx, err, s.Text)
	}
	return st, nil
}

// isDataID holds for ids of the form d9b6c0c9-0747-4bf4-b142-e8883122f766, with
// perhaps the number of a part behind a colon.
func isDataID(id string) bool {
	base, _, _ := strings.Cut(id, ":")
	groups := strings.Split(base, "-")
	if len(groups) != 5 {
		return false
	}
	for i, g := range groups {
		if len(g) != []int{8, 4, 4, 4, 12}[i] || strings.Trim(g, "0123456789abcdef") != "" {
			return false
		}
	}
	return true
}
