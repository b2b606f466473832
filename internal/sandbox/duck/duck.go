// Package duck opens the sandbox's SQL engine, an embedded DuckDB, as a
// *sql.DB that can read nothing but the folders it was given. It knows no AWS
// service and no SQL dialect: the Athena and the Redshift side hand it their
// own settings, schemas and macros. Nothing else in the module imports the
// driver, so that a build without cgo leaves only this package hollow.
//
//	db, err := duck.Open(ctx, duck.Options{
//		MemoryLimit: "512MB",
//		Database:    []string{"SET GLOBAL integer_division = true"},
//		Connection:  []string{"USE awsdatacatalog.sales"},
//	})
package duck

import (
	"encoding/json"
	"errors"
	"math/big"
	"strconv"
	"strings"
)

// ErrUnavailable is what Open returns in a build without cgo.
var ErrUnavailable = errors.New("this build of fairlead has no SQL engine: it was built without cgo; build it with CGO_ENABLED=1 and a C compiler")

// Options choose what a database may use and how it starts. The zero value is
// an in-memory database that reads no files at all.
type Options struct {
	MemoryLimit string // DuckDB size text, "512MB"; empty leaves DuckDB's own default (80 % of RAM)
	Threads     int    // worker threads; 0 leaves DuckDB's default, one per core
	TempDir     string // where large intermediate results spill; empty means they may not spill

	// AllowedDirs are the only folders that statements may read and write
	// (COPY, read_csv, read_parquet), subfolders included.
	AllowedDirs []string

	// AllowedSettings are the settings that a later SET or RESET may still
	// change. All others are locked once Database has run. USE always works.
	AllowedSettings []string

	// Database runs once, in order, before any other statement and before the
	// configuration is locked: SET GLOBAL, ATTACH, CREATE SCHEMA, CREATE MACRO.
	// File access is open at that point.
	Database []string

	// Connection runs on every new connection, after the lock: USE, temporary
	// macros, and SET of the settings listed in AllowedSettings.
	Connection []string
}

// Error is a failed statement as DuckDB describes it.
type Error struct {
	Kind     string // "Binder", "Catalog", "Parser", "Conversion", "Out of Range", "Invalid Input", "INTERRUPT", ...
	Subtype  string // "COLUMN_NOT_FOUND", "MISSING_ENTRY", "SYNTAX_ERROR", "NO_MATCHING_FUNCTION", ... or empty
	Entry    string // with MISSING_ENTRY what is missing: "Table", "Scalar Function", "Schema", ...
	Name     string // the name that could not be resolved, as far as DuckDB tells it
	Message  string // without the kind in front
	Position int    // byte offset in the statement text, -1 when unknown
}

func (e *Error) Error() string { return e.Kind + " Error: " + e.Message }

// Interval is DuckDB's INTERVAL, whose three parts do not mix.
type Interval struct {
	Months, Days int32
	Micros       int64
}

// Pair is one entry of a map value.
type Pair struct{ Key, Value any }

// Number is an exact decimal number as text with its full scale: "10.50".
type Number string

// decodeError reads the JSON that DuckDB writes with errors_as_json.
func decodeError(text string) (*Error, bool) {
	brace := strings.IndexByte(text, '{')
	if brace < 0 {
		return nil, false
	}
	var doc struct {
		Kind     string `json:"exception_type"`
		Message  string `json:"exception_message"`
		Subtype  string `json:"error_subtype"`
		Entry    string `json:"type"`
		Name     string `json:"name"`
		Position string `json:"position"`
	}
	if json.Unmarshal([]byte(text[brace:]), &doc) != nil || doc.Kind == "" {
		return nil, false
	}
	position, err := strconv.Atoi(doc.Position)
	if err != nil {
		position = -1
	}
	return &Error{Kind: doc.Kind, Subtype: doc.Subtype, Entry: doc.Entry, Name: doc.Name, Message: doc.Message, Position: position}, true
}

// decimalText writes unscaled*10^-scale with all scale digits.
func decimalText(unscaled *big.Int, scale int) Number {
	digits := new(big.Int).Abs(unscaled).String()
	if scale > 0 {
		if len(digits) <= scale {
			digits = strings.Repeat("0", scale-len(digits)+1) + digits
		}
		digits = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	if unscaled.Sign() < 0 {
		digits = "-" + digits
	}
	return Number(digits)
}
