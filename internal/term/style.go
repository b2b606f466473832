package term

// Style is a look that means something; the terminal's own palette decides the
// colours, so that they stay readable in light and dark.
type Style int

// The styles.
const (
	Plain  Style = iota
	Bold         // a heading, the thing to read first
	Dim          // detail that may be skipped
	Good         // done
	Warn         // worth a look
	Bad          // failed
	Accent       // a command or link to use
)

var sequences = [...]string{Plain: "", Bold: "1", Dim: "2", Good: "32", Warn: "33", Bad: "31", Accent: "36"}

// Paint wraps text in the style's escape sequence when color is true.
func Paint(color bool, style Style, text string) string {
	if !color || style == Plain || text == "" {
		return text
	}
	return "\x1b[" + sequences[style] + "m" + text + "\x1b[0m"
}
