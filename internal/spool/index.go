package spool

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/result"
)

// The files of a spool.
const (
	indexName   = "index"
	endName     = "end.json"
	segmentName = "%06d.arrows" // the ending the Arrow project registered for streams
)

const (
	magic      = "FLSPOOL1"
	headFixed  = len(magic) + 4 + 4 // magic, length and checksum of the schema
	entrySize  = 28
	mostSchema = 64 << 20 // bytes; 1,600 columns take a quarter of a megabyte
	mostDigits = 76       // of the widest decimal of Arrow
)

// checksum is CRC-32C, for which processors have an instruction.
func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// head is what an index begins with: the schema as an IPC message.
type head struct{ schema []byte }

func newHead(schema *arrow.Schema) (head, error) {
	for _, f := range schema.Fields() {
		if !keepable(f.Type) {
			return head{}, fault.Newf(fault.Unsupported, "Column %q is a %s, which cannot be kept", f.Name, f.Type)
		}
	}
	var b bytes.Buffer
	if err := ipc.NewWriter(&b, ipc.WithSchema(schema)).Close(); err != nil {
		return head{}, fault.Wrap(err, fault.Internal, "The result's columns cannot be written down")
	}
	return head{schema: bytes.Clone(b.Bytes()[:b.Len()-len(endOfStream)])}, nil
}

// endOfStream ends an IPC stream: a continuation mark and no length.
const endOfStream = "\xff\xff\xff\xff\x00\x00\x00\x00"

// keepable holds for the types that the engines make, whose chunks can be read
// one by one: the values of a dictionary would stand in an earlier one.
func keepable(t arrow.DataType) bool {
	switch t := t.(type) {
	case arrow.DecimalType:
		return t.GetScale() >= 0 && t.GetScale() <= t.GetPrecision() && t.GetPrecision() <= mostDigits
	case *arrow.ListType:
		return keepable(t.Elem())
	case *arrow.MapType:
		return keepable(t.KeyType()) && keepable(t.ItemType())
	case *arrow.StructType:
		for _, f := range t.Fields() {
			if !keepable(f.Type) {
				return false
			}
		}
		return true
	case *arrow.FixedSizeBinaryType:
		return t.ByteWidth > 0 && t.ByteWidth <= chunkBytes
	case *arrow.StringType, *arrow.BinaryType, *arrow.LargeStringType, *arrow.LargeBinaryType:
		return true
	}
	_, fixed := t.(arrow.FixedWidthDataType)
	return fixed && arrow.IsPrimitive(t.ID())
}

// decode returns the schema.
func (h head) decode() (schema *arrow.Schema, err error) {
	defer recovered(&err)
	m := &messages{rest: [][]byte{h.schema}}
	meta, _, err := cut(h.schema)
	if err == nil {
		err = checkSchema(meta)
	}
	if err != nil {
		return nil, err
	}
	r, err := ipc.NewReaderFromMessageReader(m, ipc.WithAllocator(noMemory{}))
	if err != nil {
		return nil, err
	}
	defer r.Release()
	schema = r.Schema()
	for _, f := range schema.Fields() {
		if !keepable(f.Type) {
			return nil, fmt.Errorf("column %q is a %s", f.Name, f.Type)
		}
	}
	return schema, nil
}

func (h head) bytes() []byte {
	b := []byte(magic)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(h.schema)))
	b = binary.LittleEndian.AppendUint32(b, checksum(h.schema))
	return append(b, h.schema...)
}

// chunk is the place of some rows on disk.
type chunk struct {
	segment uint32
	rows    uint32
	offset  int64
	length  uint32
	sum     uint32
	first   int64 // number of its first row; not on disk
}

func rowsOf(chunks []chunk) int64 {
	if len(chunks) == 0 {
		return 0
	}
	last := chunks[len(chunks)-1]
	return last.first + int64(last.rows)
}

// bytes writes the chunk as the number-th entry. The number is part of the
// checksum, so that an entry cannot stand in another's place.
func (c chunk) bytes(number int) []byte {
	b := make([]byte, 0, entrySize)
	b = binary.LittleEndian.AppendUint32(b, c.segment)
	b = binary.LittleEndian.AppendUint32(b, c.rows)
	b = binary.LittleEndian.AppendUint64(b, uint64(c.offset))
	b = binary.LittleEndian.AppendUint32(b, c.length)
	b = binary.LittleEndian.AppendUint32(b, c.sum)
	return binary.LittleEndian.AppendUint32(b, checksum(b)^uint32(number))
}

func readChunk(b []byte, number int) (chunk, bool) {
	u := binary.LittleEndian
	c := chunk{segment: u.Uint32(b), rows: u.Uint32(b[4:]), offset: int64(u.Uint64(b[8:])), length: u.Uint32(b[16:]), sum: u.Uint32(b[20:])}
	return c, u.Uint32(b[24:]) == checksum(b[:24])^uint32(number) && c.offset >= 0 && c.rows > 0 && c.rows <= chunkRows
}

// readIndex reads an index up to the first entry that is not whole, where a
// crash may have cut it.
func readIndex(path string) (head, []chunk, error) {
	f, err := os.Open(path)
	if err != nil {
		return head{}, nil, err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 64<<10)
	fixed := make([]byte, headFixed)
	if _, err := io.ReadFull(in, fixed); err != nil || string(fixed[:len(magic)]) != magic {
		return head{}, nil, errors.New("the index is not one")
	}
	size := binary.LittleEndian.Uint32(fixed[len(magic):])
	if info, err := f.Stat(); err != nil || size > mostSchema || int64(size) > info.Size() {
		return head{}, nil, errors.New("the index is cut off")
	}
	h := head{schema: make([]byte, size)}
	if _, err := io.ReadFull(in, h.schema); err != nil || checksum(h.schema) != binary.LittleEndian.Uint32(fixed[len(magic)+4:]) {
		return head{}, nil, errors.New("the index does not match its checksum")
	}
	var chunks []chunk
	var first int64
	b := make([]byte, entrySize)
	for {
		if _, err := io.ReadFull(in, b); err != nil {
			return h, chunks, nil
		}
		c, ok := readChunk(b, len(chunks))
		if !ok {
			return h, chunks, nil
		}
		c.first = first
		first += int64(c.rows)
		chunks = append(chunks, c)
	}
}

// end is what is known once no more rows come.
type end struct {
	Rows  int64        `json:"rows"`
	Stats result.Stats `json:"stats"`
	Fault *faultDoc    `json:"fault,omitempty"` // why it is not whole
}

type faultDoc struct {
	Code    fault.Code     `json:"code"`
	Message string         `json:"message"`
	Cause   string         `json:"cause,omitempty"`
	Remedy  string         `json:"remedy,omitempty"`
	Service *fault.Service `json:"service,omitempty"`
}

func newFaultDoc(err error) *faultDoc {
	f := fault.As(err)
	if f == nil {
		return nil
	}
	d := &faultDoc{Code: f.Code, Message: f.Message, Remedy: f.Remedy, Service: f.Service}
	if f.Cause != nil {
		d.Cause = f.Cause.Error()
	}
	return d
}

func (d *faultDoc) fault() error {
	f := &fault.Error{Code: d.Code, Message: d.Message, Remedy: d.Remedy, Service: d.Service}
	if d.Cause != "" {
		f.Cause = errors.New(d.Cause)
	}
	return f
}

// readEnd reads what Finish wrote. Without it, or with fewer rows than it
// tells, the result is not whole.
func (s *Spool) readEnd() error {
	data, err := os.ReadFile(filepath.Join(s.dir, endName))
	if errors.Is(err, fs.ErrNotExist) {
		s.cause = errIncomplete()
		return nil
	}
	var e end
	if err == nil {
		err = json.Unmarshal(data, &e)
	}
	if err != nil {
		return err
	}
	if rows := rowsOf(s.chunks); rows != e.Rows {
		return fmt.Errorf("the index holds %d rows of %d", rows, e.Rows)
	}
	s.stats = e.Stats
	if e.Fault != nil {
		s.cause = e.Fault.fault()
	}
	return nil
}

// Whole reports whether the spool in dir was finished, with all its rows or not.
func Whole(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, endName))
	return err == nil
}

// writeEnd makes the file appear whole or not at all. It does not wait for the
// disk, as the rows do not: what a crash of the machine leaves is checked when
// it is read, and can be had again.
func writeEnd(dir string, e end) error {
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	temp := filepath.Join(dir, endName+".tmp")
	if err := os.WriteFile(temp, data, 0o600); err != nil {
		return err
	}
	return os.Rename(temp, filepath.Join(dir, endName))
}
