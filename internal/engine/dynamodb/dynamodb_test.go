package dynamodb

import (
	"context"
	"encoding/json"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/session"
)

// double answers the calls of one test.
type double struct {
	t  *testing.T
	mu sync.Mutex
	// statement answers ExecuteStatement: a status and a JSON document.
	statement func(in map[string]any) (int, string)
	describe  string // a JSON document; empty means access denied
	calls     map[string]int
	last      map[string]any
}

// sent is the statement that was sent last, while others may be on their way.
func (d *double) sent() map[string]any {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last
}

func (d *double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	var in map[string]any
	if err := json.Unmarshal(body, &in); err != nil {
		d.t.Errorf("%s: %v", operation, err)
	}
	d.mu.Lock()
	if d.calls == nil {
		d.calls = map[string]int{}
	}
	d.calls[operation]++
	d.mu.Unlock()
	status, out := 400, `{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"not allowed"}`
	switch {
	case operation == "ExecuteStatement":
		d.mu.Lock()
		d.last = in
		d.mu.Unlock()
		status, out = d.statement(in)
	case operation == "DescribeTable" && d.describe != "":
		status, out = 200, d.describe
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.Header().Set("X-Amzn-Requestid", "request-1")
	w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(out))), 10))
	w.WriteHeader(status)
	io.WriteString(w, out)
}

func openDouble(t *testing.T, d *double, params map[string]string) engine.Engine {
	t.Helper()
	d.t = t
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	return openAt(t, server.URL, http.DefaultTransport, params)
}

func openAt(t *testing.T, url string, transport http.RoundTripper, params map[string]string) engine.Engine {
	t.Helper()
	s := &session.Session{Name: "test", Profile: "dev", Region: "us-east-1", Config: aws.Config{
		Region: "us-east-1", BaseEndpoint: aws.String(url), HTTPClient: &http.Client{Transport: transport},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, nil
		}),
	}}
	e, err := Spec().Open(t.Context(), s, params)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

const shop = `{"Table":{"TableName":"shop","BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"},
	"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],
	"AttributeDefinitions":[{"AttributeName":"sk","AttributeType":"N"},{"AttributeName":"pk","AttributeType":"S"}]}}`

func one(doc string) func(map[string]any) (int, string) {
	return func(map[string]any) (int, string) { return 200, doc }
}

// rowsOf drains a stream: a header of name, type and what a text carries, then
// the rows; NULL is "<null>".
func rowsOf(t *testing.T, s result.Stream) [][]string {
	t.Helper()
	defer s.Close()
	var head []string
	for _, f := range s.Schema().Fields() {
		head = append(head, strings.TrimSpace(f.Name+" "+result.TypeName(f)+" "+f.Type.String()+" "+result.Carries(f)))
	}
	rows := [][]string{head}
	for {
		b, err := s.Next(t.Context())
		if err == io.EOF {
			return rows
		}
		if err != nil {
			t.Fatal(err)
		}
		for r := range int(b.NumRows()) {
			row := make([]string, b.NumCols())
			for c := range row {
				row[c] = "<null>"
				if a := b.Column(c); !a.IsNull(r) {
					row[c] = a.ValueStr(r)
				}
			}
			rows = append(rows, row)
		}
		b.Release()
	}
}

func TestItemsBecomeColumns(t *testing.T) {
	for _, c := range []struct {
		name, text, describe, answer string
		want                         [][]string
	}{
		{
			"keys first, then in order of appearance, each in its type",
			`select * from "shop"`, shop,
			`{"Items":[
				{"z":{"S":"first"},"sk":{"N":"1"},"pk":{"S":"A"},"on":{"BOOL":true},"raw":{"B":"3q0="},"n":{"N":"12345678901234567890123456789012345678"}},
				{"pk":{"S":"B"},"sk":{"N":"2"},"a":{"S":""},"n":{"NULL":true},"on":{"BOOL":false}}]}`,
			[][]string{
				{"pk S utf8", "sk N utf8 number", "z S utf8", "on BOOL bool", "raw B binary", "n N utf8 number", "a S utf8"},
				{"A", "1", "first", "true", "3q0=", "12345678901234567890123456789012345678", "<null>"},
				{"B", "2", "<null>", "false", "<null>", "<null>", ""},
			},
		},
		{
			"nested and mixed values are JSON that can be read back",
			`select * from shop`, "",
			`{"Items":[
				{"m":{"M":{"k":{"N":"0.10"},"l":{"L":[{"S":"a\"b"},{"NULL":true},{"B":"AA=="}]}}},"s":{"SS":["b","a"]},"x":{"N":"1"}},
				{"m":{"M":{"SS":{"L":[]}}},"s":{"SS":["c"]},"x":{"S":"1"}},
				{"m":{"M":{}},"x":{"NULL":true}}]}`,
			[][]string{
				{"m M utf8 json", "s SS utf8 json", "x N|S utf8 json"},
				{`{"k":0.10,"l":["a\"b",null,{"B":"AA=="}]}`, `{"SS":["b","a"]}`, "1"},
				{`{"M":{"SS":[]}}`, `{"SS":["c"]}`, `"1"`},
				{`{}`, "<null>", "null"},
			},
		},
		{
			"a list of names keeps its order and its columns",
			`SELECT name, "pk", missing, address.city FROM "shop"."by-name" WHERE pk = 'from'`, shop,
			`{"Items":[{"pk":{"S":"A"},"city":{"S":"Rome"},"name":{"S":"x"}}]}`,
			[][]string{{"name S utf8", "pk S utf8", "missing NULL utf8 json", "city S utf8"}, {"x", "A", "<null>", "Rome"}},
		},
		{
			"no items leave the keys",
			`select * from shop`, shop, `{"Items":[]}`,
			[][]string{{"pk S utf8", "sk N utf8 number"}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &double{describe: c.describe, statement: one(c.answer)}
			s, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: c.text})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, rowsOf(t, s)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPagesAreFollowedAndLaterShapesOverflow(t *testing.T) {
	d := &double{describe: shop, statement: func(in map[string]any) (int, string) {
		switch in["NextToken"] {
		case nil: // nothing matched yet
			return 200, `{"Items":[],"NextToken":"2","ConsumedCapacity":{"TableName":"shop","CapacityUnits":128.5}}`
		case "2":
			return 200, `{"Items":[{"pk":{"S":"A"},"sk":{"N":"1"},"v":{"N":"7"},"more":{"S":"mine"}}],"NextToken":"3","ConsumedCapacity":{"CapacityUnits":1}}`
		case "3":
			return 200, `{"Items":[],"NextToken":"4"}`
		}
		return 200, `{"Items":[{"pk":{"S":"B"},"sk":{"N":"2"},"v":{"S":"seven"},"late":{"L":[{"N":"1"}]}}],"ConsumedCapacity":{"CapacityUnits":0.5}}`
	}}
	s, err := openDouble(t, d, map[string]string{"page_limit": "10", "consistent_read": "true"}).
		Run(t.Context(), engine.Statement{Text: "select * from shop"})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"pk S utf8", "sk N utf8 number", "v N utf8 number", "more S utf8", "more_ M utf8 json"},
		{"A", "1", "7", "mine", "<null>"},
		{"B", "2", "<null>", "<null>", `{"v":"seven","late":[1]}`},
	}
	if diff := cmp.Diff(want, rowsOf(t, s)); diff != "" {
		t.Error(diff)
	}
	if d.last["Limit"] != 10.0 || d.last["ConsistentRead"] != true || d.last["ReturnConsumedCapacity"] != "INDEXES" {
		t.Errorf("%v", d.last)
	}
	st := s.Stats()
	if st.Rows != 2 || st.CapacityUnits == nil || *st.CapacityUnits != 130 || st.RemoteID != "request-1" {
		t.Errorf("%+v", st)
	}
	if st.CostUSD == nil || *st.CostUSD != 130*prices["us-east-1"].read/1e6 {
		t.Errorf("cost %v", st.CostUSD)
	}
}

const ragged = `{"Items":[
	{"pk":{"S":"A"},"n":{"N":"99999999999999999999999999999999999999"},"none":{"NULL":true},"e":{"S":""}},
	{"pk":{"S":"B"},"late":{"L":[{"N":"1"}]},"b":{"B":"3q0="}}]}`

func TestFormsOfRows(t *testing.T) {
	for name, c := range map[string]struct {
		s    engine.Statement
		want [][]string
	}{
		"objects": {engine.Statement{Form: engine.FormObjects}, [][]string{{"item M utf8 json"},
			{`{"pk":"A","n":99999999999999999999999999999999999999,"none":null,"e":""}`}, {`{"pk":"B","late":[1],"b":{"B":"3q0="}}`}}},
		"typed": {engine.Statement{Form: engine.FormTyped}, [][]string{{"item M utf8 json"},
			{`{"pk":{"S":"A"},"n":{"N":"99999999999999999999999999999999999999"},"none":{"NULL":true},"e":{"S":""}}`},
			{`{"pk":{"S":"B"},"late":{"L":[{"N":"1"}]},"b":{"B":"3q0="}}`}}},
		"objects of some attributes": {engine.Statement{Form: engine.FormObjects, Columns: []string{"late", "pk", "nope"}}, [][]string{{"item M utf8 json"},
			{`{"pk":"A"}`}, {`{"late":[1],"pk":"B"}`}}},
		"columns chosen": {engine.Statement{Columns: []string{"late", "pk", "nope", "pk"}}, [][]string{
			{"late L utf8 json", "pk S utf8", "nope NULL utf8 json"}, {"<null>", "A", "<null>"}, {"[1]", "B", "<null>"}, {"<null>", "C", "<null>"}}},
		"all columns": {engine.Statement{AllColumns: true}, [][]string{
			{"pk S utf8", "n N utf8 number", "none NULL utf8 json", "e S utf8", "late L utf8 json", "b B binary", "last S utf8"},
			{"A", "99999999999999999999999999999999999999", "null", "", "<null>", "<null>", "<null>"},
			{"B", "<null>", "<null>", "<null>", "[1]", "3q0=", "<null>"}, {"C", "<null>", "<null>", "<null>", "<null>", "<null>", "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			d := &double{describe: shop, statement: func(in map[string]any) (int, string) {
				if c.s.Form != engine.FormColumns {
					return 200, ragged
				}
				if in["NextToken"] == nil {
					return 200, strings.TrimSuffix(ragged, "}") + `,"NextToken":"2"}`
				}
				return 200, `{"Items":[{"pk":{"S":"C"},"last":{"S":"x"}}]}`
			}}
			c.s.Text = "select * from shop"
			s, err := openDouble(t, d, nil).Run(t.Context(), c.s)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, rowsOf(t, s)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestArgumentsAreTyped(t *testing.T) {
	d := &double{describe: shop, statement: one(`{"Items":[]}`)}
	s, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: "select * from shop where pk = ? and a = ? and b = ? and c = ?",
		Args: []engine.Arg{{Value: "x", Type: "text"}, {Value: "99999999999999999999999999999999999999", Type: "number"}, {Value: "true", Type: "boolean"}, {Type: "null"}}})
	if err != nil {
		t.Fatal(err)
	}
	rowsOf(t, s)
	got, _ := json.Marshal(d.last["Parameters"])
	if want := `[{"S":"x"},{"N":"99999999999999999999999999999999999999"},{"BOOL":true},{"NULL":true}]`; string(got) != want {
		t.Errorf("%s, want %s", got, want)
	}
	_, err = openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: "select * from shop where pk = ?", Args: []engine.Arg{{Value: "1x", Type: "number"}}})
	if fault.CodeOf(err) != fault.Usage {
		t.Error(err)
	}
}

func TestLimitEndsTheReading(t *testing.T) {
	var calls atomic.Int32 // the page after the last is asked for ahead
	d := &double{describe: shop, statement: func(in map[string]any) (int, string) {
		calls.Add(1)
		return 200, `{"Items":[{"pk":{"S":"A"}},{"pk":{"S":"B"}}],"NextToken":"on"}`
	}}
	for text, limit := range map[string]any{"select * from shop limit 3": 3.0, "select * from shop where x <> 1 limit 3": nil} {
		calls.Store(0)
		s, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: text})
		if err != nil {
			t.Fatal(err)
		}
		if d.sent()["Limit"] != limit {
			t.Errorf("%s: Limit %v, want %v", text, d.sent()["Limit"], limit)
		}
		if rows := rowsOf(t, s); len(rows) != 4 || calls.Load() > 3 {
			t.Errorf("%s: %v in %d calls", text, rows, calls.Load())
		}
		if strings.Contains(d.sent()["Statement"].(string), "limit") {
			t.Errorf("sent %v", d.sent()["Statement"])
		}
	}
}

func TestOnlyPulledPagesAreFetched(t *testing.T) {
	d := &double{statement: one(`{"Items":[{"a":{"S":"x"}}],"NextToken":"again"}`)}
	s, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: "select * from t"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.Release()
	s.Close()
	if d.calls["ExecuteStatement"] != 1 {
		t.Errorf("%d pages were paid for, one was read", d.calls["ExecuteStatement"])
	}
}

func TestWrites(t *testing.T) {
	d := &double{statement: one(`{"Items":[],"ConsumedCapacity":{"CapacityUnits":1}}`)}
	e := openDouble(t, d, map[string]string{"consistent_read": "true"})
	s, err := e.Run(t.Context(), engine.Statement{Text: `insert into "shop" value {'pk': 'A'}`})
	if err != nil {
		t.Fatal(err)
	}
	if rows := rowsOf(t, s); len(rows) != 1 || rows[0] != nil {
		t.Errorf("%v", rows)
	}
	if n := s.Stats().RowsAffected; n == nil || *n != 1 {
		t.Errorf("rows affected %v", n)
	}
	if d.last["ConsistentRead"] != nil {
		t.Error("a write asked for consistent reads")
	}
	d.statement = one(`{"Items":[{"pk":{"S":"A"}}]}`)
	if s, err = e.Run(t.Context(), engine.Statement{Text: `delete from shop where pk = 'A' returning all old *`}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"pk S utf8"}, {"A"}}, rowsOf(t, s)); diff != "" {
		t.Error(diff)
	}
	if n := s.Stats().RowsAffected; n == nil || *n != 1 {
		t.Errorf("rows affected %v", n)
	}
}

func TestErrorsGetTheirCodes(t *testing.T) {
	for _, c := range []struct {
		code   string
		want   fault.Code
		remedy string
	}{
		{"ValidationException", fault.Statement, ""},
		{"ResourceNotFoundException", fault.NotFound, "fairlead schema"},
		{"ConditionalCheckFailedException", fault.Statement, ""},
		{"DuplicateItemException", fault.Statement, "UPDATE"},
		{"AccessDeniedException", fault.Denied, ""},
		{"UnrecognizedClientException", fault.CredsRejected, ""},
	} {
		d := &double{statement: func(map[string]any) (int, string) {
			return 400, `{"__type":"com.amazonaws.dynamodb.v20120810#` + c.code + `","Message":"as DynamoDB says"}`
		}}
		_, err := openDouble(t, d, nil).Run(t.Context(), engine.Statement{Text: "select * from t"})
		f := fault.As(err)
		if f.Code != c.want || !strings.Contains(f.Remedy, c.remedy) {
			t.Errorf("%s: %#v", c.code, f)
		}
		if f.Service == nil || f.Service.Code != c.code || f.Service.Message != "as DynamoDB says" || f.Service.RequestID != "request-1" {
			t.Errorf("%s: %#v", c.code, f.Service)
		}
	}
}

func TestOneFailureOnTheWayIsMended(t *testing.T) {
	for name, how := range map[string]enginetest.Wrong{
		"throttled":  enginetest.Answer(400, "ProvisionedThroughputExceededException"),
		"failed":     enginetest.Answer(500, "InternalServerError"),
		"dropped":    enginetest.Reset,
		"broken off": enginetest.Cut,
	} {
		for _, page := range []int32{1, 2} {
			t.Run(name+" on page "+strconv.Itoa(int(page)), func(t *testing.T) {
				d := &double{t: t, statement: func(in map[string]any) (int, string) {
					if in["NextToken"] == nil {
						return 200, `{"Items":[{"n":{"N":"1"}}],"NextToken":"2"}`
					}
					return 200, `{"Items":[{"n":{"N":"2"}}]}`
				}}
				server := httptest.NewServer(d)
				defer server.Close()
				e := openAt(t, server.URL, &enginetest.Faulty{Operation: "ExecuteStatement", Nth: page, How: how}, nil)
				s, err := e.Run(t.Context(), engine.Statement{Text: "select n from t"})
				if err != nil {
					t.Fatal(err)
				}
				want := [][]string{{"n N utf8 number", "more M utf8 json"}, {"1", "<null>"}, {"2", "<null>"}}
				if diff := cmp.Diff(want, rowsOf(t, s)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

func TestALostAnswerOfAWriteIsNotSentAgain(t *testing.T) {
	for name, how := range map[string]enginetest.Wrong{"dropped": enginetest.Reset, "broken off": enginetest.Cut} {
		t.Run(name, func(t *testing.T) {
			d := &double{t: t, statement: one(`{"Items":[],"ConsumedCapacity":{"CapacityUnits":1}}`)}
			server := httptest.NewServer(d)
			defer server.Close()
			e := openAt(t, server.URL, &enginetest.Faulty{Operation: "ExecuteStatement", Nth: 1, How: how}, nil)
			_, err := e.Run(t.Context(), engine.Statement{Text: `insert into shop value {'pk': 'A'}`})
			f := fault.As(err)
			if f.Code != fault.Unavailable || !strings.Contains(f.Remedy, "not known") {
				t.Errorf("%#v", f)
			}
			if d.calls["ExecuteStatement"] != 1 {
				t.Errorf("sent %d times", d.calls["ExecuteStatement"])
			}
		})
	}
}
