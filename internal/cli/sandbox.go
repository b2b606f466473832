package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/home"
	"github.com/fairleadhq/fairlead/internal/sandbox"
	"github.com/fairleadhq/fairlead/internal/term"
)

type sandboxOptions struct {
	sandbox.Options
	port, postgresPort int
	readyFile          string
	asJSON             bool
	signedOut, expired bool
	verbose            bool
}

func newSandbox(r *room) *cobra.Command {
	var o sandboxOptions
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run a strict local stand-in for the AWS services, for trying and testing",
		Long: `Serve, on loopback only, the AWS APIs that fairlead uses: SSO sign-in and portal,
STS, Athena with S3 results, Glue names, Redshift with a PostgreSQL wire, and
DynamoDB. Signatures, expiry and permissions are checked as AWS checks them.
It has a data set of its own; --data adds your files as Athena tables, and
--state keeps DynamoDB tables from one run to the next.

It prints the environment that points a shell, an SDK or the AWS CLI at it, and
runs until Ctrl-C or SIGTERM. --ready-file and --json give the same as JSON:
endpoint, postgres, home, region, access_key_id, secret_access_key, ca_file,
admin and env.`,
		Example: `  fairlead sandbox
  fairlead sandbox --data ./my-files        # then: select * from files."orders_2025"
  fairlead sandbox --state ./sandbox-state  # DynamoDB tables stay for the next time
  fairlead sandbox --port 0 --ready-file ready.json`,
		GroupID: groupLocal,
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return r.sandbox(cmd.Context(), o) },
	}
	f := cmd.Flags()
	f.IntVar(&o.port, "port", 4570, "port of the AWS endpoint; 0 for a free one")
	f.IntVar(&o.postgresPort, "postgres-port", 0, "port of the Redshift wire; 0 for a free one")
	f.StringVar(&o.readyFile, "ready-file", "", "write the ready object to this file once the sandbox answers")
	f.BoolVar(&o.asJSON, "json", false, "print the ready object as JSON on stdout")
	f.StringVar(&o.DataDir, "data", "", "serve the CSV, JSON and Parquet files of this folder as Athena tables in database files")
	f.StringVar(&o.StateDir, "state", "", "keep the DynamoDB tables in this folder when it ends, and begin with them")
	f.StringVar(&o.Home, "home", "", "folder for its AWS home; default a temporary one")
	f.StringVar(&o.Region, "region", "us-east-1", "region it plays")
	f.IntVar(&o.Rows, "rows", 1_000_000, "rows of the Athena table sales.orders")
	f.BoolVar(&o.expired, "expired", false, "start with an SSO session that has expired")
	f.BoolVar(&o.signedOut, "signed-out", false, "start without an SSO session")
	f.BoolVar(&o.AutoApprove, "auto-approve", false, "approve every SSO log in without a person")
	f.DurationVar(&o.TokenLifetime, "token-lifetime", 0, "life of an SSO token (default 1h)")
	f.DurationVar(&o.CredentialLifetime, "credential-lifetime", 0, "life of role credentials (default 1h)")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "print a line for every call")
	return cmd
}

func (r *room) sandbox(ctx context.Context, o sandboxOptions) error {
	if o.expired && o.signedOut {
		return fault.New(fault.Usage, "--expired and --signed-out exclude each other")
	}
	opts := o.Options
	opts.Addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(o.port))
	opts.PostgresAddr = net.JoinHostPort("127.0.0.1", strconv.Itoa(o.postgresPort))
	opts.Expired = o.expired
	opts.SignedIn = !o.expired && !o.signedOut
	if o.verbose {
		opts.Log = r.streams.Err
	}
	srv, err := startSandbox(ctx, opts)
	if err != nil {
		return err
	}
	defer srv.Close()
	ready := srv.Ready()
	if err := r.tellReady(ready, o); err != nil {
		return err
	}
	<-ctx.Done()
	// Ctrl-C and SIGTERM are how a sandbox ends; that is no failure.
	if err := srv.Close(); err != nil {
		return fault.Wrap(err, fault.Internal, "The sandbox did not end cleanly")
	}
	return nil
}

// startSandbox starts a sandbox and turns its refusals into faults.
func startSandbox(ctx context.Context, o sandbox.Options) (*sandbox.Server, error) {
	if o.DataDir != "" {
		info, err := os.Stat(o.DataDir)
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("%s is not a folder", o.DataDir)
		}
		if err != nil {
			return nil, fault.Wrap(err, fault.Usage, "Cannot serve the data folder").
				WithRemedy("--data takes a folder of CSV, JSON or Parquet files")
		}
		if o.DataDir, err = filepath.Abs(o.DataDir); err != nil {
			return nil, fault.Wrap(err, fault.Usage, "Cannot serve the data folder")
		}
	}
	srv, err := sandbox.Start(ctx, o)
	if err != nil {
		f := fault.New(fault.Config, "The sandbox cannot start")
		f.Cause = errors.New(strings.TrimPrefix(err.Error(), "the sandbox cannot start: "))
		switch {
		case errors.Is(err, sandbox.ErrAddrInUse):
			flag := "--port"
			if !strings.HasSuffix(o.PostgresAddr, ":0") && strings.Contains(err.Error(), o.PostgresAddr) {
				flag = "--postgres-port"
			}
			f.WithRemedyf("end what listens there, or take a free port: %s 0", flag)
		case errors.Is(err, sandbox.ErrNoEngine):
			f.Code = fault.Unsupported
		}
		return nil, f
	}
	return srv, nil
}

func (r *room) tellReady(ready sandbox.Ready, o sandboxOptions) error {
	if o.readyFile != "" {
		doc, err := json.MarshalIndent(ready, "", "  ")
		if err != nil {
			return err
		}
		if err := home.WriteFile(o.readyFile, append(doc, '\n')); err != nil {
			return fault.Wrapf(err, fault.Output, "Cannot write the ready file %s", o.readyFile)
		}
	}
	if o.asJSON {
		return writeJSON(r.streams.Out, ready)
	}
	r.say("The sandbox answers at %s (PostgreSQL wire at %s).", r.paint(term.Bold, ready.Endpoint), ready.Postgres)
	r.say("Point a shell at it:\n")
	if err := r.print(exports(ready.Env)); err != nil {
		return err
	}
	r.say("\nThen, for example:\n  %s", r.paint(term.Accent, `fairlead query sales "select count(*) from orders"`))
	r.say("\nCtrl-C ends it.")
	return nil
}

// exports writes the environment as shell commands.
func exports(env map[string]string) string {
	names := make([]string, 0, len(env))
	for name := range env {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		b.WriteString("export " + name + "=" + shellQuote(env[name]) + "\n")
	}
	return b.String()
}

// shellQuote quotes for a POSIX shell when that is needed.
func shellQuote(s string) string {
	if s != "" && strings.IndexFunc(s, func(c rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,", c)
	}) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
