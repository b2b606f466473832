package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

// sbom writes a CycloneDX 1.6 document (https://cyclonedx.org/docs/1.6/json/)
// of a built program: its modules as the linker recorded them, the page's
// packages from the lock file. It is the same for the same program, so it holds
// neither a time nor a serial number.
func sbom(w io.Writer, binary string, parts []part) error {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return err
	}
	data, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	known := map[string]part{}
	for _, p := range parts {
		if p.kind == "golang" {
			known[p.name] = p
		}
	}
	type licence struct {
		License map[string]string `json:"license"`
	}
	type component struct {
		Type     string              `json:"type"`
		Name     string              `json:"name"`
		Version  string              `json:"version"`
		PURL     string              `json:"purl"`
		Licenses []licence           `json:"licenses,omitempty"`
		Hashes   []map[string]string `json:"hashes,omitempty"`
	}
	describe := func(p part) component {
		c := component{Type: "library", Name: p.name, Version: p.version, PURL: p.purl()}
		if p.licence != "" {
			c.Licenses = []licence{{map[string]string{"name": p.licence}}}
		}
		return c
	}
	components := []component{}
	for _, dep := range info.Deps {
		if dep.Replace != nil {
			dep = dep.Replace
		}
		p, ok := known[dep.Path]
		if !ok {
			p = part{kind: "golang", name: dep.Path}
		}
		p.version = dep.Version
		components = append(components, describe(p))
	}
	for _, p := range parts {
		if p.kind == "npm" {
			components = append(components, describe(p))
		}
	}
	doc := map[string]any{
		"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"metadata": map[string]any{"component": component{Type: "application", Name: info.Main.Path, Version: info.Main.Version,
			PURL: "pkg:golang/" + info.Main.Path + "@" + info.Main.Version, Licenses: []licence{{map[string]string{"id": "Apache-2.0"}}},
			Hashes: []map[string]string{{"alg": "SHA-256", "content": hex.EncodeToString(sum[:])}}}},
		"components": components,
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if err := e.Encode(doc); err != nil {
		return fmt.Errorf("writing the document: %w", err)
	}
	return nil
}
