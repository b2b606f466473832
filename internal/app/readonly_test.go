package app_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/athena"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go"

	"github.com/fairleadhq/fairlead/internal/app"
	"github.com/fairleadhq/fairlead/internal/engine/all"
)

// A read-only connection by an assumed role has credentials that AWS itself
// refuses a write with, should a guard of ours ever let one through.
func TestAReadOnlyRoleCannotWrite(t *testing.T) {
	p := newPatient(t)
	p.add(".fairlead/connections.toml", "[connection.look]\nengine = \"dynamodb\"\nprofile = \"assumed\"\nread_only = true\n"+
		"[connection.both]\nengine = \"dynamodb\"\nprofile = \"assumed\"\n"+
		"[connection.lake]\nengine = \"athena\"\nprofile = \"assumed\"\nread_only = true\n")
	a := app.New(app.Options{Env: func(n string) string { return p.env[n] }, Specs: all.Specs()})
	ctx := context.Background()
	write := func(name string) error {
		t.Helper()
		conn, err := a.Connect(ctx, name, app.Overrides{})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		_, err = dynamodb.NewFromConfig(conn.Session.Config).ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{
			Statement: aws.String(`UPDATE "shop" SET touched = 1 WHERE pk = 'CUSTOMER#1' AND sk = 'PROFILE'`)})
		return err
	}
	var refused smithy.APIError
	if err := write("look"); !errors.As(err, &refused) || refused.ErrorCode() != "AccessDeniedException" {
		t.Errorf("the read-only session wrote: %v", err)
	}
	if err := write("both"); err != nil {
		t.Errorf("the other session could not write: %v", err)
	}
	for _, name := range []string{"look", "lake"} {
		conn, err := a.Connect(ctx, name, app.Overrides{})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if answer, err := conn.Probe(ctx); err != nil || answer == "" {
			t.Errorf("%s cannot read: %v", name, err)
		}
	}
	lake, err := a.Connect(ctx, "lake", app.Overrides{})
	if err != nil {
		t.Fatal(err)
	}
	defer lake.Close()
	if _, err := athena.NewFromConfig(lake.Session.Config).CreateWorkGroup(ctx, &athena.CreateWorkGroupInput{Name: aws.String("mine")}); !errors.As(err, &refused) || !strings.Contains(refused.ErrorCode(), "AccessDenied") {
		t.Errorf("the read-only session made a workgroup: %v", err)
	}
}
