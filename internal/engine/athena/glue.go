package athena

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"

	"github.com/fairleadhq/fairlead/internal/awsnet"
	"github.com/fairleadhq/fairlead/internal/session"
)

const (
	glueAttempts = 4
	glueDelay    = 100 * time.Millisecond // before the first repeat; doubled each time
	mostAnswer   = 64 << 20
)

// glueClient makes the few calls of AWS Glue that browsing needs; the SDK's
// client would cost every start of the program. It may be used by several
// goroutines.
type glueClient struct {
	config aws.Config
	url    string
	signer *v4.Signer
	clock  awsnet.Clock
	down   atomic.Bool // Glue cannot be reached, as in a VPC with an endpoint for Athena alone
}

//lint:ignore ST1005 Glue is a name
var errGlueDown = errors.New("Glue cannot be reached from here")

func newGlue(s *session.Session) *glueClient {
	g := &glueClient{config: s.Config, signer: v4.NewSigner()}
	if s.Endpoint != nil {
		g.url, _ = s.Endpoint("Glue")
	} else if s.Config.BaseEndpoint != nil {
		g.url = *s.Config.BaseEndpoint
	}
	if g.url == "" {
		domain := "amazonaws.com"
		if strings.HasPrefix(s.Region, "cn-") {
			domain += ".cn"
		}
		g.url = "https://glue." + s.Region + "." + domain
	}
	return g
}

// call makes one call, again when that may help: a read changes nothing.
func (g *glueClient) call(ctx context.Context, operation string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	if g.down.Load() {
		return errGlueDown
	}
	renewals, timed := 0, false
	for attempt := 1; ; attempt++ {
		used, late, err := g.once(ctx, operation, body, out)
		if err == nil || ctx.Err() != nil {
			return err
		}
		f := session.Fault(err, "Glue", "")
		var wire net.Error
		if errors.As(err, &wire) && wire.Timeout() {
			g.down.Store(true) // each further call would wait as long
			return err
		}
		if provider, ok := g.config.Credentials.(interface {
			Invalidate(refused aws.Credentials) bool
		}); ok && renewals < awsnet.MostRenewals && strings.HasPrefix(refusalCode(err), "ExpiredToken") && provider.Invalidate(used) {
			renewals++
			continue
		}
		if late && !timed {
			timed = true
			continue
		}
		if attempt == glueAttempts || !passing(f) {
			return err
		}
		t := time.NewTimer(glueDelay << (attempt - 1))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return context.Cause(ctx)
		}
	}
}

// once makes one try. It returns the keys it was signed with, and whether it
// was refused for a time of signing that was too far off.
func (g *glueClient) once(ctx context.Context, operation string, body []byte, out any) (keys aws.Credentials, late bool, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.url, bytes.NewReader(body))
	if err != nil {
		return keys, false, err
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSGlue."+operation)
	if g.config.Credentials != nil {
		if keys, err = g.config.Credentials.Retrieve(ctx); err != nil {
			return keys, false, err
		}
	}
	if keys.HasKeys() {
		sum := sha256.Sum256(body)
		if err := g.signer.SignHTTP(ctx, keys, r, hex.EncodeToString(sum[:]), "glue", g.config.Region, g.clock.Now()); err != nil {
			return keys, false, err
		}
	}
	client := g.config.HTTPClient
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(r)
	if err != nil {
		return keys, false, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, mostAnswer))
	if err != nil {
		return keys, false, err
	}
	if response.StatusCode != http.StatusOK {
		return keys, g.clock.Learn(response), glueRefusal(response, answer)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return keys, false, &smithy.GenericAPIError{Code: "UnknownError", Message: fmt.Sprintf("an answer that is not Glue's: %v", err), Fault: smithy.FaultServer}
	}
	return keys, false, nil
}

// glueRefusal reads an error of the JSON protocol.
func glueRefusal(response *http.Response, answer []byte) error {
	var doc struct {
		Type    string `json:"__type"`
		Message string
	}
	_ = json.Unmarshal(answer, &doc) // what is no JSON has no type either
	code := doc.Type[strings.LastIndex(doc.Type, "#")+1:]
	kind := smithy.FaultClient
	if response.StatusCode >= 500 {
		kind = smithy.FaultServer
	}
	if code == "" {
		code = "UnknownError"
	}
	return &smithy.GenericAPIError{Code: code, Message: doc.Message, Fault: kind}
}

// glueTable is what Glue tells of a table, as far as it is used.
type glueTable struct {
	Name, Description, TableType, Owner string
	CreateTime, UpdateTime              float64 // seconds since 1970
	Parameters                          map[string]string
	PartitionKeys                       []glueColumn
	ViewOriginalText                    string
	StorageDescriptor                   *glueStorage
	TargetTable                         *struct{ CatalogId, DatabaseName, Name string } // of a resource link
}

type glueColumn struct{ Name, Type, Comment string }

type glueStorage struct {
	Columns                             []glueColumn
	Location, InputFormat, OutputFormat string
	SerdeInfo                           *struct {
		SerializationLibrary string
		Parameters           map[string]string
	}
}

// tablesPage asks for up to 100 tables of a database of the account's own
// catalog; attributes, when there are any, are all that is told of each.
func (g *glueClient) tablesPage(ctx context.Context, database, token string, attributes ...string) (list []glueTable, next string, err error) {
	in := map[string]any{"DatabaseName": database, "MaxResults": 100}
	if token != "" {
		in["NextToken"] = token
	}
	if len(attributes) > 0 {
		in["AttributesToGet"] = attributes
	}
	var out struct {
		TableList []glueTable
		NextToken string
	}
	err = g.call(ctx, "GetTables", in, &out)
	return out.TableList, out.NextToken, err
}

func refusalCode(err error) string {
	if f := session.Fault(err, "Glue", ""); f != nil && f.Service != nil {
		return f.Service.Code
	}
	return ""
}
