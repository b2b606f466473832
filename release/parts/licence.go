package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// allowed are the licences that go together with ours (Apache-2.0): they ask
// for no more than that their text is kept.
func allowed() []string {
	return []string{"Apache-2.0", "MIT", "MIT-0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "0BSD", "BlueOak-1.0.0", "CC0-1.0", "Unlicense", "Python-2.0"}
}

// check fails on the first part whose licence is missing or not allowed, and
// names all of them.
func check(parts []part) error {
	var bad []string
	for _, p := range parts {
		if !acceptable(p.licence) {
			bad = append(bad, fmt.Sprintf("%s %s: %s", p.name, p.version, p.licence))
		}
	}
	if len(bad) == 0 {
		return nil
	}
	return fmt.Errorf("licences that are not allowed:\n  %s", strings.Join(bad, "\n  "))
}

// acceptable reads an SPDX expression: one licence, or several of which one may
// be chosen.
func acceptable(expression string) bool {
	expression = strings.Trim(expression, "()")
	for _, choice := range strings.Split(expression, " OR ") {
		whole := true
		for _, one := range strings.Split(choice, " AND ") {
			whole = whole && slices.Contains(allowed(), strings.TrimSpace(one))
		}
		if whole {
			return true
		}
	}
	return false
}

// licenceFile finds the text of a licence in a folder, "" when there is none.
func licenceFile(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		name := strings.ToLower(e.Name())
		for _, start := range []string{"licence", "license", "copying", "unlicense"} {
			if !e.IsDir() && strings.HasPrefix(name, start) {
				return filepath.Join(dir, e.Name())
			}
		}
	}
	return ""
}

// classify tells the SPDX name of a licence by what only its text says.
func classify(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	has := func(phrase string) bool { return strings.Contains(text, phrase) }
	switch {
	case has("GNU AFFERO"), has("GNU GENERAL PUBLIC LICENSE"), has("GNU LESSER"):
		return "GPL family"
	case has("Mozilla Public License"):
		return "MPL-2.0"
	case has("Business Source License"), has("Commons Clause"), has("Server Side Public License"):
		return "not open source"
	case has("Apache License") && has("Version 2.0"):
		return "Apache-2.0"
	case has("Permission is hereby granted, free of charge") && has("The above copyright notice and this permission notice shall be included"):
		return "MIT"
	case has("Permission is hereby granted, free of charge"):
		return "MIT-0"
	case has("Redistribution and use in source and binary forms") && (has("Neither the name") || has("may not be used to endorse")):
		return "BSD-3-Clause"
	case has("Redistribution and use in source and binary forms"):
		return "BSD-2-Clause"
	case has("Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided"),
		has("Permission to use, copy, modify, and distribute this software for any purpose with or without fee is hereby granted, provided"):
		return "ISC"
	case has("This is free and unencumbered software"):
		return "Unlicense"
	}
	return "unknown"
}

// notices writes each part's licence text, which most licences ask to keep.
func notices(w io.Writer, parts []part) error {
	for _, p := range parts {
		if p.text == "" {
			continue
		}
		data, err := os.ReadFile(p.text)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s %s (%s)\n\n%s\n\n%s\n\n", p.name, p.version, p.licence, strings.TrimSpace(string(data)), strings.Repeat("-", 72)); err != nil {
			return err
		}
	}
	return nil
}
