package secret

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const planted = "wJalrXUtnFEMI/K7MDENG"

// TestNeverPrints walks every way out that the standard library offers.
func TestNeverPrints(t *testing.T) {
	s := New(planted)
	holder := struct {
		Key  String
		Near *String
		List []String
	}{s, &s, []String{s}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T"} {
		fmt.Fprintf(&out, verb+"\n", s)
		fmt.Fprintf(&out, verb+"\n", holder)
	}
	fmt.Fprintln(&out, s, holder)
	enc, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(enc)
	text, err := xml.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(text)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "key", s, "holder", holder)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "key", s, "holder", holder)
	fmt.Fprintln(&out, fmt.Errorf("failed with %v", s))
	if strings.Contains(out.String(), planted) {
		t.Errorf("the secret came out:\n%s", out.String())
	}
	if !strings.Contains(string(enc), hidden) {
		t.Errorf("nothing says that something is hidden: %s", enc)
	}
}

func TestRevealAndZero(t *testing.T) {
	if got := New(planted).Reveal(); got != planted {
		t.Errorf("Reveal() = %q", got)
	}
	var zero String
	if !zero.IsZero() || zero.String() != "" || New("x").IsZero() {
		t.Error("the zero value is the empty secret, and only that")
	}
}
