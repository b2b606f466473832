package sink

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// appendClean appends text so that a terminal shows every character and obeys
// none: control characters get a picture, line ends ⏎, and characters that
// hide or turn round what follows are written out. It returns the text's width
// in terminal columns.
func appendClean(b, text []byte) ([]byte, int) {
	start := len(b)
	plain := true
	for i := 0; i < len(text); {
		c := text[i]
		if c >= 0x20 && c < 0x7f {
			b = append(b, c)
			i++
			continue
		}
		plain = false
		if c == '\r' && i+1 < len(text) && text[i+1] == '\n' {
			i++ // one line end, not two
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		b = appendVisible(b, r)
		i += size
	}
	if plain {
		return b, len(b) - start
	}
	return b, uniseg.StringWidth(string(b[start:]))
}

// appendVisible appends a rune, or what shows it where the rune itself would
// be obeyed or unseen.
func appendVisible(b []byte, r rune) []byte {
	switch {
	case r == '\n':
		return append(b, "⏎"...)
	case r < 0x20:
		return utf8.AppendRune(b, 0x2400+r) // control pictures: ␀ to ␟
	case r == 0x7f:
		return append(b, "␡"...)
	case r < 0x80:
		return append(b, byte(r))
	case r < 0xa0, // C1 controls: among them CSI, the other way to begin an escape sequence
		r == 0x061c, r == 0x200b, r == 0x200e, r == 0x200f, // marks of direction, zero width space
		r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, // line ends, embeddings and overrides
		r == 0xfeff, r >= 0xfff9 && r <= 0xfffb:
		return append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
	}
	return utf8.AppendRune(b, r) // also U+FFFD for a byte that is not UTF-8
}

// cut returns the beginning of clean text that fits into width columns, with …
// in the last one where something is missing. have is the text's own width.
func cut(text string, have, width int) (string, int) {
	if have <= width {
		return text, have
	}
	if width <= 0 {
		return "", 0
	}
	room := width - 1
	if have == len(text) { // one column for each byte
		return text[:room] + "…", width
	}
	used, at, state := 0, 0, -1
	for rest := text; len(rest) > 0; {
		cluster, after, w, next := uniseg.FirstGraphemeClusterInString(rest, state)
		if used+w > room {
			break
		}
		used += w
		at += len(cluster)
		rest, state = after, next
	}
	return text[:at] + "…", used + 1
}

// pad writes n spaces.
func pad(b []byte, n int) []byte {
	const spaces = "                                "
	for ; n > len(spaces); n -= len(spaces) {
		b = append(b, spaces...)
	}
	return append(b, spaces[:max(n, 0)]...)
}

// rule writes a line of n columns.
func rule(b []byte, n int) []byte { return append(b, strings.Repeat("─", n)...) }
