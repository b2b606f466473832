package dynamodb

// price is the on-demand list price in USD per million request units.
type price struct{ read, write float64 }

// prices of the standard table class (https://aws.amazon.com/dynamodb/pricing/on-demand/,
// as of the halving of November 2024). A region that is not listed has none:
// no figure is better than a wrong one.
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
