package awsnet

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/fairleadhq/fairlead/internal/awsfile"
)

// Network hands out the settings and the HTTP client of each profile. Profiles
// that trust the same bundle share one client and its connections.
type Network struct {
	env   func(string) string
	files func() (*awsfile.Files, error)
	fixed aws.HTTPClient

	mu      sync.Mutex
	clients map[string]*Client
}

// NewNetwork makes a network. files is called when settings are first wanted;
// fixed, when not nil, is used for every call instead of a client of our own.
func NewNetwork(env func(string) string, files func() (*awsfile.Files, error), fixed aws.HTTPClient) *Network {
	return &Network{env: env, files: files, fixed: fixed, clients: map[string]*Client{}}
}

// Settings returns the settings of a profile, "" for none. Files that cannot
// be read count as absent: whoever resolved the profile has reported them.
func (n *Network) Settings(profile string) *Settings {
	files, err := n.files()
	if err != nil {
		files = nil
	}
	return &Settings{Env: n.env, Files: files, Profile: profile}
}

// Client returns the client that the settings ask for.
func (n *Network) Client(s *Settings) *Client {
	path, _ := s.Bundle()
	n.mu.Lock()
	defer n.mu.Unlock()
	c, ok := n.clients[path]
	if !ok {
		c = NewClient(s)
		n.clients[path] = c
	}
	return c
}

// Config returns the aws.Config, without credentials, for calls that concern
// the profile.
func (n *Network) Config(profile, region string) aws.Config {
	s := n.Settings(profile)
	if n.fixed != nil {
		return s.Config(n.fixed, region)
	}
	return s.Config(n.Client(s), region)
}
