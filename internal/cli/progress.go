package cli

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/result"
	"github.com/fairleadhq/fairlead/internal/term"
)

// progress draws the state of a running statement on stderr, when that is a
// terminal: state, elapsed time, rows, bytes scanned.
type progress struct {
	r     *room
	line  *term.Status
	width int // of the terminal

	mu      sync.Mutex
	last    engine.Progress
	total   int64     // rows there will be, 0 when that is not known
	written int64     // bytes of the output
	from    time.Time // of the first rows
}

// progressDelay keeps what is quick silent.
const progressDelay = 300 * time.Millisecond

func (r *room) startProgress(quiet bool) *progress {
	p := &progress{r: r, line: &term.Status{}, width: r.streams.ErrWidth()}
	if !quiet {
		p.line = r.streams.Status(progressDelay, p.text)
		r.status.set(p.line)
	}
	return p
}

func (p *progress) update(now engine.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now.Rows = max(now.Rows, p.last.Rows)
	p.last = now
}

// expect tells how many rows there will be.
func (p *progress) expect(rows int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total, p.last.State = rows, "writing"
}

func (p *progress) rows(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.from.IsZero() {
		p.from = time.Now()
	}
	p.last.Rows = n
}

// counted returns a writer that counts what passes on its way to w.
func (p *progress) counted(w io.Writer) io.Writer { return &countedWriter{p: p, w: w} }

type countedWriter struct {
	p *progress
	w io.Writer
}

func (c *countedWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.p.mu.Lock()
	defer c.p.mu.Unlock()
	c.p.written += int64(n)
	return n, err
}

func (p *progress) text(elapsed time.Duration) string {
	return p.r.paint(term.Dim, p.r.status.pick(func() string { return p.own(elapsed) }))
}

func (p *progress) own(elapsed time.Duration) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	state := p.last.State
	if state == "" {
		state = "connecting"
	}
	if p.last.Reason != "" {
		state += " (" + p.last.Reason + ")"
	}
	parts := []string{state, fmt.Sprintf("%.1fs", elapsed.Seconds())}
	if p.total > 0 {
		parts = append([]string{bar(p.last.Rows, p.total)}, parts...)
	}
	if p.last.Rows > 0 {
		parts = append(parts, count(p.last.Rows, "row"))
	}
	if rate := p.rate(); rate > 0 {
		parts = append(parts, count(rate, "row")+"/s")
	}
	if p.written > 0 {
		parts = append(parts, engine.BytesText(p.written)+" written")
	}
	if p.last.BytesScanned > 0 {
		parts = append(parts, engine.BytesText(p.last.BytesScanned)+" scanned")
	}
	return fit(append(parts, "Ctrl-C stops it"), p.width)
}

// fit joins as many of the parts as stand on a line: one that wraps cannot be
// redrawn in place. A width of 0 takes all.
func fit(parts []string, width int) string {
	for len(parts) > 1 {
		line := strings.Join(parts, " · ")
		if width <= 0 || utf8.RuneCountInString(line) < width {
			return line
		}
		parts = parts[:len(parts)-1]
	}
	return parts[0]
}

// barWidth is in columns of the terminal.
const barWidth = 20

// bar draws how much of a known whole is done. There is none where the whole
// is not known: the services do not tell how many rows come.
func bar(done, total int64) string {
	part := min(float64(done)/float64(total), 1)
	full := int(part * barWidth)
	return strings.Repeat("█", full) + strings.Repeat("░", barWidth-full) + fmt.Sprintf(" %3.0f %%", part*100)
}

// rateAfter is how long rows must have flowed before their rate says anything.
const rateAfter = time.Second

// rate is the rows a second since the first ones came; 0 when it is too early.
func (p *progress) rate() int64 {
	if p.from.IsZero() {
		return 0
	}
	since := time.Since(p.from)
	if since < rateAfter {
		return 0
	}
	return int64(float64(p.last.Rows) / since.Seconds())
}

func (p *progress) stop() {
	p.line.Stop()
	p.r.status.set(nil)
}

// statsLine is the closing line: what came, how long it took, what it cost.
func statsLine(s result.Stats, output string) string {
	var parts []string
	switch {
	case s.RowsAffected != nil && s.Rows == 0:
		parts = append(parts, count(*s.RowsAffected, "row")+" changed")
	case s.Truncated:
		parts = append(parts, "the first "+count(s.Rows, "row"))
	default:
		parts = append(parts, count(s.Rows, "row"))
	}
	if output != "" {
		parts[0] += " to " + output
	}
	if s.Truncated {
		parts[0] += ", more were there"
	}
	parts = append(parts, durationText(s.Elapsed))
	if s.Queued >= 100*time.Millisecond {
		parts = append(parts, durationText(s.Queued)+" queued")
	}
	if s.BytesScanned != nil {
		parts = append(parts, engine.BytesText(*s.BytesScanned)+" scanned")
	}
	if s.CapacityUnits != nil {
		parts = append(parts, strconv.FormatFloat(*s.CapacityUnits, 'f', -1, 64)+" capacity units")
	}
	if s.CostUSD != nil {
		parts = append(parts, priceText(*s.CostUSD))
	}
	if s.Path != "" {
		parts = append(parts, "fetch path: "+s.Path)
	}
	parts = append(parts, s.Notes...)
	if s.RemoteID != "" {
		parts = append(parts, "id "+s.RemoteID)
	}
	return strings.Join(parts, " · ")
}

// count writes 1234567 as "1,234,567 rows".
func count(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits + " " + noun
}

func durationText(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

func priceText(usd float64) string {
	switch {
	case usd == 0:
		return "$0"
	case usd < 0.0001:
		return "less than $0.0001"
	case usd < 0.01:
		return fmt.Sprintf("$%.4f", usd)
	}
	return fmt.Sprintf("$%.2f", usd)
}
