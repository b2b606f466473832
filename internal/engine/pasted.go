package engine

import (
	"net/url"
	"strings"
)

// These read the common forms of what a person may paste, for Spec.Parse.

// RegionLike reports text of the form of AWS's region names: eu-west-1,
// us-gov-east-1.
func RegionLike(s string) bool {
	parts := strings.Split(s, "-")
	last := parts[len(parts)-1]
	if len(parts) < 3 || len(parts[0]) != 2 || len(last) != 1 || last[0] < '0' || last[0] > '9' {
		return false
	}
	words := strings.Join(parts[:len(parts)-1], "")
	return strings.Trim(words, "abcdefghijklmnopqrstuvwxyz") == ""
}

// ParseARN reads the ARN of something in a region.
func ParseARN(text string) (service, region, resource string, ok bool) {
	parts := strings.SplitN(strings.TrimSpace(text), ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || !RegionLike(parts[3]) || parts[5] == "" {
		return "", "", "", false
	}
	return parts[2], parts[3], parts[5], true
}

// ParseConsole reads the address of a page of the AWS console: the service is
// the first part of its path.
func ParseConsole(text string) (service, region string, ok bool) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Scheme != "https" || !strings.Contains(u.Host, "console.aws.amazon.com") && !strings.Contains(u.Host, "console.amazonaws") {
		return "", "", false
	}
	service, _, _ = strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	region = u.Query().Get("region")
	if first, _, _ := strings.Cut(u.Host, "."); region == "" && RegionLike(first) {
		region = first
	}
	return service, region, service != "" && (region == "" || RegionLike(region))
}

// ParseServiceHost reads the endpoint of a service, SERVICE.REGION.amazonaws.com,
// with or without a scheme.
func ParseServiceHost(text string) (service, region string, ok bool) {
	host := strings.TrimPrefix(strings.TrimSuffix(strings.TrimSpace(text), "/"), "https://")
	host, _, _ = strings.Cut(host, ":")
	labels := strings.Split(host, ".")
	if len(labels) < 4 || !RegionLike(labels[1]) || labels[2] != "amazonaws" && labels[2] != "api" {
		return "", "", false
	}
	return labels[0], labels[1], true
}
