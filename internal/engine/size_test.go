package engine

import (
	"testing"

	"github.com/fairleadhq/fairlead/internal/fault"
)

func TestBytes(t *testing.T) {
	for text, want := range map[string]int64{
		"1": 1, "1000": 1000, "10GB": 10e9, "1.5 TB": 1.5e12, "500mb": 500e6, "2KiB": 2048, " 1 gib ": 1 << 30, "3k": 3000, "0.5kB": 500,
	} {
		if got, err := Bytes("--max-scan", text); err != nil || got != want {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "-1", "GB", "10 XB", "1e3", "1.2.3", "99999999999PB", "10GBs"} {
		if got, err := Bytes("--max-scan", text); fault.CodeOf(err) != fault.Usage {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
}
