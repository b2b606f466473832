package athena

import (
	"fmt"
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

// pricesOf is when the list prices were last compared with what is known of
// https://aws.amazon.com/athena/pricing/: that page is drawn by scripts, and what
// is here follows a record of it. docs/prices.md has the same table.
const pricesOf = "December 2022"

// otherPrices are USD per TB where it is not the usual one. price_per_tb
// overrides all of it.
func otherPrices() map[string]float64 {
	return map[string]float64{
		"af-south-1": 6.00, "ap-east-1": 5.50, "ap-northeast-3": 6.00, "ap-southeast-2": 5.75, "ca-central-1": 5.50,
		"eu-south-1": 5.25, "eu-west-3": 7.00, "me-south-1": 6.50, "sa-east-1": 9.00, "us-west-1": 6.75,
	}
}

// priceOf is USD per TB in a region; own, when not empty, is the connection's.
// It is negative where the price is in another currency and so not known.
func priceOf(region, own string) float64 {
	if p, err := strconv.ParseFloat(own, 64); err == nil {
		return p
	}
	if p, known := otherPrices()[region]; known {
		return p
	}
	if strings.HasPrefix(region, "cn-") {
		return -1
	}
	return usualPrice
}

// priceNote says what an estimate's price rests on.
func (e *Engine) priceNote() string {
	if e.ownPrice {
		return fmt.Sprintf("priced at the connection's own %.2f USD a TB (price_per_tb)", e.price)
	}
	return fmt.Sprintf("priced at the list price of %s, %.2f USD a TB as of %s, which may be out of date; your own: price_per_tb",
		e.session.Region, e.price, pricesOf)
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
