// Command credsgo does what `fairlead credentials export` does, with nothing
// but aws-sdk-go-v2: it loads a profile, gets its credentials and prints them
// as a credential_process would. It is what fairlead is measured beside.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
)

func main() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(os.Args[1]))
	if err != nil {
		fail(err)
	}
	keys, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		fail(err)
	}
	doc := struct {
		Version                             int
		AccessKeyId, SecretAccessKey        string
		SessionToken, Expiration, AccountId string `json:",omitempty"`
	}{1, keys.AccessKeyID, keys.SecretAccessKey, keys.SessionToken, "", keys.AccountID}
	if keys.CanExpire {
		doc.Expiration = keys.Expires.UTC().Format(time.RFC3339)
	}
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", "  ")
	if err := out.Encode(doc); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "credsgo:", err)
	os.Exit(1)
}
