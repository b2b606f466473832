package trino

import (
	"strings"
)

// FileTrouble turns what DuckDB says of a CSV or JSON file that it cannot read
// into one line with the file, the line and the reason, without DuckDB's advice
// on options that nobody can give here. It is "" for any other message.
func FileTrouble(message string) string {
	lines := strings.Split(message, "\n")
	switch {
	case strings.HasPrefix(message, "CSV Error on Line: "):
		return csvTrouble(lines)
	case strings.HasPrefix(message, "Error when sniffing file "):
		file, _, _ := strings.Cut(strings.TrimPrefix(lines[0], "Error when sniffing file \""), "\"")
		reason := "no way to split its lines into values fits all of them"
		if strings.Contains(message, "utf-8") {
			reason = notUTF8
		}
		return "Cannot read " + file + ": " + reason
	case strings.HasPrefix(message, "JSON transform error in file "), strings.HasPrefix(message, "Malformed JSON in file "):
		what, rest, _ := strings.Cut(lines[0], " in file \"")
		file, reason, _ := strings.Cut(rest, "\"")
		place, reason, _ := strings.Cut(strings.TrimLeft(reason, ", "), ": ")
		if what == "Malformed JSON" {
			reason = "malformed JSON: " + reason
		}
		return "Cannot read " + file + ", " + strings.TrimPrefix(place, "in ") + ": " + strings.TrimSpace(reason)
	}
	return ""
}

const notUTF8 = "it is not UTF-8 text; save it as UTF-8"

// csvTrouble reads the report of the CSV reader, which has the reason below
// the line it stumbled on and the file among its settings.
func csvTrouble(lines []string) string {
	number := strings.TrimPrefix(lines[0], "CSV Error on Line: ")
	file, reason := "a file", ""
	for i, line := range lines[1:] {
		if f, ok := strings.CutPrefix(line, "  file = "); ok {
			file = f
		}
		switch {
		case reason != "" || i == 0 || line == "":
		case strings.Contains(line, "not utf-8"):
			reason = notUTF8
		case strings.HasPrefix(line, "Error when converting column"), strings.HasPrefix(line, "Expected Number of Columns"),
			strings.HasPrefix(line, "Value with unterminated quote"), strings.HasPrefix(line, "Maximum line size"):
			reason = line
		}
	}
	if reason == "" && len(lines) > 2 {
		reason = lines[2]
	}
	if expected, found, ok := strings.Cut(strings.TrimPrefix(reason, "Expected Number of Columns: "), " Found: "); ok {
		reason = "it has " + found + " values where the lines above have " + expected
	}
	return "Cannot read " + file + ", line " + number + ": " + strings.TrimSuffix(reason, ".")
}
