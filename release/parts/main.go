// Command parts tells what Fairlead is made of: the Go modules that are linked
// into the program and the npm packages that are built into its page, each with
// its licence.
//
//	go run ./release/parts check              # fails on a licence that is not allowed
//	go run ./release/parts notices            # the licence texts, to ship with the program
//	go run ./release/parts sbom bin/fairlead  # CycloneDX 1.6, from what the build recorded
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "parts:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("usage: parts check | notices | sbom BINARY")
	}
	parts, err := all(".")
	if err != nil {
		return err
	}
	switch {
	case args[0] == "check" && len(args) == 1:
		if err := check(parts); err != nil {
			return err
		}
		fmt.Printf("%d modules and packages, every licence allowed\n", len(parts))
		return nil
	case args[0] == "notices" && len(args) == 1:
		return notices(os.Stdout, parts)
	case args[0] == "sbom" && len(args) == 2:
		return sbom(os.Stdout, args[1], parts)
	}
	return fmt.Errorf("usage: parts check | notices | sbom BINARY")
}
