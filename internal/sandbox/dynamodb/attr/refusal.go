package attr

// Refusal is a message with which the service refuses a value; it travels as a
// ValidationException.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Malformed is a message about JSON that is not of the shape of an attribute
// value; it travels as a SerializationException.
type Malformed string

func (m Malformed) Error() string { return string(m) }
