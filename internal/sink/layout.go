package sink

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
)

const (
	gutter = "  "
	// leastWidth is how narrow a column of text may become before columns are
	// left out instead: enough to tell values apart.
	leastWidth = 8
)

// layout is the width of each column shown; columns beyond are hidden.
type layout struct {
	widths []int
	total  int // how many columns there are
}

// newLayout fits the columns into width; 0 is as wide as they are. Numbers
// are cut last, for a part of a number says less than a part of a text. The
// types' names widen a column only where there is room.
func newLayout(names, types, values []int, columns []column, width int) *layout {
	l := &layout{widths: make([]int, len(names)), total: len(names)}
	wide := make([]int, len(names))
	for i := range names {
		l.widths[i] = max(1, names[i], values[i])
		wide[i] = max(l.widths[i], types[i])
	}
	if width <= 0 || lineWidth(wide) <= width {
		l.widths = wide
		return l
	}
	if lineWidth(l.widths) <= width {
		l.spread(wide, width)
		return l
	}
	l.hide(values, columns, width)
	numbers := func(i int) bool { return columns[i].look()&right != 0 }
	l.shrink(width, func(i int) int { // first texts, then also the names above numbers, then all
		if numbers(i) {
			return l.widths[i]
		}
		return min(l.widths[i], leastWidth)
	})
	l.shrink(width, func(i int) int {
		if numbers(i) {
			return min(l.widths[i], max(1, values[i]))
		}
		return min(l.widths[i], leastWidth)
	})
	l.shrink(width, func(int) int { return 1 })
	return l
}

func lineWidth(widths []int) int {
	total := len(gutter) * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	return total
}

// spread gives the room that is left to the columns that want it, from the left.
func (l *layout) spread(wanted []int, width int) {
	room := width - lineWidth(l.widths)
	for i := range l.widths {
		more := min(room, wanted[i]-l.widths[i])
		l.widths[i] += more
		room -= more
	}
}

// hide leaves out columns at the right that do not fit even at their least.
// One column always stays.
func (l *layout) hide(values []int, columns []column, width int) {
	used := 0
	for i, w := range l.widths {
		least := min(w, leastWidth)
		if columns[i].look()&right != 0 {
			least = min(w, max(1, values[i]))
		}
		if i > 0 {
			used += len(gutter)
		}
		if used += least; used > width && i > 0 {
			l.widths = l.widths[:i]
			return
		}
	}
}

// shrink takes columns' width away, the widest first, until the line fits; no
// column becomes narrower than least says.
func (l *layout) shrink(width int, least func(int) int) {
	over := lineWidth(l.widths) - width
	if over <= 0 {
		return
	}
	// The widest columns shrink to one level. Find the level by bisection: the
	// room won falls as the level rises.
	low, high := 0, 0
	for _, w := range l.widths {
		high = max(high, w)
	}
	won := func(level int) (n int) {
		for i, w := range l.widths {
			n += w - min(w, max(level, least(i)))
		}
		return n
	}
	for low < high {
		if mid := (low + high + 1) / 2; won(mid) >= over {
			low = mid
		} else {
			high = mid - 1
		}
	}
	spare := won(low) - over // what the level takes too much goes back, from the left
	for i, w := range l.widths {
		l.widths[i] = min(w, max(low, least(i)))
		if spare > 0 && l.widths[i] < w {
			l.widths[i]++
			spare--
		}
	}
}

func (l *layout) hidden() int { return l.total - len(l.widths) }

// appendHidden tells which columns there was no room for.
func (l *layout) appendHidden(b []byte, fields []arrow.Field, o Options) []byte {
	text := fmt.Sprintf("… and %d more columns:", l.hidden())
	if l.hidden() == 1 {
		text = "… and 1 more column:"
	}
	line := []byte(text)
	for i, f := range fields[len(l.widths):] {
		if i > 0 {
			line = append(line, ',')
		}
		line, _ = appendClean(append(line, ' '), []byte(f.Name))
		if len(line) > 4*o.Width { // longer than anyone reads; cut measures the rest
			break
		}
	}
	_, width := appendClean(nil, line)
	shown, _ := cut(string(line), width, o.Width)
	return append(paint(b, shown, dim, o.Color), '\n')
}
