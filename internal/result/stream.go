// Package result is what an engine answers with: a pull stream of Arrow record
// batches, and the figures known once it is closed.
//
// It knows Arrow and nothing else: no service, no file format, no terminal.
//
//	stream, err := eng.Run(ctx, statement)
//	if err != nil { return err }
//	defer stream.Close()
//	for {
//		batch, err := stream.Next(ctx)
//		if err == io.EOF { break }
//		...
//		batch.Release()
//	}
package result

import (
	"context"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

// Stream is a running statement's rows. One goroutine pulls it; whoever was
// handed the stream closes it.
type Stream interface {
	// Schema is known before the first batch and never changes.
	Schema() *arrow.Schema

	// Next returns the next batch, which the caller releases, or io.EOF after
	// the last one. Any other error ends the stream; later calls return it
	// again. Cancelling ctx ends the wait and leaves the remote statement to
	// Close.
	Next(ctx context.Context) (arrow.RecordBatch, error)

	// Close ends the stream. When the statement still runs remotely, it is
	// stopped there, with a context of its own. Safe to call twice; the second
	// call returns the same error.
	Close() error

	// Stats are valid after Close, and best effort before it.
	Stats() Stats
}

// Stats are the figures of one statement. A zero value means "not known" or
// "does not apply", except where a pointer tells zero from unknown.
type Stats struct {
	Rows          int64         // rows delivered
	RowsAffected  *int64        // rows a write changed, when the service tells
	BytesScanned  *int64        // bytes the service read (Athena bills these)
	CapacityUnits *float64      // DynamoDB read or write capacity units
	Queued        time.Duration // time in the service's queue
	Ran           time.Duration // time the service says it ran
	Elapsed       time.Duration // from sending the statement to Close
	RemoteID      string        // query execution id, request id
	CostUSD       *float64      // list price, when it can be told
	Truncated     bool          // ended at the caller's own row limit
	Path          string        // how the rows were fetched, e.g. "pages"
	Notes         []string      // sentences worth showing: a notice, a reused result
}
