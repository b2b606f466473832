package app

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/fairleadhq/fairlead/internal/awsfile"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// endpoint is a service that the walk will need.
type endpoint struct {
	title string // "Athena"
	url   string
	// set is where the address was configured, "" for AWS's own.
	set string
}

// endpoints are the services between here and an answer.
func (w *walk) endpoints() []endpoint {
	region := w.session.Region
	one := func(title, id, host string) endpoint {
		if url, origin := w.session.Endpoint(id); url != "" {
			return endpoint{title, url, origin}
		}
		return endpoint{title, "https://" + host + "." + suffix(region), ""}
	}
	var all []endpoint
	if files, err := w.app.files(); err == nil {
		if p, ok := files.Profile(w.session.Profile); ok && (p.Kind() == awsfile.KindSSO || p.Kind() == awsfile.KindSSOLegacy) {
			if state, ok := w.app.sso().ProfileState(context.Background(), files, p); ok && state.Session.Region != "" {
				at := state.Session.Region
				portal := one("the SSO portal", "SSO", "portal.sso."+at)
				oidc := one("SSO sign-in", "SSO OIDC", "oidc."+at)
				all = append(all, oidc, portal)
			}
		}
	}
	all = append(all, one("STS", "STS", "sts."+region))
	if w.target != nil {
		switch w.target.Spec.Kind {
		case "athena":
			all = append(all, one("Athena", "Athena", "athena."+region), one("S3", "S3", "s3."+region))
		case "redshift":
			all = append(all, one("Redshift", "Redshift", "redshift."+region))
		case "dynamodb":
			all = append(all, one("DynamoDB", "DynamoDB", "dynamodb."+region))
		}
	}
	return all
}

// suffix is the domain of a region's partition
// (https://docs.aws.amazon.com/general/latest/gr/rande.html).
func suffix(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "amazonaws.com.cn"
	case strings.HasPrefix(region, "us-iso-"):
		return "c2s.ic.gov"
	case strings.HasPrefix(region, "us-isob-"):
		return "sc2s.sgov.gov"
	}
	return "amazonaws.com"
}

// reachTimeout bounds one look at an endpoint.
const reachTimeout = 5 * time.Second

// network sends one unsigned request to each endpoint. Whatever answers will
// do; what it answers says the time, too.
func (w *walk) network(ctx context.Context) (string, error) {
	seen := map[string]bool{}
	var hosts []string
	for _, e := range w.endpoints() {
		if seen[hostOf(e.url)] {
			continue
		}
		seen[hostOf(e.url)] = true
		if err := w.reach(ctx, e); err != nil {
			return "", err
		}
		hosts = append(hosts, hostOf(e.url))
	}
	if len(hosts) == 1 {
		return hosts[0] + " answers", nil
	}
	return strings.Join(hosts, ", ") + " answer", nil
}

func (w *walk) reach(ctx context.Context, e endpoint) error {
	limited, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(limited, http.MethodGet, e.url, nil)
	if err != nil {
		return fault.Wrapf(err, fault.Config, "The endpoint of %s cannot be used: %s (%s)", e.title, e.url, e.set).
			WithRemedy("correct it, or remove it to use AWS's own")
	}
	sent := time.Now()
	resp, err := w.session.Config.HTTPClient.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		f := fault.Wrapf(err, fault.Unavailable, "%s cannot be reached at %s", e.title, hostOf(e.url))
		if limited.Err() != nil {
			f.Cause = fmt.Errorf("no answer within %s", reachTimeout)
		}
		return f.WithRemedy(networkRemedy(e, err))
	}
	resp.Body.Close()
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil && !w.told {
		// The header has whole seconds, and was written after half of the way.
		w.offset, w.told = date.Sub(sent.Add(time.Since(sent)/2)), true
	}
	return nil
}

func networkRemedy(e endpoint, err error) string {
	text := err.Error()
	switch {
	case e.set != "":
		return "the address comes from " + e.set + ": correct it, or start what should listen there"
	case strings.Contains(text, "no such host"), strings.Contains(text, "server misbehaving"):
		return "check the network, the VPN and the name server; is the region right?"
	case strings.Contains(text, "x509"), strings.Contains(text, "certificate"):
		return "something between answers in AWS's place: name its certificate in AWS_CA_BUNDLE, or go around it"
	case strings.Contains(text, "proxyconnect"):
		return "check the proxy in HTTPS_PROXY"
	}
	return "check the network, the VPN and the proxy (HTTPS_PROXY)"
}

// skewWarns and skewFails are how far the clock may be off: AWS takes five
// minutes, and from one on it is worth a word.
const (
	skewWarns = time.Minute
	skewFails = 5 * time.Minute
)

func (w *walk) clock(context.Context) (string, error) {
	if !w.told {
		return "", nil
	}
	off := w.offset.Round(time.Second)
	behind := "behind"
	if off < 0 {
		off, behind = -off, "ahead"
	}
	switch {
	case off >= skewFails:
		return "", fault.Newf(fault.ClockSkew, "This machine's clock is %s %s AWS's; signatures are refused from %s on", off, behind, skewFails).
			WithRemedy("set the clock by a time server, then try again")
	case off >= skewWarns:
		return "", &warning{fmt.Sprintf("the clock is %s %s AWS's", off, behind), "set the clock by a time server"}
	}
	return "within a minute of AWS's", nil
}
