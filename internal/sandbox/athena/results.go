package athena

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/trino"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// mostRows is the largest page of GetQueryResults, the header row included.
const mostRows = 1000

type resultsIn struct {
	QueryExecutionId string
	NextToken        string
	MaxResults       *int
	QueryResultType  string
}

type datum struct {
	VarCharValue *string `json:",omitempty"`
}

type row struct{ Data []datum }

func (s *Service) getQueryResults(_ *wire.Call, in resultsIn) (any, error) {
	size := mostRows
	if in.MaxResults != nil {
		size = *in.MaxResults
	}
	if size < 1 || size > mostRows {
		return nil, constraint("maxResults", size, "Member must have value between 1 and %d", mostRows)
	}
	x, err := s.find(in.QueryExecutionId)
	if err != nil {
		return nil, err
	}
	x.mu.Lock()
	state, outcome := x.state, x.outcome
	x.mu.Unlock()
	switch state {
	case queued, running:
		return nil, invalid("INVALID_QUERY_EXECUTION_STATE", "Query has not yet finished. Current state: %s", state)
	case failed, cancelled:
		return nil, invalid("INVALID_QUERY_EXECUTION_STATE", "Query did not finish successfully. Final query state: %s", state)
	}
	var offset int64
	if in.NextToken != "" {
		if offset, err = s.position(x.id, in.NextToken); err != nil {
			return nil, err
		}
	}
	if in.QueryResultType == "DATA_MANIFEST" {
		if outcome.manifestKey == "" {
			return nil, invalid("INVALID_INPUT", "QueryResultType DATA_MANIFEST is not supported for this query")
		}
		outcome.key, outcome.header = outcome.manifestKey, false
		outcome.columns = []resultColumn{{Name: "location", Type: trino.Type{Kind: trino.Varchar}}}
	}
	rows, next, err := s.readRows(x, outcome, offset, size)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"ResultSet": map[string]any{"Rows": rows, "ResultSetMetadata": map[string]any{"ColumnInfo": columnInfo(outcome.columns)}}}
	if outcome.update != nil {
		out["UpdateCount"] = *outcome.update
	}
	if next > 0 {
		out["NextToken"] = s.token(x.id, next)
	}
	return out, nil
}

func columnInfo(columns []resultColumn) []any {
	out := []any{}
	for _, c := range columns {
		name, precision, scale := c.Type.ResultType()
		if c.Hive {
			name, precision = "string", 0
		}
		out = append(out, map[string]any{
			"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": c.Name, "Label": c.Name, "Type": name,
			"Precision": precision, "Scale": scale, "Nullable": "UNKNOWN", "CaseSensitive": name == "varchar" || name == "char",
		})
	}
	return out
}

// readRows reads one page from the result object at a byte offset; next is the
// offset of the following page, 0 when there is none.
func (s *Service) readRows(x *execution, o outcome, offset int64, size int) ([]row, int64, error) {
	rows := []row{}
	if o.key == "" || len(o.columns) == 0 {
		return rows, 0, nil
	}
	bucket, _, err := splitLocation(x.location)
	if err != nil {
		return nil, 0, err
	}
	file, object, err := x.store.Open(bucket, o.key)
	if err != nil {
		return nil, 0, invalid("INVALID_INPUT", "Could not find results of query %s: %s", x.id, err)
	}
	defer file.Close()
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return nil, 0, err
	}
	read := readLines(file)
	if o.header {
		read = readCSV(file, len(o.columns))
	}
	for len(rows) < size {
		data, at, err := read()
		if errors.Is(err, io.EOF) {
			return rows, 0, nil
		}
		if err != nil {
			return nil, 0, err
		}
		rows = append(rows, row{data})
		if offset+at >= object.Size {
			return rows, 0, nil
		}
		if len(rows) == size {
			return rows, offset + at, nil
		}
	}
	return rows, 0, nil
}

// readCSV and readLines return the next row and how many bytes were taken.
func readCSV(r io.Reader, fields int) func() ([]datum, int64, error) {
	reader := newCSVReader(r)
	return func() ([]datum, int64, error) {
		values, err := reader.row(fields)
		data := make([]datum, len(values))
		for i, v := range values {
			data[i].VarCharValue = v
		}
		return data, reader.read, err
	}
}

// readLines reads a .txt result: one value a line, tabs included, as Athena
// returns DESCRIBE.
func readLines(r io.Reader) func() ([]datum, int64, error) {
	reader, taken := bufio.NewReader(r), int64(0)
	return func() ([]datum, int64, error) {
		line, err := reader.ReadString('\n')
		taken += int64(len(line))
		if line == "" {
			return nil, taken, err
		}
		line = strings.TrimSuffix(line, "\n")
		return []datum{{&line}}, taken, nil
	}
}

// writeRows stores the lines of a DDL or utility statement as its .txt object.
func (j *job) writeRows() error {
	if j.out.key != "" || j.x.statement.Type() == "DML" {
		return nil
	}
	bucket, prefix, err := splitLocation(j.x.location)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	for _, line := range j.lines {
		b.WriteString(line)
		b.WriteByte('\n')
	}
	key := prefix + j.x.id + ".txt"
	if _, err := j.x.store.Put(bucket, key, &b); err != nil {
		return err
	}
	j.out.key, j.out.rowsOut = key, int64(len(j.lines))
	return j.writeMetadata(bucket, key, j.out.columns)
}

// writeMetadata stores the binary side-car of a result. Athena documents only
// that it is binary; this one is a protocol buffer with one message a column:
// name, type, precision and scale.
func (j *job) writeMetadata(bucket, key string, columns []resultColumn) error {
	text := func(field byte, s string) []byte {
		return append(binary.AppendUvarint([]byte{field<<3 | 2}, uint64(len(s))), s...)
	}
	out := text(1, j.x.id)
	for _, c := range columns {
		name, precision, scale := c.Type.ResultType()
		message := append(text(1, c.Name), text(2, name)...)
		message = binary.AppendUvarint(append(message, 3<<3), uint64(precision))
		message = binary.AppendUvarint(append(message, 4<<3), uint64(scale))
		out = append(out, text(2, string(message))...)
	}
	_, err := j.x.store.Put(bucket, key+".metadata", bytes.NewReader(out))
	return err
}

// resultSize is the size of the result object, 0 when there is none.
func (s *Service) resultSize(x *execution) int64 {
	bucket, _, err := splitLocation(x.location)
	if err != nil || x.outcome.key == "" {
		return 0
	}
	object, err := x.store.Head(bucket, x.outcome.key)
	if err != nil {
		return 0
	}
	return object.Size
}
