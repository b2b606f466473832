package dynamodb

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// TestDocumented runs the conformance list: files of checks, each file with the
// pages of the documentation that its expectations come from. A file is lines:
//
//	page URL            where it is documented
//	given OP JSON       a call that sets up
//	check NAME          begins a check, in the order of the file
//	OP JSON             its call; or SQL STATEMENT for ExecuteStatement,
//	with MEMBERS        and further members of that request
//	= JSON              the whole answer; =~ TEXT for a part of it
//	! CODE: MESSAGE     the refusal; !~ CODE: PART for a part of its message
//	fields JSON         further members of the refusal
func TestDocumented(t *testing.T) {
	files, err := filepath.Glob("testdata/conformance/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, file := range files {
		group := readGroup(t, file)
		total += len(group.checks)
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			s := newService(t)
			setUp(t, s, group.given...)
			for _, c := range group.checks {
				t.Run(c.name, func(t *testing.T) { c.run(t, s) })
			}
		})
	}
	if total < 250 {
		t.Errorf("only %d checks were found", total)
	}
}

type checkGroup struct {
	given  [][2]string
	checks []documented
}

// documented is a check with what a refusal carries beside its message.
type documented struct {
	check
	fields string
}

func (d documented) run(t *testing.T, s *Service) {
	got, err := do(s, d.op, d.in)
	verify(t, d.check, got, err)
	if d.fields == "" {
		return
	}
	var w *wire.Error
	if !errors.As(err, &w) || !sameJSON(t, mustJSON(t, w.Fields), d.fields) {
		t.Errorf("%s %s\n got %s\nwant %s", d.op, d.in, mustJSON(t, w), d.fields)
	}
}

func readGroup(t *testing.T, file string) checkGroup {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var g checkGroup
	pages := 0
	for i, line := range strings.Split(string(data), "\n") {
		fail := func(problem string) { t.Fatalf("%s:%d: %s: %s", file, i+1, problem, line) }
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "":
			continue
		case word == "page":
			if pages++; !strings.HasPrefix(rest, "https://docs.aws.amazon.com/amazondynamodb/latest/") {
				fail("no page of the documentation")
			}
			continue
		case word == "given":
			op, in, _ := strings.Cut(rest, " ")
			g.given = append(g.given, [2]string{op, in})
			continue
		case word == "check":
			g.checks = append(g.checks, documented{check: check{name: rest}})
			continue
		case len(g.checks) == 0:
			fail("stands before the first check")
		}
		if problem := g.checks[len(g.checks)-1].read(word, rest); problem != "" {
			fail(problem)
		}
	}
	if pages == 0 {
		t.Errorf("%s cites no page", file)
	}
	for _, c := range g.checks {
		if c.op == "" || c.want == "" || !json.Valid([]byte(c.in)) {
			t.Errorf("%s: the check %q is not whole: %s %s", file, c.name, c.op, c.in)
		}
	}
	return g
}

// read takes one line of a check and returns what is wrong with it.
func (d *documented) read(word, rest string) string {
	switch word {
	case "=":
		d.want = rest
	case "=~":
		d.want = "has " + rest
	case "!":
		d.want = "error " + rest
	case "!~":
		d.want = "error~ " + rest
	case "fields":
		d.fields = rest
	case "SQL":
		d.op, d.in = "ExecuteStatement", sql(rest)
	case "with":
		d.in = strings.TrimSuffix(d.in, "}") + "," + rest + "}"
	default:
		if d.op != "" {
			return "a second call"
		}
		d.op, d.in = word, rest
	}
	return ""
}

// TestDocumentedLimits holds the sizes and counts of
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
// and https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
// at their edges.
func TestDocumentedLimits(t *testing.T) {
	s := withTables(t)
	put := func(size int) string {
		return `{"TableName":"hash","Item":{"pk":{"S":"k"},"d":{"S":"` + strings.Repeat("x", size-len("pkkd")) + `"}},"ReturnConsumedCapacity":"TOTAL"}`
	}
	units := func(n string) string {
		return `{"ConsumedCapacity":{"TableName":"hash","CapacityUnits":` + n + `}}`
	}
	get := func(rest, n string) check {
		return check{"read of " + n, "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"k"}},"ProjectionExpression":"nowhere","ReturnConsumedCapacity":"TOTAL"` + rest + `}`,
			`{"Item":{},"ConsumedCapacity":{"TableName":"hash","CapacityUnits":` + n + `}}`}
	}
	key := func(table, name string, size int) string {
		return `{"TableName":"` + table + `","Item":{"pk":{"S":"` + strings.Repeat("k", size) + `"}` + name + `}}`
	}
	deep := func(levels int) string {
		return `{"TableName":"hash","Item":{"pk":{"S":"deep"},"d":` + strings.Repeat(`{"L":[`, levels-1) + `{"S":"x"}` + strings.Repeat(`]}`, levels-1) + `}}`
	}
	long := func(size int) string { // a condition of so many bytes
		expr := strings.Repeat("attribute_exists(pk) OR ", 100)
		return expr + "attribute_exists(" + strings.Repeat("a", size-len(expr)-len("attribute_exists()")) + ")"
	}
	conditioned := func(expr string) string {
		return `{"TableName":"hash","Item":{"pk":{"S":"deep"}},"ConditionExpression":"` + expr + `"}`
	}
	in := func(n int) string {
		return `{"TableName":"hash","FilterExpression":"d IN (` + repeat(n, ":v%d") + `)","ExpressionAttributeValues":{` + repeat(n, `":v%d":{"S":"x"}`) + `},"Select":"COUNT"}`
	}
	txPut := func(n, size int) string {
		return `{"TransactItems":[` + repeat(n, `{"Put":{"TableName":"hash","Item":{"pk":{"S":"t%d"},"d":{"S":"`+strings.Repeat("x", size)+`"}}}}`) + `]}`
	}
	const tooLarge = "error ValidationException: Item size has exceeded the maximum allowed size"
	const tooDeep = "error ValidationException: Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"
	run(t, s, []check{
		{"a write of 1 KB", "PutItem", put(1024), units("1")},
		{"a write of one byte more", "PutItem", put(1025), units("2")},
		{"a smaller write costs what it replaces", "PutItem", put(10), units("2")},
		{"4 KB", "PutItem", put(4096), units("4")},
		get("", "0.5"), get(`,"ConsistentRead":true`, "1"),
		{"4 KB and a byte", "PutItem", put(4097), units("5")},
		get("", "1"), get(`,"ConsistentRead":true`, "2"),
		{"an item of 400 KB", "PutItem", put(400 * 1024), units("400")},
		{"and a byte", "PutItem", put(400*1024 + 1), tooLarge},
		{"grown by an update", "UpdateItem", `{"TableName":"hash","Key":{"pk":{"S":"k"}},"UpdateExpression":"SET e = :e","ExpressionAttributeValues":{":e":{"S":""}}}`, "error ValidationException: Item size to update has exceeded the maximum allowed size"},
		{"too large in a batch", "BatchWriteItem", `{"RequestItems":{"hash":[{"PutRequest":{"Item":{"pk":{"S":"` + strings.Repeat("k", 100) + `"},"d":{"S":"` + strings.Repeat("x", 410_000) + `"}}}}]}}`, tooLarge},
		{"too large in a transaction", "TransactWriteItems", txPut(1, 410_000), tooLarge},
		{"too large by PartiQL", "ExecuteStatement", sql(`INSERT INTO hash VALUE {'pk': 'big', 'd': ?}`, `,"Parameters":[{"S":"`+strings.Repeat("x", 410_000)+`"}]`), tooLarge},
		{"a transaction of less than 4 MB", "TransactWriteItems", txPut(10, 400_000), `{}`},
		{"a transaction of more", "TransactWriteItems", txPut(11, 400_000), "error~ ValidationException: 4 MB"},
		{"so much read", "TransactGetItems", `{"TransactItems":[` + repeat(11, `{"Get":{"TableName":"hash","Key":{"pk":{"S":"t%d"}}}}`) + `]}`, ""},
		{"a partition key of 2048 bytes", "PutItem", key("hash", "", 2048), `{}`},
		{"of 2049", "PutItem", key("hash", "", 2049), "error~ ValidationException: Size of hashkey has exceeded the maximum size limit of2048 bytes"},
		{"read by one", "GetItem", `{"TableName":"hash","Key":{"pk":{"S":"` + strings.Repeat("k", 2049) + `"}}}`, "error~ ValidationException: Size of hashkey"},
		{"a sort key of 1024 bytes", "PutItem", key("idx", `,"sk":{"S":"`+strings.Repeat("s", 1024)+`"}`, 1), `{}`},
		{"of 1025", "PutItem", key("idx", `,"sk":{"S":"`+strings.Repeat("s", 1025)+`"}`, 1), "error~ ValidationException: Aggregated size of all range keys has exceeded the size limit of 1024 bytes"},
		{"32 levels", "PutItem", deep(32), `{}`},
		{"33 levels", "PutItem", deep(33), tooDeep},
		{"33 levels in a value", "PutItem", `{"TableName":"hash","Item":{"pk":{"S":"deep"}},"ConditionExpression":"d = :d","ExpressionAttributeValues":{":d":` + strings.Repeat(`{"L":[`, 32) + `{"S":"x"}` + strings.Repeat(`]}`, 32) + `}}`, tooDeep},
		{"an expression of 4 KB", "PutItem", conditioned(long(4096)), `{}`},
		{"and a byte", "PutItem", conditioned(long(4097)), "error~ ValidationException: Invalid ConditionExpression: Expression size has exceeded the maximum allowed size"},
		{"300 operators and functions", "PutItem", conditioned("attribute_exists(pk)" + strings.Repeat(" OR a<b", 149)), `{}`},
		{"more", "PutItem", conditioned("attribute_exists(pk)" + strings.Repeat(" OR a<b", 150)), "error~ ValidationException: Invalid ConditionExpression: "},
		{"100 values in IN", "Scan", in(100), ``},
		{"101 values in IN", "Scan", in(101), "error ValidationException: Invalid FilterExpression: Incorrect number of operands for operator or function; operator or function: IN, number of operands: 101"},
		{"100 values in IN of PartiQL", "ExecuteStatement", sql(`SELECT * FROM hash WHERE d IN [` + repeat(100, `'%d'`) + `]`), ``},
		{"101 values in IN of PartiQL", "ExecuteStatement", sql(`SELECT * FROM hash WHERE d IN [` + repeat(101, `'%d'`) + `]`), "error~ ValidationException: the limit is 100"},
		{"50 keys in IN of PartiQL", "ExecuteStatement", sql(`SELECT * FROM hash WHERE pk IN [` + repeat(50, `'%d'`) + `]`), ``},
		{"25 statements", "BatchExecuteStatement", `{"Statements":[` + repeat(25, `{"Statement":"SELECT * FROM hash WHERE pk = 'x%d'"}`) + `]}`, ``},
		{"26 statements", "BatchExecuteStatement", `{"Statements":[` + repeat(26, `{"Statement":"SELECT * FROM hash WHERE pk = 'x%d'"}`) + `]}`, "error~ ValidationException: Member must have length less than or equal to 25"},
		{"100 in a transaction", "ExecuteTransaction", `{"TransactStatements":[` + repeat(100, `{"Statement":"SELECT * FROM hash WHERE pk = 'x%d'"}`) + `]}`, ``},
		{"101 in a transaction", "ExecuteTransaction", `{"TransactStatements":[` + repeat(101, `{"Statement":"SELECT * FROM hash WHERE pk = 'x%d'"}`) + `]}`, "error~ ValidationException: Member must have length less than or equal to 100"},
	})
	// "The size of a Number is approximately (length of attribute name) + (1 byte
	// per two significant digits) + (1 byte)"; strings are UTF-8 bytes; a list or
	// map has 3 bytes and one for each element; null and Boolean have one.
	for value, size := range map[string]int{
		`{"N":"0"}`: 1, `{"N":"12"}`: 2, `{"N":"123"}`: 3, `{"N":"-12"}`: 3, `{"N":"1E100"}`: 2, `{"S":"æ日"}`: 5, `{"B":"AQID"}`: 3, `{"BOOL":false}`: 1, `{"NULL":true}`: 1,
		`{"L":[]}`: 3, `{"L":[{"S":"ab"}]}`: 6, `{"M":{"ab":{"N":"1"}}}`: 8, `{"SS":["ab","c"]}`: 3,
	} {
		setUp(t, s, [2]string{"DeleteItem", `{"TableName":"comp","Key":{"pk":{"S":"s"},"sk":{"N":"0"}}}`}, putTo("comp", `{"pk":{"S":"s"},"sk":{"N":"0"},"v":`+value+`}`))
		want := fmt.Sprintf(`has "TableSizeBytes":%d,`, len("pkssk")+1+len("v")+size)
		run(t, s, []check{{"the size of " + value, "DescribeTable", `{"TableName":"comp"}`, want}})
	}
}
