package sso

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc/types"
	"github.com/aws/smithy-go"

	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/fault"
)

// The bounds of the search for the right region: two unsigned calls a region.
const (
	regionLimit    = 16
	regionAtOnce   = 4
	regionPatience = 6 * time.Second
)

// wrongPlace is the fault for a start URL that the region does not know. It
// names the region that does, when a short search finds it.
func (m *Manager) wrongPlace(ctx context.Context, s Session, err error) *fault.Error {
	f := fault.Newf(fault.SSOWrongRegion, "IAM Identity Center in %s does not know the start URL %s of profile %q", s.Region, s.StartURL, s.label()).
		WithService(awsnet.ServiceWords(err, oidc))
	if s.Origin.File != "" {
		f.Remedy = fmt.Sprintf("correct sso_region or sso_start_url (%s:%d)", s.Origin.File, s.Origin.Line)
	} else {
		f.Remedy = "correct the region or the start URL"
	}
	var elsewhere *types.InvalidRequestRegionException
	if errors.As(err, &elsewhere) && aws.ToString(elsewhere.Region) != "" {
		return named(f, s, aws.ToString(elsewhere.Region))
	}
	if m.ownEndpoint(s) { // every region is the same place there
		return f
	}
	region, asked := m.searchRegion(ctx, s)
	switch {
	case region != "":
		return named(f, s, region)
	case asked > 0:
		f.Cause = fmt.Errorf("%d other regions were asked and do not know it either", asked)
		f.Remedy += "; the access portal shows both under \"Access keys\""
	}
	return f
}

func named(f *fault.Error, s Session, region string) *fault.Error {
	f.Cause = fmt.Errorf("it belongs to %s", region)
	if s.Origin.File == "" {
		return f.WithRemedyf("give the region %s", region)
	}
	return f.WithRemedyf("set sso_region = %s (%s:%d)", region, s.Origin.File, s.Origin.Line)
}

// searchRegion asks other regions, a few at a time and the likely ones first,
// which of them knows the start URL.
func (m *Manager) searchRegion(ctx context.Context, s Session) (found string, asked int) {
	ctx, cancel := context.WithTimeout(ctx, regionPatience)
	defer cancel()
	regions := m.otherRegions(s)
	next := make(chan string, len(regions))
	for _, r := range regions {
		next <- r
	}
	close(next)
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range min(regionAtOnce, len(regions)) {
		workers.Go(func() {
			for region := range next {
				there := s
				there.Region = region
				knows, answered := m.knows(ctx, there)
				mu.Lock()
				if answered {
					asked++
				}
				if knows && found == "" {
					found = region
					cancel()
				}
				mu.Unlock()
				if ctx.Err() != nil {
					return
				}
			}
		})
	}
	workers.Wait()
	return found, asked
}

// knows asks one region whether it begins a log in for the start URL.
func (m *Manager) knows(ctx context.Context, s Session) (knows, answered bool) {
	err := m.tryPlace(ctx, s)
	return err == nil, err == nil || code(err) != ""
}

// tryPlace begins a log in at the session's region and keeps nothing of it.
func (m *Manager) tryPlace(ctx context.Context, s Session) error {
	once := func(o *ssooidc.Options) { o.RetryMaxAttempts = 1 }
	client := m.oidc(s)
	r, err := client.RegisterClient(ctx, &ssooidc.RegisterClientInput{
		ClientName: aws.String("fairlead-region"), ClientType: aws.String("public"), Scopes: s.scopes()}, once)
	if err != nil {
		return err
	}
	_, err = client.StartDeviceAuthorization(ctx, &ssooidc.StartDeviceAuthorizationInput{
		ClientId: r.ClientId, ClientSecret: r.ClientSecret, StartUrl: &s.StartURL}, once)
	return err
}

// misplaced is wrongPlace for the ways to log in where the mistake shows only
// on a page in the browser or in another program's words; nil when the region
// knows the start URL or does not say. It outlives ctx, whose time may be over.
func (m *Manager) misplaced(ctx context.Context, s Session) *fault.Error {
	if m.ownEndpoint(s) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), regionPatience)
	defer cancel()
	if err := m.tryPlace(ctx, s); isWrongPlace(err) {
		return m.wrongPlace(ctx, s, err)
	}
	return nil
}

// isWrongPlace reports whether the service says that the start URL is not its
// own. A trade for a token is answered alike when its code was used up, as by an
// answer that was lost on its way: that says nothing of the place.
func isWrongPlace(err error) bool {
	switch code(err) {
	case "InvalidRequestRegionException":
		return true
	case "InvalidGrantException", "InvalidRequestException":
		var call *smithy.OperationError
		return !errors.As(err, &call) || call.OperationName != "CreateToken"
	}
	return false
}

// otherRegions lists where to look: what the person's own files name, then the
// regions of the partition, the most used first.
func (m *Manager) otherRegions(s Session) []string {
	var regions []string
	seen := map[string]bool{s.Region: true, "": true}
	add := func(names ...string) {
		for _, name := range names {
			if !seen[name] && len(regions) < regionLimit && partitionOf(name) == partitionOf(s.Region) {
				seen[name] = true
				regions = append(regions, name)
			}
		}
	}
	if files, err := m.files(); err == nil {
		for _, section := range files.Sessions() {
			v, _ := section.Get("sso_region")
			add(v.Text)
		}
		for _, p := range files.Profiles() {
			add(p.Text("sso_region"), p.Text("region"))
		}
	}
	add("us-east-1", "eu-west-1", "us-west-2", "eu-central-1", "us-east-2", "ap-southeast-2", "ap-northeast-1", "ap-southeast-1",
		"eu-west-2", "ca-central-1", "eu-north-1", "ap-south-1", "eu-west-3", "sa-east-1", "ap-northeast-2", "us-west-1", "eu-south-1",
		"us-gov-west-1", "us-gov-east-1", "cn-north-1", "cn-northwest-1")
	return regions
}

// partitionOf tells apart what never shares an Identity Center.
func partitionOf(region string) string {
	for _, p := range []string{"us-gov-", "cn-", "us-iso", "eu-isoe-"} {
		if strings.HasPrefix(region, p) {
			return p
		}
	}
	return ""
}
