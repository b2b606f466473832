// Package redshift is the sandbox's Amazon Redshift: the calls that hand out
// temporary passwords, for a provisioned cluster and for a serverless
// workgroup, and a warehouse on the PostgreSQL wire that takes those passwords.
//
// It knows which database users there are and how long a password holds. It
// refuses to know signatures, endpoints and certificates: the server in front
// verifies calls, and TLS comes in the options. Cluster and workgroup open onto
// one and the same database, as the wire cannot tell which of them was meant.
//
//	svc, err := redshift.New(redshift.Options{TLS: tlsConfig, ...})
//	defer svc.Close()
//	go svc.Serve(listener)
//	user, password := ... // from svc.Serverless() GetCredentials
package redshift

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/leader"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/warehouse"
	"github.com/fairleadhq/fairlead/internal/sandbox/s3"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// Names of what the sandbox has.
const (
	Cluster   = "warehouse-1" // the provisioned cluster
	Workgroup = "analytics"   // the serverless workgroup
	Namespace = "analytics"   // and its namespace
	Database  = "dev"
	Master    = "awsuser" // the master user of the cluster
	// CustomDomain is the workgroup's custom domain name: one that every machine
	// resolves to the sandbox.
	CustomDomain = "localhost"
	// Report is a user with a password of the database's own.
	Report         = "report"
	ReportPassword = "Sandbox-report-1"
)

// Options make a Service. Now, AccountID, Region and Endpoint are required.
type Options struct {
	Now       func() time.Time
	AccountID string
	Region    string
	TLS       *tls.Config // of the wire; without it users of IAM cannot log in
	// Endpoint tells the host and port that clients reach the wire at.
	Endpoint func() (host string, port int)
	// ReadOnly tells whether a principal may only read. Nil holds for the role
	// named ReadOnly.
	ReadOnly func(wire.Principal) bool
	// Users are database users with passwords of their own, beside those of IAM.
	Users map[string]string
	// Rows is how many orders the data set has; 0 is 200,000.
	Rows int
	// Store is the object store that UNLOAD writes to and COPY reads from; nil
	// refuses both.
	Store *s3.Store
	// TempDir is where large intermediate results may spill; empty is nowhere.
	TempDir string
}

// Service is the sandbox's Redshift. Its methods may be called concurrently.
type Service struct {
	opts    Options
	logins  *logins
	wire    *pgwire.Server
	others  *others
	started time.Time

	open sync.Mutex
	db   *sql.DB // opened at the first log in
}

// New makes a Service; it costs nothing until somebody logs in. Close it.
func New(o Options) (*Service, error) {
	switch {
	case o.Now == nil:
		return nil, errors.New("redshift: Options.Now is missing")
	case o.Endpoint == nil:
		return nil, errors.New("redshift: Options.Endpoint is missing")
	case o.AccountID == "" || o.Region == "":
		return nil, errors.New("redshift: Options.AccountID and Options.Region are needed")
	}
	if o.ReadOnly == nil {
		o.ReadOnly = func(p wire.Principal) bool { return p.Session != "" && p.Name == "ReadOnly" }
	}
	s := &Service{opts: o, logins: newLogins(o), others: newOthers(), started: o.Now()}
	s.wire = pgwire.New(pgwire.Options{
		Backend: s, TLS: o.TLS,
		CancelMessage: func(pid uint32) string { return fmt.Sprintf("Query (%d) cancelled on user's request", pid) },
	})
	return s, nil
}

// Serve answers the PostgreSQL wire on ln until Close, and then returns nil.
func (s *Service) Serve(ln net.Listener) error { return s.wire.Serve(ln) }

// Close ends every session and the database.
func (s *Service) Close() error {
	err := s.wire.Close()
	s.open.Lock()
	defer s.open.Unlock()
	if s.db != nil {
		err = errors.Join(err, s.db.Close())
		s.db = nil
	}
	return err
}

// database opens the warehouse at its first use.
func (s *Service) database(ctx context.Context) (*sql.DB, error) {
	s.open.Lock()
	defer s.open.Unlock()
	if s.db != nil {
		return s.db, nil
	}
	db, err := warehouse.Open(ctx, warehouse.Options{Now: s.opts.Now(), Rows: s.opts.Rows, TempDir: s.opts.TempDir, Users: s.logins.names(), Dirs: s.dirs()})
	if err != nil {
		return nil, err
	}
	s.db = db
	return db, nil
}

// dirs are the folders that the database may read and write.
func (s *Service) dirs() []string {
	if s.opts.Store == nil {
		return nil
	}
	return []string{s.opts.Store.Dir()}
}

// Admit implements pgwire.Backend: who needs TLS is told before a password is asked.
func (s *Service) Admit(_ context.Context, l pgwire.Login) error {
	if isIAM(l.User) && !l.TLS {
		return pgwire.Fatal("28000", "no pg_hba.conf entry for host \"%s\", user \"%s\", database \"%s\", SSL off", l.Remote, l.User, l.Database)
	}
	return nil
}

// Login implements pgwire.Backend.
func (s *Service) Login(ctx context.Context, l pgwire.Login, proves func(string) bool) (pgwire.Session, error) {
	who, err := s.logins.check(l.User, l.Database, proves)
	if err != nil {
		return nil, err
	}
	if l.Database != Database {
		return nil, pgwire.Fatal("3D000", "database \"%s\" does not exist", l.Database)
	}
	db, err := s.database(ctx)
	if err != nil {
		return nil, pgwire.Fatal("XX000", "%v", err)
	}
	return leader.Open(ctx, db, leader.Options{
		User: who.user, Database: l.Database, PID: l.PID, ReadOnly: who.readOnly, Params: l.Params,
		Now: s.opts.Now, Store: s.opts.Store, Cancel: s.cancel, Terminate: s.terminate,
	})
}
