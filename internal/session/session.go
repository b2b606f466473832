// Package session holds one opened connection to AWS: the aws.Config, and what
// is known of who and where. Open is the only place that builds an aws.Config.
package session

import (
	"crypto/x509"

	"github.com/aws/aws-sdk-go-v2/aws"
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
}
