package attr

// Size is the size of an item in bytes as the service counts it for the 400 KB
// limit, the 1 MB page and capacity units: names and values, three bytes for a
// list or map and one for each element.
func (m Map) Size() int {
	n := 0
	for _, f := range m {
		n += len(f.Name) + f.Value.Size()
	}
	return n
}

// Size is the size of one value.
func (v Value) Size() int {
	switch v.typ {
	case S, B:
		return len(v.text)
	case N:
		return numberSize(v.text)
	case BOOL, NULL:
		return 1
	case M:
		n := 3
		for _, f := range v.Map() {
			n += 1 + len(f.Name) + f.Value.Size()
		}
		return n
	case L:
		n := 3
		for _, e := range v.List() {
			n += 1 + e.Size()
		}
		return n
	}
	n := 0
	for _, e := range v.List() {
		n += e.Size()
	}
	return n
}

// maxDepth is the deepest nesting the service takes, the attribute itself being
// level one.
const maxDepth = 32

// Depth is how many levels v has; a scalar has one.
func (v Value) Depth() int {
	deepest := 0
	for _, e := range v.List() {
		if v.typ == L {
			deepest = max(deepest, e.Depth())
		}
	}
	for _, f := range v.Map() {
		deepest = max(deepest, f.Value.Depth())
	}
	return deepest + 1
}

// TooDeep refuses a value of more than 32 levels.
const TooDeep Refusal = "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit"

// TooDeep says whether the value exceeds 32 levels.
func (v Value) TooDeep() bool { return v.Depth() > maxDepth }

// TooDeep says whether a value of the item exceeds 32 levels.
func (m Map) TooDeep() bool {
	for _, f := range m {
		if f.Value.TooDeep() {
			return true
		}
	}
	return false
}
