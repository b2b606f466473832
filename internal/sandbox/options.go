// Package sandbox is a strict local stand-in for the AWS services that fairlead
// uses. It speaks their wire on loopback, checks every signature, expiry and
// permission, and shares no code with the client so that neither can hide the
// other's mistakes. It is the demo, the embedded default and what the tests
// run against.
package sandbox

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Options choose how a sandbox starts. The zero value is a sandbox on free
// ports with a home folder of its own that is removed at Close.
type Options struct {
	Addr         string // HTTP endpoint, host:port; default 127.0.0.1:0. Only loopback is accepted.
	PostgresAddr string // Redshift wire, host:port; default 127.0.0.1:0
	Home         string // folder to write .aws/config, .aws/credentials and the fairlead config into; default a temporary one
	DataDir      string // folder of CSV, JSON and Parquet files to serve as Athena tables in database "files"
	StateDir     string // folder that keeps the DynamoDB tables from one run to the next; default none
	Region       string // default us-east-1
	Rows         int    // rows of the Athena fact table sales.orders, at most MaxRows; default 1,000,000

	Warm bool // make the data set in the background at once, instead of when it is first asked for

	TokenLifetime      time.Duration // SSO access tokens; 0 for 1 h
	CredentialLifetime time.Duration // role credentials; 0 for 1 h
	AutoApprove        bool          // approve every device authorization without a person
	Expired            bool          // write an SSO token cache whose session has expired and cannot be refreshed
	SignedIn           bool          // write an SSO token cache with a valid session

	Log io.Writer // one line per call; nil for silence
}

// MaxRows is the most rows that sales.orders may have.
const MaxRows = 100_000_000

// check refuses options that cannot be meant.
func (o Options) check() error {
	switch {
	case o.Rows < 0 || o.Rows > MaxRows:
		return fmt.Errorf("%d rows for the data set: it has at least 1 and at most %d (0 for the default)", o.Rows, MaxRows)
	case o.TokenLifetime < 0:
		return fmt.Errorf("a token lifetime of %v: it cannot be negative", o.TokenLifetime)
	case o.CredentialLifetime < 0:
		return fmt.Errorf("a credential lifetime of %v: it cannot be negative", o.CredentialLifetime)
	case o.Expired && o.SignedIn:
		return errors.New("a session is either Expired or SignedIn, not both")
	}
	return nil
}

// Ready is what a stranger needs to use a running sandbox. It is the JSON
// object that `fairlead sandbox --json` prints and --ready-file holds.
type Ready struct {
	Endpoint        string            `json:"endpoint"`
	Postgres        string            `json:"postgres"` // host:port
	Home            string            `json:"home"`
	Region          string            `json:"region"`
	AccessKeyID     string            `json:"access_key_id"`
	SecretAccessKey string            `json:"secret_access_key"`
	CAFile          string            `json:"ca_file"`
	Admin           string            `json:"admin"` // base URL of the local switches, without a slash at its end
	Env             map[string]string `json:"env"`
}
