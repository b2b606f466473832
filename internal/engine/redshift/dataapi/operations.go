package dataapi

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/smithy-go"

	"github.com/fairleadhq/fairlead/internal/engine/rawpage"
)

// LongestStatement is how many bytes of SQL the service takes.
// https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html
const LongestStatement = 100 << 10

// LongestWait is how many seconds one call may wait for a statement's end.
const LongestWait = 30

// The formats of a result, chosen when a statement is sent.
const (
	JSON = "JSON"
	CSV  = "CSV"
)

// Target is where a statement goes: a workgroup, or a cluster with perhaps a
// database user; the user else follows from the caller.
type Target struct {
	Workgroup string `json:"WorkgroupName,omitempty"`
	Cluster   string `json:"ClusterIdentifier,omitempty"`
	DbUser    string `json:",omitempty"`
	Database  string `json:",omitempty"`
}

// Parameter is the value of :Name in a statement.
type Parameter struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Statement is what Execute and Batch send. With SessionID the Target stays empty.
type Statement struct {
	Target
	SQL         string      `json:"Sql,omitempty"`
	SQLs        []string    `json:"Sqls,omitempty"` // of Batch
	Parameters  []Parameter `json:",omitempty"`
	ClientToken string      `json:",omitempty"` // makes sending twice one statement
	Format      string      `json:"ResultFormat,omitempty"`
	SessionID   string      `json:"SessionId,omitempty"`
	KeepAlive   int         `json:"SessionKeepAliveSeconds,omitempty"`
	Wait        int         `json:"WaitTimeSeconds,omitempty"` // seconds to hold the answer back
}

// Submitted is a statement that the service has taken.
type Submitted struct {
	ID        string `json:"Id"`
	SessionID string `json:"SessionId"`
	DbUser    string
}

// Execute sends a statement.
func (c *Client) Execute(ctx context.Context, s Statement) (Submitted, error) {
	return c.submit(ctx, "ExecuteStatement", s)
}

// Batch sends statements that run as one transaction.
func (c *Client) Batch(ctx context.Context, s Statement) (Submitted, error) {
	return c.submit(ctx, "BatchExecuteStatement", s)
}

func (c *Client) submit(ctx context.Context, operation string, s Statement) (out Submitted, err error) {
	err = c.decode(ctx, operation, s, &out)
	if err == nil && out.ID == "" {
		err = &smithy.DeserializationError{Err: fmt.Errorf("%s answered without an id", operation)}
	}
	return out, err
}

// The states of a statement.
const (
	Finished = "FINISHED"
	Failed   = "FAILED"
	Aborted  = "ABORTED"
)

// Description is what the service tells of a statement.
type Description struct {
	Status       string
	Error        string
	Duration     int64 // nanoseconds
	ResultRows   int64 // delivered, or changed by a write; -1 while unknown
	HasResultSet bool
	QueryString  string
	ResultFormat string
}

// Over reports whether the statement has ended.
func (d Description) Over() bool {
	return d.Status == Finished || d.Status == Failed || d.Status == Aborted
}

// Describe tells how a statement stands, once it has ended or wait seconds are over.
func (c *Client) Describe(ctx context.Context, id string, wait int) (out Description, err error) {
	err = c.decode(ctx, "DescribeStatement", struct {
		ID   string `json:"Id"`
		Wait int    `json:"WaitTimeSeconds,omitempty"`
	}{id, wait}, &out)
	if err == nil && out.Status == "" {
		err = &smithy.DeserializationError{Err: fmt.Errorf("DescribeStatement answered without a status")}
	}
	return out, err
}

// Cancel stops a statement. One that has ended is a ValidationException.
func (c *Client) Cancel(ctx context.Context, id string) error {
	_, err := c.call(ctx, "CancelStatement", struct {
		ID string `json:"Id"`
	}{id})
	return err
}

// Column is what the service tells of a result's column.
type Column struct {
	Label     string `json:"label"`
	Name      string `json:"name"`
	TypeName  string `json:"typeName"`
	Length    int32  `json:"length"`
	Precision int32  `json:"precision"`
	Scale     int32  `json:"scale"`
}

// Page is one page of a result. Rows is cut from the answer and not decoded:
// a JSON array of arrays of typed values, or the CSV text of each record.
type Page struct {
	Columns []Column
	Rows    []byte   // of a JSON result
	CSV     []string // of a CSV result
	Next    string   // token of the next page, "" at the last
	Total   int64    // rows of the whole result
}

// Result brings one page. format is the one the statement was sent with.
func (c *Client) Result(ctx context.Context, id, format, next string) (Page, error) {
	operation := "GetStatementResult"
	if format == CSV {
		operation = "GetStatementResultV2"
	}
	body, err := c.call(ctx, operation, struct {
		ID   string `json:"Id"`
		Next string `json:"NextToken,omitempty"`
	}{id, next})
	if err != nil {
		return Page{}, err
	}
	return readPage(operation, body, format)
}

func readPage(operation string, body []byte, format string) (p Page, err error) {
	p.Total = -1
	broken := func(err error) (Page, error) {
		return Page{}, &smithy.DeserializationError{Err: fmt.Errorf("%s: %w", operation, err)}
	}
	rawpage.Members(body, func(key string, value []byte) bool {
		switch key {
		case "NextToken":
			err = json.Unmarshal(value, &p.Next)
		case "TotalNumRows":
			err = json.Unmarshal(value, &p.Total)
		case "ColumnMetadata":
			err = json.Unmarshal(value, &p.Columns)
		case "Records":
			p.Rows = value
		}
		return err == nil
	})
	if err != nil {
		return broken(err)
	}
	if len(p.Columns) == 0 || p.Rows == nil {
		return broken(fmt.Errorf("an answer without columns or records"))
	}
	if format != CSV {
		return p, nil
	}
	var records []struct{ CSVRecords *string }
	if err := json.Unmarshal(p.Rows, &records); err != nil {
		return broken(err)
	}
	p.Rows = nil
	for _, r := range records {
		if r.CSVRecords == nil {
			return broken(fmt.Errorf("a record that is not CSV"))
		}
		p.CSV = append(p.CSV, *r.CSVRecords)
	}
	return p, nil
}

func (c *Client) decode(ctx context.Context, operation string, in, out any) error {
	body, err := c.call(ctx, operation, in)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, out); err != nil {
		return &smithy.DeserializationError{Err: fmt.Errorf("%s: %w", operation, err)}
	}
	return nil
}
