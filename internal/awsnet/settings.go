// Package awsnet is how every AWS client of ours reaches the network: endpoint
// rules, FIPS and dual-stack, trust store, proxies, timeouts, and what an
// error of any service means. It knows no service and no credentials.
//
//	s := &awsnet.Settings{Env: os.Getenv, Files: files, Profile: "dev"}
//	cfg := s.Config(awsnet.NewClient(s), "eu-west-1")
package awsnet

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/awsfile"
)

// Settings are the network settings of one profile. Service clients find their
// endpoint through it: it is meant to be put into aws.Config.ConfigSources.
type Settings struct {
	Env     func(string) string // nil for os.Getenv
	Files   *awsfile.Files      // nil when there are none
	Profile string              // "" when no profile is concerned
}

func (s *Settings) env(name string) string {
	if s.Env == nil {
		return os.Getenv(name)
	}
	return s.Env(name)
}

func (s *Settings) profile() *awsfile.Profile {
	if s.Files == nil || s.Profile == "" {
		return nil
	}
	p, _ := s.Files.Profile(s.Profile)
	return p
}

// lookup returns the variable's value, else the profile's, and where it stands.
func (s *Settings) lookup(variable, key string) (text, origin string) {
	if text = s.env(variable); text != "" {
		return text, variable
	}
	if p := s.profile(); p != nil {
		if v, ok := p.Get(key); ok && v.Text != "" {
			return v.Text, fmt.Sprintf("%s:%d", v.File, v.Line)
		}
	}
	return "", ""
}

// on reports whether a switch is set to true, in any case, as the CLI reads it.
func (s *Settings) on(variable, key string) bool {
	text, _ := s.lookup(variable, key)
	return strings.EqualFold(text, "true")
}

// Endpoint returns the endpoint configured for the service and where it was
// configured, or "" when the service's own is to be used. id is the SDK's
// service id, such as "SSO OIDC". The order is the CLI's:
// AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile's services
// section, the profile's endpoint_url.
func (s *Settings) Endpoint(id string) (url, origin string) {
	if s.on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls") {
		return "", ""
	}
	name := strings.ReplaceAll(id, " ", "_")
	for _, variable := range []string{"AWS_ENDPOINT_URL_" + strings.ToUpper(name), "AWS_ENDPOINT_URL"} {
		if url = s.env(variable); url != "" {
			return url, variable
		}
	}
	p := s.profile()
	if p == nil {
		return "", ""
	}
	if v, ok := p.Get("services"); ok {
		section, _ := s.Files.Services(v.Text)
		if v, ok := section.Nested(strings.ToLower(name), "endpoint_url"); ok && v.Text != "" {
			return v.Text, fmt.Sprintf("%s:%d", v.File, v.Line)
		}
	}
	if v, ok := p.Get("endpoint_url"); ok && v.Text != "" {
		return v.Text, fmt.Sprintf("%s:%d", v.File, v.Line)
	}
	return "", ""
}

// Check reports a setting that cannot be used: a services section that does
// not exist.
func (s *Settings) Check() error {
	p := s.profile()
	if p == nil {
		return nil
	}
	if v, ok := p.Get("services"); ok {
		if _, found := s.Files.Services(v.Text); !found {
			return fmt.Errorf("%s:%d: there is no section [services %s]", v.File, v.Line, v.Text)
		}
	}
	return nil
}

// Bundle returns the path of the certificate bundle that replaces the system's
// trust store, and where it was configured; "" for the system's.
func (s *Settings) Bundle() (path, origin string) {
	path, origin = s.lookup("AWS_CA_BUNDLE", "ca_bundle")
	if path != "" {
		path = awsfile.ExpandPath(s.env, path)
	}
	return path, origin
}

// Config returns an aws.Config without credentials. Clients made from it use
// the SDK's standard retryer, three attempts unless configured otherwise.
func (s *Settings) Config(client aws.HTTPClient, region string) aws.Config {
	cfg := aws.Config{Region: region, HTTPClient: client, ConfigSources: []any{s}, RetryMode: aws.RetryModeStandard}
	// With AWS_ENDPOINT_URL in the process's environment a service client looks
	// at BaseEndpoint and asks no source.
	if url, origin := s.Endpoint(""); origin == "AWS_ENDPOINT_URL" {
		cfg.BaseEndpoint = &url
	}
	if text, _ := s.lookup("AWS_MAX_ATTEMPTS", "max_attempts"); text != "" {
		if n, err := strconv.Atoi(text); err == nil && n > 0 {
			cfg.RetryMaxAttempts = n
		}
	}
	if text, _ := s.lookup("AWS_RETRY_MODE", "retry_mode"); strings.EqualFold(text, "adaptive") {
		cfg.RetryMode = aws.RetryModeAdaptive
	}
	cfg.AppID, _ = s.lookup("AWS_SDK_UA_APP_ID", "sdk_ua_app_id")
	return cfg
}

// GetServiceBaseEndpoint is asked by service clients for their endpoint.
func (s *Settings) GetServiceBaseEndpoint(_ context.Context, id string) (string, bool, error) {
	url, _ := s.Endpoint(id)
	return url, url != "", nil
}

// GetIgnoreConfiguredEndpoints is asked by service clients first.
func (s *Settings) GetIgnoreConfiguredEndpoints(context.Context) (bool, bool, error) {
	ignore := s.on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls")
	return ignore, ignore, nil
}

// GetUseFIPSEndpoint is asked by service clients.
func (s *Settings) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	if s.on("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint") {
		return aws.FIPSEndpointStateEnabled, true, nil
	}
	return aws.FIPSEndpointStateUnset, false, nil
}

// GetUseDualStackEndpoint is asked by service clients.
func (s *Settings) GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error) {
	if s.on("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint") {
		return aws.DualStackEndpointStateEnabled, true, nil
	}
	return aws.DualStackEndpointStateUnset, false, nil
}
