package dynamodb

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"os"
	"sort"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// gathered is a source read to its end into a temporary file, so that all its
// attributes are known before the first item is handed on.
type gathered struct {
	file  *os.File
	in    *bufio.Reader
	seen  survey
	count int64
}

// gather reads the source to its end and closes it.
func gather(ctx context.Context, from source, only []string) (*gathered, error) {
	defer from.close()
	file, err := os.CreateTemp("", "fairlead-items-*")
	if err != nil {
		return nil, diskFault(err)
	}
	_ = os.Remove(file.Name()) // gone when the process is, where the system allows it
	g := &gathered{file: file}
	if err := g.fill(ctx, from, only); err != nil {
		g.close()
		return nil, err
	}
	return g, nil
}

func (g *gathered) fill(ctx context.Context, from source, only []string) error {
	w := bufio.NewWriterSize(g.file, 1<<18)
	var head [binary.MaxVarintLen64]byte
	for {
		c, err := from.next(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		for _, it := range c.items {
			if only != nil {
				it = pick(it, only)
			}
			g.seen.add(it)
			g.count++
			if _, err := w.Write(head[:binary.PutUvarint(head[:], uint64(len(it)))]); err != nil {
				return diskFault(err)
			}
			if _, err := w.Write(it); err != nil {
				return diskFault(err)
			}
		}
		if len(g.seen.list) > mostColumns {
			return fault.Newf(fault.Usage, "The items have more than %d attributes, too many for columns", mostColumns).
				WithRemedy("name those you want with --columns, or write whole items with --format jsonl")
		}
	}
	if err := w.Flush(); err != nil {
		return diskFault(err)
	}
	if _, err := g.file.Seek(0, io.SeekStart); err != nil {
		return diskFault(err)
	}
	g.in = bufio.NewReaderSize(g.file, 1<<18)
	return nil
}

// mostColumns bounds a result whose items use attribute names as data.
const mostColumns = 10000

func diskFault(err error) error {
	return fault.Wrap(err, fault.Output, "Cannot keep the items on the disk until all are read").
		WithRemedy("make room in the temporary folder, or set TMPDIR to another")
}

// byFrequency puts the attributes that most items have first; keys come before
// them anyhow.
func (g *gathered) byFrequency() survey {
	sort.SliceStable(g.seen.list, func(i, j int) bool { return g.seen.list[i].items > g.seen.list[j].items })
	return g.seen
}

// gatheredRows is how many items a chunk holds.
const gatheredRows = 1000

func (g *gathered) next(context.Context) (*chunk, error) {
	c := &chunk{}
	for size := 0; len(c.items) < gatheredRows && size < 1<<20; {
		n, err := binary.ReadUvarint(g.in)
		if err == io.EOF {
			c.last = true
			break
		}
		if err != nil {
			return nil, diskFault(err)
		}
		it := make([]byte, n)
		if _, err := io.ReadFull(g.in, it); err != nil {
			return nil, diskFault(err)
		}
		size += len(it)
		c.items = append(c.items, it)
	}
	if c.count = int64(len(c.items)); c.count == 0 {
		return nil, io.EOF
	}
	return c, nil
}

func (g *gathered) close() {
	if g.file != nil {
		_ = g.file.Close()
		_ = os.Remove(g.file.Name())
		g.file = nil
	}
}
