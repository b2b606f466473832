package creds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/sso"
)

const (
	containerHost    = "http://169.254.170.2"
	instanceEndpoint = "http://169.254.169.254"
	instanceRoles    = "/latest/meta-data/iam/security-credentials/"
	// The service is on the same machine: what does not answer soon is not there.
	metadataTimeout = 2 * time.Second
	maxMetadata     = 64 << 10
)

// container takes the credentials that the environment of a container offers.
// nil means that it offers none.
func (b *builder) container() (*Cache, error) {
	env := b.r.env
	origin := "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
	address := env(origin)
	if address != "" {
		address = containerHost + address
	} else {
		origin = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
		if address = env(origin); address == "" {
			return nil, nil
		}
		if err := trustedContainerHost(address); err != nil {
			return nil, failed(b.chain.Name, fmt.Errorf("%s: %w", origin, err)).WithRemedyf("correct %s, or unset it", origin)
		}
	}
	b.hop(Hop{Kind: HopContainer, Detail: address, Origin: origin}, "")
	return newCache(b.chain.Name, &metadataLink{b.r, b.chain.Name, func(ctx context.Context, get getter) ([]byte, error) {
		token := env("AWS_CONTAINER_AUTHORIZATION_TOKEN")
		if file := env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); file != "" {
			data, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			token = string(data)
		}
		header := http.Header{}
		if token = strings.TrimSpace(token); token != "" {
			header.Set("Authorization", token)
		}
		return get(ctx, http.MethodGet, address, header)
	}}), nil
}

// trustedContainerHost refuses to send the token anywhere but to this machine
// or the container agent, as the CLI does.
func trustedContainerHost(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("%q is no address", address)
	}
	host := u.Hostname()
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return nil
	}
	if slices.Contains([]string{"169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost"}, host) {
		return nil
	}
	return fmt.Errorf("host %q is neither this machine nor the container agent", host)
}

// instance takes the credentials of the EC2 instance's role (IMDSv2). It is
// used only where a profile says credential_source = Ec2InstanceMetadata.
func (b *builder) instance(origin string) (*Cache, error) {
	env := b.r.env
	if strings.EqualFold(env("AWS_EC2_METADATA_DISABLED"), "true") {
		return nil, failed(b.chain.Name, fmt.Errorf("%s: Ec2InstanceMetadata is chosen, but AWS_EC2_METADATA_DISABLED is true", origin)).
			WithRemedy("unset AWS_EC2_METADATA_DISABLED, or use source_profile instead")
	}
	endpoint := strings.TrimSuffix(env("AWS_EC2_METADATA_SERVICE_ENDPOINT"), "/")
	if endpoint == "" {
		endpoint = instanceEndpoint
	}
	b.hop(Hop{Kind: HopInstance, Detail: endpoint, Origin: origin}, "")
	return newCache(b.chain.Name, &metadataLink{b.r, b.chain.Name, func(ctx context.Context, get getter) ([]byte, error) {
		token, err := get(ctx, http.MethodPut, endpoint+"/latest/api/token", http.Header{"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": {"21600"}})
		if err != nil {
			return nil, err
		}
		header := http.Header{"X-Aws-Ec2-Metadata-Token": {strings.TrimSpace(string(token))}}
		roles, err := get(ctx, http.MethodGet, endpoint+instanceRoles, header)
		if err != nil {
			return nil, err
		}
		role, _, _ := strings.Cut(strings.TrimSpace(string(roles)), "\n")
		if role == "" {
			return nil, errors.New("the instance has no role")
		}
		return get(ctx, http.MethodGet, endpoint+instanceRoles+url.PathEscape(role), header)
	}}), nil
}

// getter makes one request to a metadata service and returns its body.
type getter func(ctx context.Context, method, address string, header http.Header) ([]byte, error)

// metadataLink are credentials that a service on the same machine gives.
type metadataLink struct {
	r    *Resolver
	name string
	ask  func(context.Context, getter) ([]byte, error)
}

func (l *metadataLink) renews() bool { return true }

func (l *metadataLink) fetch(ctx context.Context, _ bool) (aws.Credentials, error) {
	data, err := l.ask(ctx, l.get)
	if ctx.Err() != nil {
		return aws.Credentials{}, ctx.Err()
	}
	remedy := "check that the program runs where these credentials are offered"
	if err != nil {
		return aws.Credentials{}, failed(l.name, fmt.Errorf("metadata service: %w", err)).WithRemedy(remedy)
	}
	var answer struct {
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		Token           string
		Expiration      string
		AccountID       string `json:"AccountId"`
	}
	if json.Unmarshal(data, &answer) != nil || answer.AccessKeyID == "" || answer.SecretAccessKey == "" {
		return aws.Credentials{}, failed(l.name, errors.New("metadata service: it answered without credentials")).WithRemedy(remedy)
	}
	got := aws.Credentials{AccessKeyID: answer.AccessKeyID, SecretAccessKey: answer.SecretAccessKey, SessionToken: answer.Token,
		AccountID: answer.AccountID, Source: "fairlead metadata"}
	if expires, err := sso.ParseTime(answer.Expiration); err == nil {
		got.CanExpire, got.Expires = true, expires
	}
	return got, nil
}

func (l *metadataLink) get(ctx context.Context, method, address string, header http.Header) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, metadataTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header = header
	resp, err := l.r.network.Config("", "").HTTPClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", req.URL.Host, resp.Status)
	}
	return io.ReadAll(io.LimitReader(resp.Body, maxMetadata))
}
