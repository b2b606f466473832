package redshift

import (
	"context"

	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/leader"
	"github.com/fairleadhq/fairlead/internal/sandbox/redshift/pgwire"
	"github.com/fairleadhq/fairlead/internal/sandbox/wire"
)

// firstDataPID is where process ids of sessions that no wire carries begin, far
// from those of the wire.
const firstDataPID = 1073900000

// DataLogin says whose session the Data API wants and where. Cluster or
// Workgroup is set; DbUser may be empty, and then the user follows from the
// principal.
type DataLogin struct {
	Principal                            wire.Principal
	Cluster, Workgroup, DbUser, Database string
}

// DataSession is a session that came through the Data API.
type DataSession struct {
	pgwire.Session
	User string
	PID  uint32
}

// OpenData opens a session without the wire. cancel is what
// pg_cancel_backend and pg_terminate_backend of other sessions call. A refusal
// is a *wire.Error, one by the warehouse a *pgwire.Error.
func (s *Service) OpenData(ctx context.Context, l DataLogin, cancel func()) (*DataSession, error) {
	if err := checkDataTarget(l); err != nil {
		return nil, err
	}
	user := l.DbUser
	if user == "" {
		user = callerUser(l.Principal)
		s.logins.create(user)
	}
	if !s.logins.exists(user) {
		return nil, pgwire.Fatal("28000", "user \"%s\" does not exist", user)
	}
	if l.Database != Database {
		return nil, pgwire.Fatal("3D000", "database \"%s\" does not exist", l.Database)
	}
	db, err := s.database(ctx)
	if err != nil {
		return nil, err
	}
	pid := s.others.enter(cancel)
	session, err := leader.Open(ctx, db, leader.Options{
		User: user, Database: l.Database, PID: pid, ReadOnly: s.opts.ReadOnly(l.Principal),
		Now: s.opts.Now, Store: s.opts.Store, Cancel: s.cancel, Terminate: s.terminate,
	})
	if err != nil {
		s.others.leave(pid)
		return nil, err
	}
	return &DataSession{Session: session, User: user, PID: pid}, nil
}

// CloseData ends a session of OpenData.
func (s *Service) CloseData(d *DataSession) error {
	s.others.leave(d.PID)
	return d.Session.Close()
}

func checkDataTarget(l DataLogin) error {
	switch {
	case l.Workgroup != "" && l.Workgroup != Workgroup:
		return wire.Fail("ValidationException", "Redshift endpoint doesn't exist in this region.")
	case l.Cluster != "" && l.Cluster != Cluster:
		return wire.Fail("ValidationException", "Redshift endpoint doesn't exist in this region.")
	}
	return nil
}

// cancel stops the statement of a session of either kind.
func (s *Service) cancel(pid uint32) bool { return s.wire.Cancel(pid) || s.others.cancel(pid) }

func (s *Service) terminate(pid uint32) bool { return s.wire.Terminate(pid) || s.others.cancel(pid) }
