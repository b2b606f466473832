package trino

// expression translates an expression construct at i and returns where it
// ends, or i when none begins there.
func (e *emitter) expression(i, _ int) int { return i }
