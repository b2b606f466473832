package athena

import (
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena/types"
)

// Athena's list price: so much per TB scanned, counted in whole MB, at least
// ten of them. DDL and utility statements and failed queries are free, and
// cancelled ones cost what they had scanned
// (https://aws.amazon.com/athena/pricing/).
const (
	megabyte  = 1 << 20
	terabyte  = 1 << 40
	leastScan = 10 * megabyte
)

// usualPrice is USD per TB in most regions.
const usualPrice = 5.0

// otherPrice is USD per TB where it is not the usual one. price_per_tb
// overrides the table.
func otherPrice(region string) (usd float64, known bool) {
	switch region {
	case "us-west-1":
		return 6.75, true
	case "sa-east-1":
		return 9.00, true
	case "ca-central-1", "ap-east-1":
		return 5.50, true
	}
	return 0, false
}

// priceOf is USD per TB in a region; own, when not empty, is the connection's.
// It is negative where the price is in another currency and so not known.
func priceOf(region, own string) float64 {
	if p, err := strconv.ParseFloat(own, 64); err == nil {
		return p
	}
	if p, known := otherPrice(region); known {
		return p
	}
	if strings.HasPrefix(region, "cn-") {
		return -1
	}
	return usualPrice
}

// cost returns the price of a query that has ended or was stopped, nil when it
// cannot be told: queries on reserved capacity are billed by DPU and time.
func (e *Engine) cost(x *types.QueryExecution) *float64 {
	s := x.Statistics
	switch {
	case x.StatementType != types.StatementTypeDml,
		x.Status != nil && x.Status.State == types.QueryExecutionStateFailed, reused(x):
		return aws.Float64(0)
	case s == nil || s.DataScannedInBytes == nil || s.DpuCount != nil || e.price < 0:
		return nil
	}
	return aws.Float64(e.scanPrice(*s.DataScannedInBytes))
}

// scanPrice is the price of a scan of so many bytes.
func (e *Engine) scanPrice(bytes int64) float64 {
	billed := (bytes + megabyte - 1) / megabyte * megabyte
	return float64(max(billed, leastScan)) / terabyte * e.price
}

// reused reports whether Athena answered with an earlier query's result.
func reused(x *types.QueryExecution) bool {
	return x.Statistics != nil && x.Statistics.ResultReuseInformation != nil &&
		x.Statistics.ResultReuseInformation.ReusedPreviousResult
}
