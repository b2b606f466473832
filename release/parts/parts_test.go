package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What ships must be free to ship.
func TestEveryLicenceIsAllowed(t *testing.T) {
	parts, err := all(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for _, p := range parts {
		kinds[p.kind]++
	}
	if kinds["golang"] < 20 || kinds["npm"] < 20 {
		t.Fatalf("so few parts cannot be all: %v", kinds)
	}
	if err := check(parts); err != nil {
		t.Error(err)
	}
}

func TestALicenceThatIsNotAllowedIsNamed(t *testing.T) {
	for licence, want := range map[string]bool{"MIT": true, "(MIT OR GPL-3.0)": true, "MIT AND GPL-3.0": false, "GPL-3.0": false,
		"MPL-2.0": false, "unknown": false, "": false, "(BSD-2-Clause OR MIT OR Apache-2.0)": true, "ISC AND MIT": true} {
		if acceptable(licence) != want {
			t.Errorf("%q: want %v", licence, want)
		}
	}
	err := check([]part{{name: "good", licence: "MIT"}, {name: "bad", version: "v1", licence: "GPL family"}})
	if err == nil || !strings.Contains(err.Error(), "bad v1: GPL family") || strings.Contains(err.Error(), "good") {
		t.Error(err)
	}
}

func TestClassify(t *testing.T) {
	ours, err := os.ReadFile(filepath.Join("..", "..", "LICENSE"))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		string(ours): "Apache-2.0",
		"Permission is hereby granted, free of charge, ... The above copyright\nnotice and this permission notice shall be included": "MIT",
		"GNU GENERAL PUBLIC LICENSE Version 3": "GPL family",
		"All rights reserved.":                 "unknown",
		"Redistribution and use in source and binary forms ... Neither the name of": "BSD-3-Clause",
	} {
		if got := classify(text); got != want {
			t.Errorf("%.40q: %s, want %s", text, got, want)
		}
	}
}

func TestSBOMNamesWhatTheBinaryHolds(t *testing.T) {
	self, err := os.Executable() // a Go program like any other
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := sbom(&out, self, []part{{kind: "npm", name: "@scope/name", version: "1.2.3", licence: "MIT"}}); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		BOMFormat  string
		Components []struct{ PURL string }
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.BOMFormat != "CycloneDX" || !strings.Contains(out.String(), "pkg:npm/%40scope/name@1.2.3") {
		t.Error(out.String())
	}
	if err := sbom(&out, "parts_test.go", nil); err == nil {
		t.Error("a text was taken for a program")
	}
}
