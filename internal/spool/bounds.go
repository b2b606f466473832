package spool

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// A checksum tells damage, not intent: a file may have been made to match its
// own. Arrow's reader takes memory for what a message claims to hold before it
// looks whether the message can, and descends wherever an offset points. What
// is here bounds both by the length of the bytes that are there.

// mostDepth is how deep a schema's types may nest. Arrow's own reader of rows
// ends at the same depth.
const mostDepth = 64

// Places of fields in a table's list of them, from Arrow's Message.fbs and
// Schema.fbs: 4, and 2 more for each field before it.
const (
	messageHeader   = 8
	messageMetadata = 12
	schemaFields    = 6
	schemaMetadata  = 8
	fieldName       = 4
	fieldKind       = 8
	fieldType       = 10
	fieldDictionary = 12
	fieldChildren   = 14
	fieldMetadata   = 16
	timestampZone   = 6
)

// Kinds of types (Schema.fbs) whose table leads further.
const (
	kindTimestamp = 10
	kindUnion     = 14
)

// walk visits what a reader of the message would, and charges each part its
// length: honest messages hold nothing twice, so that more than there is means
// a table that is reached on several ways, or that leads to itself.
type walk struct {
	b    []byte
	left int
}

var errLoop = errors.New("an IPC message that holds more than its length")

// checkSchema looks through the metadata of a schema message.
func checkSchema(meta []byte) (err error) {
	defer recovered(&err) // an offset that points outside
	w := &walk{b: meta, left: len(meta)}
	message := w.table(w.follow(0))
	w.metadata(message, messageMetadata)
	schema := w.table(w.follow(w.field(message, messageHeader)))
	w.metadata(schema, schemaMetadata)
	w.each(schema, schemaFields, func(at int) { w.schemaField(at, 0) })
	return nil
}

// checkRows looks through the metadata of a message of rows. Its buffers are
// looked at when they are read.
func checkRows(meta []byte) (err error) {
	defer recovered(&err)
	w := &walk{b: meta, left: len(meta)}
	w.metadata(w.table(w.follow(0)), messageMetadata)
	return nil
}

func (w *walk) schemaField(at, depth int) {
	if depth == mostDepth {
		panic(fmt.Errorf("types nested more than %d deep", mostDepth))
	}
	f := w.table(at)
	w.text(f, fieldName)
	w.metadata(f, fieldMetadata)
	if w.field(f, fieldDictionary) != 0 {
		panic(errors.New("a column with a dictionary"))
	}
	kind := byte(0)
	if k := w.field(f, fieldKind); k != 0 {
		kind = w.b[k]
	}
	if t := w.field(f, fieldType); t != 0 {
		of := w.table(w.follow(t))
		switch kind {
		case kindTimestamp:
			w.text(of, timestampZone)
		case kindUnion:
			panic(errors.New("a column of several types"))
		}
	}
	w.each(f, fieldChildren, func(at int) { w.schemaField(at, depth+1) })
}

func (w *walk) charge(n int) {
	if n > w.left {
		panic(errLoop)
	}
	w.left -= n
}

func (w *walk) uint32(at int) int { return int(binary.LittleEndian.Uint32(w.b[at:])) }

// follow returns where the offset at a place points. Offsets lead forward.
func (w *walk) follow(at int) int { return at + w.uint32(at) }

// table charges the table at a place, and returns the place.
func (w *walk) table(at int) int {
	w.charge(int(binary.LittleEndian.Uint16(w.b[w.fields(at)+2:])))
	w.charge(1) // also for one that claims to take nothing
	return at
}

// fields returns the place of a table's list of fields: the length of the list,
// the length of the table, and for each field its distance from the table.
func (w *walk) fields(table int) int { return table - int(int32(w.uint32(table))) }

// field returns the place of a field, 0 when the table lacks it.
func (w *walk) field(table, slot int) int {
	list := w.fields(table)
	if slot >= int(binary.LittleEndian.Uint16(w.b[list:])) {
		return 0
	}
	if distance := int(binary.LittleEndian.Uint16(w.b[list+slot:])); distance != 0 {
		return table + distance
	}
	return 0
}

func (w *walk) text(table, slot int) {
	if at := w.field(table, slot); at != 0 {
		w.charge(w.uint32(w.follow(at)))
	}
}

// each visits the tables of a vector.
func (w *walk) each(table, slot int, visit func(at int)) {
	at := w.field(table, slot)
	if at == 0 {
		return
	}
	at = w.follow(at)
	n := w.uint32(at)
	w.charge(4 * n)
	for i := range n {
		visit(w.follow(at + 4 + 4*i))
	}
}

// metadata visits pairs of keys and values.
func (w *walk) metadata(table, slot int) {
	w.each(table, slot, func(at int) {
		pair := w.table(at)
		w.text(pair, 4)
		w.text(pair, 6)
	})
}

// noMemory is given to Arrow's reader, which takes memory only for rows that
// are compressed, and as much as they claim. A spool's are not.
type noMemory struct{}

func (noMemory) Allocate(int) []byte { panic(errors.New("compressed rows")) }

func (noMemory) Reallocate(int, []byte) []byte { panic(errors.New("compressed rows")) }

func (noMemory) Free([]byte) {}

// sound looks whether the rows' values lie within the message of length bytes,
// so that no later reader needs to.
func sound(b arrow.RecordBatch, length int) error {
	for i := range int(b.NumCols()) {
		if err := fits(b.Column(i).Data(), 8*length); err != nil {
			return fmt.Errorf("column %q: %w", b.ColumnName(i), err)
		}
		if err := within(b.Column(i)); err != nil {
			return fmt.Errorf("column %q: %w", b.ColumnName(i), err)
		}
	}
	return nil
}

// within looks whether an array's values lie within its buffers. Texts, of
// which most rows are made, have a way of their own: each chunk that is read
// passes here, and Arrow's way took a fifteenth of all reading.
func within(a arrow.Array) error {
	texts, ok := a.(interface{ ValueOffsets() []int32 })
	if !ok || a.DataType().ID() != arrow.STRING && a.DataType().ID() != arrow.BINARY {
		return array.ValidateFull(a)
	}
	if err := array.Validate(a); err != nil || a.Len() == 0 {
		return err
	}
	if !rising(texts.ValueOffsets()) {
		return errors.New("texts that end before they begin")
	}
	return nil
}

// rising reports whether no number is negative or less than the one before it.
func rising(numbers []int32) bool {
	signs, last := int32(0), int32(0)
	for _, n := range numbers {
		signs |= n | (n - last) // of two that are not negative the difference does not overflow
		last = n
	}
	return signs >= 0
}

// fits bounds the entries of an array, and of those inside it, by the bits of
// their message: structs without fields need no bytes at all, and could claim
// any number.
func fits(data arrow.ArrayData, most int) error {
	if data.Len() > max(most, chunkRows) {
		return fmt.Errorf("%d values are told of", data.Len())
	}
	for _, child := range data.Children() {
		if err := fits(child, most); err != nil {
			return err
		}
	}
	return nil
}
