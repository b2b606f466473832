// Command fairlead is a client for Amazon Athena, Redshift and DynamoDB.
package main

import (
	"os"

	"github.com/fairleadhq/fairlead/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
