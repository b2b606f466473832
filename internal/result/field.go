package result

import "github.com/apache/arrow-go/v18/arrow"

// Metadata keys of a field.
const (
	// MetaType holds the engine's own type name, e.g. "decimal(38,2)", "SUPER", "N".
	MetaType = "fairlead.type"
	// MetaText says what a text column carries where Arrow has no exact type:
	// TextJSON or TextNumber. Such a value is never turned into a float.
	MetaText = "fairlead.text"
	// MetaRest marks a JSON column whose object holds what has no column of its
	// own.
	MetaRest = "fairlead.rest"
	// MetaRow marks the one column of a result whose values are whole rows, each
	// a JSON object on one line. What is not in a row is not in its object,
	// which columns cannot tell from NULL.
	MetaRow = "fairlead.row"
)

// Values of MetaText.
const (
	TextJSON   = "json"
	TextNumber = "number"
)

// Field makes a nullable Arrow field that carries the engine's type name.
func Field(name string, t arrow.DataType, engineType string) arrow.Field {
	return field(name, t, map[string]string{MetaType: engineType})
}

// TextField makes a nullable text field whose values are JSON (TextJSON) or a
// number in exact decimal text (TextNumber).
func TextField(name, engineType, carries string) arrow.Field {
	return field(name, arrow.BinaryTypes.String, map[string]string{MetaType: engineType, MetaText: carries})
}

// RestField makes the trailing JSON column that takes the attributes which have
// no column of their own.
func RestField(name, engineType string) arrow.Field {
	return field(name, arrow.BinaryTypes.String, map[string]string{MetaType: engineType, MetaText: TextJSON, MetaRest: "1"})
}

// IsRest reports whether a field is a RestField.
func IsRest(f arrow.Field) bool {
	_, ok := f.Metadata.GetValue(MetaRest)
	return ok
}

func field(name string, t arrow.DataType, meta map[string]string) arrow.Field {
	return arrow.Field{Name: name, Type: t, Nullable: true, Metadata: arrow.MetadataFrom(meta)}
}

// TypeName returns the engine's type name of f, or Arrow's when there is none.
func TypeName(f arrow.Field) string {
	if v, ok := f.Metadata.GetValue(MetaType); ok {
		return v
	}
	return f.Type.String()
}

// Carries returns the MetaText value of f, or "".
func Carries(f arrow.Field) string {
	v, _ := f.Metadata.GetValue(MetaText)
	return v
}

// RowField makes the one column of a result whose values are whole rows.
func RowField(name, engineType string) arrow.Field {
	return field(name, arrow.BinaryTypes.String, map[string]string{MetaType: engineType, MetaText: TextJSON, MetaRow: "object"})
}

// WholeRow reports whether the schema is one column that RowField made.
func WholeRow(s *arrow.Schema) bool {
	if s.NumFields() != 1 {
		return false
	}
	_, ok := s.Field(0).Metadata.GetValue(MetaRow)
	return ok
}
