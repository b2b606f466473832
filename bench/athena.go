//go:build unix

package main

import "fmt"

// athena reads a million rows to CSV; what counts is that memory stays flat.
func (b *bench) athena() error {
	return b.withSandbox(func(r ready) error {
		target := "athena://dev@" + r.Region + "/AwsDataCatalog/sales"
		for _, rows := range []int{100_000, 1_000_000} {
			c := command{label: fmt.Sprintf("%d rows to CSV", rows), env: environ(r.Env), args: []string{b.fairlead, "query", target,
				fmt.Sprintf("select order_id, order_date, customer_id, region, channel, status, amount, note from orders limit %d", rows),
				"--format", "csv", "--quiet"}}
			var all []sample
			for range 3 {
				s, err := c.once()
				if err != nil {
					return err
				}
				all = append(all, s)
			}
			if rows == 100_000 {
				fmt.Printf("\nAthena result by pages, sandbox without latency (3 runs; goal: peak below 150 MiB, the same for both)\n")
			}
			show(c.label, all)
		}
		return nil
	}, "--rows", "1000000")
}
