package redshift_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	provisionedsdk "github.com/aws/aws-sdk-go-v2/service/redshift"
	provisionedtypes "github.com/aws/aws-sdk-go-v2/service/redshift/types"
	serverlesssdk "github.com/aws/aws-sdk-go-v2/service/redshiftserverless"
	serverlesstypes "github.com/aws/aws-sdk-go-v2/service/redshiftserverless/types"
	"github.com/aws/smithy-go"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestServerlessCredentialsOpenTheWarehouse(t *testing.T) {
	s := start(t)
	for _, mode := range []pgx.QueryExecMode{pgx.QueryExecModeCacheStatement, pgx.QueryExecModeExec, pgx.QueryExecModeSimpleProtocol} {
		var one int
		if err := s.login(mode).QueryRow(t.Context(), "select 1 as one").Scan(&one); err != nil || one != 1 {
			t.Errorf("%v: %d, %v", mode, one, err)
		}
	}
}

func TestServerlessCallsHaveTheShapesOfTheService(t *testing.T) {
	s := start(t)
	ctx, client := t.Context(), s.serverless()
	got, err := client.GetCredentials(ctx, &serverlesssdk.GetCredentialsInput{WorkgroupName: aws.String("analytics"), DurationSeconds: aws.Int32(1800)})
	if err != nil {
		t.Fatal(err)
	}
	want := time.Date(2026, 11, 23, 13, 0, 15, 0, time.UTC)
	if *got.DbUser != "IAMR:Analyst" || !got.Expiration.Equal(want) || got.NextRefreshTime == nil || len(*got.DbPassword) < 20 {
		t.Errorf("GetCredentials: %s until %v, refresh %v", *got.DbUser, got.Expiration, got.NextRefreshTime)
	}
	w, err := client.GetWorkgroup(ctx, &serverlesssdk.GetWorkgroupInput{WorkgroupName: aws.String("analytics")})
	if err != nil {
		t.Fatal(err)
	}
	if e := w.Workgroup.Endpoint; *e.Address != "127.0.0.1" || int(*e.Port) != s.wire.Port || w.Workgroup.Status != serverlesstypes.WorkgroupStatusAvailable || w.Workgroup.CreationDate == nil {
		t.Errorf("GetWorkgroup: %+v", w.Workgroup)
	}
	all, err := client.ListWorkgroups(ctx, &serverlesssdk.ListWorkgroupsInput{})
	if err != nil || len(all.Workgroups) != 1 {
		t.Errorf("ListWorkgroups: %v, %v", all, err)
	}
	n, err := client.GetNamespace(ctx, &serverlesssdk.GetNamespaceInput{NamespaceName: aws.String("analytics")})
	if err != nil || *n.Namespace.DbName != "dev" {
		t.Errorf("GetNamespace: %+v, %v", n, err)
	}
	if ns, err := client.ListNamespaces(ctx, &serverlesssdk.ListNamespacesInput{}); err != nil || len(ns.Namespaces) != 1 {
		t.Errorf("ListNamespaces: %v, %v", ns, err)
	}

	var missing *serverlesstypes.ResourceNotFoundException
	if _, err := client.GetCredentials(ctx, &serverlesssdk.GetCredentialsInput{WorkgroupName: aws.String("nope")}); !errors.As(err, &missing) {
		t.Errorf("unknown workgroup: %v", err)
	}
	var invalid *serverlesstypes.ValidationException
	if _, err := client.GetCredentials(ctx, &serverlesssdk.GetCredentialsInput{WorkgroupName: aws.String("analytics"), DurationSeconds: aws.Int32(60)}); !errors.As(err, &invalid) {
		t.Errorf("short duration: %v", err)
	}
	if _, err := client.GetCredentials(ctx, &serverlesssdk.GetCredentialsInput{}); !errors.As(err, &invalid) {
		t.Errorf("no workgroup: %v", err)
	}
}

func TestProvisionedCallsHaveTheShapesOfTheService(t *testing.T) {
	s := start(t)
	ctx, client := t.Context(), s.provisioned()
	got, err := client.GetClusterCredentials(ctx, &provisionedsdk.GetClusterCredentialsInput{ClusterIdentifier: aws.String("warehouse-1"), DbUser: aws.String("analyst")})
	if err != nil {
		t.Fatal(err)
	}
	if *got.DbUser != "IAM:analyst" || !got.Expiration.Equal(time.Date(2026, 11, 23, 12, 45, 15, 0, time.UTC)) {
		t.Errorf("GetClusterCredentials: %s until %v", *got.DbUser, got.Expiration)
	}
	s.caller = user
	iam, err := client.GetClusterCredentialsWithIAM(ctx, &provisionedsdk.GetClusterCredentialsWithIAMInput{ClusterIdentifier: aws.String("warehouse-1"), DbName: aws.String("dev")})
	if err != nil || *iam.DbUser != "IAM:bob" || iam.NextRefreshTime == nil {
		t.Errorf("GetClusterCredentialsWithIAM: %+v, %v", iam, err)
	}
	all, err := client.DescribeClusters(ctx, &provisionedsdk.DescribeClustersInput{})
	if err != nil || len(all.Clusters) != 1 {
		t.Fatalf("DescribeClusters: %v, %v", all, err)
	}
	if c := all.Clusters[0]; *c.ClusterIdentifier != "warehouse-1" || *c.DBName != "dev" || int(*c.Endpoint.Port) != s.wire.Port || c.ClusterCreateTime == nil {
		t.Errorf("DescribeClusters: %+v", c)
	}
	var missing *provisionedtypes.ClusterNotFoundFault
	if _, err := client.GetClusterCredentials(ctx, &provisionedsdk.GetClusterCredentialsInput{ClusterIdentifier: aws.String("nope"), DbUser: aws.String("a")}); !errors.As(err, &missing) {
		t.Errorf("unknown cluster: %v", err)
	}
	var refused smithy.APIError
	if _, err := client.GetClusterCredentials(ctx, &provisionedsdk.GetClusterCredentialsInput{ClusterIdentifier: aws.String("warehouse-1"), DbUser: aws.String("IAM:x")}); !errors.As(err, &refused) || refused.ErrorCode() != "InvalidParameterValue" {
		t.Errorf("user with a colon: %v", err)
	}
	if _, err := client.GetClusterCredentialsWithIAM(ctx, &provisionedsdk.GetClusterCredentialsWithIAMInput{ClusterIdentifier: aws.String("warehouse-1"), DurationSeconds: aws.Int32(7200)}); !errors.As(err, &refused) || refused.ErrorCode() != "ValidationError" {
		t.Errorf("long duration: %v", err)
	}
}

// connect logs in and returns the refusal, or nil when admitted.
func connect(ctx context.Context, c *pgx.ConnConfig) (*pgconn.PgError, error) {
	conn, err := pgx.ConnectConfig(ctx, c)
	if err == nil {
		return nil, conn.Close(ctx)
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		return refused, nil
	}
	return nil, err
}

func TestLogInIsRefusedInTheServicesWords(t *testing.T) {
	s := start(t)
	s.needsEngine()
	mint := func(in *provisionedsdk.GetClusterCredentialsInput) (string, string) {
		t.Helper()
		in.ClusterIdentifier = aws.String("warehouse-1")
		got, err := s.provisioned().GetClusterCredentials(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		return *got.DbUser, *got.DbPassword
	}
	name, password := mint(&provisionedsdk.GetClusterCredentialsInput{DbUser: aws.String("analyst")})
	ghost, ghostPassword := mint(&provisionedsdk.GetClusterCredentialsInput{DbUser: aws.String("ghost")})
	made, madePassword := mint(&provisionedsdk.GetClusterCredentialsInput{DbUser: aws.String("casper"), AutoCreate: aws.Bool(true)})
	bound, boundPassword := mint(&provisionedsdk.GetClusterCredentialsInput{DbUser: aws.String("analyst"), DbName: aws.String("other")})
	if made != "IAMA:casper" {
		t.Errorf("AutoCreate gave user %q", made)
	}
	plain := s.config(name, password, "dev")
	plain.TLSConfig = nil
	old := s.config(name, password, "dev")
	for _, test := range []struct {
		title         string
		config        *pgx.ConnConfig
		code, message string
	}{
		{"right", s.config(name, password, "dev"), "", ""},
		{"user made by AutoCreate", s.config(made, madePassword, "dev"), "", ""},
		{"fixed password without TLS", func() *pgx.ConnConfig { c := s.config("plain", "Pa55word", "dev"); c.TLSConfig = nil; return c }(), "", ""},
		{"wrong password", s.config(name, "nonsense", "dev"), "28000", `password authentication failed for user "IAM:analyst"`},
		{"unknown user", s.config("nobody", "x", "dev"), "28000", `password authentication failed for user "nobody"`},
		{"user that does not exist", s.config(ghost, ghostPassword, "dev"), "28000", `user "ghost" does not exist`},
		{"password of another database", s.config(bound, boundPassword, "dev"), "28000", `password authentication failed for user "IAM:analyst"`},
		{"unknown database", s.config(name, password, "nope"), "3D000", `database "nope" does not exist`},
		{"no TLS", plain, "28000", `no pg_hba.conf entry for host "127.0.0.1", user "IAM:analyst", database "dev", SSL off`},
	} {
		refused, err := connect(t.Context(), test.config)
		checkRefusal(t, test.title, refused, err, test.code, test.message)
	}
	s.elapsed(901 * time.Second)
	refused, err := connect(t.Context(), old)
	checkRefusal(t, "expired", refused, err, "28000", "IAM Authentication token has expired")
}

func checkRefusal(t *testing.T, title string, got *pgconn.PgError, err error, code, message string) {
	t.Helper()
	switch {
	case err != nil:
		t.Errorf("%s: %v", title, err)
	case code == "" && got != nil:
		t.Errorf("%s: refused: %v", title, got)
	case code != "" && (got == nil || got.Severity != "FATAL" || got.Code != code || got.Message != message):
		t.Errorf("%s: got %+v", title, got)
	}
}

func TestAnOpenSessionOutlivesItsPassword(t *testing.T) {
	s := start(t)
	c := s.login()
	s.elapsed(2 * time.Hour)
	if _, err := c.Exec(t.Context(), "select 1"); err != nil {
		t.Error(err)
	}
}

func TestReadOnlyRoleMayNotWrite(t *testing.T) {
	s := start(t)
	s.caller = reader
	c := s.login()
	if _, err := c.Exec(t.Context(), "select count(*) from orders"); err != nil {
		t.Error(err)
	}
	for sql, message := range map[string]string{
		"insert into public.orders (order_id) values (1)":         "permission denied for relation orders",
		"update orders set status = 'x'":                          "permission denied for relation orders",
		"delete from orders":                                      "permission denied for relation orders",
		"drop table orders":                                       "permission denied for relation orders",
		"create table t (a int)":                                  "permission denied for schema public",
		"select * into t from orders":                             "permission denied for relation t",
		"with x as (select 1) insert into orders select * from x": "permission denied for relation orders",
		"explain delete from orders":                              "permission denied for relation orders",
	} {
		_, err := c.Exec(t.Context(), sql)
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "42501" || refused.Message != message {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

func TestNewRefusesWhatItCannotWorkWith(t *testing.T) {
	if _, err := redshift.New(redshift.Options{}); err == nil {
		t.Error("New without a clock gave no error")
	}
}
