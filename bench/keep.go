//go:build unix

package main

import (
	"fmt"
	"path/filepath"
)

// keep holds a run that is remembered, with its rows as far as they are kept,
// beside one that is not: of a result too large to be kept, and of one that is.
func (b *bench) keep() error {
	home, err := b.staticHome()
	if err != nil {
		return err
	}
	stub := startAthenaStub(callLatency, 0).numbered()
	defer stub.Close()
	query := func(label string, rows int, more ...string) command {
		return command{label: label, env: append([]string{"AWS_ENDPOINT_URL=" + stub.URL}, home...), args: append([]string{
			b.fairlead, "query", "athena://static@us-east-1/AwsDataCatalog/sales", fmt.Sprintf("select * from orders -- rows=%d", rows), "--quiet", "-o", filepath.Join(b.out, "keep.csv")}, more...)}
	}
	for _, rows := range []int{2_000_000, 50_000} {
		if err := b.compare(fmt.Sprintf("%d rows to a CSV file, remembered and not", rows),
			query("remembered", rows), query("--no-history", rows, "--no-history"), "at most 1.05"); err != nil {
			return err
		}
	}
	return nil
}
