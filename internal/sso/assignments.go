package sso

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssso "github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/sso/types"

	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/fault"
)

const (
	// portalPage is the portal's largest page.
	portalPage = 100
	// portalAtOnce and portalPatience keep below the portal's request rate: a
	// few calls at a time, and one that is told to slow down waits and repeats.
	portalAtOnce   = 4
	portalPatience = 10
)

// Account is an account that the person may use, with the roles there.
type Account struct {
	ID, Name, Email string
	Roles           []string
}

// LoginSession brings up a session that need not be in the config file yet:
// a valid token is used as it is, unless force is set. The AWS CLI reads the
// file, so it cannot do this log in.
func (m *Manager) LoginSession(ctx context.Context, s Session, o LoginOptions, force bool) error {
	if !force {
		if t, err := m.token(ctx, s, false); err == nil {
			if _, err = m.accountsPage(ctx, s, t, nil, 1); awsnet.Status(err) != http.StatusUnauthorized {
				return nil
			}
		}
	}
	return m.loginTo(ctx, s, o)
}

// FindRegion searches the region of a start URL; "" when it is not found.
func (m *Manager) FindRegion(ctx context.Context, s Session) string {
	if s.Region == "" {
		s.Region = "us-east-1"
	}
	if m.ownEndpoint(s) {
		return ""
	}
	if knows, _ := m.knows(ctx, s); knows {
		return s.Region
	}
	region, _ := m.searchRegion(ctx, s)
	return region
}

// StartURL is a start URL as people give it, in the form for the config file:
// a bare name is that of awsapps.com, and what the portal's page adds behind
// the path is dropped.
func StartURL(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text != "" && !strings.ContainsAny(text, "/:.") {
		text = "https://" + text + ".awsapps.com/start"
	}
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || strings.ContainsAny(text, " \t\r\n") {
		return "", fault.Newf(fault.Usage, "%q is no start URL", text).WithRemedy("it looks like https://my-company.awsapps.com/start")
	}
	u.Fragment = ""
	return strings.TrimRight(strings.TrimSuffix(u.String(), "#"), "/"), nil
}

// Assignments lists the accounts and roles that the session may use, by name.
func (m *Manager) Assignments(ctx context.Context, s Session) ([]Account, error) {
	t, err := m.token(ctx, s, false)
	if err != nil {
		return nil, err
	}
	var accounts []Account
	for next := (*string)(nil); ; {
		page, err := m.accountsPage(ctx, s, t, next, portalPage)
		if err != nil {
			return nil, awsnet.Fault(err, oidc, "list your accounts")
		}
		for _, a := range page.AccountList {
			accounts = append(accounts, Account{ID: aws.ToString(a.AccountId), Name: aws.ToString(a.AccountName), Email: aws.ToString(a.EmailAddress)})
		}
		if next = page.NextToken; aws.ToString(next) == "" {
			break
		}
	}
	if err := m.addRoles(ctx, s, t, accounts); err != nil {
		return nil, awsnet.Fault(err, oidc, "list your roles")
	}
	slices.SortFunc(accounts, func(a, b Account) int {
		return strings.Compare(strings.ToLower(a.Name)+"\x00"+a.ID, strings.ToLower(b.Name)+"\x00"+b.ID)
	})
	return accounts, nil
}

func patient(o *awssso.Options) { o.RetryMaxAttempts = portalPatience }

func (m *Manager) accountsPage(ctx context.Context, s Session, t token, next *string, size int32) (*awssso.ListAccountsOutput, error) {
	return m.portal(s).ListAccounts(ctx, &awssso.ListAccountsInput{
		AccessToken: aws.String(t.access.Reveal()), MaxResults: &size, NextToken: next}, patient)
}

// addRoles fills in the roles, a few accounts at a time.
func (m *Manager) addRoles(ctx context.Context, s Session, t token, accounts []Account) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan int, len(accounts))
	for i := range accounts {
		next <- i
	}
	close(next)
	var workers sync.WaitGroup
	for range min(portalAtOnce, len(accounts)) {
		workers.Go(func() {
			for i := range next {
				roles, err := m.roles(ctx, s, t, accounts[i].ID)
				if err != nil {
					cancel(err)
					return
				}
				accounts[i].Roles = roles
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

func (m *Manager) roles(ctx context.Context, s Session, t token, account string) ([]string, error) {
	var names []string
	for next := (*string)(nil); ; {
		page, err := m.portal(s).ListAccountRoles(ctx, &awssso.ListAccountRolesInput{
			AccessToken: aws.String(t.access.Reveal()), AccountId: &account, MaxResults: aws.Int32(portalPage), NextToken: next}, patient)
		var gone *types.ResourceNotFoundException
		if errors.As(err, &gone) { // taken away between the two calls
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		for _, r := range page.RoleList {
			names = append(names, aws.ToString(r.RoleName))
		}
		if next = page.NextToken; aws.ToString(next) == "" {
			slices.Sort(names)
			return names, nil
		}
	}
}
