package dynamodb

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/sandbox/dynamodb/attr"
)

// constraints gathers violations of the request's model and reports them as the
// service's request validation does.
type constraints []string

func (c *constraints) fail(value, member, constraint string) {
	*c = append(*c, "Value "+value+" at '"+member+"' failed to satisfy constraint: "+constraint)
}

func (c constraints) err() error {
	if len(c) == 0 {
		return nil
	}
	plural := ""
	if len(c) > 1 {
		plural = "s"
	}
	return attr.Refusal(fmt.Sprintf("%d validation error%s detected: %s", len(c), plural, strings.Join(c, "; ")))
}

// table checks a TableName, which may be an ARN.
func (c *constraints) table(name *string) {
	switch {
	case name == nil:
		c.fail("null", "tableName", "Member must not be null")
	case *name == "":
		c.fail("''", "tableName", "Member must have length greater than or equal to 1")
	case strings.HasPrefix(*name, "arn:") && len(*name) <= 1024:
	default:
		c.name("tableName", *name, 3)
	}
}

// name checks the form of a table's or an index's name.
func (c *constraints) name(member, name string, shortest int) {
	quoted := "'" + name + "'"
	if !nameChars(name) {
		c.fail(quoted, member, "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
	}
	if len(name) < shortest {
		c.fail(quoted, member, "Member must have length greater than or equal to "+strconv.Itoa(shortest))
	}
	if len(name) > 255 {
		c.fail(quoted, member, "Member must have length less than or equal to 255")
	}
}

func nameChars(s string) bool {
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_.-", r)) {
			return false
		}
	}
	return true
}

func (c *constraints) enum(member, value string, choices ...string) {
	if value != "" && !slices.Contains(choices, value) {
		c.fail("'"+value+"'", member, "Member must satisfy enum value set: ["+strings.Join(choices, ", ")+"]")
	}
}

func (c *constraints) atLeast(member string, value *int, least int) {
	if value != nil && *value < least {
		c.fail("'"+strconv.Itoa(*value)+"'", member, "Member must have value greater than or equal to "+strconv.Itoa(least))
	}
}

func (c *constraints) atMost(member string, value *int, most int) {
	if value != nil && *value > most {
		c.fail("'"+strconv.Itoa(*value)+"'", member, "Member must have value less than or equal to "+strconv.Itoa(most))
	}
}

func (c *constraints) capacity(value string) {
	c.enum("returnConsumedCapacity", value, "INDEXES", "TOTAL", "NONE")
}

// length checks how many elements a list has.
func (c *constraints) length(member string, n, least, most int) {
	if n < least {
		*c = append(*c, "Value at '"+member+"' failed to satisfy constraint: Member must have length greater than or equal to "+strconv.Itoa(least))
	}
	if n > most {
		*c = append(*c, "Value at '"+member+"' failed to satisfy constraint: Member must have length less than or equal to "+strconv.Itoa(most))
	}
}

func deref(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
