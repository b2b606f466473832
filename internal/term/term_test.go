package term

import (
	"testing"

	"github.com/fairleadhq/fairlead/internal/fault"
)

func TestWithoutATerminalNothingIsAskedCutOrPainted(t *testing.T) {
	s, _, errOut := Test("y\n")
	if s.CanAsk() || s.OutTTY() || s.ErrTTY() || s.InTTY() || s.OutColor() || s.ErrColor() {
		t.Error("test streams are taken for a terminal")
	}
	if w := s.Width(); w != 0 {
		t.Errorf("width %d: something would be cut", w)
	}
	if _, err := s.Confirm(t.Context(), "Sure?", true); fault.CodeOf(err) != fault.Usage {
		t.Errorf("Confirm without a terminal: %v", err)
	}
	if _, err := s.Line(t.Context(), "Name", ""); fault.CodeOf(err) != fault.Usage {
		t.Errorf("Line without a terminal: %v", err)
	}
	if _, err := s.Secret(t.Context(), "Key"); fault.CodeOf(err) != fault.Usage {
		t.Errorf("Secret without a terminal: %v", err)
	}
	st := s.Status(0, nil)
	st.Clear()
	st.Stop()
	st.Stop()
	if errOut.Len() != 0 {
		t.Errorf("something was written: %q", errOut)
	}
}

func TestPaint(t *testing.T) {
	if got := Paint(true, Bad, "x"); got != "\x1b[31mx\x1b[0m" {
		t.Errorf("got %q", got)
	}
	if Paint(false, Bad, "x") != "x" || Paint(true, Plain, "x") != "x" || Paint(true, Bad, "") != "" {
		t.Error("painted what should stay plain")
	}
}

func TestColourRules(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want bool
	}{
		{nil, true},
		{map[string]string{"NO_COLOR": "1"}, false},
		{map[string]string{"TERM": "dumb"}, false},
		{map[string]string{"TERM": "xterm"}, true},
	} {
		s := &Streams{outTTY: true, errTTY: true, env: func(k string) string { return c.env[k] }, inFD: -1, widthFD: -1}
		if s.OutColor() != c.want || s.ErrColor() != c.want {
			t.Errorf("%v: colour %v, want %v", c.env, s.OutColor(), c.want)
		}
	}
	s := &Streams{outTTY: true, env: func(k string) string { return map[string]string{"COLUMNS": "77"}[k] }, inFD: -1, widthFD: -1}
	if s.Width() != 77 {
		t.Errorf("COLUMNS is not honoured: %d", s.Width())
	}
}
