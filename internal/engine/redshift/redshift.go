// Package redshift runs statements on Amazon Redshift, serverless or
// provisioned, over its PostgreSQL wire or through the Data API. It asks AWS for a temporary password
// for every new connection, streams rows as the server sends them, without a
// cursor, and cancels on the server what nobody reads any more.
//
// It knows Redshift's wire and its credential calls, and nothing of where the
// rows go.
//
//	eng, err := redshift.Spec().Open(ctx, session, map[string]string{"name": "analytics", "database": "dev"})
//	stream, err := eng.Run(ctx, engine.Statement{Text: "select 1 as one"})
package redshift

import (
	"context"
	"math"
	"strconv"
	"sync"
	"time"

	"github.com/fairleadhq/fairlead/internal/engine"
	"github.com/fairleadhq/fairlead/internal/engine/redshift/dataapi"
	"github.com/fairleadhq/fairlead/internal/fault"
	"github.com/fairleadhq/fairlead/internal/secret"
	"github.com/fairleadhq/fairlead/internal/session"
	"github.com/fairleadhq/fairlead/internal/sqltext"
)

const (
	service     = "Redshift"
	defaultPort = 5439
)

// Spec declares the engine.
func Spec() engine.Spec {
	return engine.Spec{
		Kind:    "redshift",
		Title:   "Amazon Redshift",
		Dialect: sqltext.Redshift,
		Path:    []string{"name", "database"},
		Probe:   "select 1",
		Params: []engine.Param{
			{Name: "name", Title: "Workgroup or cluster",
				Help: "Serverless workgroup or provisioned cluster; the workgroup wins when both have the name."},
			{Name: "database", Title: "Database", Default: "dev", Help: "Database to connect to."},
			{Name: "workgroup", Title: "Workgroup", Help: "Serverless workgroup, when the name alone would not do."},
			{Name: "cluster", Title: "Cluster", Help: "Identifier of a provisioned cluster, when the name alone would not do."},
			{Name: "db_user", Title: "Database user",
				Help: "Database user to be on a cluster; without it the user follows from your AWS identity."},
			{Name: "host", Title: "Host",
				Help: "Host to connect to instead of the endpoint AWS tells: a tunnel, a VPC endpoint, a custom name."},
			{Name: "port", Title: "Port", Help: "Port to connect to; 5439 with a host, else what AWS tells."},
			{Name: "sslmode", Title: "TLS", Default: verifyFull,
				Choices: []string{verifyFull, verifyCA, require, disable},
				Help:    "How far the server's certificate is checked; verify-ca fits a plain DNS alias or a tunnel."},
			{Name: "transport", Title: "Transport", Default: transportAuto, Choices: []string{transportAuto, overWire, overData},
				Help: "The PostgreSQL wire, or the Data API by HTTPS; auto takes the Data API when the port does not answer within 3 seconds."},
			{Name: "statement_timeout", Title: "Statement timeout",
				Help: "How long a statement may run in Redshift before Redshift ends it, such as 90s or 2h; without it the server's own limit holds."},
			{Name: "user", Title: "User",
				Help: "User with a password of the database's own, in place of the temporary one that AWS gives."},
			{Name: "password", Title: "Password", Secret: true, With: "user", Help: "Password of user."},
			{Name: "ca_file", Title: "CA file", Help: "PEM file of certificates to trust instead of the system's."},
		},
		Check: func(params map[string]string) error {
			set, err := read(params)
			if err != nil {
				return err
			}
			return set.check("")
		},
		Alone: func(params map[string]string) bool { return params["user"] != "" && params["host"] != "" },
		Parse: parse,
		Open:  open,
	}
}

// settings are the parameters, read once.
type settings struct {
	name, workgroup, cluster string
	database, dbUser         string
	host                     string
	port                     int
	sslmode, caFile          string
	transport                string
	timeout                  time.Duration // of a statement, 0 for the server's own
	user                     string
	password                 secret.String
}

// Engine is one connection to Redshift in the sense of a saved one: it opens a
// connection on the wire for each running statement and keeps a few idle ones.
type Engine struct {
	session *session.Session
	set     settings

	mu     sync.Mutex
	target *target // where the server is, once known
	login  *login  // the last temporary password
	idle   []*conn
	closed bool

	dialer   dialFunc        // nil for the network's own
	patience time.Duration   // with a port, where the Data API could take over
	grace    time.Duration   // for a cancelled statement to end before its connection is cut
	api      *dataapi.Client // once it was needed
	whom     *target         // kind and name alone, once asked for
	dataIdle []*dataSession
	fellBack bool     // the port did not answer: everything goes through the Data API
	notes    []string // for the next statement
}

func open(_ context.Context, s *session.Session, params map[string]string) (engine.Engine, error) {
	p, err := Spec().Fill(params)
	if err != nil {
		return nil, err
	}
	set, err := read(p)
	if err != nil {
		return nil, err
	}
	return &Engine{session: s, set: set, patience: portLimit, grace: cancelLimit}, set.check(s.Name)
}

// read turns the parameters into settings.
func read(p map[string]string) (settings, error) {
	port, _, err := engine.Number(p, "port", 1, 65535)
	if err != nil {
		return settings{}, err
	}
	timeout, err := statementTimeout(p["statement_timeout"])
	return settings{
		transport: p["transport"], timeout: timeout, user: p["user"], password: secret.New(p["password"]),
		name: p["name"], workgroup: p["workgroup"], cluster: p["cluster"],
		database: p["database"], dbUser: p["db_user"],
		host: p["host"], port: port, sslmode: p["sslmode"], caFile: p["ca_file"],
	}, err
}

// statementTimeout reads a time of whole milliseconds, which is what Redshift counts in.
func statementTimeout(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Millisecond || d.Milliseconds() > math.MaxInt32 {
		return 0, fault.Newf(fault.Config, "statement_timeout cannot be %q", text).
			WithRemedy("give a time such as 500ms, 90s, 10m or 2h")
	}
	return d, nil
}

// sessionSettings are the statements that begin a session.
func (e *Engine) sessionSettings() []string {
	if e.set.timeout == 0 {
		return nil
	}
	return []string{"set statement_timeout to " + strconv.FormatInt(e.set.timeout.Milliseconds(), 10)}
}

// exactFloats begins a session whose floats come as text. PostgreSQL 8, which
// Redshift descends from, writes 15 digits unless told otherwise; 17 are needed
// to read them back exactly. The wire sends them in binary.
const exactFloats = "set extra_float_digits to 2"

// check refuses settings that contradict each other or lead nowhere.
// connection is "" for one that is not saved yet.
func (s settings) check(connection string) error {
	edit, name := "", "give --name NAME"
	if connection != "" {
		edit = ": " + engine.Change(connection)
		name = Spec().Setting(connection, "name", "NAME")
	}
	switch {
	case s.workgroup != "" && s.cluster != "":
		return fault.New(fault.Config, "A connection goes to a workgroup or to a cluster, not to both").
			WithRemedy("keep one of workgroup and cluster" + edit)
	case s.name == "" && s.workgroup == "" && s.cluster == "" && s.host == "":
		return fault.New(fault.Config, "Redshift needs the name of a workgroup or cluster").
			WithRemedy(name + "\nan address has it first: redshift://PROFILE@REGION/NAME/DATABASE")
	case s.user != "" && s.dbUser != "":
		return fault.New(fault.Config, "A connection has either a user with a password or a db_user whose password AWS gives").
			WithRemedy("keep one of user and db_user" + edit)
	case s.user != "" && s.transport == overData:
		return fault.New(fault.Config, "The Data API takes no user and password of the database's own").
			WithRemedy("leave out user, or set transport to wire" + edit)
	case s.dbUser != "" && s.workgroup != "":
		return fault.New(fault.Config, "A serverless workgroup takes no db_user").
			WithRemedy("the database user follows from your AWS identity: remove db_user")
	}
	return nil
}

// Close closes the idle connections.
func (e *Engine) Close() error {
	e.mu.Lock()
	idle := e.idle
	e.idle, e.closed = nil, true
	e.mu.Unlock()
	for _, c := range idle {
		c.discard()
	}
	return nil
}

// address joins host and port for messages.
func (t target) address() string { return t.host + ":" + strconv.Itoa(t.port) }
