package parquetfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rows reads a file as text, in batches of so many rows.
func rows(data []byte, batch int) (lines []string, err error) {
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	for {
		if len(lines) > 10_000 {
			return lines, errors.New("more rows than any file of these tests has")
		}
		b, err := f.Next(batch)
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return lines, err
		}
		for r := range int(b.NumRows()) {
			cells := make([]string, b.NumCols())
			for c := range cells {
				cells[c] = "<null>"
				if a := b.Column(c); !a.IsNull(r) {
					cells[c] = a.ValueStr(r)
				}
			}
			lines = append(lines, strings.Join(cells, "\t"))
		}
		b.Release()
	}
}

// The files were written by Arrow's own writer, from the rows of rows.txt: with
// pages of both versions, dictionaries and none, three compressions, several
// row groups, timestamps of 64 and 96 bits.
func TestFilesOfAnotherWriter(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "rows.txt"))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for _, name := range []string{"v1-snappy", "v1-plain", "v2-gzip"} {
		data, err := os.ReadFile(filepath.Join("testdata", name+".parquet"))
		if err != nil {
			t.Fatal(err)
		}
		for _, batch := range []int{1, 7, 1000} {
			got, err := rows(data, batch)
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s by %d\n%s", name, batch, diff)
			}
		}
	}
}

// A file that is cut or damaged is an error or, where the damage hits a value,
// other rows: never a panic, and never fewer rows that pass for all.
func TestDamagedFiles(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "v1-snappy.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(data); at += 1 + len(data)/200 {
		if _, err := rows(data[:at], 100); err == nil {
			t.Errorf("cut at %d: no error", at)
		}
		for _, flip := range []byte{0x01, 0xff} {
			own := bytes.Clone(data)
			own[at] ^= flip
			if got, err := rows(own, 100); err == nil && len(got) != 300 {
				t.Errorf("%#x at %d: %d rows and no error", flip, at, len(got))
			}
		}
	}
}

// A page of the second version whose levels alone take more than all of it may.
func TestLevelsLongerThanTheirPage(t *testing.T) {
	page := append([]byte{0x15, 6, 0x15, 4, 0x15, 100, // kind 3, 2 bytes, 50 compressed
		0x5c, 0x15, 2, 0x45, 78, 0x15, 0, 0, 0}, make([]byte, 50)...) // 1 value, 39 bytes of levels
	for codec := range 7 {
		p := newPages(bytes.NewReader(page), chunk{codec: codec, size: int64(len(page))})
		if _, _, err := p.next(); !errors.Is(err, errThrift) {
			t.Errorf("codec %d: %v", codec, err)
		}
	}
}

// A footer of lists within lists ends at a depth, not with the stack.
func TestDeepFooter(t *testing.T) {
	const depth = 4 << 20
	footer := append([]byte{0x99}, bytes.Repeat([]byte{0x19}, depth)...) // field 9, a list of one list of one list...
	data := append([]byte("PAR1"), footer...)
	data = binary.LittleEndian.AppendUint32(data, uint32(len(footer)))
	data = append(data, "PAR1"...)
	if _, err := rows(data, 10); !errors.Is(err, errThrift) {
		t.Errorf("got %v", err)
	}
}

func FuzzFile(f *testing.F) {
	for _, name := range []string{"v1-snappy", "v1-plain", "v2-gzip"} {
		data, err := os.ReadFile(filepath.Join("testdata", name+".parquet"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) { _, _ = rows(data, 50) })
}
