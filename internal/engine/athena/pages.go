package athena

import (
	"context"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"

	"github.com/fairleadhq/fairlead/internal/engine/rawpage"
)

const pageRows = 1000 // GetQueryResults' limit

// pages reads a result's pages in order and keeps one on its way while the
// last one is used. At most one goroutine runs, and close waits for it.
type pages struct {
	client *athena.Client
	id     string
	ctx    context.Context // ends at close
	cancel context.CancelFunc
	coming chan fetched // the page on its way; nil after the last one
	hold   bool         // do not ask for the next page by itself
	behind string       // token of the page behind the last one, while held
}

type fetched struct {
	body []byte
	err  error
}

// newPages asks for the first page and, until release, for no other. The pages
// outlive ctx, whose values alone are kept: only close ends them.
func newPages(ctx context.Context, client *athena.Client, id string) *pages {
	p := &pages{client: client, id: id, hold: true}
	p.ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	p.ask("")
	return p
}

func (p *pages) ask(next string) {
	in := &athena.GetQueryResultsInput{QueryExecutionId: aws.String(p.id), MaxResults: aws.Int32(pageRows)}
	if next != "" {
		in.NextToken = aws.String(next)
	}
	coming := make(chan fetched, 1) // holds the page even when nobody waits
	p.coming = coming
	go func() {
		out, err := p.client.GetQueryResults(p.ctx, in, keepRaw)
		if err != nil {
			coming <- fetched{err: err}
			return
		}
		coming <- fetched{body: rawpage.Body(out.ResultMetadata)}
	}()
}

func keepRaw(o *athena.Options) { o.APIOptions = append(o.APIOptions, rawpage.Keep) }

// release lets each page be followed by the next.
func (p *pages) release() {
	p.hold = false
	if p.behind != "" {
		p.ask(p.behind)
		p.behind = ""
	}
}

// wait returns the next page and asks for the one behind it; nil after the last.
func (p *pages) wait(ctx context.Context) (*page, error) {
	if p.coming == nil {
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err // select would pick either way
	}
	select {
	case got := <-p.coming:
		p.coming = nil
		if got.err != nil {
			return nil, got.err
		}
		page := readPage(got.body)
		switch {
		case page.next == "":
		case p.hold:
			p.behind = page.next
		default:
			p.ask(page.next)
		}
		return page, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pages) close() {
	p.cancel()
	if p.coming != nil {
		<-p.coming
		p.coming = nil
	}
}

// page is one answer of GetQueryResults, cut but not converted.
type page struct {
	columns     []columnInfo
	rows        []byte // JSON array of {"Data":[{"VarCharValue":"..."}]}
	next        string
	updateCount *int64
}

// columnInfo is what the API tells of a column.
type columnInfo struct {
	name, kind       string
	precision, scale int32
}

func readPage(body []byte) *page {
	p := &page{}
	rawpage.Members(body, func(key string, value []byte) bool {
		switch key {
		case "NextToken":
			if len(value) > 2 && value[0] == '"' {
				p.next = strings.Clone(rawpage.Text(value)) // the page itself is soon gone
			}
		case "UpdateCount":
			if n, err := strconv.ParseInt(rawpage.Text(value), 10, 64); err == nil {
				p.updateCount = &n
			}
		case "ResultSet":
			p.rows = rawpage.Member(value, "Rows")
			p.columns = readColumns(rawpage.Member(rawpage.Member(value, "ResultSetMetadata"), "ColumnInfo"))
		}
		return true
	})
	return p
}

func readColumns(list []byte) []columnInfo {
	var columns []columnInfo
	rawpage.Elements(list, func(value []byte) bool {
		var c columnInfo
		rawpage.Members(value, func(key string, value []byte) bool {
			switch key {
			case "Name":
				c.name = rawpage.Text(value)
			case "Type":
				c.kind = rawpage.Text(value)
			case "Precision":
				c.precision = number(value)
			case "Scale":
				c.scale = number(value)
			}
			return true
		})
		columns = append(columns, c)
		return true
	})
	return columns
}

func number(value []byte) int32 {
	n, _ := strconv.ParseInt(rawpage.Text(value), 10, 32) // not told is 0
	return int32(n)
}

// eachCell calls f for each cell of a row; known is false for NULL.
func eachCell(row []byte, f func(index int, text string, known bool)) {
	index := 0
	rawpage.Elements(rawpage.Member(row, "Data"), func(datum []byte) bool {
		value := rawpage.Member(datum, "VarCharValue")
		if len(value) == 0 || value[0] != '"' {
			f(index, "", false)
		} else {
			f(index, rawpage.Text(value), true)
		}
		index++
		return true
	})
}

// cells appends a row's cells to list.
func cells(list []cell, row []byte) []cell {
	eachCell(row, func(_ int, text string, known bool) { list = append(list, cell{text, known}) })
	return list
}

// firstRow returns the first row's cells.
func firstRow(rows []byte) (first []cell) {
	rawpage.Elements(rows, func(row []byte) bool {
		first = cells(nil, row)
		return false
	})
	return first
}

// firstValues returns each column's first value that is not NULL, skipping a
// header row; nil where there is none in the page.
func firstValues(rows []byte, columns int, header bool) []*string {
	values := make([]*string, columns)
	missing := columns
	rawpage.Elements(rows, func(row []byte) bool {
		if header {
			header = false
			return true
		}
		eachCell(row, func(index int, text string, known bool) {
			if known && index < columns && values[index] == nil {
				values[index] = &text
				missing--
			}
		})
		return missing > 0
	})
	return values
}
