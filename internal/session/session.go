// Package session opens a connection to AWS: it holds the aws.Config, and what
// is known of who and where. Open is the only place that builds an aws.Config
// with credentials. The package knows no engine and no saved connection.
//
//	opener := session.NewOpener(session.Options{Env: os.Getenv})
//	s, err := opener.Open(ctx, session.Request{Name: "sales", Source: creds.Source{Profile: "dev", Explicit: true}})
//	if err != nil { return err }
//	client := athena.NewFromConfig(s.Config)
package session

import (
	"crypto/x509"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/creds"
)

// Session is an opened connection. Engines make their service clients from
// Config and nothing else.
type Session struct {
	// Config carries the credentials provider, the region, the HTTP client and
	// the endpoint rules (AWS_ENDPOINT_URL and its kin).
	Config aws.Config
	// Name is the connection's name, or its address when it was not saved.
	Name string
	// Profile is the AWS profile or auth profile, for messages.
	Profile string
	// Region is Config.Region; RegionOrigin says where it came from, e.g.
	// "AWS_REGION" or "~/.aws/config:12".
	Region, RegionOrigin string
	// RootCAs returns the certificates to trust for a connection that is not
	// HTTP (the Redshift wire): AWS_CA_BUNDLE when set, else nil for the
	// system's. Loaded when called.
	RootCAs func() (*x509.CertPool, error)
	// Chain is how the credentials were resolved.
	Chain *creds.Chain
	// Endpoint returns the endpoint configured for a service by its SDK id
	// ("S3"), and where it was configured; "" for the service's own.
	Endpoint func(serviceID string) (url, origin string)
}
