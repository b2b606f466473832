// Package sandbox is a strict local stand-in for the AWS services that fairlead
// uses. It speaks their wire on loopback, checks every signature, expiry and
// permission, and shares no code with the client so that neither can hide the
// other's mistakes. It is the demo, the embedded default and what the tests
// run against.
package sandbox

import (
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
	Region       string // default us-east-1
	Rows         int    // rows of the Athena fact table sales.orders; default 1,000,000

	Warm bool // make the data set in the background at once, instead of when it is first asked for

	TokenLifetime      time.Duration // SSO access tokens; default 1 h
	CredentialLifetime time.Duration // role credentials; default 1 h
	AutoApprove        bool          // approve every device authorization without a person
	Expired            bool          // write an SSO token cache whose session has expired and cannot be refreshed
	SignedIn           bool          // write an SSO token cache with a valid session

	Log io.Writer // one line per call; nil for silence
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
	Admin           string            `json:"admin"` // base URL of the local switches
	Env             map[string]string `json:"env"`
}
