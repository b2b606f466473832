package trino

import (
	"strings"
)

// Verb is what a statement does; the spelling is Athena's SubstatementType.
type Verb string

// The statements that the sandbox understands.
const (
	Select          Verb = "SELECT"
	Insert          Verb = "INSERT"
	CreateTableAs   Verb = "CREATE_TABLE_AS_SELECT"
	Unload          Verb = "UNLOAD"
	CreateView      Verb = "CREATE_VIEW"
	CreateTable     Verb = "CREATE_TABLE"
	CreateDatabase  Verb = "CREATE_DATABASE"
	DropTable       Verb = "DROP_TABLE"
	DropView        Verb = "DROP_VIEW"
	DropDatabase    Verb = "DROP_DATABASE"
	RepairTable     Verb = "REPAIR_TABLE"
	AlterTable      Verb = "ALTER_TABLE"
	AlterDatabase   Verb = "ALTER_DATABASE"
	ShowDatabases   Verb = "SHOW_DATABASES"
	ShowTables      Verb = "SHOW_TABLES"
	ShowViews       Verb = "SHOW_VIEWS"
	ShowColumns     Verb = "SHOW_COLUMNS"
	ShowPartitions  Verb = "SHOW_PARTITIONS"
	ShowCreateTable Verb = "SHOW_CREATE_TABLE"
	ShowCreateView  Verb = "SHOW_CREATE_VIEW"
	ShowProperties  Verb = "SHOW_TBLPROPERTIES"
	Describe        Verb = "DESCRIBE_TABLE"
	Explain         Verb = "EXPLAIN"
	Prepare         Verb = "PREPARE"
	Execute         Verb = "EXECUTE"
	Deallocate      Verb = "DEALLOCATE_PREPARE"
	ChangeRows      Verb = "DELETE" // DELETE, UPDATE and MERGE, which plain tables refuse
)

// Statement is one parsed statement.
type Statement struct {
	Verb        Verb
	SQL         string // as sent, without a closing semicolon
	Name        Name   // table, view, database or prepared statement
	IfExists    bool
	IfNotExists bool
	Replace     bool
	Cascade     bool
	Like        string   // pattern of SHOW ... LIKE, with * and |
	Insert      []string // columns named by INSERT INTO t (a, b)
	Columns     []Column
	Partitions  []Column
	Format      string            // STORED AS, upper case
	Serde       string            // ROW FORMAT SERDE
	Delimiter   string            // FIELDS TERMINATED BY
	Location    string            // LOCATION or TO
	Props       map[string]string // WITH (...), TBLPROPERTIES, SERDEPROPERTIES; keys lower case
	Partitioned []string          // partitioned_by of CTAS and UNLOAD
	Analyze     bool              // EXPLAIN ANALYZE
	Action      Action            // of ALTER TABLE
	Specs       []Spec            // partitions that ALTER TABLE is about
	Old         string            // column that ALTER TABLE ... CHANGE renames
	Params      []string          // USING values of EXECUTE, as SQL text
	toks        []token
	body        [2]int // tokens of the query within
}

// Column is one column of a table definition.
type Column struct {
	Name    string
	Type    Type
	Comment string
}

// Type is the StatementType of Athena: DML, DDL or UTILITY.
func (s *Statement) Type() string {
	switch s.Verb {
	case Select, Insert, CreateTableAs, Unload, Execute, ChangeRows:
		return "DML"
	case CreateView, CreateTable, CreateDatabase, DropTable, DropView, DropDatabase, RepairTable, AlterTable, AlterDatabase:
		return "DDL"
	}
	return "UTILITY"
}

// Body is the text of the query within: all of a SELECT, what follows AS of a
// view, the statement that PREPARE names.
func (s *Statement) Body() string {
	if s.body[0] >= s.body[1] {
		return ""
	}
	last := s.toks[s.body[1]-1]
	return s.SQL[s.toks[s.body[0]].pos : last.pos+len(last.text)]
}

// Rewrite translates the query within; error places are those of the whole
// statement.
func (s *Statement) Rewrite(r *Rewriter) (*Query, error) {
	return r.rewrite(s.SQL, s.toks[s.body[0]:s.body[1]])
}

// startsOf lists what Trino's grammar expects at the beginning of a statement.
const startsOf = "'ALTER', 'ANALYZE', 'CALL', 'COMMENT', 'COMMIT', 'CREATE', 'DEALLOCATE', 'DELETE', 'DENY', 'DESC', 'DESCRIBE', 'DROP', " +
	"'EXECUTE', 'EXPLAIN', 'GRANT', 'INSERT', 'MERGE', 'PREPARE', 'REFRESH', 'RESET', 'REVOKE', 'ROLLBACK', 'SET', 'SHOW', 'START', " +
	"'TRUNCATE', 'UPDATE', 'USE', 'WITH', <query>"

// Parse reads one statement. Its error is a syntax error in Athena's words,
// with which StartQueryExecution refuses the call.
func Parse(sql string) (*Statement, error) {
	toks, err := scan(sql)
	if err != nil {
		return nil, err
	}
	if n := len(toks); n > 0 && toks[n-1].is(";") {
		sql, toks = sql[:toks[n-1].pos], toks[:n-1]
	}
	for _, t := range toks {
		if t.is(";") {
			return nil, Fail("", "Only one sql statement is allowed. Got: %s", sql)
		}
	}
	p := &parser{Statement: &Statement{SQL: sql, toks: toks, Props: map[string]string{}}}
	if err := p.statement(); err != nil {
		return nil, err
	}
	return p.Statement, nil
}

// parser is a cursor over the tokens of one statement.
type parser struct {
	*Statement
	i int
}

func (p *parser) peek() token {
	if p.i < len(p.toks) {
		return p.toks[p.i]
	}
	return token{kind: punct, pos: len(p.SQL)}
}

// eat takes the words if they all stand next.
func (p *parser) eat(words ...string) bool {
	if p.i+len(words) > len(p.toks) {
		return false
	}
	for n, w := range words {
		if !p.toks[p.i+n].is(w) {
			return false
		}
	}
	p.i += len(words)
	return true
}

// need takes the words or complains about the first one missing.
func (p *parser) need(words ...string) error {
	for _, w := range words {
		if !p.eat(w) {
			return p.mismatch("'" + strings.ToUpper(w) + "'")
		}
	}
	return nil
}

func (p *parser) mismatch(expecting string) error {
	e := emitter{src: p.SQL, toks: p.toks}
	return e.mismatch(p.i, expecting)
}

// finish complains about anything that is left.
func (p *parser) finish() error {
	if p.i < len(p.toks) {
		return p.mismatch("<EOF>")
	}
	return nil
}

func (p *parser) statement() error {
	t := p.peek()
	switch t.value {
	case "select", "with", "values", "table", "(":
		p.Verb = Select
		return p.query()
	case "insert":
		return p.insert()
	case "create":
		return p.create()
	case "drop":
		return p.drop()
	case "show":
		return p.show()
	case "describe", "desc":
		p.i++
		p.Verb = Describe
		_ = p.eat("extended") || p.eat("formatted") || p.eat("table")
		return p.nameThenEnd()
	case "explain":
		return p.explain()
	case "unload":
		return p.unload()
	case "msck":
		p.i++
		p.Verb = RepairTable
		if err := p.need("repair", "table"); err != nil {
			return err
		}
		return p.nameThenEnd()
	case "prepare", "execute", "deallocate":
		return p.prepared()
	case "delete", "update", "merge":
		p.Verb = ChangeRows
		p.i++
		_ = p.eat("from") || p.eat("into")
		return p.name()
	case "alter":
		return p.alter()
	case "analyze", "call", "comment", "commit", "deny", "grant", "refresh", "reset", "revoke", "rollback", "set", "start", "truncate", "use", "vacuum", "optimize":
		return Fail("", "Queries of this type are not supported")
	}
	return p.mismatch(startsOf)
}

// query takes the rest of the statement as a query.
func (p *parser) query() error {
	if t := p.peek(); !isQueryStart(t) {
		return p.mismatch("'(', 'SELECT', 'TABLE', 'VALUES', <query>")
	}
	p.body = [2]int{p.i, len(p.toks)}
	p.i = len(p.toks)
	return nil
}

func (p *parser) name() error {
	p.Name = Name{Pos: p.peek().pos}
	for {
		t := p.peek()
		if t.kind != quoted && (t.kind != word || reserved(t.value)) {
			return p.mismatch("<identifier>")
		}
		p.Name.Parts = append(p.Name.Parts, strings.ToLower(t.value))
		p.i++
		if !p.eat(".") {
			return nil
		}
	}
}

func (p *parser) nameThenEnd() error {
	if err := p.name(); err != nil {
		return err
	}
	return p.finish()
}

func (p *parser) insert() error {
	p.Verb = Insert
	p.i++
	if err := p.need("into"); err != nil {
		return err
	}
	if err := p.name(); err != nil {
		return err
	}
	if p.peek().is("(") && p.i+1 < len(p.toks) && !isQueryStart(p.toks[p.i+1]) {
		p.i++
		for {
			t := p.peek()
			if !t.isName() {
				return p.mismatch("<identifier>")
			}
			p.Insert = append(p.Insert, strings.ToLower(t.value))
			p.i++
			if p.eat(")") {
				break
			}
			if err := p.need(","); err != nil {
				return err
			}
		}
	}
	return p.query()
}

func (p *parser) drop() error {
	p.i++
	switch {
	case p.eat("table"):
		p.Verb = DropTable
	case p.eat("view"):
		p.Verb = DropView
	case p.eat("database"), p.eat("schema"):
		p.Verb = DropDatabase
	default:
		return p.mismatch("'DATABASE', 'SCHEMA', 'TABLE', 'VIEW'")
	}
	p.IfExists = p.eat("if", "exists")
	if err := p.name(); err != nil {
		return err
	}
	p.Cascade = p.eat("cascade")
	_ = p.eat("restrict")
	return p.finish()
}
