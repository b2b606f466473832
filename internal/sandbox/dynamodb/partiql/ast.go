// Package partiql reads the dialect of PartiQL that DynamoDB takes: SELECT,
// INSERT, UPDATE, DELETE and EXISTS on one table, with ? parameters, into the
// trees of package expr. It refuses what DynamoDB refuses, in its words.
//
// It knows no tables: whether a name is a key decides whoever runs the
// statement.
//
//	stmt, err := partiql.Parse(`SELECT * FROM "shop" WHERE pk = ?`, []attr.Value{attr.String("CUSTOMER#1")})
package partiql

import (
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/expr"
)

// Statement is one parsed statement: *Select, *Insert, *Update, *Delete or *Exists.
type Statement interface{ table() string }

// Select reads a table or an index.
type Select struct {
	Columns []expr.Path // nil for *
	Table   string
	Index   string
	Where   expr.Cond // nil for all
	OrderBy []Order
}

// Order is one element of ORDER BY.
type Order struct {
	Name string
	Desc bool
}

// Insert adds one item.
type Insert struct {
	Table string
	Item  attr.Map
}

// Update changes one item.
type Update struct {
	Table     string
	Changes   expr.Update
	Where     expr.Cond
	Returning Returning
}

// Delete removes one item.
type Delete struct {
	Table     string
	Where     expr.Cond
	Returning Returning
}

// Exists is the condition check of a transaction: EXISTS(SELECT ...).
type Exists struct{ Select *Select }

func (s *Select) table() string { return s.Table }
func (s *Insert) table() string { return s.Table }
func (s *Update) table() string { return s.Table }
func (s *Delete) table() string { return s.Table }
func (s *Exists) table() string { return s.Select.Table }

// Table is the table a statement is about.
func Table(s Statement) string { return s.table() }

// Writes says whether a statement changes something.
func Writes(s Statement) bool {
	switch s.(type) {
	case *Select, *Exists:
		return false
	}
	return true
}

// Returning is a RETURNING clause: "" or as written, "ALL OLD *".
type Returning string

// The clauses there are.
const (
	AllOld      Returning = "ALL OLD *"
	AllNew      Returning = "ALL NEW *"
	ModifiedOld Returning = "MODIFIED OLD *"
	ModifiedNew Returning = "MODIFIED NEW *"
)
