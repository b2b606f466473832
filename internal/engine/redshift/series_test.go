package redshift_test

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/fairleadhq/fairlead/internal/engine/enginetest"
)

// series makes rows of all the shapes a batch must keep apart.
func series(rows int) string {
	return fmt.Sprintf(`select n, cast(n * 0.125 as numeric(20,3)) as d,
		case when n %% 7 = 0 then null when n %% 7 = 1 then '' else 'row ' || cast(n as varchar) end as s
		from generate_series(0, %d) as g(n)`, rows-1)
}

func seriesHash(rows int) uint64 {
	var sum uint64
	for i := range rows {
		s := "row " + strconv.Itoa(i)
		switch i % 7 {
		case 0:
			s = enginetest.Null
		case 1:
			s = ""
		}
		eighths := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%03d", i/8, i%8*125), "0"), ".")
		sum += enginetest.Hash([]string{strconv.Itoa(i), eighths, s})
	}
	return sum
}
