package awsnet

import (
	"net/url"
	"strings"

	"github.com/fairleadhq/fairlead/internal/fault"
)

// CheckRegion refuses text that cannot be a region, since it becomes part of a
// host name. origin says where it was given. The fault has the code config. A
// region that Fairlead has never heard of is let through: AWS opens new ones.
func CheckRegion(region, origin string) error {
	if hostLabel(region) {
		return nil
	}
	from := ""
	if origin != "" {
		from = " (from " + origin + ")"
	}
	return fault.Newf(fault.Config, "%q%s is no AWS region", region, from).
		WithRemedy("a region is written like us-east-1")
}

// hostLabel reports whether text is one part of a host name in lower case (RFC
// 1123, section 2.1).
func hostLabel(text string) bool {
	return text != "" && len(text) <= 63 && text[0] != '-' && text[len(text)-1] != '-' &&
		strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// CheckUse refuses a region and endpoints that no call can be made with. The
// faults have the code config and name what is to be corrected.
func (s *Settings) CheckUse(region, origin string) error {
	if err := CheckRegion(region, origin); err != nil {
		return err
	}
	for _, id := range []string{"", "STS", "SSO", "SSO OIDC", "Athena", "DynamoDB", "Redshift", "Redshift Serverless"} {
		text, origin := s.Endpoint(id)
		if text == "" {
			continue
		}
		if u, err := url.Parse(text); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return fault.Newf(fault.Config, "The endpoint %q (from %s) is no web address", text, origin).
				WithRemedyf("correct %s: it begins with https:// or http:// and a host; or remove it", origin)
		}
	}
	return nil
}
