package spool

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// useAll reads all there is in every way, and returns the first error.
func useAll(t *testing.T, s *Spool) (text string, err error) {
	b, err := s.Window(t.Context(), 0, MostWindow)
	if err != nil {
		return "", err
	}
	defer b.Release()
	text = csvOf(t, b)
	v, err := s.View(t.Context(), Query{Sort: []SortKey{{1, false}}, Filter: []Filter{{2, NotNull, ""}}}, nil)
	if err != nil {
		return text, err
	}
	defer v.Close()
	w, err := v.Window(t.Context(), 0, 100)
	if err != nil {
		return text, err
	}
	w.Release()
	_, _, _, err = s.Find(t.Context(), v, "nowhere", 0, true)
	return text, err
}

// Whatever happens to the files, what is read is right or a fault: never a
// panic, never another value.
func FuzzDamage(f *testing.F) {
	f.Add(uint8(0), uint32(0), uint8(0), []byte("x"))
	f.Add(uint8(0), uint32(20), uint8(1), []byte{})
	f.Add(uint8(1), uint32(900), uint8(2), []byte{1, 2, 3})
	f.Add(uint8(1), uint32(4000), uint8(0), []byte{0xff, 0xff})
	f.Add(uint8(2), uint32(3), uint8(1), []byte{})
	f.Fuzz(func(t *testing.T, file uint8, at uint32, how uint8, with []byte) {
		s := filled(t, 1500)
		s.Close()
		path := filepath.Join(s.dir, []string{indexName, "000000.arrows", endName}[file%3])
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		i := int(at) % len(data)
		switch how % 4 {
		case 0: // overwritten
			copy(data[i:], with)
		case 1: // cut off
			data = data[:i]
		case 2: // inserted
			data = append(data[:i:i], append(with, data[i:]...)...)
		case 3: // taken out
			data = append(data[:i:i], data[min(len(data), i+len(with)):]...)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := Open(s.dir)
		if err != nil {
			mustBeFault(t, err)
			return
		}
		defer again.Close()
		text, err := useAll(t, again)
		if err != nil {
			mustBeFault(t, err)
		}
		if text != "" && text != wanted(t, 0, int(again.Rows())) {
			t.Error("other values than were written")
		}
		if _, cause := again.Done(); cause == nil && again.Rows() != 1500 {
			t.Errorf("%d rows of 1500 count as whole", again.Rows())
		}
	})
}

func mustBeFault(t *testing.T, err error) {
	t.Helper()
	if f := fault.As(err); f.Code != fault.Output || f.Message == "" {
		t.Errorf("%#v", err)
	}
}
