package athena

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
)

// Athena's list price: so much per TB scanned, counted in whole MB, at least
// ten of them; DDL and utility statements are free
// (https://aws.amazon.com/athena/pricing/).
const (
	usdPerTB  = 5.0
	megabyte  = 1 << 20
	terabyte  = 1 << 40
	leastScan = 10 * megabyte
)

// cost returns the list price of a query that has ended, nil when it cannot be
// told: queries on reserved capacity are billed by DPU and time.
func cost(x *types.QueryExecution) *float64 {
	if x.StatementType != types.StatementTypeDml {
		return aws.Float64(0)
	}
	s := x.Statistics
	if s == nil || s.DataScannedInBytes == nil || s.DpuCount != nil {
		return nil
	}
	if reused(x) {
		return aws.Float64(0)
	}
	billed := (*s.DataScannedInBytes + megabyte - 1) / megabyte * megabyte
	return aws.Float64(float64(max(billed, leastScan)) / terabyte * usdPerTB)
}

// reused reports whether Athena answered with an earlier query's result.
func reused(x *types.QueryExecution) bool {
	return x.Statistics != nil && x.Statistics.ResultReuseInformation != nil &&
		x.Statistics.ResultReuseInformation.ReusedPreviousResult
}
