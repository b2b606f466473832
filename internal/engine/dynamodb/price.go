package dynamodb

// price is the on-demand list price in USD per million request units.
type price struct{ read, write float64 }

// pricesOf is when the list prices below were last changed.
const pricesOf = "November 2024"

// prices of the standard table class (https://aws.amazon.com/dynamodb/pricing/on-demand/,
// as of the halving of November 2024; that page is drawn by scripts: what stands
// here for us-east-1 was compared with others' records of it, the other regions
// were not). A region that is not listed has none: no figure is better than a
// wrong one. docs/prices.md has the same table.
var prices = map[string]price{
	"us-east-1": {0.125, 0.625}, "us-east-2": {0.125, 0.625}, "us-west-2": {0.125, 0.625}, "us-west-1": {0.1395, 0.697},
	"ca-central-1": {0.1375, 0.6875}, "sa-east-1": {0.1875, 0.9375},
	"eu-west-1": {0.1415, 0.70675}, "eu-west-2": {0.1485, 0.7423}, "eu-west-3": {0.1485, 0.7423},
	"eu-central-1": {0.1525, 0.7625}, "eu-north-1": {0.1345, 0.6725},
	"ap-northeast-1": {0.1425, 0.71345}, "ap-northeast-2": {0.1355, 0.6778},
	"ap-southeast-1": {0.1425, 0.71155}, "ap-southeast-2": {0.1425, 0.71155}, "ap-south-1": {0.1425, 0.71155},
}

// What the class for infrequent access costs more, in us-east-1.
const (
	infrequentRead  = 1.24
	infrequentWrite = 1.248
)

// unitPrice is the price of one unit in USD, 0 when it cannot be told: the
// table is billed by the hour, may not be described, or the region is not known.
func (t table) unitPrice(region string, reads bool) float64 {
	p, ok := prices[region]
	if !ok || !t.known || !t.onDemand {
		return 0
	}
	if t.infrequent {
		p.read, p.write = p.read*infrequentRead, p.write*infrequentWrite
	}
	if reads {
		return p.read / 1e6
	}
	return p.write / 1e6
}

// priceNote says what an estimate's price rests on.
func priceNote(region string) string {
	return "priced at the on-demand list price of " + region + " as of " + pricesOf + ", which may be out of date"
}
