package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// part is one piece of software from elsewhere that ships in ours.
type part struct {
	kind    string // "golang" or "npm", as in package URLs
	name    string
	version string
	licence string // SPDX
	text    string // path of the licence's text, "" when only its name is known
}

func (p part) purl() string {
	name := p.name
	if p.kind == "npm" {
		name = strings.Replace(name, "@", "%40", 1)
	}
	return "pkg:" + p.kind + "/" + name + "@" + p.version
}

// all lists the parts of the checkout at root, by kind and name.
func all(root string) ([]part, error) {
	parts, err := modules(root)
	if err != nil {
		return nil, err
	}
	packages, err := npm(filepath.Join(root, "internal", "web", "ui", "package-lock.json"))
	if err != nil {
		return nil, err
	}
	parts = append(parts, packages...)
	slices.SortFunc(parts, func(a, b part) int { return strings.Compare(a.purl(), b.purl()) })
	return slices.Compact(parts), nil
}

// modules lists the Go modules that the program is linked from, with cgo as far
// as this machine has it.
func modules(root string) ([]part, error) {
	cmd := exec.Command("go", "list", "-deps", "-json=Module", "./cmd/fairlead")
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var parts []part
	seen := map[string]bool{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var pkg struct {
			Module *struct {
				Path, Version, Dir string
				Main               bool
			}
		}
		if err := d.Decode(&pkg); errors.Is(err, io.EOF) {
			return parts, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		m := pkg.Module
		if m == nil || m.Main || seen[m.Path] {
			continue
		}
		seen[m.Path] = true
		p := part{kind: "golang", name: m.Path, version: m.Version, licence: "no licence text", text: licenceFile(m.Dir)}
		if p.text != "" {
			data, err := os.ReadFile(p.text)
			if err != nil {
				return nil, err
			}
			p.licence = classify(string(data))
		}
		parts = append(parts, p)
	}
}

// npm lists the packages of the lock file that are no tools of development.
func npm(lock string) ([]part, error) {
	data, err := os.ReadFile(lock)
	if err != nil {
		return nil, err
	}
	var doc struct {
		Packages map[string]struct {
			Version string
			License string
			Dev     bool
			Link    bool
		}
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", lock, err)
	}
	var parts []part
	for path, p := range doc.Packages {
		_, name, inside := cutLast(path, "node_modules/")
		if !inside || p.Dev || p.Link {
			continue
		}
		licence := p.License
		if licence == "" {
			licence = "no licence named"
		}
		parts = append(parts, part{kind: "npm", name: name, version: p.Version, licence: licence,
			text: licenceFile(filepath.Join(filepath.Dir(lock), filepath.FromSlash(path)))})
	}
	return parts, nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
